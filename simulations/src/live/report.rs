//! What a live run measured, beside what it may cost.

use faccina_node::federation::{Heard, Part, Said, Traffic};
use std::{fmt, time::Duration};

/// Bytes of entries that arrive, as a multiple of those of each entry once per node.
const ENTRY_BYTES_MAX: f64 = 1.05;
/// All bytes on the wire, as a multiple of the same.
const WIRE_BYTES_MAX: f64 = 1.6;
/// Memory of a node, in MiB.
const MEMORY_MIB_MAX: f64 = 2.5;

/// What a run measured.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(super) nodes: u64,
    pub(super) dialable: usize,
    pub(super) seed: u64,
    pub(super) votes: u64,
    pub(super) phases: Vec<(&'static str, Duration)>,
    /// From the last publication of the month until all hold all.
    pub(super) last_to_all: Duration,
    pub(super) connections: usize,
    /// Published beside the root feed, which all begin with.
    pub(super) entries: u64,
    pub(super) entry_bytes: u64,
    /// Of these, the summaries.
    pub(super) summaries: u64,
    pub(super) summary_bytes: u64,
    /// Of all nodes, from their start on.
    pub(super) totals: Traffic,
    pub(super) memory_bytes: u64,
    pub(super) verified: usize,
    pub(super) digest: [u8; 32],
    pub(super) sampled: usize,
}

impl Report {
    /// Each entry once at every node but its author's.
    fn bound_bytes(&self) -> u64 {
        self.entry_bytes * (self.nodes - 1)
    }

    fn entry_ratio(&self) -> f64 {
        self.totals.entry_bytes as f64 / self.bound_bytes() as f64
    }

    fn wire_bytes(&self) -> u64 {
        self.totals.sent_bytes.max(self.totals.received_bytes)
    }

    fn wire_ratio(&self) -> f64 {
        self.wire_bytes() as f64 / self.bound_bytes() as f64
    }

    fn memory_mib(&self) -> f64 {
        self.memory_bytes as f64 / self.nodes as f64 / f64::from(1 << 20)
    }

    /// Whether every limit is kept.
    pub(crate) fn is_good(&self) -> bool {
        self.entry_ratio() <= ENTRY_BYTES_MAX
            && self.wire_ratio() <= WIRE_BYTES_MAX
            && self.memory_mib() <= MEMORY_MIB_MAX
    }
}

impl Report {
    /// What all bytes on the wire are for, then what the messages of the synchronisation hold.
    fn write_parts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |bytes: u64| bytes as f64 / self.bound_bytes() as f64;
        writeln!(f, "bytes are counted from the first connection on; the root feed was there before it")?;
        write!(f, "of the bytes on the wire, as multiples of the lower bound:")?;
        for (part, bytes) in Part::ALL.into_iter().zip(self.totals.parts) {
            write!(f, "\n  {:<42} {:>9.3} x", part.name(), times(bytes))?;
        }
        write!(f, "\nof these, messages of the synchronisation:")?;
        for (said, Heard { number, bytes }) in Said::ALL.into_iter().zip(self.totals.heard) {
            let per_node = number as f64 / self.nodes as f64;
            write!(f, "\n  {:<42} {:>9.3} x, {per_node:.1} a node", said.name(), times(bytes))?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_node = |bytes: u64| bytes as f64 / self.nodes as f64 / 1024.0;
        writeln!(
            f,
            "{} nodes, {} of them dialable, {} connections, seed {}: {} votes; all digests equal ({}), national month \
             equal at {} nodes",
            self.nodes,
            self.dialable,
            self.connections,
            self.seed,
            self.votes,
            self.digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>(),
            self.sampled,
        )?;
        for (phase, elapsed) in &self.phases {
            writeln!(f, "{phase:<44} {:>9.1} s", elapsed.as_secs_f64())?;
        }
        writeln!(
            f,
            "{:<44} {:>9.1} s",
            "last summary published to all hold all",
            self.last_to_all.as_secs_f64()
        )?;
        let mean = self.entry_bytes as f64 / self.entries as f64;
        writeln!(f, "{:<44} {:>9} of {mean:.0} bytes", "entries published", self.entries)?;
        let mean = self.summary_bytes as f64 / self.summaries as f64;
        writeln!(f, "{:<44} {:>9} of {mean:.0} bytes", "summaries among them", self.summaries)?;
        writeln!(f, "{:<44} {:>9}", "signatures verified in this process", self.verified)?;
        let deliveries = self.entries * (self.nodes - 1);
        let copies = self.totals.entries as f64 / deliveries as f64;
        writeln!(f, "{:<44} {copies:>9.3}", "copies per delivery")?;
        let (line, kib) = ("KiB per node", |bytes| per_node(bytes));
        writeln!(f, "{:<44} {:>9.1} {line}", "lower bound", kib(self.bound_bytes()))?;
        let (entries, wire) = (self.entry_ratio(), self.wire_ratio());
        let received = kib(self.totals.entry_bytes);
        writeln!(
            f,
            "{:<44} {received:>9.1} {line}: {entries:.3} x, at most {ENTRY_BYTES_MAX}",
            "bytes of entries received"
        )?;
        let all = kib(self.wire_bytes());
        writeln!(
            f,
            "{:<44} {all:>9.1} {line}: {wire:.3} x, at most {WIRE_BYTES_MAX}",
            "all bytes on the wire"
        )?;
        writeln!(
            f,
            "{:<44} {:>9.2} MiB per node, at most {MEMORY_MIB_MAX}",
            "memory beyond the empty process",
            self.memory_mib()
        )?;
        self.write_parts(f)
    }
}
