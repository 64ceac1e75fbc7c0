//! Closing and correcting a month over one node's disk, as the node's closer does it: decide once, keep, append, end.

use super::disk::{Correction, Decision, Stored};
use super::town::Town;
use faccina_proto::{
    calendar::{CivilDay, Month},
    carryover::{CarriedVotes, Carryover},
    catalogue::Catalogues,
    checks::{Judge, Judgement},
    close::{Books, Closing, Observed, close},
    envelope::{Envelope, Id},
    feed::{Body, Entry},
    merkle::ballots_root,
    names::Author,
    replica::{Log, Replica},
    summary::Edition,
    tally::{Counts, GroupKey, Tally},
    wire::feed::v1 as wire,
};
use std::collections::{BTreeMap, BTreeSet};

/// Day of the next month on which a month closes.
const CLOSE_DAY: i64 = 11;
/// Retention and corrections: how many months back a box may be corrected.
const CORRECTED_MONTHS_BACK: usize = 2;

/// What a node's own feed says, read again whenever its head changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnFeed {
    /// The head that was read.
    pub(crate) head: Option<(u64, Id)>,
    /// Every summary, in the order of the feed.
    pub(crate) summaries: Vec<(CivilDay, wire::Summary)>,
    pub(crate) notices: BTreeSet<u32>,
    pub(crate) plans: usize,
    pub(crate) contacts: usize,
    pub(crate) catalogue: Vec<Id>,
    pub(crate) nationals: usize,
}

impl OwnFeed {
    pub(crate) fn read(replica: &Replica, author: &Author, log: &dyn Log) -> Self {
        let head = replica.head(author);
        let mut own = Self { head: head.map(|head| (head.sequence, head.id)), ..Self::default() };
        for (id, entry) in replica.entries(author, log) {
            own.take(id, entry);
        }
        own
    }

    fn take(&mut self, id: Id, entry: Entry) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "a simulated node publishes nothing else")]
        match entry.body {
            Body::Summary(summary) => self.summaries.push((entry.day, summary)),
            Body::PublicationNotice(notice) => {
                self.notices.insert(notice.month);
            }
            Body::SurveyPlan(_) => self.plans += 1,
            Body::Contact(_) => self.contacts += 1,
            Body::CataloguePart(_) | Body::CatalogueClosing(_) => self.catalogue.push(id),
            Body::NationalMonth(_) => self.nationals += 1,
            _ => {}
        }
    }

    /// The last edition of each month.
    pub(crate) fn months(&self) -> BTreeMap<u32, &wire::Summary> {
        self.summaries.iter().map(|(_, summary)| (summary.month, summary)).collect()
    }

    pub(crate) fn holds(&self, summary: &wire::Summary) -> bool {
        self.summaries.iter().any(|(_, held)| held == summary)
    }

    /// The first month that is not closed.
    pub(crate) fn due(&self, first_month: Month) -> Month {
        let last =
            self.summaries.iter().filter_map(|(_, summary)| Month::from_yyyymm(summary.month).ok()).max();
        last.map_or(first_month, |last| last.next().max(first_month))
    }
}

pub(crate) fn is_due(month: Month, today: CivilDay) -> bool {
    today >= month.next().first_day().plus_days(CLOSE_DAY - 1)
}

/// The month to close next, once it is over and anything was surveyed: its decision, to be kept before it is published.
pub(crate) fn decide(
    town: &Town,
    stored: &Stored,
    own: &OwnFeed,
    first_month: Month,
    today: CivilDay,
    seed: [u8; 32],
) -> Option<(Month, Decision)> {
    let due = own.due(first_month);
    let carry_in = carried(town, stored, own, due);
    let boxed = stored.boxes.range(due..).next().map(|(month, _)| *month);
    let month = if carry_in == Carryover::default() { boxed? } else { due };
    let urn = stored.boxes.get(&month).cloned().unwrap_or_default();
    if !is_due(month, today) || urn.decision.is_some() {
        return None;
    }
    let gap_months: Vec<Month> =
        std::iter::successors(Some(due), |gap| Some(gap.next())).take_while(|gap| *gap < month).collect();
    let root = ballots_root(urn.ballots.keys().copied(), &seed);
    let sum = Sum { month, edition: Edition::First, carry_in: &carry_in, gap_months: &gap_months };
    let closing = figures(town, &urn.tally, root, stored.restored, &sum)?;
    let summary = closing.summary.to_wire();
    Some((month, Decision { summary, carry_in, carry_out: closing.carry_out }))
}

struct Sum<'a> {
    month: Month,
    edition: Edition,
    carry_in: &'a Carryover,
    gap_months: &'a [Month],
}

fn figures(town: &Town, tally: &Tally, root: Id, restored: bool, sum: &Sum<'_>) -> Option<Closing> {
    let books = Books {
        month: sum.month,
        edition: sum.edition,
        tally,
        carry_in: sum.carry_in,
        catalogue: &town.catalogue,
        few_operators: &BTreeSet::new(),
        observed: &Observed::default(),
        ballots_root: root,
        software_version: "simulazione",
        restored,
        gap_months: sum.gap_months,
    };
    close(&books).ok()
}

/// What the last closed month handed on. Where a restore lost it, the months stay named and their votes are gone.
fn carried(town: &Town, stored: &Stored, own: &OwnFeed, due: Month) -> Carryover {
    let kept = stored.boxes.get(&due.previous()).and_then(|urn| urn.decision.as_ref());
    if let Some(decision) = kept.filter(|decision| own.holds(&decision.summary)) {
        return decision.carry_out.clone();
    }
    let run =
        own.months().into_iter().rev().map_while(|(month, summary)| {
            if summary.carried { Month::from_yyyymm(month).ok() } else { None }
        });
    let mut months: Vec<Month> = run.collect();
    months.reverse();
    let threshold = town.catalogue.parameters().threshold_sensitive;
    let votes = CarriedVotes { counts: Counts::NONE, threshold, months };
    Carryover { votes: (!votes.months.is_empty()).then_some(votes), reasons: None }
}

/// A second edition of a month that this node published: without the votes of one group, as after a terminal left in a
/// school for a day. `None` where no month can be corrected by the rules.
pub(crate) fn correct(
    town: &Town,
    stored: &Stored,
    own: &OwnFeed,
    first_month: Month,
    today: CivilDay,
) -> Option<(Month, Correction)> {
    let catalogues = catalogues(town);
    let mut judge = Judge::new(first_month);
    for (day, summary) in &own.summaries {
        judge.judge(summary, *day, &catalogues);
    }
    let months = stored.boxes.iter().rev().filter(|(_, urn)| urn.ended && urn.correction.is_none());
    for (month, urn) in months.take(CORRECTED_MONTHS_BACK) {
        let Some(decision) = urn.decision.as_ref().filter(|decision| own.holds(&decision.summary)) else {
            continue;
        };
        let keys: BTreeSet<GroupKey> = urn.tally.by_cell().into_keys().collect();
        for key in keys {
            let kept = urn
                .ballots
                .iter()
                .filter(|(_, ballot)| (&ballot.service, &ballot.channel) != (&key.service, &key.channel));
            let mut tally = Tally::default();
            let mut ids = Vec::new();
            for (id, ballot) in kept {
                tally.add(ballot, faccina_proto::tally::Circumstances::default());
                ids.push(*id);
            }
            let gaps: Vec<Month> =
                decision.summary.gap_months.iter().filter_map(|gap| Month::from_yyyymm(*gap).ok()).collect();
            let sum = Sum {
                month: *month,
                edition: Edition::Correction,
                carry_in: &decision.carry_in,
                gap_months: &gaps,
            };
            let root = ballots_root(ids, &[0; 32]);
            let Some(closing) = figures(town, &tally, root, decision.summary.restored, &sum) else {
                continue;
            };
            let summary = closing.summary.to_wire();
            let worth = judge.clone().judge(&summary, today, &catalogues);
            if closing.carry_out == decision.carry_out && matches!(worth, Judgement::Counted(_)) {
                return Some((*month, Correction { summary, tally }));
            }
        }
    }
    None
}

fn catalogues(town: &Town) -> Catalogues {
    let mut catalogues = Catalogues::default();
    let id = Id::from_bytes([1; 32]);
    let day = town.catalogue.from_month().previous().first_day();
    // The version is the one that the observer publishes; its ids play no part in what it says.
    let _ = catalogues.part(id, &town.part);
    let _ = catalogues.closing(&town.catalogue.closing(&[id]), day);
    catalogues
}

/// The day and body of an entry's exact bytes.
pub(crate) fn day_of(bytes: bytes::Bytes) -> Option<CivilDay> {
    let envelope = Envelope::parse(bytes).ok()?;
    Some(Entry::decode(envelope.payload()).ok()?.day)
}
