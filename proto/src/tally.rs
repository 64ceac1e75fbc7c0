//! Counting one ballot box: votes by service, channel and branch. Order never matters.
//!
//! Branches are the ente's own matter: what leaves it is the sum over branches ([`Tally::by_cell`]).

use crate::{
    ballot::{Ballot, Face, Reason},
    limits::{TALLY_CELLS_MAX, VOTES_PER_MONTH_MAX},
    names::{Code, NameError},
    wire::ballot::v1 as wire,
};
use prost::Message;
use std::{
    collections::BTreeMap,
    iter::Sum,
    ops::{Add, AddAssign},
};

/// Numbers of votes by face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Votes {
    /// Positive.
    pub green: u64,
    /// Neutral.
    pub yellow: u64,
    /// Negative.
    pub red: u64,
}

impl Votes {
    /// No votes.
    pub const NONE: Self = Self { green: 0, yellow: 0, red: 0 };

    /// All votes together.
    pub fn n(&self) -> u64 {
        self.green.saturating_add(self.yellow).saturating_add(self.red)
    }
}

impl AddAssign for Votes {
    fn add_assign(&mut self, other: Self) {
        self.green = self.green.saturating_add(other.green);
        self.yellow = self.yellow.saturating_add(other.yellow);
        self.red = self.red.saturating_add(other.red);
    }
}

impl Add for Votes {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for Votes {
    fn sum<I: Iterator<Item = Self>>(votes: I) -> Self {
        votes.fold(Self::NONE, Add::add)
    }
}

/// Numbers of reds by reason, in the order of the reasons' numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reasons(pub [u64; 4]);

impl Reasons {
    /// No reasons.
    pub const NONE: Self = Self([0; 4]);

    /// All reasons together.
    pub fn sum(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl AddAssign for Reasons {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }
}

/// Votes by face, with the reasons of the reds that gave one (so their sum is at most the reds).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// The votes.
    pub votes: Votes,
    /// The reasons under red.
    pub reasons: Reasons,
}

impl Counts {
    /// No votes.
    pub const NONE: Self = Self { votes: Votes::NONE, reasons: Reasons::NONE };

    /// One vote.
    pub fn of(face: Face) -> Self {
        let mut counts = Self::NONE;
        match face {
            Face::Green => counts.votes.green = 1,
            Face::Yellow => counts.votes.yellow = 1,
            Face::Red(reason) => {
                counts.votes.red = 1;
                counts.reasons = Reasons(Reason::ALL.map(|each| u64::from(reason == Some(each))));
            }
        }
        counts
    }

    /// All votes together.
    pub fn n(&self) -> u64 {
        self.votes.n()
    }

    /// As a stored message.
    pub fn to_wire(&self) -> wire::Counts {
        let Votes { green, yellow, red } = self.votes;
        let Reasons([first, second, third, fourth]) = self.reasons;
        wire::Counts { green, yellow, red, first, second, third, fourth }
    }

    /// From a stored message; refuses more than [`VOTES_PER_MONTH_MAX`] votes and more reasons than reds.
    pub fn from_wire(message: &wire::Counts) -> Result<Self, TallyError> {
        let wire::Counts { green, yellow, red, first, second, third, fourth } = *message;
        let counts =
            Self { votes: Votes { green, yellow, red }, reasons: Reasons([first, second, third, fourth]) };
        if counts.n() > VOTES_PER_MONTH_MAX {
            return Err(TallyError::TooManyVotes { votes: counts.n() });
        }
        if counts.reasons.sum() > red {
            return Err(TallyError::ReasonsBeyondReds { reasons: counts.reasons.sum(), reds: red });
        }
        Ok(counts)
    }

    /// The stored bytes of one cell's counts.
    pub fn encode(&self) -> Vec<u8> {
        self.to_wire().encode_to_vec()
    }

    /// Reads what [`Counts::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, TallyError> {
        Self::from_wire(&wire::Counts::decode(bytes).map_err(|_| TallyError::Undecodable)?)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.votes += other.votes;
        self.reasons += other.reasons;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::NONE, |mut sum, each| {
            sum += each;
            sum
        })
    }
}

/// A cell of service × channel, or the key of a published group (where codes may be ALTRI). Ordered bytewise by service,
/// then channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The service.
    pub service: Code,
    /// The channel.
    pub channel: Code,
}

impl GroupKey {
    /// The group "altri servizi" of a channel; with the channel ALTRI, of the whole ente.
    pub const fn altri(channel: Code) -> Self {
        Self { service: Code::altri(), channel }
    }
}

impl std::fmt::Display for GroupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |code: &Code| if code.is_altri() { "ALTRI".to_owned() } else { code.to_string() };
        write!(f, "{}/{}", name(&self.service), name(&self.channel))
    }
}

/// Where a vote counts inside the ente. Ordered by service, channel, branch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Service and channel.
    pub key: GroupKey,
    /// The branch (sede).
    pub branch: Code,
}

impl Cell {
    /// The cell of a ballot.
    pub fn of(ballot: &Ballot) -> Self {
        let key = GroupKey { service: ballot.service.clone(), channel: ballot.channel.clone() };
        Self { key, branch: ballot.branch.clone() }
    }
}

/// What is counted about a ballot beside its vote, for the whole month only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// It came after its month was closed.
    pub late: bool,
    /// The right to vote came by an invite or from an attendant.
    pub backed: bool,
    /// Its terminal was revoked; it is accepted because the ente says so.
    pub revoked_terminal: bool,
}

/// How many ballots of a box had each of the [`Circumstances`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstanced {
    /// Ballots of earlier months that count in this box.
    pub late: u64,
    /// Ballots backed by an invite or an attendant.
    pub backed: u64,
    /// Ballots of revoked terminals.
    pub revoked_terminal: u64,
}

impl AddAssign for Circumstanced {
    fn add_assign(&mut self, other: Self) {
        self.late = self.late.saturating_add(other.late);
        self.backed = self.backed.saturating_add(other.backed);
        self.revoked_terminal = self.revoked_terminal.saturating_add(other.revoked_terminal);
    }
}

impl From<Circumstances> for Circumstanced {
    fn from(one: Circumstances) -> Self {
        Self {
            late: u64::from(one.late),
            backed: u64::from(one.backed),
            revoked_terminal: u64::from(one.revoked_terminal),
        }
    }
}

/// A stored tally that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// The stored bytes are damaged; restore a backup or recount the box.
    #[error("tally cannot be decoded")]
    Undecodable,
    /// The stored bytes are damaged; restore a backup or recount the box.
    #[error("tally has {cells} cells, at most {TALLY_CELLS_MAX}")]
    TooManyCells {
        /// The cells.
        cells: usize,
    },
    /// The stored bytes are damaged; restore a backup or recount the box.
    #[error("tally counts {votes} votes, at most {VOTES_PER_MONTH_MAX}")]
    TooManyVotes {
        /// The votes.
        votes: u64,
    },
    /// The stored bytes are damaged; restore a backup or recount the box.
    #[error("tally counts {reasons} reasons for {reds} reds")]
    ReasonsBeyondReds {
        /// Reasons counted.
        reasons: u64,
        /// Reds counted.
        reds: u64,
    },
    /// The stored bytes are damaged; restore a backup or recount the box.
    #[error("a cell has a wrong name")]
    Name(#[from] NameError),
}

/// One ballot box, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    cells: BTreeMap<Cell, Counts>,
    circumstanced: Circumstanced,
}

impl Tally {
    /// Counts one ballot.
    pub fn add(&mut self, ballot: &Ballot, circumstances: Circumstances) {
        self.add_counts(Cell::of(ballot), Counts::of(ballot.face));
        self.circumstanced += circumstances.into();
    }

    /// Counts the votes of a cell, as stored one by one.
    pub fn add_counts(&mut self, cell: Cell, counts: Counts) {
        *self.cells.entry(cell).or_default() += counts;
    }

    /// Counts ballots by their circumstances, as stored beside the cells.
    pub fn add_circumstanced(&mut self, more: Circumstanced) {
        self.circumstanced += more;
    }

    /// Adds another tally of the same box. Commutative and associative.
    pub fn merge(&mut self, other: &Self) {
        for (cell, counts) in &other.cells {
            self.add_counts(cell.clone(), *counts);
        }
        self.circumstanced += other.circumstanced;
    }

    /// The cells, ascending.
    pub fn cells(&self) -> &BTreeMap<Cell, Counts> {
        &self.cells
    }

    /// Votes by service and channel, over all branches: what the close partitions.
    pub fn by_cell(&self) -> BTreeMap<GroupKey, Counts> {
        let mut sums = BTreeMap::new();
        for (cell, counts) in &self.cells {
            *sums.entry(cell.key.clone()).or_insert(Counts::NONE) += *counts;
        }
        sums
    }

    /// All votes.
    pub fn total(&self) -> Counts {
        self.cells.values().copied().sum()
    }

    /// How many of its ballots had which circumstances.
    pub fn circumstanced(&self) -> Circumstanced {
        self.circumstanced
    }

    /// The stored bytes.
    pub fn encode(&self) -> Vec<u8> {
        let cells = self.cells.iter().map(|(cell, counts)| wire::TallyCell {
            service: cell.key.service.to_string(),
            channel: cell.key.channel.to_string(),
            branch: cell.branch.to_string(),
            counts: Some(counts.to_wire()),
        });
        let Circumstanced { late, backed, revoked_terminal } = self.circumstanced;
        wire::Tally { cells: cells.collect(), late, backed, revoked_terminal }.encode_to_vec()
    }

    /// Reads what [`Tally::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, TallyError> {
        let message = wire::Tally::decode(bytes).map_err(|_| TallyError::Undecodable)?;
        if message.cells.len() > TALLY_CELLS_MAX {
            return Err(TallyError::TooManyCells { cells: message.cells.len() });
        }
        let wire::Tally { late, backed, revoked_terminal, .. } = message;
        let circumstanced = Circumstanced { late, backed, revoked_terminal };
        let mut tally = Self { circumstanced, ..Self::default() };
        for cell in &message.cells {
            let key = GroupKey { service: cell.service.parse()?, channel: cell.channel.parse()? };
            let counts = Counts::from_wire(&cell.counts.unwrap_or_default())?;
            tally.add_counts(Cell { key, branch: cell.branch.parse()? }, counts);
        }
        match tally.total().n() {
            votes if votes > VOTES_PER_MONTH_MAX => Err(TallyError::TooManyVotes { votes }),
            _ => Ok(tally),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Month;
    use proptest::prelude::*;

    fn ballots() -> impl Strategy<Value = Vec<(Ballot, Circumstances)>> {
        let face = prop_oneof![
            Just(Face::Green),
            Just(Face::Yellow),
            Just(Face::Red(None)),
            (1u32..=4).prop_map(|n| Face::Red(Reason::of(n))),
        ];
        let ballot = (0u8..4, 0u8..3, 0u8..3, face, any::<[bool; 3]>());
        proptest::collection::vec(
            ballot.prop_map(|(service, channel, branch, face, [late, backed, revoked_terminal])| {
                let code = |prefix: &str, n: u8| format!("{prefix}{n}").parse::<Code>().unwrap();
                let ballot = Ballot {
                    ente: "c_x001".parse().unwrap(),
                    service: code("s", service),
                    channel: code("c", channel),
                    branch: code("b", branch),
                    month: Month::from_yyyymm(202_601).unwrap(),
                    face,
                    nonce: [0; 16],
                };
                (ballot, Circumstances { late, backed, revoked_terminal })
            }),
            0..60,
        )
    }

    fn count(ballots: &[(Ballot, Circumstances)]) -> Tally {
        let mut tally = Tally::default();
        for (ballot, circumstances) in ballots {
            tally.add(ballot, *circumstances);
        }
        tally
    }

    proptest! {
        #[test]
        fn merging_in_any_order_counts_the_same(all in ballots(), cut in 0usize..60, rotate in 0usize..60) {
            let whole = count(&all);
            let cut = cut.min(all.len());
            let (left, right) = all.split_at(cut);
            let mut merged = count(right);
            merged.merge(&count(left));
            prop_assert_eq!(&merged, &whole);
            let mut turned = all.clone();
            turned.rotate_left(rotate % all.len().max(1));
            prop_assert_eq!(count(&turned), whole);
        }

        #[test]
        fn decode_of_encode_is_the_same(all in ballots()) {
            let tally = count(&all);
            prop_assert_eq!(Tally::decode(&tally.encode()), Ok(tally.clone()));
            prop_assert_eq!(tally.by_cell().values().copied().sum::<Counts>(), tally.total());
            prop_assert_eq!(tally.total().n(), all.len() as u64);
        }

        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Tally::decode(&bytes);
            let _ = Counts::decode(&bytes);
        }
    }

    #[test]
    fn reasons_never_exceed_the_reds() {
        let wrong = wire::Counts { red: 1, first: 1, second: 1, ..wire::Counts::default() };
        assert_eq!(Counts::from_wire(&wrong), Err(TallyError::ReasonsBeyondReds { reasons: 2, reds: 1 }));
        let huge = wire::Counts { green: u64::MAX, red: u64::MAX, ..wire::Counts::default() };
        assert_eq!(Counts::from_wire(&huge), Err(TallyError::TooManyVotes { votes: u64::MAX }));
    }
}
