//! How much a peer may ask, or send: a bucket that refills with time.

/// A bucket of tokens. Starts full.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    most: u64,
    per_s: u64,
    milli: u64,
    last_ms: u64,
}

impl Budget {
    /// Holds at most `most`, and gets `per_s` back each second. Times are milliseconds since any fixed moment.
    pub fn new(most: u64, per_s: u64, now_ms: u64) -> Self {
        Self { most, per_s, milli: most.saturating_mul(1_000), last_ms: now_ms }
    }

    /// Whether anything is left; takes `cost`, beyond zero if need be never below it.
    pub fn take(&mut self, cost: u64, now_ms: u64) -> bool {
        let left = self.left(now_ms) > 0;
        if left {
            self.milli = self.milli.saturating_sub(cost.saturating_mul(1_000));
        }
        left
    }

    /// How much is left.
    pub fn left(&mut self, now_ms: u64) -> u64 {
        let passed_ms = now_ms.saturating_sub(self.last_ms);
        self.last_ms = self.last_ms.max(now_ms);
        let refilled = self.milli.saturating_add(passed_ms.saturating_mul(self.per_s));
        self.milli = refilled.min(self.most.saturating_mul(1_000));
        self.milli / 1_000
    }

    /// Whether nothing of it is in use.
    pub fn is_full(&mut self, now_ms: u64) -> bool {
        self.left(now_ms) >= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_refills_up_to_its_size() {
        let mut budget = Budget::new(2, 1, 0);
        assert!(budget.take(1, 0) && budget.take(1, 0));
        assert!(!budget.take(1, 999));
        assert!(budget.take(1, 1_000));
        assert!(!budget.take(1, 1_000));
        assert!(budget.take(5, 100_000), "a cost beyond the rest empties it");
        assert!(!budget.take(1, 100_000));
        assert!(!budget.is_full(101_000) && budget.is_full(102_000));
    }
}
