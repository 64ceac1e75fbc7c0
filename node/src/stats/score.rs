//! What uses the order of the three faces: the net score, and the comparison of two enti vote by vote.

use super::{Confidence, Estimate, counts::real, estimate::DIFFERENCE};

/// Votes by face, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faces {
    pub red: u64,
    pub yellow: u64,
    pub green: u64,
}

impl Faces {
    fn votes(self) -> u64 {
        self.red.saturating_add(self.yellow).saturating_add(self.green)
    }

    /// The net score (g - r) / n, -1..1: the mean of +1, 0, -1 a vote, with variance [(g+r)/n - score²] / n. `None`
    /// without votes.
    #[must_use]
    pub fn net_score(self, confidence: Confidence) -> Option<Estimate> {
        if self.votes() == 0 {
            return None;
        }
        let (red, green, n) = (real(self.red), real(self.green), real(self.votes()));
        let score = (green - red) / n;
        let variance = (((green + red) / n - score * score) / n).max(0.0);
        Some(Estimate::normal(score, variance.sqrt(), DIFFERENCE, confidence))
    }
}

/// A vote drawn from the left against one drawn from the right, over all pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Superiority {
    /// Probability that the left vote is the better one.
    pub better: f64,
    /// Probability that it is the worse one.
    pub worse: f64,
}

impl Superiority {
    /// Counts pairs as whole numbers and divides once. `None` where a side has no votes.
    #[must_use]
    pub fn new(left: Faces, right: Faces) -> Option<Self> {
        if left.votes() == 0 || right.votes() == 0 {
            return None;
        }
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        let above =
            |a: Faces, b: Faces| product(a.green, b.yellow.saturating_add(b.red)) + product(a.yellow, b.red);
        let pairs = wide(product(left.votes(), right.votes()));
        Some(Self { better: wide(above(left, right)) / pairs, worse: wide(above(right, left)) / pairs })
    }

    /// P(better) - P(worse), -1..1; 0 where neither side is better.
    #[must_use]
    pub fn delta(self) -> f64 {
        self.better - self.worse
    }

    /// P(better) + ½ P(tie): Mann and Whitney's U over the number of pairs, 0..1.
    #[must_use]
    pub fn superiority(self) -> f64 {
        0.5 * (1.0 + self.delta())
    }

    /// The generalised odds ratio P(better) / P(worse) (Agresti, Biometrics 1980;36:59). Infinite where no vote is
    /// worse, `None` where none is better either.
    #[must_use]
    pub fn odds(self) -> Option<f64> {
        (self.better > 0.0 || self.worse > 0.0).then(|| self.better / self.worse)
    }
}

#[expect(clippy::cast_precision_loss, reason = "the result is divided once, at full precision")]
fn wide(pairs: u128) -> f64 {
    pairs as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Faces = Faces { red: 0, yellow: 0, green: 0 };

    #[test]
    fn without_votes_there_is_neither_score_nor_comparison() {
        assert_eq!(NONE.net_score(Confidence::P95), None);
        assert_eq!(Superiority::new(NONE, Faces { red: 1, ..NONE }), None);
    }

    #[test]
    fn equal_votes_are_neither_better_nor_worse() {
        let green = Faces { green: 5, ..NONE };
        let both = Superiority::new(green, green).unwrap();
        assert_eq!((both.delta(), both.superiority(), both.odds()), (0.0, 0.5, None));
    }

    #[test]
    fn the_score_stays_on_its_scale() {
        let score = Faces { red: 0, yellow: 1, green: 4 }.net_score(Confidence::P95).unwrap();
        assert_eq!(score.interval.high, 1.0);
    }
}
