//! A value with its interval, and with its standard error where there is one.

use super::Confidence;

/// The two limits of a share, a difference or a ratio, `low` ≤ `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Both limits, multiplied by a factor ≥ 0.
    pub(super) fn scaled(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }
}

/// A value whose interval is the normal one around it, cut to the scale on which the value lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub standard_error: f64,
    pub interval: Interval,
}

impl Estimate {
    pub(super) fn normal(value: f64, standard_error: f64, scale: Interval, confidence: Confidence) -> Self {
        let half = confidence.z() * standard_error;
        let low = (value - half).clamp(scale.low, scale.high);
        let high = (value + half).clamp(scale.low, scale.high);
        Self { value, standard_error, interval: Interval { low, high } }
    }
}

/// Where a share lives.
pub(super) const SHARE: Interval = Interval { low: 0.0, high: 1.0 };
/// Where a difference of shares and a net score live.
pub(super) const DIFFERENCE: Interval = Interval { low: -1.0, high: 1.0 };
