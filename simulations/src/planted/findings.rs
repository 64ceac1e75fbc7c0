//! What is counted when the views are judged, summed over seeds, and the bounds that must be kept.

use std::{collections::BTreeMap, fmt, ops::AddAssign};

/// The indicator: the share of greens or of reds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Green,
    Red,
}

/// Something of which a share is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    HonestUnusual,
    HonestUnusual95,
    HonestDifferent,
    OutliersDifferent,
    OutliersUnusual,
    NotableTrue,
    NotableAreasTrue,
    BestNotable,
    SimpsonReversed,
    PooledCovers,
    NewcombeCovers,
    ShrunkenCovers,
    SmallAmongBestRaw,
    SmallAmongBestShrunken,
}

/// What a share must keep, in per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
    Between(f64, f64),
    /// Told, not judged.
    None,
}

struct Line(Measure, &'static [Face], &'static str, Bound);

const BOTH: &[Face] = &[Face::Red, Face::Green];
const RED: &[Face] = &[Face::Red];
const GREEN: &[Face] = &[Face::Green];

/// The report, line by line.
const LINES: [Line; 14] = [
    Line(Measure::HonestUnusual, BOTH, "honest enti unusual among peers at 99.8 %", Bound::AtMost(0.6)),
    Line(Measure::HonestUnusual95, BOTH, "  at 95 %", Bound::None),
    Line(Measure::HonestDifferent, BOTH, "  different from the network at 99.8 %", Bound::None),
    Line(Measure::OutliersDifferent, BOTH, "outliers, n >= 600, different at 99.8 %", Bound::AtLeast(60.0)),
    Line(Measure::OutliersUnusual, BOTH, "  unusual among peers at 99.8 %", Bound::None),
    Line(
        Measure::NotableTrue,
        RED,
        "enti with evidence V, A-C truly in the best quartile",
        Bound::AtLeast(95.0),
    ),
    Line(Measure::NotableAreasTrue, RED, "  by ente and service area", Bound::None),
    Line(Measure::BestNotable, RED, "  truly there and V: with evidence A-C", Bound::None),
    Line(Measure::SimpsonReversed, GREEN, "Simpson pairs reversed by MH, 0 outside", Bound::AtLeast(100.0)),
    Line(
        Measure::PooledCovers,
        GREEN,
        "MH intervals over the weighted true difference",
        Bound::Between(93.0, 97.0),
    ),
    Line(
        Measure::NewcombeCovers,
        GREEN,
        "Newcombe intervals over the true difference",
        Bound::Between(93.0, 97.0),
    ),
    Line(Measure::ShrunkenCovers, BOTH, "EB intervals over the true share", Bound::None),
    Line(Measure::SmallAmongBestRaw, RED, "n < 60 among the best of a month by raw share", Bound::None),
    Line(Measure::SmallAmongBestShrunken, RED, "  by EB estimate", Bound::None),
];

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) hits: u64,
    pub(crate) of: u64,
}

impl Share {
    /// `None` of nothing.
    #[expect(clippy::cast_precision_loss, reason = "a simulation counts far below 2^53")]
    fn per_cent(self) -> Option<f64> {
        (self.of > 0).then(|| 100.0 * self.hits as f64 / self.of as f64)
    }
}

impl AddAssign for Share {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.of += other.of;
    }
}

impl Bound {
    /// A share of nothing keeps no bound, for it shows nothing.
    fn kept(self, share: Share) -> bool {
        match (self, share.per_cent()) {
            (Self::None, _) => true,
            (_, None) => false,
            (Self::AtMost(most), Some(found)) => found <= most,
            (Self::AtLeast(least), Some(found)) => found >= least,
            (Self::Between(least, most), Some(found)) => (least..=most).contains(&found),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::AtMost(most) => write!(f, "at most {most} %"),
            Self::AtLeast(least) => write!(f, "at least {least} %"),
            Self::Between(least, most) => write!(f, "{least} to {most} %"),
        }
    }
}

/// The counts of one seed, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    shares: BTreeMap<(Measure, Face), Share>,
}

impl Findings {
    pub(crate) fn count(&mut self, measure: Measure, face: Face, hit: bool) {
        *self.shares.entry((measure, face)).or_default() += Share { hits: u64::from(hit), of: 1 };
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (key, share) in &other.shares {
            *self.shares.entry(*key).or_default() += *share;
        }
    }

    pub(crate) fn share(&self, measure: Measure, face: Face) -> Share {
        self.shares.get(&(measure, face)).copied().unwrap_or_default()
    }

    /// Whether every bound is kept.
    pub(crate) fn kept(&self) -> bool {
        LINES.iter().all(|Line(measure, faces, _, bound)| {
            faces.iter().all(|face| bound.kept(self.share(*measure, *face)))
        })
    }
}

impl fmt::Display for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Green => "green",
            Self::Red => "red",
        })
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line(measure, faces, words, bound) in &LINES {
            for face in *faces {
                let share = self.share(*measure, *face);
                let found =
                    share.per_cent().map_or_else(|| "none".to_owned(), |found| format!("{found:.2} %"));
                let counted = format!("{} of {}", share.hits, share.of);
                let verdict = match (bound, bound.kept(share)) {
                    (Bound::None, _) => "",
                    (_, true) => "kept: ",
                    (_, false) => "NOT KEPT: ",
                };
                writeln!(f, "{words:<54} {face:<5} {found:>9}  {counted:>16}  {verdict}{bound}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_kept_by_what_was_counted_and_never_by_nothing() {
        let share = |hits| Share { hits, of: 100 };
        assert!(Bound::AtMost(0.6).kept(share(0)) && !Bound::AtMost(0.6).kept(share(1)));
        assert!(Bound::AtLeast(60.0).kept(share(60)) && !Bound::AtLeast(60.0).kept(share(59)));
        assert!([93, 97].iter().all(|hits| Bound::Between(93.0, 97.0).kept(share(*hits))));
        assert!([92, 98].iter().all(|hits| !Bound::Between(93.0, 97.0).kept(share(*hits))));
        assert!(!Bound::AtMost(0.6).kept(Share::default()));
        assert!(!Findings::default().kept());
    }

    #[test]
    fn findings_of_seeds_add_up() {
        let mut all = Findings::default();
        for hit in [true, false, true] {
            let mut one = Findings::default();
            one.count(Measure::NotableTrue, Face::Red, hit);
            all.add(&one);
        }
        assert_eq!(all.share(Measure::NotableTrue, Face::Red), Share { hits: 2, of: 3 });
        assert!(all.to_string().contains("66.67 %"));
    }
}
