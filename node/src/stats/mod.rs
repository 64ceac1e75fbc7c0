//! Intervals for shares and for differences of shares: pure functions over counts, nothing else.
//!
//! Shapes and units: counts are whole votes (`u64`), shares and their limits are fractions 0..1, differences are
//! fractions -1..1 (left minus right). Integers are summed first and divided once; a percentage is never averaged.
//! Sources: Wilson 1927 and Newcombe 1998 (method 10), as fixed by the project's statistics page 1.2. Distribution
//! functions come from `statrs`; its normal quantile agrees with the vectors to 1e-9.
//!
//! Absent here, because nothing on the screens uses them yet: funnels, overdispersion, control charts, neighbours,
//! pooled odds, plans. `fixtures/statistics/functions.txt` lists their names, so that no vector passes by being ignored.

mod confidence;
mod difference;
mod proportion;
#[cfg(test)]
mod vectors;

pub use confidence::Confidence;
pub use difference::{Difference, newcombe};
pub use proportion::{Interval, Proportion};
