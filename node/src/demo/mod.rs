//! `faccina demo`: an observer and twelve visibly fictitious enti on this machine, as real processes with real stores,
//! gRPC and libp2p, walked through fourteen months of a simulated calendar. Every vote is signed, sent, stored and
//! receipted; nothing on the way knows that it is a demonstration but the calendar and the length of the half-day.

pub mod enti;
pub mod votes;
pub mod process;
pub mod terminals;
pub mod federation;
pub mod walk;
pub mod twinning;
pub mod counter;
pub mod report;

use crate::{
    commands,
    config::FederationFileError,
    device::running::{PageError, told_to_stop},
    keys,
};
use counter::Counter;
use faccina_proto::{calendar::Month, names::NameError};
use federation::{Federation, Place};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Months of the walk.
const MONTHS: u32 = 14;
/// The first of them, yyyymm; the set-up happens in the month before.
const FIRST_MONTH: u32 = 202_501;
/// In this month of the year DFP renews the members' keys; on its 21st day, after the national month before has come out.
const RENEWAL_MONTH: u32 = 10;
const RENEWAL_DAY: i64 = 20;
/// The twinning: proposed, accepted and told to an end before these months of the walk, counted from 0.
const PROPOSED_BEFORE: u32 = 5;
const ACCEPTED_BEFORE: u32 = 6;
const ENDED_BEFORE: u32 = 10;
/// Longest wait for the nodes of an interrupted demonstration to let go of its directory, and between looks at it.
const CLEAR_MAX: Duration = Duration::from_secs(10);
const CLEAR_PAUSE: Duration = Duration::from_millis(20);
/// All draws of the demonstration follow from it.
const SEED: u64 = 2_025;

/// What the demonstration is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// End after printing instead of running on.
    pub once: bool,
    /// Where to write months, feeds and the federation file.
    pub out: Option<PathBuf>,
}

/// Why the demonstration stopped. Everything it started has ended; its directory is gone.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Process(#[from] process::ProcessError),
    #[error(transparent)]
    Terminal(#[from] terminals::TerminalError),
    #[error(transparent)]
    Init(#[from] commands::init::InitError),
    #[error(transparent)]
    Keys(#[from] keys::KeyFileError),
    #[error(transparent)]
    Federation(#[from] FederationFileError),
    #[error(transparent)]
    Catalogue(#[from] commands::federation::catalogue_file::CatalogueFileError),
    #[error(transparent)]
    Observer(#[from] commands::client::ClientError),
    #[error("the nodes did not come to hold the same feeds within {seconds} s")]
    Diverged { seconds: u64 },
    #[error("the observer published no national month within {seconds} s")]
    Unpublished { seconds: u64 },
    #[error("the demonstration has no ente {code}")]
    NoEnte { code: String },
    #[error("what one ente of the twinning said did not reach the other within {seconds} s")]
    Untwinned { seconds: u64 },
    #[error("no terminal of the demonstration serves the channel {channel}")]
    NoTerminal { channel: String },
    #[error("the node gave an invite of {bytes} bytes")]
    Invite { bytes: usize },
    #[error("a program of the counter did not serve its page; its log is {}", .log.display())]
    Device { log: PathBuf },
    #[error(transparent)]
    Signals(#[from] PageError),
    #[error("a name of the demonstration")]
    Name(#[from] NameError),
    #[error("cannot use {}", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("what the nodes published does not verify: {0}")]
    Unverified(String),
}

/// Runs the demonstration to its end.
pub async fn run(options: Options) -> Result<(), DemoError> {
    let started = Instant::now();
    if let Some(out) = &options.out {
        report::expect_writable(out)?;
    }
    let dir = tempfile::Builder::new()
        .prefix("faccina-demo-")
        .tempdir()
        .map_err(|source| DemoError::File { path: std::env::temp_dir(), source })?;
    let interrupted = told_to_stop(false);
    tokio::pin!(interrupted);
    let shown = tokio::select! {
        shown = show(&options, dir.path(), started) => shown?,
        told = &mut interrupted => {
            told?;
            return clear(dir.path()).await;
        }
    };
    let (federation, counter) = shown;
    if !options.once {
        // The signal, or its failure to be awaited: both end the demonstration.
        let _ended = interrupted.await;
        println!("\nFermo i nodi…");
    }
    counter.stop().await;
    federation.stop().await;
    Ok(())
}

/// Removes the directory of a demonstration that was interrupted: its nodes were killed this moment and may still be writing.
async fn clear(dir: &Path) -> Result<(), DemoError> {
    let started = Instant::now();
    loop {
        match fs::remove_dir_all(dir) {
            Err(_) if started.elapsed() < CLEAR_MAX => sleep(CLEAR_PAUSE).await,
            removed => return removed.map_err(|source| DemoError::File { path: dir.to_owned(), source }),
        }
    }
}

/// Everything up to the moment from which the demonstration only waits.
async fn show(options: &Options, dir: &Path, started: Instant) -> Result<(Federation, Counter), DemoError> {
    let first_month = month_of(FIRST_MONTH)?;
    let place =
        Place { dir: dir.to_owned(), day: first_month.previous().first_day().plus_days(9), first_month };
    println!(
        "Faccina, dimostrazione: 12 enti di fantasia e un osservatorio, {MONTHS} mesi. Nessun dato è reale."
    );
    let progress = MultiProgress::new();
    let steps = bar(&progress, u64::from(MONTHS) + 3, "{bar:28} {pos:>2}/{len} {msg}");
    let votes = bar(&progress, 0, "{human_pos:>28} voti firmati, inviati e con ricevuta");

    steps.set_message("fondazione e ammissione");
    let mut federation = Federation::found(&place).await?;
    steps.inc(1);
    steps.set_message("catalogo, servizi, terminali");
    walk::ready(&mut federation).await?;
    federation.open(&place).await?;
    walk::converge(&mut federation).await?;
    federation.equip(&place).await?;
    steps.inc(1);
    let mut walked = Vec::new();
    let mut month = first_month;
    let (mut proposed, mut twinned) = (None, None);
    for number in 0..MONTHS {
        steps.set_message(format!("mese {month}"));
        if month.of_year() == RENEWAL_MONTH {
            federation.renew(month.first_day().plus_days(RENEWAL_DAY)).await?;
        }
        match (number, &proposed) {
            (PROPOSED_BEFORE, _) => proposed = Some(twinning::propose(&mut federation, month).await?),
            (ACCEPTED_BEFORE, Some(id)) => twinning::accompany(&mut federation, id).await?,
            (ENDED_BEFORE, Some(id)) => twinned = Some(twinning::finish(&mut federation, id).await?),
            _ => {}
        }
        walked.push(walk::month(&mut federation, month, SEED, &|count| votes.inc(count)).await?);
        steps.inc(1);
        month = month.next();
    }
    steps.set_message("lo sportello");
    let place_of_counter = federation.enti.iter_mut().find(|ente| ente.plan.ipa_code == COUNTER_AT);
    let ente = place_of_counter.ok_or(DemoError::NoTerminal { channel: "counter".to_owned() })?;
    let counter = Counter::open(ente, dir).await?;
    steps.finish_and_clear();
    votes.finish_and_clear();

    let digest = walk::converge(&mut federation).await?;
    let report = report::Report::gather(&mut federation, &walked, digest, twinned).await?;
    if let Some(out) = &options.out {
        report.write(out)?;
    }
    print!("{}", report.to_text(&federation, &counter, started.elapsed()));
    Ok((federation, counter))
}

/// The ente whose counter visitors may use.
const COUNTER_AT: &str = "demo_bf";

fn month_of(yyyymm: u32) -> Result<Month, DemoError> {
    Month::from_yyyymm(yyyymm).map_err(|error| DemoError::Unverified(error.to_string()))
}

fn bar(progress: &MultiProgress, length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    progress.add(ProgressBar::new(length).with_style(style))
}
