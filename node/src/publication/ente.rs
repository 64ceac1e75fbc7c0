//! The closed month of an ente as it is published, folded from the views: never more than its summaries say.

use super::{
    figures::{Face, Faces, Participation},
    imprint::{Imprint, Label, Names, Terms, mailbox, plain},
    reasons::{Reasons, Scope},
};
use crate::views::{Accepted, Feeds, MonthState, Views};
use faccina_proto::{
    calendar::Month,
    envelope::Id,
    feed::Body,
    names::{Author, Code, IpaCode},
    partition::Parameters,
    summary::{Figures, Integrity, RULES_VERSION, Summary},
};
use std::collections::{BTreeMap, BTreeSet};

/// Months of the series, the published one included.
pub const SERIES_MONTHS: usize = 12;

/// A published group: one service by one channel, or what is merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub service: Label,
    pub channel: Label,
    pub faces: Faces,
    pub participation: Participation,
}

/// How a month of the series stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Counted,
    /// Its votes are in the next month that counts.
    Carried,
    /// The ente declared that it surveyed nothing.
    Gap,
    /// Refused, in newer rules, contradicted, or not published.
    Missing,
}

impl State {
    /// Its name in the data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Carried => "carried",
            Self::Gap => "gap",
            Self::Missing => "missing",
        }
    }
}

/// One month of the series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub month: Month,
    pub state: State,
    /// `None` without figures.
    pub faces: Option<Faces>,
}

/// Up to twelve months that end with the published one: sums of published groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Year {
    /// Ascending; none before the ente's first month.
    pub series: Vec<Point>,
    pub faces: Faces,
    /// By code: a service that the catalogue renames is still one. Named as in the newest month.
    pub services: BTreeMap<Code, Label>,
    pub channels: BTreeMap<Code, Label>,
}

impl Year {
    #[must_use]
    pub fn first(&self) -> Option<Month> {
        self.series.first().map(|point| point.month)
    }

    /// The months of this state.
    pub fn months(&self, state: State) -> impl Iterator<Item = Month> {
        self.series.iter().filter(move |point| point.state == state).map(|point| point.month)
    }
}

/// What a month with figures publishes.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    pub groups: Vec<Group>,
    pub total: Faces,
    pub participation: Participation,
    /// Those of groups that publish their own, then the pool.
    pub reasons: Vec<Reasons>,
    /// Reds whose reasons wait for a later month.
    pub reds_waiting: u64,
    pub carried_from: Vec<Month>,
    pub parameters: Parameters,
    pub integrity: Integrity,
    /// Tenths of the opening hours; `None` = unknown.
    pub listened_tenths: Option<u32>,
}

/// The closed month of an ente.
#[derive(Clone, Debug, PartialEq)]
pub struct EnteMonth {
    pub imprint: Imprint,
    pub edition: u32,
    pub catalogue_version: u32,
    /// The software that closed the month.
    pub software_version: String,
    pub ballots_root: Id,
    pub restored: bool,
    pub gap_months: Vec<Month>,
    /// `None`: the votes were too few and are carried to the next month.
    pub published: Option<Box<Published>>,
    /// The first edition, where this one corrects it.
    pub withdrawn: Option<Faces>,
    pub year: Year,
}

impl EnteMonth {
    /// The month of `code` that this summary publishes. `None` for a stranger to the roster, or where the feed no longer
    /// holds the entry.
    #[must_use]
    pub fn of(
        views: &Views,
        feeds: &dyn Feeds,
        code: &IpaCode,
        accepted: Accepted<'_>,
        terms: &Terms,
    ) -> Option<Self> {
        let member = views.roster().member(code)?;
        let held = feeds.entry(&Author::Member(code.clone()), accepted.filed.sequence)?;
        let Body::Summary(message) = &held.entry.body else { return None };
        let summary = Summary::from_wire(message).ok()?;
        let catalogue = views.catalogues().version(summary.catalogue_version);
        let names = Names { language: terms.language, catalogue: catalogue.map(AsRef::as_ref) };
        Some(Self {
            imprint: Imprint {
                terms: terms.clone(),
                stem: format!("{code}-{}", summary.month),
                code: code.clone(),
                name: plain(&member.name),
                mailbox: mailbox(&member.mailbox),
                month: summary.month,
                published_on: accepted.filed.day,
                sequence: accepted.filed.sequence,
                id: held.id,
                rules_version: RULES_VERSION,
            },
            edition: summary.edition.number(),
            catalogue_version: summary.catalogue_version,
            software_version: plain(&summary.software_version),
            ballots_root: summary.ballots_root,
            restored: summary.restored,
            gap_months: summary.gap_months.clone(),
            published: summary.figures().map(|figures| Box::new(published(figures, accepted, names))),
            withdrawn: accepted.withdrawn().map(Faces),
            year: year(views, code, summary.month, terms),
        })
    }
}

fn published(figures: &Figures, accepted: Accepted<'_>, names: Names<'_>) -> Published {
    let served = figures.groups.iter().map(|group| group.served).sum::<Option<u64>>();
    let total = Faces(figures.total());
    Published {
        groups: figures.groups.iter().map(|group| of_group(group, names)).collect(),
        total,
        participation: Participation { votes: total.n(), served },
        reasons: reasons(figures, accepted, names),
        reds_waiting: figures.reds_without_reasons(),
        carried_from: figures.carried_from.clone(),
        parameters: figures.parameters,
        integrity: figures.integrity,
        listened_tenths: figures.listened_tenths,
    }
}

fn of_group(group: &faccina_proto::summary::Group, names: Names<'_>) -> Group {
    let (service, channel) = names.of(&group.key);
    let participation = Participation { votes: group.votes.n(), served: group.served };
    Group { service, channel, faces: Faces(group.votes), participation }
}

fn reasons(figures: &Figures, accepted: Accepted<'_>, names: Names<'_>) -> Vec<Reasons> {
    let own = figures.groups.iter().filter_map(|group| {
        let (service, channel) = names.of(&group.key);
        Some(Reasons {
            scope: Scope::Group { service, channel },
            texts: names.reasons(&BTreeSet::from([&group.key.channel])),
            counts: group.reasons?.0,
            reds: group.votes.red,
        })
    });
    let mut all: Vec<Reasons> = own.collect();
    if let (Some(pool), Some(kept)) = (&figures.pool, accepted.pool()) {
        // Carried reds, and those of groups over several channels, may be of any channel.
        let mixed = pool.carried_reds > 0 || pool.groups.iter().any(|key| key.channel.is_altri());
        let channels: BTreeSet<&Code> =
            pool.groups.iter().filter(|_| !mixed).map(|key| &key.channel).collect();
        all.push(Reasons {
            scope: Scope::Pool {
                groups: pool.groups.iter().map(|key| names.of(key)).collect(),
                carried_reds: pool.carried_reds,
                carried_months: pool.carried_months.clone(),
            },
            texts: names.reasons(&channels),
            counts: kept.reasons.0,
            reds: kept.reds,
        });
    }
    all
}

fn year(views: &Views, code: &IpaCode, last: Month, terms: &Terms) -> Year {
    let mut year = Year {
        series: Vec::with_capacity(SERIES_MONTHS),
        faces: Faces::default(),
        services: BTreeMap::new(),
        channels: BTreeMap::new(),
    };
    for month in months_until(last) {
        let month_of = views.month_of(code, month);
        let state = match month_of {
            MonthState::NotDue => continue,
            MonthState::Counted(_) => State::Counted,
            MonthState::Carried(_) => State::Carried,
            MonthState::Gap => State::Gap,
            MonthState::Refused(..)
            | MonthState::NotUnderstood(_)
            | MonthState::Forked
            | MonthState::Missing => State::Missing,
        };
        let counted = month_of.counted();
        let faces = counted.map(|accepted| Faces(accepted.total()));
        year.series.push(Point { month, state, faces });
        year.faces = Faces(year.faces.0 + faces.unwrap_or_default().0);
        // A summary that counts follows the catalogue in force.
        let catalogue = views.catalogues().in_force(month);
        let names = Names { language: terms.language, catalogue: catalogue.map(AsRef::as_ref) };
        for group in counted.into_iter().flat_map(|accepted| accepted.groups()) {
            let (service, channel) = names.of(group.key);
            for (labels, label) in [(&mut year.services, service), (&mut year.channels, channel)] {
                if !label.code.is_altri() {
                    labels.insert(label.code.clone(), label);
                }
            }
        }
    }
    year
}

/// The months of the series that ends with `last`, ascending.
pub(super) fn months_until(last: Month) -> Vec<Month> {
    let mut months: Vec<Month> =
        std::iter::successors(Some(last), |month| Some(month.previous())).take(SERIES_MONTHS).collect();
    months.reverse();
    months
}

/// The greens of a month, for the chart of the series.
impl Point {
    #[must_use]
    pub fn green(&self) -> Option<super::figures::Rate> {
        self.faces?.rate(Face::Green)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::town::{OBSERVER, Town, month, summary};
    use faccina_proto::{catalogue::Catalogue, wire::feed::v1 as wire};

    /// A second version of the catalogue, in which everything has another name.
    fn rename(town: &mut Town) {
        let name = |text: &str| vec![wire::LocalisedText { language: "it".into(), text: text.into() }];
        let part = wire::CataloguePart {
            version: 2,
            services: vec![wire::Service {
                code: "anagrafe".into(),
                name: name("Anagrafe nuova"),
                ..wire::Service::default()
            }],
            channels: vec![wire::Channel { code: "counter".into(), name: name("Allo sportello") }],
            ..wire::CataloguePart::default()
        };
        let catalogue = Catalogue::assemble(2, month(202_602), (5, 10), std::slice::from_ref(&part)).unwrap();
        let id = town.append(OBSERVER, 20_260_120, Body::CataloguePart(part));
        town.append(OBSERVER, 20_260_120, Body::CatalogueClosing(catalogue.closing(&[id])));
    }

    #[test]
    fn a_renamed_service_is_one_service_under_its_newest_name() {
        let mut town = Town::founded(&["c_zz01"]);
        rename(&mut town);
        town.summarise("c_zz01", 20_260_211, summary(202_601, &[("anagrafe", "counter", 90, 5, 5)]));
        let second = summary(202_602, &[("anagrafe", "counter", 90, 5, 5)]);
        town.summarise("c_zz01", 20_260_311, wire::Summary { catalogue_version: 2, ..second });
        let year = year(&town.views(), &"c_zz01".parse().unwrap(), month(202_602), &Terms::default());
        assert_eq!(year.faces.n(), 200);
        let names = |labels: &BTreeMap<Code, Label>| -> Vec<String> {
            labels.values().map(|label| label.name.clone()).collect()
        };
        assert_eq!(names(&year.services), ["Anagrafe nuova"]);
        assert_eq!(names(&year.channels), ["Allo sportello"]);
    }
}
