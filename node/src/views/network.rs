//! The members of the federation and their feeds: heads, forks, key life, software.

use super::{Feeds, Punctuality, Views};
use faccina_proto::{
    calendar::CivilDay,
    envelope::Id,
    names::Author,
    roster::{Member, Role, TransportKey},
};

/// How far a member's feed reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything seen counts.
    Ok,
    /// It contradicts itself at this sequence, and no ruling has ended that.
    Forked { at: u64 },
    /// It is cut at the first entry beyond its quota.
    OverQuota { at: u64 },
    /// None of its keys may sign a further entry.
    Revoked,
    /// It left the federation.
    Left { on: CivilDay },
}

/// One member.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    pub member: &'a Member,
    pub head: Option<(u64, Id)>,
    pub reach: Reach,
    /// The day that the last entry declares.
    pub last_entry_day: Option<CivilDay>,
    /// The transport key that lasts longest.
    pub key: Option<&'a TransportKey>,
    /// The software that made its last summary; empty if unknown.
    pub software_version: String,
    /// The rules by which its last summary was made.
    pub rules_version: Option<u32>,
    /// How it stands with its months; `None` for members that owe none.
    pub punctuality: Option<Punctuality>,
    /// Months whose last summary is refused.
    pub refused: usize,
    /// Months whose last summary this version does not understand.
    pub not_understood: usize,
}

impl Node<'_> {
    /// How much of the life of its transport key is used up on `today`, in whole percent.
    #[must_use]
    pub fn key_life_percent(&self, today: CivilDay) -> Option<u32> {
        self.key.map(|key| key.life_percent(today))
    }
}

impl Views {
    /// All members ever admitted, in roster order.
    #[must_use]
    pub fn network(&self, feeds: &dyn Feeds, today: CivilDay) -> Vec<Node<'_>> {
        let members = self.roster.members().iter();
        members.map(|member| self.node(feeds, member, today)).collect()
    }

    fn node<'a>(&'a self, feeds: &dyn Feeds, member: &'a Member, today: CivilDay) -> Node<'a> {
        let author = Author::Member(member.code.clone());
        let head = feeds.head(&author);
        let next = head.map_or(1, |(sequence, _)| sequence.saturating_add(1));
        let may_sign = member.feed_keys.iter().any(|key| self.roster.permits(&author, next, &key.id));
        let reach = if let Some(on) = member.left_on.filter(|on| *on < today) {
            Reach::Left { on }
        } else if let Some(at) = feeds.forked_at(&author) {
            Reach::Forked { at }
        } else if let Some(at) = feeds.over_quota_at(&author) {
            Reach::OverQuota { at }
        } else if may_sign {
            Reach::Ok
        } else {
            Reach::Revoked
        };
        let standing = self.standing(&member.code);
        let (refused, not_understood) = self.unusable(&member.code);
        Node {
            member,
            head,
            reach,
            last_entry_day: standing.last_entry_day,
            key: member.lasting_key(),
            software_version: standing.software_version,
            rules_version: standing.rules_version,
            punctuality: (member.role == Role::Ente).then(|| self.punctuality(member, today)),
            refused,
            not_understood,
        }
    }
}
