//! The asking side: what this node lacks, and from whom to ask it next.

use super::Machine;
use super::messages::{Misbehaviour, Now, Output, Peer, RequestId};
use super::peers::{Ask, Asking, Notes, REST_MS};
use crate::limits::{
    DIGEST_FANOUT, DIGEST_NODES_PER_REQUEST_MAX, DIGEST_WIRE_BYTES, ENTRIES_PER_GIVE_MAX, FEEDS_PER_WANT_MAX,
    GIVE_BYTES_MAX,
};
use crate::names::Author;
use crate::replica::Log;
use crate::wire::sync::v1::{self as wire, request, response};
use bytes::Bytes;
use std::collections::BTreeMap;

/// Most pages on their way at once, from all peers: 4 MiB of entries.
const WANTS_MAX: usize = 8;

/// A page that took longer is held against its peer, in milliseconds: half of what an answer may take.
const LATE_MS: u64 = 10_000;

/// Of two nodes that differ, one goes down the other's digest tree at once, and the other only if they still differ after
/// this time, in milliseconds: both walking cost twice.
const YIELD_MS: u64 = 1_000;

/// How far a peer says it can bring a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) sequence: u64,
    tag: [u8; DIGEST_WIRE_BYTES],
    forked: bool,
    /// Where to ask from, if not after what is held: on the way back to where two branches part.
    from: Option<u64>,
    /// How far the last step back went.
    back: u64,
}

impl Target {
    fn new(sequence: u64, tag: &[u8], forked: bool) -> Option<Self> {
        let tag = *tag.first_chunk()?;
        Some(Self { sequence, tag, forked, from: None, back: 0 })
    }

    pub(super) fn of_member(head: &wire::MemberHead) -> Option<Self> {
        Self::new(head.sequence, &head.tag, head.forked)
    }

    pub(super) fn of_head(head: &wire::Head) -> Option<Self> {
        if head.id.len() == 32 { Self::new(head.sequence, &head.id, head.forked) } else { None }
    }

    /// On after what is held.
    pub(super) fn onward(self) -> Self {
        Self { from: None, back: 0, ..self }
    }

    /// Back from `from`, each time twice as far.
    pub(super) fn further_back(self, from: u64) -> Self {
        let back = (self.back * 2).max(1);
        Self { from: Some(from.saturating_sub(back).max(1)), back, ..self }
    }

    /// On from `from`, all before it being known.
    pub(super) fn past(self, from: u64) -> Self {
        Self { from: Some(from), ..self }
    }
}

impl Machine {
    /// Whether `target` tells of entries or a proof that this replica has not.
    pub(super) fn lacks(&self, author: &Author, target: &Target) -> bool {
        let Some(feed) = self.replica.feed(author) else { return false };
        if target.sequence == 0 {
            return false;
        }
        let same = feed.tag().starts_with(&target.tag);
        let forked = feed.fork().is_some();
        if (same, feed.reach(), forked) == (true, target.sequence, target.forked) {
            return false;
        }
        let held = feed.link(target.sequence).map(|link| link.id.as_bytes().starts_with(&target.tag));
        match (feed.fork(), target.forked) {
            (Some(fork), true) => target.sequence <= fork.sequence(),
            // What goes on beyond a fork of the root feed may hold the succession that ends it.
            (Some(fork), false) if target.sequence > fork.sequence() => *author == Author::Root,
            (Some(fork), false) => target.sequence < fork.sequence() && held == Some(false),
            (None, true) => true,
            (None, false) => held != Some(true),
        }
    }

    /// Asks the next thing of every peer that is free.
    pub(super) fn pump_all(&mut self, now: Now, outputs: &mut Vec<Output>) {
        for peer in self.peers_in_order() {
            self.pump(peer, now, outputs);
        }
    }

    /// Asks the next thing of one peer, if it is free: the root feed, feeds, nodes of the digest tree, its digest.
    pub(super) fn pump(&mut self, peer: Peer, now: Now, outputs: &mut Vec<Output>) {
        let Some(notes) = self.peers.get(peer) else { return };
        if notes.asking.is_some() || now.monotonic_ms < notes.rest_until_ms {
            return;
        }
        let asked = self.next_want(peer, now).or_else(|| self.next_digests(peer, now)).or_else(|| {
            self.rested(peer);
            let due = self.peers.get(peer).is_some_and(|notes| notes.next_open_ms <= now.monotonic_ms);
            due.then(|| self.next_open(peer, now))
        });
        let Some((ask, request)) = asked else { return };
        let request_id = self.next_request();
        if let Ask::Want(feeds) = &ask {
            self.news_asked(feeds.keys(), now);
            self.claims.extend(feeds.keys().map(|author| (author.clone(), peer)));
        }
        if let Some(notes) = self.peers.get_mut(peer) {
            notes.asking = Some(Asking { request_id, since_ms: now.monotonic_ms, ask });
        }
        outputs.push(Output::Send { peer, request_id, request: wire::Request { request: Some(request) } });
    }

    fn next_open(&mut self, peer: Peer, now: Now) -> (Ask, request::Request) {
        let hello = self.greet(peer, now);
        let next_open_ms = now.monotonic_ms + self.comparison_ms(peer);
        if let Some(notes) = self.peers.get_mut(peer) {
            notes.next_open_ms = next_open_ms;
            notes.opened_ms = Some(now.monotonic_ms);
        }
        let is_member = self.member(peer, now.day).is_some();
        let digest = is_member.then(|| Bytes::copy_from_slice(&self.replica.digest()));
        let root = Some(super::wire_head("", self.replica.root()));
        let open = wire::Open { hello, root, digest: digest.unwrap_or_default() };
        (Ask::Open, request::Request::Open(open))
    }

    fn next_want(&mut self, peer: Peer, now: Now) -> Option<(Ask, request::Request)> {
        if self.peers.get(peer)?.todo.is_empty() {
            return None;
        }
        let is_member = self.member(peer, now.day).is_some() && self.is_in_roster();
        let mut todo = std::mem::take(&mut self.peers.get_mut(peer)?.todo);
        let mut feeds = Vec::new();
        let tomorrow = now.day.plus_days(1);
        let future = &self.peers.get(peer)?.future;
        // One side of a fork may be dated after tomorrow, and is a side all the same.
        todo.retain(|author, target| {
            self.lacks(author, target)
                && (is_member || *author == Author::Root)
                && (target.forked || future.get(author).is_none_or(|day| *day <= tomorrow))
        });
        // The root goes alone: what it says decides what the others may hold.
        let only_root = todo.contains_key(&Author::Root);
        if self.peers.wants() < WANTS_MAX {
            let free = todo.iter().filter(|(author, _)| {
                !self.claims.contains_key(*author) && (!only_root || **author == Author::Root)
            });
            let mut free: Vec<_> = free.map(|(author, target)| (self.rank(author), author, target)).collect();
            free.sort_by_key(|(rank, ..)| *rank);
            if self.is_gathered(&free, now) {
                free.clear();
            }
            for (_, author, target) in free.into_iter().take(FEEDS_PER_WANT_MAX) {
                let held = self.replica.feed(author).map_or(0, crate::replica::Feed::held);
                let from = target.from.unwrap_or_else(|| (held + 1).min(target.sequence));
                feeds.push((author.clone(), from));
            }
        }
        self.peers.get_mut(peer)?.todo = todo;
        if feeds.is_empty() {
            return None;
        }
        let want = |(author, from): &(Author, u64)| wire::WantFeed {
            author: author.as_str().to_owned(),
            from_sequence: *from,
        };
        let wanted = feeds.iter().map(want).collect();
        let feeds: BTreeMap<Author, u64> = feeds.into_iter().collect();
        Some((Ask::Want(feeds), request::Request::Want(wire::Want { feeds: wanted })))
    }

    fn next_digests(&mut self, peer: Peer, now: Now) -> Option<(Ask, request::Request)> {
        let top = self.replica.tree().top_level();
        let notes = self.peers.get(peer)?;
        if notes.todo.contains_key(&Author::Root) {
            return None;
        }
        if let Some(told) = notes.differs {
            // Another peer may have brought meanwhile what was different.
            let still = told != self.replica.digest() && !self.waits_for_news(peer, now);
            if still && !self.may_walk(peer) {
                return None;
            }
            if still {
                self.compared_now(peer, now);
            }
            let notes = self.peers.get_mut(peer)?;
            notes.differs = None;
            if still {
                notes.frontier.clear();
                notes.frontier.insert((top, 0));
            }
        }
        let notes = self.peers.get_mut(peer)?;
        let (level, _) = *notes.frontier.first()?;
        let mut parents = Vec::new();
        while parents.len() < DIGEST_NODES_PER_REQUEST_MAX {
            match notes.frontier.first() {
                Some(node) if node.0 == level => parents.extend(notes.frontier.pop_first()),
                Some(_) | None => break,
            }
        }
        let indices = parents.iter().map(|(_, index)| *index).collect();
        let request = request::Request::Digests(wire::DigestWant { level, indices });
        Some((Ask::Digests(parents), request))
    }

    /// Takes an answer; returns whether feeds were freed for other peers.
    pub(super) fn answered(
        &mut self,
        peer: Peer,
        request_id: RequestId,
        response: wire::Response,
        now: Now,
        log: &dyn Log,
        outputs: &mut Vec<Output>,
    ) -> bool {
        let Some(Asking { ask, since_ms, .. }) = self.peers.answered(peer, request_id) else { return false };
        let frees = matches!(ask, Ask::Want(_));
        let result = match (ask, response.response) {
            (Ask::Open, Some(response::Response::Opened(opened))) => self.opened(peer, &opened, now, outputs),
            (Ask::Digests(parents), Some(response::Response::Digests(digests))) => {
                self.compared(peer, &parents, &digests)
            }
            (Ask::Want(feeds), Some(response::Response::Give(give))) => {
                self.claims.retain(|_, holder| *holder != peer);
                let is_late = now.monotonic_ms >= since_ms + LATE_MS;
                let is_full = is_full(&give);
                let given = self.given(peer, &feeds, give, now, log, outputs);
                // A peer that gives little by little would hold what is fetched from it for ever.
                let goes_on = self
                    .peers
                    .get(peer)
                    .is_some_and(|notes| feeds.keys().any(|author| notes.todo.contains_key(author)));
                self.peers.credit(peer, !is_late && (is_full || !goes_on));
                given
            }
            (ask, Some(response::Response::Declined(_))) => {
                self.unanswered(peer, ask, now);
                Ok(())
            }
            (ask, Some(_) | None) => {
                self.unanswered(peer, ask, now);
                Err(Misbehaviour::Malformed("an answer of another kind than the request"))
            }
        };
        if let Err(misbehaviour) = result {
            self.expel(peer, misbehaviour, outputs);
        }
        frees
    }

    /// A request got no answer: its feeds are free for other peers, this one is left alone for a while.
    pub(super) fn failed(&mut self, peer: Peer, request_id: RequestId, now: Now) {
        if let Some(asking) = self.peers.answered(peer, request_id) {
            self.unanswered(peer, asking.ask, now);
        }
    }

    fn unanswered(&mut self, peer: Peer, ask: Ask, now: Now) {
        self.release(peer);
        let gives_way = self.walks.contains(&peer);
        self.end_walk(peer);
        let own = self.own_author();
        if let Ask::Want(_) = &ask {
            self.peers.credit(peer, false);
        }
        if matches!(&ask, Ask::Want(feeds) if feeds.contains_key(&own)) {
            self.told_in_vain(peer);
        }
        let Some(notes) = self.peers.get_mut(peer) else { return };
        notes.rest_until_ms = now.monotonic_ms + REST_MS;
        match ask {
            Ask::Open => {
                notes.next_open_ms = now.monotonic_ms + REST_MS;
                notes.greeted_ms = None;
            }
            // What is left is found again at the next comparison, and others have their turn.
            Ask::Digests(_) | Ask::Want(_) if gives_way => {
                notes.frontier.clear();
                notes.todo.clear();
                notes.next_open_ms = now.monotonic_ms + REST_MS;
            }
            Ask::Digests(parents) => notes.frontier.extend(parents),
            // Who claims own entries of this node and does not bring them keeps it from nothing.
            Ask::Want(_) => {
                notes.todo.remove(&own);
            }
        }
    }

    /// Nothing is left to ask this peer for: its comparison is over, unless others bring what it told of.
    fn rested(&mut self, peer: Peer) {
        let over = |notes: &Notes| notes.frontier.is_empty() && notes.todo.is_empty();
        if self.peers.get(peer).is_some_and(over) {
            self.end_walk(peer);
        }
    }

    pub(super) fn release(&mut self, peer: Peer) {
        self.claims.retain(|_, holder| *holder != peer);
    }

    pub(super) fn expel(&mut self, peer: Peer, misbehaviour: Misbehaviour, outputs: &mut Vec<Output>) {
        outputs.push(Output::Misbehaved(peer, misbehaviour));
        outputs.push(Output::Disconnect(peer));
        self.release(peer);
        self.end_walk(peer);
        self.peers.disconnect(peer);
    }

    fn opened(
        &mut self,
        peer: Peer,
        opened: &wire::Opened,
        now: Now,
        outputs: &mut Vec<Output>,
    ) -> Result<(), Misbehaviour> {
        self.greeted(peer, &opened.hello, now, outputs)?;
        self.told_of_runs(peer, &opened.other_runs, now, outputs);
        self.compare(peer, opened.root.as_ref(), &opened.digest, now);
        if self.member(peer, now.day).is_some() && opened.digest.len() == 32 {
            let told = opened.yours.as_ref().and_then(Target::of_head);
            self.own_head_told(peer, told);
        }
        Ok(())
    }

    /// A peer's root head and digest, from its request or its answer.
    pub(super) fn compare(&mut self, peer: Peer, head: Option<&wire::Head>, digest: &Bytes, now: Now) {
        let root = head.and_then(Target::of_head).filter(|target| self.lacks(&Author::Root, target));
        let is_member = self.member(peer, now.day).is_some();
        let theirs = <[u8; 32]>::try_from(digest.as_ref()).ok().filter(|_| is_member);
        let differs = theirs.filter(|theirs| *theirs != self.replica.digest());
        if let Some(theirs) = theirs {
            self.tells(peer, head, theirs, now);
        }
        if theirs.is_some() && differs.is_none() {
            self.compared_now(peer, now);
        }
        let differs = differs.filter(|_| !self.waits_for_news(peer, now));
        let goes_first = self.goes_first(peer);
        let Some(notes) = self.peers.get_mut(peer) else { return };
        notes.todo.extend(root.map(|target| (Author::Root, target)));
        match (differs, notes.yields_until_ms) {
            (Some(_), Some(until)) if now.monotonic_ms < until => {}
            (Some(_), None) if !goes_first => {
                let until = now.monotonic_ms + YIELD_MS;
                notes.yields_until_ms = Some(until);
                notes.next_open_ms = notes.next_open_ms.min(until);
            }
            (Some(_) | None, _) => {
                notes.yields_until_ms = None;
                notes.differs = differs;
            }
        }
    }

    fn compared(
        &mut self,
        peer: Peer,
        parents: &[(u32, u32)],
        digests: &wire::Digests,
    ) -> Result<(), Misbehaviour> {
        let level = parents.first().map_or(1, |(level, _)| *level);
        let fanout = u32::try_from(DIGEST_FANOUT).unwrap_or(u32::MAX);
        if level > 1 {
            let expected = parents.len() * DIGEST_FANOUT * DIGEST_WIRE_BYTES;
            if digests.digests.len() != expected {
                return Err(Misbehaviour::Malformed("a number of digests other than asked"));
            }
            let children =
                parents.iter().flat_map(|(_, index)| (0..fanout).map(move |child| index * fanout + child));
            let theirs = digests.digests.chunks_exact(DIGEST_WIRE_BYTES);
            let differ = children.zip(theirs).filter(|(child, theirs)| {
                let ours = self.replica.tree().node(level - 1, *child);
                ours != [0; 32] && !ours.starts_with(theirs)
            });
            let differ: Vec<(u32, u32)> = differ.map(|(child, _)| (level - 1, child)).collect();
            if let Some(notes) = self.peers.get_mut(peer) {
                notes.frontier.extend(differ);
            }
            return Ok(());
        }
        let most = parents.len() * DIGEST_FANOUT;
        if digests.heads.len() > most {
            return Err(Misbehaviour::TooMuch { what: "heads", found: digests.heads.len(), most });
        }
        for head in &digests.heads {
            let asked = parents.binary_search(&(1, head.index / fanout)).is_ok();
            let Some(target) = Target::of_member(head).filter(|_| asked) else {
                return Err(Misbehaviour::Malformed("a head that was not asked for"));
            };
            let index = usize::try_from(head.index).unwrap_or(usize::MAX);
            let Some(member) = self.replica.roster().members().get(index) else { continue };
            self.note(peer, Author::Member(member.code.clone()), target);
        }
        Ok(())
    }

    pub(super) fn note(&mut self, peer: Peer, author: Author, target: Target) -> bool {
        let lacks = self.lacks(&author, &target);
        if lacks && let Some(notes) = self.peers.get_mut(peer) {
            notes.todo.insert(author, target);
        }
        lacks
    }
}

fn is_full(give: &wire::Give) -> bool {
    give.entries.len() >= ENTRIES_PER_GIVE_MAX
        || give.entries.iter().map(Bytes::len).sum::<usize>() >= GIVE_BYTES_MAX
}
