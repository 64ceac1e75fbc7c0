//! The answering side: members get everything held, others the root feed, both within a budget.

use super::Machine;
use super::messages::{Misbehaviour, Now, Output, Peer, RequestId};
use crate::limits::{
    DIGEST_FANOUT, DIGEST_NODES_PER_REQUEST_MAX, DIGEST_WIRE_BYTES, ENTRIES_PER_GIVE_MAX, FEEDS_PER_WANT_MAX,
    GIVE_BYTES_MAX,
};
use crate::names::Author;
use crate::replica::Log;
use crate::wire::sync::v1::{self as wire, request, response};
use bytes::Bytes;

impl Machine {
    pub(super) fn serve(
        &mut self,
        peer: Peer,
        request_id: RequestId,
        request: wire::Request,
        now: Now,
        log: &dyn Log,
        outputs: &mut Vec<Output>,
    ) {
        let is_member = self.member(peer, now.day).is_some();
        let room = is_member || self.peers.strangers.take(0, now.monotonic_ms);
        let Some(notes) = self.peers.get_mut(peer) else { return };
        let allowance = if is_member { &mut notes.as_member } else { &mut notes.as_stranger };
        let answer = if room
            && allowance.requests.take(1, now.monotonic_ms)
            && allowance.bytes.take(0, now.monotonic_ms)
        {
            self.answer(peer, is_member, request, now, log, outputs)
        } else if allowance.patience.take(1, now.monotonic_ms) {
            Ok(declined("ask more slowly"))
        } else {
            Err(Misbehaviour::Flood)
        };
        match answer {
            Ok(response) => {
                let response = wire::Response { response: Some(response) };
                let cost = u64::try_from(prost::Message::encoded_len(&response)).unwrap_or(u64::MAX);
                if !is_member {
                    self.peers.strangers.take(cost, now.monotonic_ms);
                }
                if let Some(notes) = self.peers.get_mut(peer) {
                    let allowance = if is_member { &mut notes.as_member } else { &mut notes.as_stranger };
                    allowance.bytes.take(cost, now.monotonic_ms);
                }
                outputs.push(Output::Reply { peer, request_id, response });
            }
            Err(misbehaviour) => self.expel(peer, misbehaviour, outputs),
        }
    }

    fn answer(
        &mut self,
        peer: Peer,
        is_member: bool,
        request: wire::Request,
        now: Now,
        log: &dyn Log,
        outputs: &mut Vec<Output>,
    ) -> Result<response::Response, Misbehaviour> {
        match request.request {
            Some(request::Request::Open(open)) => self.open(peer, &open, now, outputs),
            Some(request::Request::Digests(want)) if is_member => {
                let digests = self.digests(&want)?;
                self.follow_questions(peer, want.level, &want.indices);
                Ok(digests)
            }
            Some(request::Request::Want(want)) => self.give(&want, is_member, log),
            Some(request::Request::Digests(_)) => Ok(declined("only members compare feeds")),
            None => Err(Misbehaviour::Malformed("an empty request")),
        }
    }

    fn open(
        &mut self,
        peer: Peer,
        open: &wire::Open,
        now: Now,
        outputs: &mut Vec<Output>,
    ) -> Result<response::Response, Misbehaviour> {
        self.greeted(peer, &open.hello, now, outputs)?;
        self.compare(peer, open.root.as_ref(), &open.digest, now);
        self.was_opened(peer, now);
        let mut opened = wire::Opened {
            hello: self.greet(peer, now),
            root: Some(super::wire_head("", self.replica.root())),
            ..wire::Opened::default()
        };
        if let Some(member) = self.member(peer, now.day) {
            let feed = self.replica.feed(&Author::Member(member.code.clone()));
            opened.digest = Bytes::copy_from_slice(&self.replica.digest());
            opened.yours = feed.filter(|feed| feed.reach() > 0).map(|feed| super::wire_head("", feed));
            opened.other_runs = self.runs.others(&member.code, !open.hello.is_empty());
        }
        Ok(response::Response::Opened(opened))
    }

    fn digests(&self, want: &wire::DigestWant) -> Result<response::Response, Misbehaviour> {
        let (found, most) = (want.indices.len(), DIGEST_NODES_PER_REQUEST_MAX);
        if found > most {
            return Err(Misbehaviour::TooMuch { what: "nodes of the digest tree", found, most });
        }
        let Some(below) = want.level.checked_sub(1) else {
            return Err(Misbehaviour::Malformed("the members have no children in the digest tree"));
        };
        let fanout = u32::try_from(DIGEST_FANOUT).unwrap_or(u32::MAX);
        let children = want.indices.iter().flat_map(|index| {
            let start = index.saturating_mul(fanout);
            start..start.saturating_add(fanout)
        });
        let mut digests = wire::Digests::default();
        if below > 0 {
            let mut bytes = Vec::with_capacity(found * DIGEST_FANOUT * DIGEST_WIRE_BYTES);
            for child in children {
                bytes.extend(self.replica.tree().node(below, child).iter().take(DIGEST_WIRE_BYTES));
            }
            digests.digests = bytes.into();
        } else {
            digests.heads = children.filter_map(|index| self.member_head(index)).collect();
        }
        Ok(response::Response::Digests(digests))
    }

    pub(super) fn member_head(&self, index: u32) -> Option<wire::MemberHead> {
        let member = self.replica.roster().members().get(usize::try_from(index).ok()?)?;
        let feed = self.replica.feed(&Author::Member(member.code.clone()))?;
        let tag = feed.tag().iter().take(DIGEST_WIRE_BYTES).copied().collect::<Vec<u8>>();
        let (sequence, forked) = (feed.reach(), feed.fork().is_some());
        (sequence > 0).then(|| wire::MemberHead { index, sequence, tag: tag.into(), forked })
    }

    fn give(
        &self,
        want: &wire::Want,
        is_member: bool,
        log: &dyn Log,
    ) -> Result<response::Response, Misbehaviour> {
        let (found, most) = (want.feeds.len(), FEEDS_PER_WANT_MAX);
        if found > most {
            return Err(Misbehaviour::TooMuch { what: "feeds", found, most });
        }
        let mut page = Page::default();
        for feed in &want.feeds {
            let Ok(author) = feed.author.parse::<Author>() else { continue };
            if !is_member && author != Author::Root {
                return Ok(declined("only the root feed is for everyone"));
            }
            self.give_feed(&author, feed.from_sequence.max(1), &mut page, log);
        }
        Ok(response::Response::Give(page.give))
    }

    fn give_feed(&self, author: &Author, from: u64, page: &mut Page, log: &dyn Log) {
        let Some(feed) = self.replica.feed(author) else { return };
        for sequence in from..=feed.held() {
            let Some(bytes) = log.entry(author, sequence) else { return };
            if !page.has_room() {
                page.give.more = true;
                return;
            }
            page.bytes += bytes.len();
            page.give.entries.push(bytes);
        }
        let Some([first, second]) = feed.fork().and_then(|_| log.proof(author)) else { return };
        if page.has_room() {
            page.bytes += first.len() + second.len();
            page.give.proofs.push(wire::ForkProof { first, second });
        } else {
            page.give.more = true;
        }
    }
}

#[derive(Debug, Default)]
struct Page {
    give: wire::Give,
    bytes: usize,
}

impl Page {
    fn has_room(&self) -> bool {
        self.bytes < GIVE_BYTES_MAX && self.give.entries.len() < ENTRIES_PER_GIVE_MAX
    }
}

fn declined(reason: &str) -> response::Response {
    response::Response::Declined(wire::Declined { reason: reason.to_owned() })
}
