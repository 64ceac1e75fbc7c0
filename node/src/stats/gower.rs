//! Gower's distance between enti (Biometrics 1971;27:857): a weighted mean of partial distances 0..1 over what is known
//! of both. No figure of satisfaction belongs in it, or neighbours would be matched on the outcome.

use super::counts::size;
use std::collections::{BTreeMap, BTreeSet};

/// The spread of a numeric variable over the network, > 0 or 0 where all enti are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    width: f64,
}

impl Range {
    /// `None` unless the width is a number ≥ 0.
    #[must_use]
    pub fn of_width(width: f64) -> Option<Self> {
        (width >= 0.0 && width.is_finite()).then_some(Self { width })
    }

    /// From the smallest to the largest of the values; `None` without values.
    #[must_use]
    pub fn over(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let ends = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (low, high) = values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        Self::of_width(high - low)
    }

    /// The distance as a part of the range, 0..1.
    #[must_use]
    pub fn distance(self, left: f64, right: f64) -> f64 {
        let difference = (left - right).abs();
        if difference == 0.0 { 0.0 } else { (difference / self.width).min(1.0) }
    }
}

/// A number > 0 on the scale on which populations are compared: a town twice as large is as far at every size.
#[must_use]
pub fn log10(value: f64) -> Option<f64> {
    (value > 0.0).then(|| value.log10())
}

/// 0 where equal, 1 where not.
#[must_use]
pub fn nominal<T: PartialEq>(left: T, right: T) -> f64 {
    if left == right { 0.0 } else { 1.0 }
}

/// Ranks on a scale of `steps` ranks: |difference| / (steps - 1).
#[must_use]
pub fn ordinal(left: u32, right: u32, steps: u32) -> f64 {
    Range { width: f64::from(steps.saturating_sub(1)) }.distance(f64::from(left), f64::from(right))
}

/// 0 in the same region, ½ in regions of the same ripartizione, 1 otherwise.
#[must_use]
pub fn region<R: PartialEq, A: PartialEq>((region, area): (R, A), (other, other_area): (R, A)) -> f64 {
    if region == other {
        0.0
    } else if area == other_area {
        0.5
    } else {
        1.0
    }
}

/// 1 - |both| / |either| (Jaccard). `None` where both sets are empty: nothing is known.
#[must_use]
pub fn jaccard<T: Ord>(left: &BTreeSet<T>, right: &BTreeSet<T>) -> Option<f64> {
    let both = left.intersection(right).count();
    let either = left.len() + right.len() - both;
    (either > 0).then(|| 1.0 - size(both) / size(either))
}

/// ½ Σ |difference| between two compositions, each of which sums to 1 (total variation). `None` where one is empty.
#[must_use]
pub fn total_variation<K: Ord>(left: &BTreeMap<K, f64>, right: &BTreeMap<K, f64>) -> Option<f64> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let here: f64 = left.iter().map(|(key, share)| (share - right.get(key).unwrap_or(&0.0)).abs()).sum();
    let there: f64 =
        right.iter().filter(|(key, _)| !left.contains_key(key)).map(|(_, share)| share.abs()).sum();
    Some(0.5 * (here + there))
}

/// One variable of a pair of enti.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// ≥ 0.
    pub weight: f64,
    /// 0..1; `None` where it is not known of both.
    pub distance: Option<f64>,
}

/// Σ w d / Σ w over the known parts, 0..1; `None` where nothing is known of both.
#[must_use]
pub fn distance(parts: &[Part]) -> Option<f64> {
    let contributions = contributions(parts)?;
    Some(contributions.iter().flatten().sum())
}

/// What each part adds to the distance, w d / Σ w, in the order given: the largest are the reasons to be shown.
#[must_use]
pub fn contributions(parts: &[Part]) -> Option<Vec<Option<f64>>> {
    let weights: f64 = parts.iter().filter(|part| part.distance.is_some()).map(|part| part.weight).sum();
    let share = |part: &Part| Some(part.weight * part.distance? / weights);
    (weights > 0.0).then(|| parts.iter().map(share).collect())
}

/// All pairs of a list: a square, symmetric matrix with 0 on its diagonal.
#[must_use]
pub fn matrix<T>(enti: &[T], parts: impl Fn(&T, &T) -> Vec<Part>) -> Vec<Vec<Option<f64>>> {
    let mut rows = vec![vec![Some(0.0); enti.len()]; enti.len()];
    for (i, left) in enti.iter().enumerate() {
        for (j, right) in enti.iter().enumerate().skip(i + 1) {
            let value = distance(&parts(left, right));
            rows[i][j] = value;
            rows[j][i] = value;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_of_one_enters_neither_sum() {
        let part = |weight, distance| Part { weight, distance };
        assert_eq!(distance(&[part(3.0, Some(0.5)), part(2.0, None)]), Some(0.5));
        assert_eq!(distance(&[part(3.0, None)]), None);
        assert_eq!(contributions(&[part(1.0, Some(1.0)), part(3.0, None)]), Some(vec![Some(1.0), None]));
    }

    #[test]
    fn alike_enti_are_at_no_distance() {
        assert_eq!(Range::over([5.0, 5.0]).unwrap().distance(5.0, 5.0), 0.0);
        assert_eq!(Range::over([]), None);
        assert_eq!(ordinal(2, 2, 1), 0.0);
        assert_eq!(ordinal(1, 3, 3), 1.0);
        assert_eq!(log10(0.0), None);
    }

    #[test]
    fn regions_of_one_ripartizione_are_half_way() {
        let place = |region, area| (region, area);
        assert_eq!(region(place("Umbria", "Centro"), place("Umbria", "Centro")), 0.0);
        assert_eq!(region(place("Umbria", "Centro"), place("Lazio", "Centro")), 0.5);
        assert_eq!(region(place("Umbria", "Centro"), place("Puglia", "Sud")), 1.0);
    }

    #[test]
    fn sets_and_mixes_that_are_not_known_have_no_distance() {
        let empty = BTreeSet::<u8>::new();
        assert_eq!(jaccard(&empty, &empty), None);
        assert_eq!(jaccard(&BTreeSet::from([1]), &empty), Some(1.0));
        let web = BTreeMap::from([("web", 1.0)]);
        assert_eq!(total_variation(&web, &BTreeMap::new()), None);
        assert_eq!(total_variation(&web, &BTreeMap::from([("counter", 1.0)])), Some(1.0));
    }
}
