//! Verifying a bundle of feeds: every entry, and every national month recomputed from the summaries alone.
//!
//! Pure: bytes in, a report out. The bundle's own reader verifies signatures, chains, keys and completeness; here each
//! month is computed again at its as-of vector. What a month says now is its last restatement: that one must be identical.
//! An earlier one may be impossible to recompute (a fork that came to light has cut entries it counted), which is why it
//! was restated; it is reported and decides nothing.

use crate::views::{NationalEntry, Recomputed, ReplicaFeeds, Views, recompute};
use bytes::Bytes;
use faccina_proto::{
    bundle::{self, BundleError},
    calendar::Month,
    checks::Refusal,
    names::{Author, IpaCode},
    roster::Federation,
};

/// One national month as published, and what came out when it was computed again.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub month: Month,
    pub published: NationalEntry,
    /// Whether it is the month's last restatement.
    pub current: bool,
    pub found: Recomputed,
}

/// What a whole, consistent bundle says.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The federation's name in the bundle.
    pub federation: String,
    /// Whether its root key was compared with a federation file.
    pub root_checked: bool,
    pub members: usize,
    pub entries: u64,
    /// Ascending by month, then restatement.
    pub verdicts: Vec<Verdict>,
    /// Summaries that count nowhere, with their reason, by ente and month.
    pub refused: Vec<(IpaCode, Month, Refusal)>,
    /// Feeds that contradict themselves, and where.
    pub forked: Vec<(Author, u64)>,
}

impl Report {
    /// The current months that are not identical to what comes out of the summaries.
    pub fn failures(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| verdict.current && verdict.found != Recomputed::Identical)
    }

    /// How many months are identical now.
    #[must_use]
    pub fn identical(&self) -> usize {
        let good = |verdict: &&Verdict| verdict.current && verdict.found == Recomputed::Identical;
        self.verdicts.iter().filter(good).count()
    }
}

/// Verifies `bundle`; without `federation` its own header names the root key, which is then unchecked.
pub fn verify(bundle: Bytes, federation: Option<&Federation>) -> Result<Report, BundleError> {
    let bundle = bundle::read(bundle, federation)?;
    let feeds = ReplicaFeeds { replica: &bundle.replica, log: &bundle.log };
    let mut views = Views::new(bundle.replica.federation());
    views.follow(&feeds);
    let verdicts = views.nationals().iter().flat_map(|(month, restatements)| {
        let last = restatements.len().saturating_sub(1);
        let (views, feeds) = (&views, &feeds);
        restatements.iter().enumerate().map(move |(place, published)| Verdict {
            month: *month,
            published: published.clone(),
            current: place == last,
            found: recompute(views, feeds, published),
        })
    });
    Ok(Report {
        federation: bundle.replica.federation().name().to_owned(),
        root_checked: federation.is_some(),
        members: bundle.replica.roster().members().len(),
        entries: bundle.replica.feeds().map(|(_, feed)| feed.held()).sum(),
        verdicts: verdicts.collect(),
        refused: views
            .refused()
            .map(|(code, month, refusal)| (code.clone(), month, refusal.clone()))
            .collect(),
        forked: bundle
            .replica
            .feeds()
            .filter_map(|(author, feed)| Some((author, feed.fork()?.sequence())))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::town::{OBSERVER, Town, month, summary};
    use faccina_proto::feed::Body;

    /// A published January of two enti, and its bundle.
    fn published() -> (Town, Bytes) {
        let mut town = Town::founded(&["c_a", "c_b"]);
        for ente in ["c_a", "c_b"] {
            town.summarise(ente, 20_260_211, summary(202_601, &[("anagrafe", "counter", 80, 10, 10)]));
        }
        town.publish(202_601, 20_260_220);
        let bytes = town.bundle();
        (town, bytes)
    }

    #[test]
    fn the_published_month_is_identical() {
        let (town, bytes) = published();
        let report = verify(bytes, Some(town.replica.federation())).unwrap();
        assert_eq!((report.identical(), report.failures().count()), (1, 0));
        assert!(report.root_checked);
    }

    #[test]
    fn without_a_federation_the_root_is_unchecked() {
        let (_, bytes) = published();
        assert!(!verify(bytes, None).unwrap().root_checked);
    }

    #[test]
    fn any_changed_byte_and_any_cut_is_refused() {
        let (town, bytes) = published();
        let federation = town.replica.federation();
        for place in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[place] ^= 1 << (place % 8);
            assert!(verify(changed.into(), Some(federation)).is_err(), "byte {place}");
            assert!(verify(bytes.slice(..place), Some(federation)).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn the_last_restatement_decides_and_an_earlier_wrong_one_is_only_reported() {
        let (mut town, _) = published();
        let views = town.views();
        let mut wrong = views.nationals()[&month(202_601)][0].message.clone();
        wrong.restatement = 1;
        wrong.carried_in += 1;
        town.append(OBSERVER, 20_260_221, Body::NationalMonth(wrong));
        let federation = town.replica.federation().clone();
        assert_eq!(verify(town.bundle(), Some(&federation)).unwrap().failures().count(), 1);
        town.publish(202_601, 20_260_222);
        let report = verify(town.bundle(), Some(&federation)).unwrap();
        assert_eq!((report.failures().count(), report.verdicts.len()), (0, 3));
    }
}
