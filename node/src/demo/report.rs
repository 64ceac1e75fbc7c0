//! What the demonstration prints and writes: only figures read back from the feeds that the nodes published, verified
//! as an auditor would.

use super::{
    DemoError,
    counter::Counter,
    enti::{REPLAY_MONTH, REPLAYING},
    federation::{Federation, OBSERVER},
    process::{Memory, NodeProcess},
    twinning::Twinned,
    walk::MonthWalked,
};
use crate::{
    publication::{self, EnteMonth, Terms, ente_json, national_json},
    verify,
    views::{Feeds, NationalEntry, ReplicaFeeds, Views},
};
use bytes::Bytes;
use faccina_proto::{
    bundle,
    checks::KeptGroup,
    roster,
    wire::{
        admin::v1::ExportFeedsRequest,
        feed::v1::{NationalMonth, Tally},
    },
};
use serde_json::Value;
use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::sleep;
use tokio_stream::StreamExt;

/// How long the nodes rest before their memory is read: they give free memory back within a second.
const REST: Duration = Duration::from_secs(3);
/// Width of the bars, in characters.
const BAR_CELLS: u64 = 32;

/// Everything there is to tell at the end of the walk.
#[derive(Debug)]
pub struct Report {
    walked: Vec<MonthWalked>,
    digest: String,
    bundle: Bytes,
    federation_toml: String,
    identical: usize,
    nationals: Vec<NationalEntry>,
    /// Path below the folder, and content.
    files: Vec<(String, Value)>,
    replayed: Vec<(String, String, Tally)>,
    memory: Vec<Memory>,
    twinned: Option<Twinned>,
}

impl Report {
    /// Reads all feeds back from the observer and verifies them.
    pub async fn gather(
        federation: &mut Federation,
        walked: &[MonthWalked],
        digest: String,
        twinned: Option<Twinned>,
    ) -> Result<Self, DemoError> {
        let bytes = exported(federation).await?;
        let file = &federation.file;
        let trusted = roster::Federation::new(&file.name, file.root_key, file.successor_hash);
        let unverified = |error: &dyn std::error::Error| DemoError::Unverified(error.to_string());
        let verified = verify::verify(bytes.clone(), Some(&trusted)).map_err(|error| unverified(&error))?;
        if let Some(failure) = verified.failures().next() {
            return Err(DemoError::Unverified(format!("{} is not what the summaries give", failure.month)));
        }
        let held = bundle::read(bytes.clone(), Some(&trusted)).map_err(|error| unverified(&error))?;
        let mut views = Views::new(held.replica.federation());
        let feeds = ReplicaFeeds { replica: &held.replica, log: &held.log };
        views.follow(&feeds);
        let nationals: Vec<NationalEntry> =
            views.nationals().values().filter_map(|all| all.last().cloned()).collect();
        let terms = Terms { federation: file.name.clone(), demo: true, ..Terms::default() };
        sleep(REST).await;
        Ok(Self {
            walked: walked.to_vec(),
            digest,
            bundle: bytes,
            federation_toml: file.to_toml(),
            identical: verified.identical(),
            files: published(&views, &feeds, &nationals, &terms),
            nationals,
            replayed: replayed(&views),
            memory: federation.nodes().filter_map(NodeProcess::memory).collect(),
            twinned,
        })
    }

    /// Writes months, summaries, feeds and the federation file below `out`.
    pub fn write(&self, out: &Path) -> Result<(), DemoError> {
        for (path, content) in &self.files {
            written(&out.join(path), format!("{content:#}\n").as_bytes())?;
        }
        written(&out.join("federation.faccina"), &self.bundle)?;
        written(&out.join("federation.toml"), self.federation_toml.as_bytes())
    }

    /// The text for the terminal.
    pub fn to_text(&self, federation: &Federation, counter: &Counter, elapsed: Duration) -> String {
        let mut text = String::new();
        if let Some(last) = self.nationals.last() {
            text += &national(&last.message);
        }
        text += &replay_table(&self.replayed);
        text += &self.figures(federation, counter, elapsed);
        text += &self.twinned.as_ref().map(told).unwrap_or_default();
        let socket = |ipa: &str| {
            let node = federation.nodes().find(|node| node.ente.as_str() == ipa);
            node.map_or_else(PathBuf::new, |node| node.dir.join("data/admin.sock"))
        };
        let _infallible = write!(
            text,
            "\nIl mio ente, dal terminale:  cargo run --release -p faccina-tui -- --socket {}\n\
             L'osservatorio (DFP):        cargo run --release -p faccina-tui -- --socket {}\n\
             Il totem, dal browser:       {}\n\
             Lo sportello, dal browser:   {}\n\
             il suo touchpad, accanto:    {}\n",
            socket(super::COUNTER_AT).display(),
            socket(OBSERVER).display(),
            counter.totem.address,
            counter.desk.address,
            counter.touchpad.address,
        );
        text
    }

    fn figures(&self, federation: &Federation, counter: &Counter, elapsed: Duration) -> String {
        let votes: usize = self.walked.iter().map(|month| month.votes).sum();
        let mut times: Vec<Duration> = self.walked.iter().map(|month| month.convergence).collect();
        times.sort();
        let (first, last) =
            (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let nodes = federation.nodes().count();
        let memory = self.memory_of_largest();
        let agent = counter.totem.resident_kib();
        let agent = agent.map_or_else(|| "non nota".to_owned(), |kib| format!("{} MiB", kib.div_ceil(1024)));
        format!(
            "\n{votes} voti firmati, inviati, scritti su disco e con ricevuta in {} mesi; {:.0} s in tutto\n\
             {nodes} nodi su {nodes} con la stessa impronta delle catene: {}\n\
             Convergenza dopo la chiusura: minimo {:.2} s, mediana {:.2} s, massimo {:.2} s\n\
             {} mesi nazionali ricalcolati dalle sole sintesi: identici a quelli firmati\n\
             Memoria del nodo più grande: {memory}; dell'agente di un totem: {agent}\n",
            self.walked.len(),
            elapsed.as_secs_f64(),
            self.digest.get(..16).unwrap_or(&self.digest),
            first.as_secs_f64(),
            median.as_secs_f64(),
            last.as_secs_f64(),
            self.identical,
        )
    }

    fn memory_of_largest(&self) -> String {
        let resident = self.memory.iter().map(|memory| memory.resident_kib).max();
        let peak = self.memory.iter().map(|memory| memory.peak_kib).max();
        match (resident, peak) {
            (Some(resident), Some(peak)) => {
                format!("{} MiB a riposo, {} MiB al massimo", resident.div_ceil(1024), peak.div_ceil(1024))
            }
            _ => "non nota".to_owned(),
        }
    }
}

/// The data of every month, as `faccina publish` writes them.
fn published(
    views: &Views,
    feeds: &dyn Feeds,
    nationals: &[NationalEntry],
    terms: &Terms,
) -> Vec<(String, Value)> {
    let months = nationals.iter().filter_map(|entry| publication::NationalMonth::of(views, entry, terms));
    let mut files: Vec<(String, Value)> =
        months.map(|month| (format!("{}.json", month.imprint.stem), national_json(&month))).collect();
    let summaries =
        views.accepted().filter_map(|(ente, accepted)| EnteMonth::of(views, feeds, ente, accepted, terms));
    files
        .extend(summaries.map(|month| (format!("summaries/{}.json", month.imprint.stem), ente_json(&month))));
    files
}

fn told(twinned: &Twinned) -> String {
    format!(
        "Gemellaggio fra {} e {}, dalla proposta all'esito: {} messaggi fra i due nodi e in nessun registro, {} \
         schede di buone pratiche\n",
        twinned.learner, twinned.expert, twinned.messages, twinned.cards,
    )
}

async fn exported(federation: &mut Federation) -> Result<Bytes, DemoError> {
    let chunks = federation.observer.admin.export_feeds(ExportFeedsRequest {}).await;
    let mut chunks = federation.observer.answered(chunks)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = federation.observer.answered(chunk.map(tonic::Response::new))?;
        bytes.extend_from_slice(&chunk.data);
    }
    Ok(bytes.into())
}

/// The replayed month of its ente, as published: service, channel, votes.
fn replayed(views: &Views) -> Vec<(String, String, Tally)> {
    let month = views
        .accepted()
        .find(|(ente, accepted)| ente.as_str() == REPLAYING && accepted.month.yyyymm() == REPLAY_MONTH);
    let row = |group: KeptGroup<'_>| {
        let votes = Tally { green: group.votes.green, yellow: group.votes.yellow, red: group.votes.red };
        (group.key.service.to_string(), group.key.channel.to_string(), votes)
    };
    month.into_iter().flat_map(|(_, accepted)| accepted.groups()).map(row).collect()
}

fn national(month: &NationalMonth) -> String {
    let coverage = month.coverage.unwrap_or_default();
    let mut text = format!(
        "\nMese nazionale {}-{:02}: {} enti su {} hanno trasmesso, {} con voti riportati al mese dopo\n\n",
        month.month / 100,
        month.month % 100,
        coverage.counted,
        coverage.expected,
        coverage.carried,
    );
    text += &head();
    for cell in &month.cells {
        let service = if cell.service.is_empty() { "altri servizi" } else { &cell.service };
        text += &row(service, &cell.channel, cell.votes.unwrap_or_default());
    }
    text += &row("TOTALE", "", month.total.unwrap_or_default());
    text
}

fn replay_table(rows: &[(String, String, Tally)]) -> String {
    let mut text = format!(
        "\nIl mese {}-{:02} di {REPLAYING} ripete la tabella pubblicata dall'INAIL (fino al 17 aprile 2011)\n\n",
        REPLAY_MONTH / 100,
        REPLAY_MONTH % 100
    );
    text += &head();
    for (service, channel, votes) in rows {
        text += &row(service, channel, *votes);
    }
    text
}

fn head() -> String {
    format!(
        "  {:<16} {:<8} {:>7}  {:>6} {:>6} {:>6}\n",
        "servizio", "canale", "voti", "verde", "giallo", "rosso"
    )
}

fn row(service: &str, channel: &str, votes: Tally) -> String {
    let sum = votes.green + votes.yellow + votes.red;
    let percent = |part: u64| if sum == 0 { 0.0 } else { 100.0 * ratio(part, sum) };
    format!(
        "  {service:<16} {channel:<8} {sum:>7}  {:>6.2} {:>6.2} {:>6.2}  {}\n",
        percent(votes.green),
        percent(votes.yellow),
        percent(votes.red),
        bar(votes, sum),
    )
}

/// Faces told apart by shape, not by colour.
fn bar(votes: Tally, sum: u64) -> String {
    let cells = |part: u64| usize::try_from((part * BAR_CELLS + sum / 2) / sum.max(1)).unwrap_or(0);
    let (yellow, red) = (cells(votes.yellow), cells(votes.red));
    let green = cells(sum).saturating_sub(yellow + red);
    format!("{}{}{}", "█".repeat(green), "▒".repeat(yellow), "░".repeat(red))
}

/// Counts of a demonstration are far below 2^32: exact as floats.
fn ratio(part: u64, whole: u64) -> f64 {
    let exact = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    exact(part) / exact(whole)
}

/// Refuses a directory that cannot be written to, before the long walk whose outcome is to go there.
pub fn expect_writable(out: &Path) -> Result<(), DemoError> {
    let probe = out.join(".faccina-demo");
    written(&probe, b"")?;
    fs::remove_file(&probe).map_err(|source| DemoError::File { path: probe, source })
}

fn written(path: &Path, content: &[u8]) -> Result<(), DemoError> {
    let failed = |source: io::Error| DemoError::File { path: path.to_owned(), source };
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    fs::write(path, content).map_err(failed)
}
