//! News: who tells whom that a feed has grown, and how what was heard is asked for.
//!
//! An author tells its peers of its own entries at once. What others wrote is told by those whom all connect to, the
//! observer and the hubs; where none of them is connected, by everybody. The first news is told, and asked for, at once;
//! while more comes it is gathered for some seconds, so that one message and one question serve many entries. Whoever
//! tells, and where no hub is connected everybody, asks at once: it hears each author by itself.

use super::Machine;
use super::messages::{Event, Misbehaviour, Now, Output, Peer};
use super::order::Rank;
use super::pull::Target;
use crate::limits::{FEEDS_PER_WANT_MAX, HEADS_PER_ANNOUNCEMENT_MAX};
use crate::names::Author;
use crate::replica::Change;
use crate::wire::sync::v1 as wire;
use std::collections::{BTreeMap, BTreeSet};

/// While news comes it is gathered for this part of the interval between two comparisons: 7.5 seconds of thirty.
const GATHERED_PART: u64 = 4;
/// Adding up to this many entries at once is news worth telling; more is catching up.
const NEWS_MAX: usize = 16;
/// Most announced feeds waiting for somebody who has them.
const HINTS_MAX: usize = 1_024;
/// How often an announced feed is asked for beyond the peer that announced it.
const HINT_TRIES: u8 = 6;
/// How long an announced feed waits before another peer is asked, in milliseconds.
const HINT_MS: u64 = 1_000;
/// So many times the seconds of gathering it waits for a hub to tell of it too.
const HINT_GATHERINGS: u64 = 3;
/// News is asked for, whatever else was, after so many times the seconds of gathering.
const GATHERINGS_MAX: u64 = 2;

/// How changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// By their author, or by whoever brought them in by hand.
    AtOnce,
    /// By those who pass on what they are given.
    Gathered,
}

#[derive(Debug, Default)]
pub(super) struct News {
    /// Grown feeds to tell of; told ones leave.
    untold: BTreeSet<Author>,
    told_ms: Option<u64>,
    /// Announced feeds that nobody has brought yet.
    hints: BTreeMap<Author, Hint>,
    heard_ms: Option<u64>,
    asked_ms: Option<u64>,
}

impl News {
    /// When something new was heard of last.
    pub(super) fn heard_ms(&self) -> Option<u64> {
        self.heard_ms
    }
}

/// An announced feed that nobody has brought yet.
#[derive(Clone, Copy, Debug)]
struct Hint {
    target: Target,
    teller: Peer,
    heard_ms: u64,
    tries: u8,
    due_ms: u64,
}

impl Machine {
    /// How long news is gathered, in milliseconds.
    pub(super) fn gathering_ms(&self) -> u64 {
        self.sync_interval_ms / GATHERED_PART
    }

    /// Whether this node passes on what others wrote.
    pub(super) fn relays(&self) -> bool {
        self.helps() || !self.meets_hub()
    }

    /// Hands a batch of changes out: written first, then applied, then told if it is news.
    pub(super) fn settle_batch(
        &mut self,
        changes: Vec<Change>,
        telling: Telling,
        now: Now,
        outputs: &mut Vec<Output>,
    ) {
        if changes.is_empty() {
            return;
        }
        let events: Vec<Event> = changes.iter().map(event).collect();
        outputs.push(Output::Persist(changes));
        let added = events.iter().filter(|event| matches!(event, Event::Added { .. })).count();
        let grown: BTreeSet<Author> = events.iter().filter_map(grown).cloned().collect();
        outputs.extend(events.into_iter().map(Output::Applied));
        if added > NEWS_MAX {
            return;
        }
        match telling {
            Telling::AtOnce => self.tell(grown, outputs),
            Telling::Gathered if self.relays() => {
                self.news.untold.extend(grown);
                self.tell_news(now, outputs);
            }
            Telling::Gathered => {}
        }
    }

    /// Tells what was gathered, if it is time.
    pub(super) fn tell_news(&mut self, now: Now, outputs: &mut Vec<Output>) {
        let told_ms = self.news.told_ms;
        if self.news.untold.is_empty()
            || told_ms.is_some_and(|at| now.monotonic_ms < at + self.gathering_ms())
        {
            return;
        }
        self.news.told_ms = Some(now.monotonic_ms);
        let untold = std::mem::take(&mut self.news.untold);
        self.tell(untold, outputs);
    }

    fn tell(&self, grown: BTreeSet<Author>, outputs: &mut Vec<Output>) {
        let roster = self.replica.roster();
        let index = |author: &Author| u32::try_from(roster.author(author)?.index).ok();
        let Some(teller) = index(&self.own_author()) else { return };
        let is_root = grown.contains(&Author::Root);
        let root = is_root.then(|| super::wire_head("", self.replica.root()));
        let heads: Vec<wire::MemberHead> =
            grown.iter().filter_map(|author| self.member_head(index(author)?)).collect();
        let mut pieces = heads.chunks(HEADS_PER_ANNOUNCEMENT_MAX);
        let first = pieces.next().unwrap_or_default();
        if root.is_some() || !first.is_empty() {
            outputs.push(Output::Announce(wire::Announcement { heads: first.to_vec(), root, teller }));
        }
        let further = pieces.map(|heads| wire::Announcement { heads: heads.to_vec(), root: None, teller });
        outputs.extend(further.map(Output::Announce));
    }

    /// Gossip: a hint, checked against what is held; of unknown authors and old news nothing remains.
    pub(super) fn hear(
        &mut self,
        peer: Peer,
        announcement: &wire::Announcement,
        now: Now,
        outputs: &mut Vec<Output>,
    ) {
        let (found, most) = (announcement.heads.len(), HEADS_PER_ANNOUNCEMENT_MAX);
        if found > most {
            self.expel(peer, Misbehaviour::TooMuch { what: "announced heads", found, most }, outputs);
            return;
        }
        if let Some(target) = announcement.root.as_ref().and_then(Target::of_head) {
            self.hear_of(peer, Author::Root, target, now);
        }
        for head in &announcement.heads {
            let index = usize::try_from(head.index).unwrap_or(usize::MAX);
            let Some(member) = self.replica.roster().members().get(index) else { continue };
            let author = Author::Member(member.code.clone());
            let Some(target) = Target::of_member(head).filter(|_| author != self.own_author()) else {
                continue;
            };
            self.hear_of(peer, author, target, now);
        }
    }

    fn hear_of(&mut self, teller: Peer, author: Author, target: Target, now: Now) {
        if self.peers.get(teller).is_none() || !self.lacks(&author, &target) {
            return;
        }
        self.news.heard_ms = Some(now.monotonic_ms);
        // Who is connected with a hub is told by it soon, with much else; but what is heard of is not forgotten.
        let wait_ms = if self.relays() { 0 } else { HINT_GATHERINGS * self.gathering_ms() };
        if wait_ms == 0 || author == Author::Root || self.is_hub(teller) {
            self.note(teller, author.clone(), target);
        }
        let heard_ms = now.monotonic_ms;
        let due_ms = heard_ms + HINT_MS.max(wait_ms);
        let hints = &mut self.news.hints;
        if hints.len() < HINTS_MAX || hints.contains_key(&author) {
            let hint = hints.entry(author).or_insert(Hint { target, teller, heard_ms, tries: 0, due_ms });
            hint.target = if hint.target.sequence < target.sequence { target } else { hint.target };
        }
    }

    /// Asks other peers for what was announced and not brought.
    pub(super) fn follow_hints(&mut self, now: Now) {
        let mut hints = std::mem::take(&mut self.news.hints);
        hints.retain(|author, hint| hint.tries < HINT_TRIES && self.lacks(author, &hint.target));
        let members: Vec<Peer> =
            self.connected().copied().filter(|peer| self.member(*peer, now.day).is_some()).collect();
        let due = hints.iter_mut().filter(|(_, hint)| hint.due_ms <= now.monotonic_ms);
        for (author, hint) in due {
            let turn = usize::from(hint.tries) + usize::try_from(now.monotonic_ms / HINT_MS).unwrap_or(0);
            let first = hint.tries == 0 && members.contains(&hint.teller);
            hint.tries += 1;
            hint.due_ms = now.monotonic_ms + HINT_MS * (1 << hint.tries);
            let any = turn.checked_rem(members.len()).and_then(|turn| members.get(turn)).copied();
            let Some(peer) = first.then_some(hint.teller).or(any) else { continue };
            if !self.claims.contains_key(author) {
                self.note(peer, author.clone(), hint.target);
            }
        }
        self.news.hints = hints;
    }

    /// Whether these feeds are not asked for yet: all are news of members, and not long ago news was asked for. Whoever
    /// tells much and brings nothing delays the others' news by [`GATHERINGS_MAX`] at most.
    pub(super) fn is_gathered(&self, feeds: &[(Rank, &Author, &Target)], now: Now) -> bool {
        let (now_ms, gathering_ms) = (now.monotonic_ms, self.gathering_ms());
        let is_news = |(rank, author, _): &(Rank, &Author, &Target)| {
            let hint = self.news.hints.get(*author);
            *rank > Rank::Own
                && hint.is_some_and(|hint| now_ms < hint.heard_ms + GATHERINGS_MAX * gathering_ms)
        };
        let lately = self.news.asked_ms.is_some_and(|at| now_ms < at + gathering_ms);
        lately && feeds.len() < FEEDS_PER_WANT_MAX && feeds.iter().all(is_news) && !self.relays()
    }

    /// These feeds are being asked for.
    pub(super) fn news_asked<'a>(&mut self, mut feeds: impl Iterator<Item = &'a Author>, now: Now) {
        if feeds.any(|author| self.news.hints.contains_key(author)) {
            self.news.asked_ms = Some(now.monotonic_ms);
        }
    }
}

/// The feed of which there is news.
fn grown(event: &Event) -> Option<&Author> {
    match event {
        Event::Added { author, .. } | Event::Forked { author } => Some(author),
        Event::Cut { .. } | Event::Unforked { .. } => None,
    }
}

fn event(change: &Change) -> Event {
    match change {
        Change::Put(stored) => {
            Event::Added { author: stored.author.clone(), sequence: stored.sequence, id: stored.id }
        }
        Change::Cut { author, after } => Event::Cut { author: author.clone(), after: *after },
        Change::Proof { author, .. } => Event::Forked { author: author.clone() },
        Change::Unprove { author } => Event::Unforked { author: author.clone() },
    }
}
