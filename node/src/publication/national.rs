//! The national month as DFP publishes it: aggregates with their coverage. No ente is named, but for a good practice to
//! which it consents.

use super::{
    ente::{Point, State, months_until},
    figures::Faces,
    fixed_mix::FixedMix,
    imprint::{Imprint, Label, Names, Terms, mailbox, plain},
    reasons::{Reasons, Scope},
    restated::{Version, faces, versions},
};
use crate::views::{NationalEntry, Views};
use faccina_proto::{
    calendar::Month,
    names::{Code, IpaCode},
    tally::GroupKey,
    wire::feed::v1 as wire,
};

/// Most good practices named, in cards: the newest. A page of more is no page that anybody reads.
const PRACTICES_MAX: usize = 1_000;

/// One service by one channel over all enti.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub service: Label,
    pub channel: Label,
    pub faces: Faces,
    /// Enti with a published group here.
    pub enti: u32,
}

/// A good practice, named with the consent of its ente.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practice {
    pub code: IpaCode,
    pub name: String,
    pub number: u32,
    pub title: String,
    pub topics: Vec<String>,
}

/// The national month.
#[derive(Clone, Debug, PartialEq)]
pub struct NationalMonth {
    pub imprint: Imprint,
    pub restatement: u32,
    /// All publications of the month, oldest first; this one is among them.
    pub versions: Vec<Version>,
    pub coverage: wire::Coverage,
    pub total: Faces,
    pub cells: Vec<Cell>,
    /// By channel, the pool of all enti last.
    pub reasons: Vec<Reasons>,
    /// Carried months of enti whose votes landed in this one.
    pub carried_in: u32,
    pub as_of: Option<wire::AsOf>,
    /// Up to twelve published months that end with this one.
    pub series: Vec<Point>,
    /// The same months at the mix of services of the year before; `None` where that year has no published votes.
    pub fixed_mix: Option<FixedMix>,
    /// By name of the ente, then by title.
    pub practices: Vec<Practice>,
}

impl NationalMonth {
    /// The publication that holds now, where it is not this one.
    #[must_use]
    pub(super) fn replaced_by(&self) -> Option<&Version> {
        self.versions.last().filter(|last| last.restatement != self.restatement)
    }

    /// The month as DFP signed it. `None` where its month or its observer cannot be read.
    #[must_use]
    pub fn of(views: &Views, entry: &NationalEntry, terms: &Terms) -> Option<Self> {
        let message = &entry.message;
        let month = Month::from_yyyymm(message.month).ok()?;
        let observer = views.roster().member(&entry.observer)?;
        let names = Names {
            language: terms.language,
            catalogue: views.catalogues().in_force(month).map(AsRef::as_ref),
        };
        let messages = messages(views, month, message);
        let versions = versions(views, month);
        let replaced = versions.last().is_some_and(|last| last.restatement != message.restatement);
        let stem = format!("national-{month}");
        Some(Self {
            imprint: Imprint {
                terms: terms.clone(),
                stem: if replaced { format!("{stem}-{}", message.restatement) } else { stem },
                code: entry.observer.clone(),
                name: plain(&observer.name),
                mailbox: mailbox(&observer.mailbox),
                month,
                published_on: entry.day,
                sequence: entry.sequence,
                id: entry.id,
                rules_version: message.rules_version,
            },
            restatement: message.restatement,
            versions,
            coverage: message.coverage.unwrap_or_default(),
            total: faces(message.total),
            cells: message.cells.iter().map(|cell| of_cell(cell, names)).collect(),
            reasons: reasons(message, names),
            carried_in: message.carried_in,
            as_of: message.as_of.clone(),
            series: messages.iter().map(|(month, message)| point(*month, *message)).collect(),
            fixed_mix: FixedMix::of(views, month, &messages),
            practices: practices(views),
        })
    }
}

/// The cards for which their enti consent today: a consent taken back counts at once.
fn practices(views: &Views) -> Vec<Practice> {
    let mut nameable: Vec<_> = views.cards().filter(|card| card.nameable).collect();
    nameable.sort_by_key(|card| std::cmp::Reverse(card.day));
    nameable.truncate(PRACTICES_MAX);
    let named = |card: crate::views::Practice<'_>| Practice {
        code: card.member.code.clone(),
        name: plain(&card.member.name),
        number: card.number.number(),
        title: plain(card.title),
        topics: card.topics.iter().map(|topic| plain(topic)).collect(),
    };
    let mut practices: Vec<Practice> = nameable.into_iter().map(named).collect();
    practices
        .sort_by(|a, b| (&a.name, &a.title, &a.code, a.number).cmp(&(&b.name, &b.title, &b.code, b.number)));
    practices
}

fn code(text: &str) -> Code {
    Code::of_group(text).unwrap_or(Code::altri())
}

fn of_cell(cell: &wire::NationalCell, names: Names<'_>) -> Cell {
    let (service, channel) =
        names.of(&GroupKey { service: code(&cell.service), channel: code(&cell.channel) });
    Cell { service, channel, faces: faces(cell.votes), enti: cell.enti }
}

/// The pool has the empty channel, which comes first on the wire.
fn reasons(message: &wire::NationalMonth, names: Names<'_>) -> Vec<Reasons> {
    let read = |of: &wire::NationalReasons| {
        let channel = code(&of.channel);
        let mut counts = of.counts.iter().copied();
        let counts = std::array::from_fn(|_| counts.next().unwrap_or(0));
        let texts = names.reasons(&(!channel.is_altri()).then_some(&channel).into_iter().collect());
        let scope = if channel.is_altri() {
            Scope::Pool { groups: Vec::new(), carried_reds: 0, carried_months: Vec::new() }
        } else {
            Scope::Channel { channel: names.channel(&channel) }
        };
        Reasons { scope, texts, counts, reds: of.reds }
    };
    let mut all: Vec<Reasons> = message.reasons.iter().map(read).collect();
    all.sort_by_key(|reasons| matches!(reasons.scope, Scope::Pool { .. }));
    all
}

/// From the first month that DFP published, each as restated last but for this one, which is as `own` states it.
fn messages<'a>(
    views: &'a Views,
    last: Month,
    own: &'a wire::NationalMonth,
) -> Vec<(Month, Option<&'a wire::NationalMonth>)> {
    let nationals = views.nationals();
    let latest = |month: Month| nationals.get(&month).and_then(|all| all.last()).map(|entry| &entry.message);
    let begun = |month: &Month| nationals.keys().next().is_some_and(|first| first <= month);
    let of_month = |month: Month| (month, if month == last { Some(own) } else { latest(month) });
    months_until(last).into_iter().filter(begun).map(of_month).collect()
}

fn point(month: Month, message: Option<&wire::NationalMonth>) -> Point {
    let state = if message.is_some() { State::Counted } else { State::Missing };
    Point { month, state, faces: message.map(|message| faces(message.total)) }
}
