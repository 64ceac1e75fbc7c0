//! Power cuts under real programs: an ente's node and an agent on a disk whose power goes at a random moment, then the same
//! programs on what is left.
//!
//! Half of the cuts come on fresh data, half on data that earlier cuts have left. A writer that promises too early runs as
//! the control: if the cuts spare it, they prove nothing.

mod disk;
mod control;
mod town;
mod load;
mod verdict;

use clap::Args;
use control::Control;
use disk::{Disk, DiskError};
use faccina_node::{
    commands::{client::ClientError, federation::catalogue_file::CatalogueFileError, init::InitError},
    demo::{
        DemoError,
        process::ProcessError,
        terminals::{Terminal, TerminalError},
    },
    keys::KeyFileError,
};
use faccina_proto::envelope::Id;
use load::{Ledger, Load, Shared};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};
use town::{Running, Town, first_day};
use verdict::Losses;

/// The power stays for so many milliseconds after everybody began.
const POWER_MS: std::ops::Range<u64> = 20..1_500;
/// Receipted votes sent once more after a cut.
const AGAIN: usize = 20;

/// How often the power is cut, and of what.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// Cuts; every second one comes on data that earlier ones left
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) cuts: u32,
    /// Draws the moments and the votes; which of them a cut meets is up to the machine
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The program `faccina`; unless told, the one beside this
    #[arg(long, value_name = "PATH")]
    pub(crate) program: Option<PathBuf>,
}

/// Why the cuts could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CutError {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    #[error(transparent)]
    Agent(#[from] DemoError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueFileError),
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    #[error("the feeds of the town do not hold together")]
    Feeds,
    #[error("a part of the driver panicked")]
    Driver,
    #[error("after a cut some votes got no answer")]
    Unanswered,
    #[error("ballot {ballot} has two different receipts, or one that nobody asked for")]
    OtherReceipt { ballot: Id },
    #[error("`{act}` says: {words}")]
    Said { act: &'static str, words: String },
    #[error("cannot use {}", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// What all cuts together took.
#[derive(Debug)]
pub(crate) struct Report {
    control: Control,
    cuts: u32,
    fresh: u32,
    receipted: usize,
    under_way: usize,
    thanked: usize,
    published: u64,
    closings: u32,
    losses: Losses,
}

impl Report {
    fn new(control: Control) -> Self {
        Self {
            control,
            cuts: 0,
            fresh: 0,
            receipted: 0,
            under_way: 0,
            thanked: 0,
            published: 0,
            closings: 0,
            losses: Losses::default(),
        }
    }

    fn add(&mut self, before: &Count, after: &Count, closing: bool, losses: Losses) {
        self.cuts += 1;
        self.receipted += after.receipted - before.receipted;
        self.under_way += after.waiting;
        self.thanked += after.thanked - before.thanked;
        self.published += after.head - before.head;
        self.closings += u32::from(closing);
        self.losses.add(losses);
    }

    pub(crate) fn is_good(&self) -> bool {
        self.control.bites() && self.losses.none() && self.receipted > 0 && self.under_way > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Losses { ballots, twice, strange, taps, entries, refusals } = self.losses;
        let Control { promised_early, synced_first } = self.control;
        writeln!(
            f,
            "control         promised before it is synced: {promised_early} of {} records survive a cut; synced first: \
             {synced_first}",
            control::RECORDS
        )?;
        writeln!(
            f,
            "power cuts      {} ({} on fresh, {} on older data; {} while a month was closed)",
            self.cuts,
            self.fresh,
            self.cuts - self.fresh,
            self.closings
        )?;
        writeln!(
            f,
            "ballots         {ballots} receipted ballots lost of {}, {twice} counted twice, {strange} unknown; {} votes \
             were under way",
            self.receipted, self.under_way
        )?;
        writeln!(f, "taps            {taps} lost of {} thanked for", self.thanked)?;
        writeln!(f, "entries         {entries} lost of {} published", self.published)?;
        write!(f, "opening         {refusals} refusals to open")
    }
}

/// Makes the cuts, printing a line for each.
pub(crate) fn run(settings: &Settings) -> Result<Report, CutError> {
    disk::expect_means()?;
    let place = tempfile::Builder::new().prefix("faccina-cuts-").tempdir();
    let place = place.map_err(|source| CutError::File { path: std::env::temp_dir(), source })?;
    let control = control::run(place.path())?;
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|source| CutError::File { path: place.path().to_owned(), source })?;
    runtime.block_on(Cutter::run(settings, place.path(), control))
}

fn program(settings: &Settings) -> Result<PathBuf, CutError> {
    let own = || std::env::current_exe().map(|path| path.with_file_name("faccina"));
    let path = settings.program.clone().map_or_else(own, Ok);
    let path = path.and_then(|path| path.canonicalize());
    path.map_err(|source| {
        let path = settings.program.clone().unwrap_or_else(|| PathBuf::from("faccina"));
        CutError::File { path, source }
    })
}

/// The disk of a stopped town, and what was promised while it ran.
#[derive(Debug)]
struct Rest {
    image: PathBuf,
    ledger: Shared,
}

#[derive(Debug)]
struct Cutter<'a> {
    place: &'a Path,
    town: Town,
    terminals: Vec<Terminal>,
    rng: StdRng,
    report: Report,
}

impl<'a> Cutter<'a> {
    async fn run(settings: &Settings, place: &'a Path, control: Control) -> Result<Report, CutError> {
        let template = place.join("template.img");
        disk::format(&template)?;
        let mut disk = Disk::mount(template.clone(), &place.join("disk"))?;
        let (town, terminals) = Town::found(&program(settings)?, &disk).await?;
        disk.unmount()?;
        let (rng, report) = (StdRng::seed_from_u64(settings.seed), Report::new(control));
        let mut cutter = Self { place, town, terminals, rng, report };
        let mut older: Option<Rest> = None;
        for number in 1..=settings.cuts {
            // Every second cut is on the one disk that goes on from cut to cut.
            if number % 2 == 0
                && let Some(rest) = older.take()
            {
                older = Some(cutter.cut(rest, number, "older").await?);
                continue;
            }
            cutter.report.fresh += 1;
            let image = place.join(format!("fresh-{number}.img"));
            disk::copy(&template, &image)?;
            let ledger = Arc::new(Mutex::new(Ledger::new(first_day())));
            let rest = cutter.cut(Rest { image, ledger }, number, "fresh").await?;
            match older {
                None => older = Some(rest),
                Some(_) => rest.forget()?,
            }
        }
        Ok(cutter.report)
    }

    /// Lets a town run, cuts its power, and looks at what is left, before and after it runs again.
    async fn cut(&mut self, rest: Rest, number: u32, data: &str) -> Result<Rest, CutError> {
        let Rest { image, ledger } = rest;
        let disk = Disk::mount(image, &self.place.join("disk"))?;
        let day = load::open(&ledger).day;
        let before = Count::of(&ledger);
        let mut running = self.town.start(day).await?;
        let agent_dir = self.town.agent_dir();
        let load = Load::begin(&mut running, &self.terminals, &agent_dir, &ledger, &mut self.rng).await?;
        let power_ms = self.rng.random_range(POWER_MS);
        tokio::time::sleep(Duration::from_millis(power_ms)).await;
        let image = self.place.join(format!("cut-{number}.img"));
        halt(&running)?;
        disk.as_cut(&image)?;
        running.agent.kill().await;
        running.node.kill().await;
        let closing = load.closing();
        load.end().await?;
        disk.discard()?;

        let mut disk = Disk::mount(image.clone(), &self.place.join("disk"))?;
        let count = Count::of(&ledger);
        let (mut losses, mut words) = verdict::of(&self.town, &load::open(&ledger))?;
        if losses.refusals == 0 {
            let (after, more) = self.go_on(&ledger).await?;
            losses.add(after);
            words.extend(more);
        }
        disk.unmount()?;
        words.iter().for_each(|words| println!("  {words}"));
        println!(
            "cut {number:>3}  {data}  {power_ms:>4} ms: {:>5} receipts, {:>3} votes under way, {:>4} taps, {:>3} \
             entries{}: {}",
            count.receipted - before.receipted,
            count.waiting,
            count.thanked - before.thanked,
            count.head - before.head,
            if closing { ", a close" } else { "" },
            if losses.none() { "all there" } else { "LOST" },
        );
        self.report.add(&before, &count, closing, losses);
        Ok(Rest { image, ledger })
    }

    /// Starts the programs on what the cut left; what had no answer is sent again, and once more what had one.
    async fn go_on(&mut self, ledger: &Shared) -> Result<(Losses, Vec<String>), CutError> {
        let day = load::open(ledger).day;
        let running = match self.town.start(day).await {
            Ok(running) => running,
            Err(refusal @ (CutError::Process(_) | CutError::Agent(_))) => {
                let losses = Losses { refusals: 1, ..Losses::default() };
                return Ok((losses, vec![faccina_node::telling::sentence(&refusal), self.town.logs()]));
            }
            Err(other) => return Err(other),
        };
        let again: Vec<_> = {
            let ledger = load::open(ledger);
            // Votes of months long over are refused, receipted or not.
            let recent = day.month().previous();
            let receipted = ledger.receipted.values().filter(|(receipt, _)| receipt.counted_in >= recent);
            let receipted = receipted.take(AGAIN).map(|(_, cast)| cast.clone());
            ledger.waiting.values().cloned().chain(receipted).collect()
        };
        for terminal in &mut self.terminals {
            terminal.reconnect(&running.node.addresses.grpc).await?;
        }
        if let Some(terminal) = self.terminals.first()
            && !load::send(terminal, again, ledger).await?
        {
            return Err(CutError::Unanswered);
        }
        self.town.until_sent().await?;
        running.agent.stop().await;
        running.node.stop().await;
        let ledger = load::open(ledger);
        if !ledger.waiting.is_empty() {
            return Err(CutError::Unanswered);
        }
        verdict::of(&self.town, &ledger)
    }
}

impl Rest {
    fn forget(self) -> Result<(), CutError> {
        std::fs::remove_file(&self.image).map_err(|source| CutError::File { path: self.image, source })
    }
}

/// What a ledger holds at one moment.
#[derive(Clone, Copy, Debug)]
struct Count {
    receipted: usize,
    waiting: usize,
    thanked: usize,
    head: u64,
}

impl Count {
    fn of(ledger: &Shared) -> Self {
        let ledger = load::open(ledger);
        Self {
            receipted: ledger.receipted.len(),
            waiting: ledger.waiting.len(),
            thanked: ledger.thanked.len(),
            head: ledger.head,
        }
    }
}

/// Both programs stand still from here on, as far as promises go.
fn halt(running: &Running) -> Result<(), CutError> {
    let numbers = [running.node.number(), running.agent.number()];
    let numbers: Vec<String> = numbers.into_iter().flatten().map(|number| number.to_string()).collect();
    if numbers.len() < 2 {
        return Err(CutError::Said { act: "run", words: "it ended before its power was cut".to_owned() });
    }
    let stopped = Command::new("sh").args(["-c", "kill -STOP \"$@\"", "sh"]).args(&numbers).status();
    match stopped {
        Ok(status) if status.success() => Ok(()),
        _ => Err(CutError::Said { act: "kill", words: "the programs cannot be stopped".to_owned() }),
    }
}
