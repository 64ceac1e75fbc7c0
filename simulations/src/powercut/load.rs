//! What goes on while the power is cut: people vote at three places, the ente publishes, a month is closed. Everything that
//! a program promised on the way is written down here, off its disk.

use super::{
    CutError,
    town::{CHANNEL, Running, SERVICE, first_day},
};
use bytes::Bytes;
use faccina_node::{
    commands::client,
    demo::{
        terminals::{Terminal, Turn},
        votes::Tap,
    },
    device::local,
};
use faccina_proto::{
    ballot::{Face, Reason, Receipt},
    calendar::{CivilDay, Month},
    envelope::Id,
    wire::{
        admin::v1::{CloseRequest, PublishRequest, SetDemoDayRequest, publish_request::Body as Publication},
        feed::v1::Availability,
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::sleep;

/// Votes that a terminal sends together, at most.
const TOGETHER_MAX: usize = 40;
/// Entries published on one day; the protocol takes 32.
const ENTRIES_A_DAY: u32 = 25;
/// Between two publications, in milliseconds, at most.
const BETWEEN_ENTRIES_MS: u64 = 40;
/// When a month is closed: so long after the votes began, in milliseconds, at most.
const CLOSE_AFTER_MS: u64 = 600;
/// Older data grows no older than this by closing months: 90 days after its close a box is destroyed, as it must be.
const CLOSING_DAYS_MAX: i64 = 75;
const FACES: [Face; 5] =
    [Face::Green, Face::Green, Face::Yellow, Face::Red(None), Face::Red(Some(Reason::Third))];

/// What was promised, and what was only asked for.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Votes sent without a receipt so far.
    pub(crate) waiting: BTreeMap<Id, Bytes>,
    pub(crate) receipted: BTreeMap<Id, (Receipt, Bytes)>,
    /// Taps sent to the agent, and of these, those it thanked for.
    pub(crate) taps: u32,
    pub(crate) thanked: BTreeSet<u32>,
    /// Sequence of the last entry that the node said it published.
    pub(crate) head: u64,
    pub(crate) closed: BTreeSet<Month>,
    /// The node's calendar.
    pub(crate) day: CivilDay,
    entries_today: u32,
}

impl Ledger {
    pub(crate) fn new(day: CivilDay) -> Self {
        Self {
            waiting: BTreeMap::new(),
            receipted: BTreeMap::new(),
            taps: 0,
            thanked: BTreeSet::new(),
            head: 0,
            closed: BTreeSet::new(),
            day,
            entries_today: 0,
        }
    }

    /// What one side of a conversation promised; it says when a receipt changes.
    fn take(&mut self, receipt: Receipt) -> Result<(), CutError> {
        let ballot = receipt.ballot;
        if let Some((before, _)) = self.receipted.get(&ballot) {
            return if *before == receipt { Ok(()) } else { Err(CutError::OtherReceipt { ballot }) };
        }
        let cast = self.waiting.remove(&ballot).ok_or(CutError::OtherReceipt { ballot })?;
        self.receipted.insert(ballot, (receipt, cast));
        Ok(())
    }
}

/// The ledger as all who write in it hold it.
pub(crate) type Shared = Arc<Mutex<Ledger>>;

/// The ledger changes by whole insertions, so a poisoned lock guards a sound one.
pub(crate) fn open(ledger: &Shared) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everybody at once, until the programs are gone.
#[derive(Debug)]
pub(crate) struct Load {
    tasks: tokio::task::JoinSet<Result<(), CutError>>,
    closing: bool,
}

impl Load {
    /// Lets everybody begin. In some runs the month before is closed meanwhile.
    pub(crate) async fn begin(
        running: &mut Running,
        terminals: &[Terminal],
        agent_dir: &Path,
        ledger: &Shared,
        rng: &mut StdRng,
    ) -> Result<Self, CutError> {
        let socket = running.node.dir.join("data/admin.sock");
        let closing = rng.random_bool(0.34) && open(ledger).day < first_day().plus_days(CLOSING_DAYS_MAX);
        if closing {
            let day = open(ledger).day.month().next().first_day().plus_days(1);
            running.node.set_day(day, 9).await?;
            let mut ledger = open(ledger);
            (ledger.day, ledger.entries_today) = (day, 0);
        }
        let mut tasks = tokio::task::JoinSet::new();
        let draw = |rng: &mut StdRng| StdRng::seed_from_u64(rng.random());
        for terminal in terminals {
            let mut terminal = terminal.clone();
            terminal.reconnect(&running.node.addresses.grpc).await?;
            tasks.spawn(vote(terminal, Arc::clone(ledger), draw(rng)));
        }
        tasks.spawn(tap(agent_dir.to_owned(), Arc::clone(ledger)));
        tasks.spawn(publish(socket.clone(), Arc::clone(ledger), draw(rng)));
        if closing {
            let month = open(ledger).day.month().previous();
            let after = Duration::from_millis(rng.random_range(0..CLOSE_AFTER_MS));
            tasks.spawn(close(socket, Arc::clone(ledger), month, after));
        }
        Ok(Self { tasks, closing })
    }

    /// Whether a month was being closed.
    pub(crate) fn closing(&self) -> bool {
        self.closing
    }

    /// Waits until everybody has noticed that the programs are gone.
    pub(crate) async fn end(mut self) -> Result<(), CutError> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(|_| CutError::Driver)??;
        }
        Ok(())
    }
}

/// Votes as fast as the answers come; the end of the node is the end of this, anything else is a fault.
async fn vote(terminal: Terminal, ledger: Shared, mut rng: StdRng) -> Result<(), CutError> {
    loop {
        let day = open(&ledger).day;
        let count = rng.random_range(1..=TOGETHER_MAX);
        let mut casts = Vec::with_capacity(count);
        for _ in 0..count {
            // A few were given in the month before, and are late where that one is closed.
            let late = day.month() > first_day().month() && rng.random_bool(0.1);
            let on = if late { day.month().previous().first_day().plus_days(20) } else { day };
            let face = FACES[rng.random_range(0..FACES.len())];
            let tap = Tap { service: SERVICE, channel: CHANNEL, face };
            casts.push(terminal.sign(&Turn { tap, invite_hash: None }, on, &mut rng)?);
        }
        {
            let mut ledger = open(&ledger);
            ledger.waiting.extend(casts.iter().map(|cast| (cast.ballot, cast.bytes.clone())));
        }
        if !send(&terminal, casts.into_iter().map(|cast| cast.bytes).collect(), &ledger).await? {
            return Ok(());
        }
    }
}

/// Sends votes and writes down the receipts. `false` when the node went away before all were answered.
pub(crate) async fn send(terminal: &Terminal, casts: Vec<Bytes>, ledger: &Shared) -> Result<bool, CutError> {
    let mut wrong = Ok(());
    let sent = terminal
        .send(casts, |receipt| {
            let taken = open(ledger).take(receipt);
            if wrong.is_ok() {
                wrong = taken;
            }
        })
        .await;
    wrong?;
    match sent {
        Ok(()) => Ok(true),
        Err(faccina_node::demo::terminals::TerminalError::Call { .. }) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// The name that a page gives to its tap of this number.
pub(crate) fn tap_id(number: u32) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// Touches the green face as fast as thanks come.
async fn tap(dir: PathBuf, ledger: Shared) -> Result<(), CutError> {
    loop {
        let number = {
            let mut ledger = open(&ledger);
            ledger.taps += 1;
            ledger.taps
        };
        let id = u128::from_be_bytes(tap_id(number));
        let tap = serde_json::json!({ "tap": format!("{id:032x}"), "service": SERVICE, "face": "green" });
        match local::post(&dir, "/api/taps", "application/json", tap.to_string().into_bytes()).await {
            Ok(_) => open(&ledger).thanked.insert(number),
            Err(local::LocalError::Refused(words)) => return Err(CutError::Said { act: "tap", words }),
            Err(local::LocalError::NotRunning { .. } | local::LocalError::NoAnswer(_)) => return Ok(()),
        };
    }
}

async fn publish(socket: PathBuf, ledger: Shared, mut rng: StdRng) -> Result<(), CutError> {
    let mut admin = client::connect(&socket).await?;
    loop {
        let (number, turn) = {
            let mut ledger = open(&ledger);
            ledger.entries_today += 1;
            let turn = ledger.entries_today > ENTRIES_A_DAY;
            if turn {
                (ledger.day, ledger.entries_today) = (ledger.day.plus_days(1), 1);
            }
            (ledger.head, turn.then_some(ledger.day))
        };
        if let Some(day) = turn {
            let moved = admin.set_demo_day(SetDemoDayRequest { day: day.yyyymmdd(), hour: 9 }).await;
            if moved.is_err() {
                return Ok(());
            }
        }
        let note = format!("dopo la voce {number}");
        let body =
            Publication::Availability(Availability { available: true, note, ..Availability::default() });
        let Ok(reply) = admin.publish(PublishRequest { body: Some(body), offline: true }).await else {
            return Ok(());
        };
        open(&ledger).head = reply.into_inner().sequence;
        sleep(Duration::from_millis(rng.random_range(0..BETWEEN_ENTRIES_MS))).await;
    }
}

async fn close(socket: PathBuf, ledger: Shared, month: Month, after: Duration) -> Result<(), CutError> {
    let mut admin = client::connect(&socket).await?;
    sleep(after).await;
    let request = CloseRequest { dry_run: false, month: month.yyyymm(), offline: true };
    if admin.close(request).await.is_ok() {
        open(&ledger).closed.insert(month);
    }
    Ok(())
}
