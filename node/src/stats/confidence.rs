//! The two-sided confidence level of an interval, kept as its tail and the normal quantile that belongs to it.

use statrs::distribution::{ContinuousCDF, Normal};

/// A two-sided confidence level strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    tail: f64,
    z: f64,
}

impl Confidence {
    /// 95 %, the level of every interval on the screens and of a warning: z = 1.959963985 to nine decimals.
    pub const P95: Self = Self { tail: 0.025, z: 1.959_963_984_540_054 };

    /// 99.8 %, the level of an alarm: z = 3.090232306 to nine decimals.
    pub const P998: Self = Self { tail: 0.001, z: 3.090_232_306_167_813 };

    /// The level for a fraction such as 0.998; `None` outside the open interval 0..1.
    #[must_use]
    pub fn new(level: f64) -> Option<Self> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        let tail = (1.0 - level) / 2.0;
        Some(Self { tail, z: upper_normal(tail) })
    }

    /// The probability left out on each side: 0.025 at 95 %.
    #[must_use]
    pub fn tail(self) -> f64 {
        self.tail
    }

    /// The standard normal quantile at 1 - tail, never negative.
    #[must_use]
    pub fn z(self) -> f64 {
        self.z
    }
}

/// The standard normal value that is exceeded with probability `tail`.
pub(super) fn upper_normal(tail: f64) -> f64 {
    // The upper quantile is computed as a lower one: the tail keeps its digits near 0, 1 - tail would not.
    -Normal::standard().inverse_cdf(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_are_the_quantiles() {
        assert!((Confidence::new(0.95).unwrap().z() - Confidence::P95.z()).abs() < 1e-12);
        assert!((Confidence::new(0.998).unwrap().z() - Confidence::P998.z()).abs() < 1e-9);
        assert!((Confidence::new(0.998).unwrap().tail() - Confidence::P998.tail()).abs() < 1e-15);
    }

    #[test]
    fn levels_outside_the_open_interval_do_not_exist() {
        for level in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
            assert_eq!(Confidence::new(level), None, "{level}");
        }
    }
}
