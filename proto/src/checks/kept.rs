//! What a judge keeps of the summaries that count: a federation's memory of years must fit an old PC.
//!
//! Figures are small whole numbers, and each key stands once per member however many months name it ([`Keys`]). What no
//! later check and no view over months needs (versions, root, integrity counts) stays in the feed, from which the whole
//! summary can be read again.

use crate::{
    calendar::Month,
    summary::{Edition, Figures, Summary},
    tally::{GroupKey, Reasons, Votes},
};

/// The keys that a member's kept groups name, in the order in which they appeared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    keys: Vec<GroupKey>,
    /// Places in `keys`, ascending by key.
    ascending: Vec<u32>,
}

impl Keys {
    /// The keys; a place counts from 0 and never changes.
    pub fn as_slice(&self) -> &[GroupKey] {
        &self.keys
    }

    fn key(&self, place: u32) -> Option<&GroupKey> {
        self.keys.get(usize::try_from(place).ok()?)
    }

    fn place_of(&mut self, key: &GroupKey) -> u32 {
        match self.ascending.binary_search_by(|place| self.key(*place).cmp(&Some(key))) {
            Ok(found) => self.ascending.get(found).copied().unwrap_or_default(),
            Err(before) => {
                let place = small(self.keys.len());
                self.keys.push(key.clone());
                self.ascending.insert(before, place);
                place
            }
        }
    }
}

/// A published group, as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptGroup<'a> {
    /// Its key.
    pub key: &'a GroupKey,
    /// Its votes.
    pub votes: Votes,
    /// Its own four reasons, where it publishes them.
    pub reasons: Option<Reasons>,
    /// Users served, where the ente knows it.
    pub served: Option<u64>,
}

/// Pooled reasons, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPool {
    /// The reasons.
    pub reasons: Reasons,
    /// The reds they belong to, of this month and of earlier ones.
    pub reds: u64,
    /// Those of earlier months.
    pub carried_reds: u64,
    /// The earlier months, ascending.
    pub carried_months: Box<[Month]>,
}

/// A summary that counts, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    rows: Box<[Row]>,
    /// By place in `rows`, ascending.
    reasons: Box<[(u32, [u32; 4])]>,
    served: Box<[(u32, u32)]>,
    pool: Option<Box<KeptPool>>,
    carried_from: Box<[Month]>,
    reds_left: u64,
    carried: bool,
    edition: Edition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    key: u32,
    green: u32,
    yellow: u32,
    red: u32,
}

impl Kept {
    /// What is kept of `summary`; its keys enter `keys`.
    pub fn of(summary: &Summary, keys: &mut Keys) -> Self {
        let groups = summary.figures().map_or([].as_slice(), |figures| &figures.groups);
        let places = || (0u32..).zip(groups);
        let row = |(key, votes): (u32, Votes)| Row {
            key,
            green: small(votes.green),
            yellow: small(votes.yellow),
            red: small(votes.red),
        };
        let four = |Reasons(counts): Reasons| counts.map(small);
        Self {
            rows: groups.iter().map(|group| (keys.place_of(&group.key), group.votes)).map(row).collect(),
            reasons: places().filter_map(|(at, group)| Some((at, four(group.reasons?)))).collect(),
            served: places().filter_map(|(at, group)| Some((at, small(group.served?)))).collect(),
            pool: summary.figures().and_then(pool_of).map(Box::new),
            carried_from: summary.figures().map(|it| it.carried_from.as_slice().into()).unwrap_or_default(),
            reds_left: summary.figures().map_or(0, Figures::reds_without_reasons),
            carried: summary.is_carried(),
            edition: summary.edition,
        }
    }

    /// Whether the whole month goes to the next one; then there are no figures.
    pub fn is_carried(&self) -> bool {
        self.carried
    }

    /// First edition or correction.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Votes by place in the member's [`Keys`], ascending by key.
    pub fn votes(&self) -> impl Iterator<Item = (u32, Votes)> + '_ {
        self.rows.iter().map(|row| (row.key, row.votes()))
    }

    /// All votes.
    pub fn total(&self) -> Votes {
        self.rows.iter().map(Row::votes).sum()
    }

    /// The groups, ascending by key. `keys` are those of the judge that keeps it.
    pub fn groups<'a>(&'a self, keys: &'a Keys) -> impl Iterator<Item = KeptGroup<'a>> {
        fn at<T: Copy>(sparse: &[(u32, T)], place: u32) -> Option<T> {
            let found = sparse.binary_search_by_key(&place, |(place, _)| *place).ok()?;
            sparse.get(found).map(|(_, value)| *value)
        }
        (0u32..).zip(&self.rows).filter_map(move |(place, row)| {
            Some(KeptGroup {
                key: keys.key(row.key)?,
                votes: row.votes(),
                reasons: at(&self.reasons, place).map(|counts| Reasons(counts.map(u64::from))),
                served: at(&self.served, place).map(u64::from),
            })
        })
    }

    /// Pooled reasons.
    pub fn pool(&self) -> Option<&KeptPool> {
        self.pool.as_deref()
    }

    /// The carried months before, whose votes are included, ascending.
    pub fn carried_from(&self) -> &[Month] {
        &self.carried_from
    }

    /// Reds in groups whose reasons are neither published nor in this month's pool.
    pub fn reds_without_reasons(&self) -> u64 {
        self.reds_left
    }
}

impl Row {
    fn votes(&self) -> Votes {
        Votes { green: self.green.into(), yellow: self.yellow.into(), red: self.red.into() }
    }
}

fn pool_of(figures: &Figures) -> Option<KeptPool> {
    let pool = figures.pool.as_ref()?;
    let of_groups = pool.groups.iter().filter_map(|key| figures.group(key)).map(|group| group.votes.red);
    Some(KeptPool {
        reasons: pool.reasons,
        reds: of_groups.fold(pool.carried_reds, u64::saturating_add),
        carried_reds: pool.carried_reds,
        carried_months: pool.carried_months.as_slice().into(),
    })
}

/// Every count of a summary comes from 32 bits of the wire.
fn small<T: TryInto<u32>>(count: T) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}
