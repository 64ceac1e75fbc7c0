//! The difference of two independent shares with Newcombe's hybrid score interval.

use super::{Confidence, Interval, Proportion};

/// Left share minus right share, -1..1, with its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub value: f64,
    pub interval: Interval,
}

/// Newcombe 1998, method 10: d - √((p₁-l₁)² + (u₂-p₂)²), d + √((u₁-p₁)² + (p₂-l₂)²) with the Wilson limits l, u of
/// each share.
#[must_use]
pub fn newcombe(left: Proportion, right: Proportion, confidence: Confidence) -> Difference {
    let (p1, p2) = (left.value(), right.value());
    let (w1, w2) = (left.wilson(confidence), right.wilson(confidence));
    let value = p1 - p2;
    let low = value - (p1 - w1.low).hypot(w2.high - p2);
    let high = value + (w1.high - p1).hypot(p2 - w2.low);
    Difference { value, interval: Interval { low, high } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exchanging_the_sides_mirrors_the_interval(x1 in 0_u64..=70, x2 in 0_u64..=80) {
            let (a, b) = (Proportion::new(x1, 70).unwrap(), Proportion::new(x2, 80).unwrap());
            let (there, back) = (newcombe(a, b, Confidence::P95), newcombe(b, a, Confidence::P95));
            prop_assert!((there.interval.low + back.interval.high).abs() < 1e-12);
            prop_assert!(there.interval.low <= there.value && there.value <= there.interval.high);
            prop_assert!(-1.0 <= there.interval.low && there.interval.high <= 1.0);
        }
    }
}
