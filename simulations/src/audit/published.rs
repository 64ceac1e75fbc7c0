//! What everybody can read of an ente: each edition of each month, and what it says it surveys.

use faccina_node::views::{Feeds, Views};
use faccina_proto::{
    calendar::Month,
    feed::Body,
    limits::THRESHOLD_MIN,
    names::{Author, Code, IpaCode},
    partition::Parameters,
    summary::{Edition, Summary},
    tally::{GroupKey, Votes},
};
use std::collections::{BTreeMap, BTreeSet};

/// One edition of a month.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Published {
    pub(crate) month: Month,
    pub(crate) edition: Edition,
    /// `None` for a month carried whole.
    pub(crate) figures: Option<Figures>,
}

/// The figures that say how many voted, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    pub(crate) groups: BTreeMap<GroupKey, Votes>,
    pub(crate) carried_from: Vec<Month>,
    pub(crate) parameters: Parameters,
}

/// Everything one ente has published.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ente {
    /// By month, then edition.
    pub(crate) months: BTreeMap<(Month, Edition), Published>,
    /// Survey plans by their first month.
    pub(crate) plans: BTreeMap<Month, BTreeSet<GroupKey>>,
}

/// What an attacker reads before beginning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    pub(crate) enti: BTreeMap<IpaCode, Ente>,
    /// Services that the catalogue of the month lists as sensitive, where the catalogue is known.
    pub(crate) sensitive: BTreeMap<Month, BTreeSet<Code>>,
    /// Enti whose figures contradict each other: which of them are the published ones is not for the attacker to say.
    pub(crate) contradictory: BTreeMap<IpaCode, TwoVersions>,
}

/// An ente published the same edition of a month twice, with different figures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{month} is published twice as the same edition, with different figures")]
pub(crate) struct TwoVersions {
    pub(crate) month: Month,
}

impl Reading {
    /// What feeds hold: every edition, the survey plans, and the sensitive services of each month.
    pub(crate) fn of(views: &Views, feeds: &dyn Feeds) -> Self {
        let mut reading = Self::default();
        for member in views.enti() {
            let author = Author::Member(member.code.clone());
            let last = feeds.head(&author).map_or(0, |(sequence, _)| sequence);
            for held in (1..=last).filter_map(|sequence| feeds.entry(&author, sequence)) {
                reading.take(&member.code, held.entry.body);
            }
        }
        let months: BTreeSet<Month> =
            reading.enti.values().flat_map(|ente| ente.months.keys().map(|(month, _)| *month)).collect();
        for month in months {
            if let Some(catalogue) = views.catalogues().in_force(month) {
                reading.sensitive.insert(month, catalogue.sensitive());
            }
        }
        reading
    }

    /// Adds an edition; one that contradicts what is there is kept in mind.
    pub(crate) fn publish(&mut self, ente: &IpaCode, published: Published) {
        let month = published.month;
        if !self.enti.entry(ente.clone()).or_default().publish(published) {
            self.contradictory.entry(ente.clone()).or_insert(TwoVersions { month });
        }
    }

    fn take(&mut self, ente: &IpaCode, body: Body) {
        if let Body::Summary(message) = &body
            && let Ok(summary) = Summary::from_wire(message)
        {
            self.publish(ente, Published::from(&summary));
        }
        if let Body::SurveyPlan(plan) = &body
            && let Ok(from) = Month::from_yyyymm(plan.from_month)
        {
            let cell = |service: &str, channel: &str| {
                Some(GroupKey { service: service.parse().ok()?, channel: channel.parse().ok()? })
            };
            let cells = plan.surveyed.iter().filter_map(|key| cell(&key.service, &key.channel));
            self.enti.entry(ente.clone()).or_default().plans.insert(from, cells.collect());
        }
    }
}

impl From<&Summary> for Published {
    fn from(summary: &Summary) -> Self {
        let figures = summary.figures().map(|figures| Figures {
            groups: figures.groups.iter().map(|group| (group.key.clone(), group.votes)).collect(),
            carried_from: figures.carried_from.clone(),
            parameters: figures.parameters,
        });
        Self { month: summary.month, edition: summary.edition, figures }
    }
}

impl Figures {
    /// The least votes that a group of this key must have. A federation cannot set less than the law.
    pub(crate) fn threshold(&self, key: &GroupKey, sensitive: &BTreeSet<Code>) -> u64 {
        let own = if sensitive.contains(&key.service) {
            self.parameters.threshold_sensitive
        } else {
            self.parameters.threshold
        };
        own.max(THRESHOLD_MIN)
    }

    /// The same for a carried month, which states no parameters.
    pub(crate) fn threshold_by_default(key: &GroupKey, sensitive: &BTreeSet<Code>) -> u64 {
        let Parameters { threshold, threshold_sensitive, .. } = Parameters::default();
        if sensitive.contains(&key.service) { threshold_sensitive } else { threshold }
    }

    /// D, at least the project's: whoever publishes does not decide alone what is safe.
    pub(crate) fn dominance(&self) -> u64 {
        self.parameters.dominance.max(Parameters::default().dominance)
    }

    /// G, at least the project's.
    pub(crate) fn dominance_below(&self) -> u64 {
        self.parameters.dominance_below.max(Parameters::default().dominance_below)
    }
}

impl Ente {
    /// Adds what is published; `false` if it contradicts what is there.
    #[must_use]
    pub(crate) fn publish(&mut self, published: Published) -> bool {
        let place = (published.month, published.edition);
        self.months.get(&place).is_none_or(|there| *there == published) && {
            self.months.insert(place, published);
            true
        }
    }

    /// The plan in force in a month.
    pub(crate) fn plan(&self, month: Month) -> Option<&BTreeSet<GroupKey>> {
        self.plans.range(..=month).next_back().map(|(_, plan)| plan)
    }

    /// Every service × channel that the ente has ever named.
    pub(crate) fn named(&self) -> BTreeSet<GroupKey> {
        let groups = self.months.values().filter_map(|published| published.figures.as_ref());
        let keys = groups.flat_map(|figures| figures.groups.keys());
        keys.filter(|key| !key.service.is_altri()).cloned().collect()
    }
}
