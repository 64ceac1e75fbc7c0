//! What this node's own feed says about its months.

use std::collections::BTreeMap;

use faccina_proto::calendar::Month;
use faccina_proto::feed::Body;
use faccina_proto::wire::feed::v1 as wire;

use crate::federation::Federation;

/// The months of the own feed. A month that stands here is never closed again, whatever receivers made of it.
#[derive(Debug)]
pub(crate) struct OwnFeed {
    /// First month due since admission; `None` before it.
    pub(crate) first_month: Option<Month>,
    /// The last summary of each month, with its place and id.
    pub(crate) published: BTreeMap<Month, Published>,
}

/// A summary in the own feed.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) sequence: u64,
    pub(crate) id: [u8; 32],
    pub(crate) summary: wire::Summary,
}

impl OwnFeed {
    /// Reads the feed as it is held now. Blocks for the disk.
    pub(crate) fn read(federation: &Federation) -> Self {
        let (own, snapshot) = (federation.own(), federation.snapshot());
        let first_month = snapshot.replica.roster().author(own).map(|member| member.first_month);
        let mut published = BTreeMap::new();
        for (id, entry) in snapshot.replica.entries(own, &snapshot.log) {
            let Body::Summary(summary) = &entry.body else { continue };
            let Ok(month) = Month::from_yyyymm(summary.month) else { continue };
            let (sequence, id) = (entry.sequence, *id.as_bytes());
            published.insert(month, Published { sequence, id, summary: summary.clone() });
        }
        Self { first_month, published }
    }

    /// The first month that is not closed.
    pub(crate) fn due(&self) -> Option<Month> {
        let after_last = self.published.keys().next_back().map(|last| last.next());
        after_last.max(self.first_month)
    }
}
