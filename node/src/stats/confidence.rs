//! The two-sided confidence level of an interval, kept as the normal quantile that belongs to it.

use statrs::distribution::{ContinuousCDF, Normal};

/// A two-sided confidence level strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    z: f64,
}

impl Confidence {
    /// 95 %, the level of every interval on the screens: z = 1.959963985 to nine decimals.
    pub const P95: Self = Self { z: 1.959_963_984_540_054 };

    /// The level for a fraction such as 0.998; `None` outside the open interval 0..1.
    #[must_use]
    pub fn new(level: f64) -> Option<Self> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        // The upper tail is computed as a lower one: (1 - level) / 2 keeps its digits near 0, 1 - that would not.
        let z = -Normal::standard().inverse_cdf((1.0 - level) / 2.0);
        Some(Self { z })
    }

    /// The standard normal quantile at 1 - (1 - level) / 2, never negative.
    #[must_use]
    pub fn z(self) -> f64 {
        self.z
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_is_the_quantile() {
        assert!((Confidence::new(0.95).unwrap().z() - Confidence::P95.z()).abs() < 1e-12);
        assert!((Confidence::new(0.998).unwrap().z() - 3.090_232_306).abs() < 1e-9);
    }

    #[test]
    fn levels_outside_the_open_interval_do_not_exist() {
        for level in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
            assert_eq!(Confidence::new(level), None, "{level}");
        }
    }
}
