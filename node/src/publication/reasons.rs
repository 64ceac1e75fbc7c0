//! The reasons of red faces, as far as they are published.

use super::{figures::Rate, imprint::Label};
use faccina_proto::calendar::Month;

/// What the reasons are of.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// One published group.
    Group { service: Label, channel: Label },
    /// One channel, over all services.
    Channel { channel: Label },
    /// Groups with too few reds to publish reasons of their own, together with reds of earlier months. Nationally the
    /// pool of all enti, without groups.
    Pool { groups: Vec<(Label, Label)>, carried_reds: u64, carried_months: Vec<Month> },
}

/// Four reasons and the reds that they belong to. Who touches the red face need not give a reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasons {
    pub scope: Scope,
    pub texts: [String; 4],
    pub counts: [u64; 4],
    pub reds: u64,
}

impl Reasons {
    /// Text, count and share of the reds of each reason. A share is absent where there is no red to divide by.
    pub fn each(&self) -> impl Iterator<Item = (&str, u64, Option<Rate>)> {
        let reds = self.reds;
        self.texts
            .iter()
            .zip(self.counts)
            .map(move |(text, count)| (text.as_str(), count, Rate::of(count, reds)))
    }

    /// Reds without a reason.
    #[must_use]
    pub fn unspoken(&self) -> u64 {
        let spoken = self.counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        self.reds.saturating_sub(spoken)
    }
}
