//! The greeting: who, which run, what time it has; and the runs of other nodes that were seen of late.

use super::Machine;
use super::messages::{Alarm, Misbehaviour, Now, Output, Peer};
use super::own::Standing;
use super::peers::Greeting;
use crate::envelope::{Envelope, EnvelopeError, KeyId, Kind};
use crate::limits::{HELLO_BYTES_MAX, OTHER_RUNS_MAX};
use crate::names::{Author, IpaCode};
use crate::replica::Feed;
use crate::wire::sync::v1 as wire;
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use prost::Message;
use std::collections::BTreeMap;

/// A peer is greeted again after this time, in milliseconds: run ids stay fresh, equal digests stay short.
const GREETING_MS: u64 = 120_000;
/// How long a run is remembered, in milliseconds: ten minutes.
const RUN_MS: u64 = 600_000;
/// In its first two minutes a node that hears of another run asks again after ten seconds: it may live.
const WATCHFUL_MS: u64 = 120_000;
const WATCHFUL_OPEN_MS: u64 = 10_000;
/// Another run that gives no new sign of life for so long has ended, in milliseconds: one that lives greets every two
/// minutes.
const SILENT_MS: u64 = 300_000;
/// Longest version of software that is told, and kept of a peer (characters).
const VERSION_CHARS_MAX: usize = 64;

#[derive(Clone, Debug)]
struct Run {
    run_id: Bytes,
    hello: Bytes,
    seen_ms: u64,
}

/// The runs of each member seen within ten minutes, with the hello that proves each.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    seen: BTreeMap<IpaCode, Vec<Run>>,
}

impl Runs {
    pub(super) fn forget_old(&mut self, now: Now) {
        for runs in self.seen.values_mut() {
            runs.retain(|run| run.seen_ms + RUN_MS > now.monotonic_ms);
        }
        self.seen.retain(|_, runs| !runs.is_empty());
    }

    fn note(&mut self, code: &IpaCode, run_id: Bytes, hello: Bytes, now: Now) {
        let runs = self.seen.entry(code.clone()).or_default();
        runs.retain(|run| run.run_id != run_id);
        runs.push(Run { run_id, hello, seen_ms: now.monotonic_ms });
        if runs.len() > OTHER_RUNS_MAX {
            runs.remove(0);
        }
    }

    /// The hellos of `code`'s runs beside that of the asker: the last one, if it has just `greeted`. Which run asks without
    /// a greeting is not known: it hears of all, and passes over its own.
    pub(super) fn others(&self, code: &IpaCode, greeted: bool) -> Vec<Bytes> {
        let runs = self.seen.get(code).map_or(&[] as &[Run], Vec::as_slice);
        let told = match runs.split_last() {
            Some((_, before)) if greeted || before.is_empty() => before,
            Some(_) | None => runs,
        };
        told.iter().map(|run| run.hello.clone()).collect()
    }
}

/// The newest sign of life of each other run under this node's key.
#[derive(Clone, Debug, Default)]
pub(super) struct OtherRuns {
    seen: BTreeMap<[u8; 16], Sign>,
}

#[derive(Clone, Copy, Debug)]
struct Sign {
    clock_unix_s: u64,
    seen_ms: u64,
}

impl OtherRuns {
    /// Takes note; `false` if that run had said as much before. A peer repeats the last hello of a run that has ended.
    fn is_news(&mut self, run_id: [u8; 16], clock_unix_s: u64, now: Now) -> bool {
        if self.seen.get(&run_id).is_some_and(|sign| clock_unix_s <= sign.clock_unix_s) {
            return false;
        }
        if self.seen.len() >= OTHER_RUNS_MAX && !self.seen.contains_key(&run_id) {
            let oldest = self.seen.iter().min_by_key(|(_, sign)| sign.seen_ms).map(|(run_id, _)| *run_id);
            oldest.map(|run_id| self.seen.remove(&run_id));
        }
        self.seen.insert(run_id, Sign { clock_unix_s, seen_ms: now.monotonic_ms });
        true
    }

    fn is_silent(&self, now: Now) -> bool {
        self.seen.values().all(|sign| sign.seen_ms + SILENT_MS <= now.monotonic_ms)
    }
}

impl Machine {
    /// This node's hello for `peer`; empty while it is outside the roster with every key in hand, or if the peer was greeted of late.
    pub(super) fn greet(&mut self, peer: Peer, now: Now) -> Bytes {
        let Some(feed_key) = self.greeting_key().cloned() else { return Bytes::new() };
        let Some(notes) = self.peers.get_mut(peer) else { return Bytes::new() };
        if notes.greeted_ms.is_some_and(|at| now.monotonic_ms < at + GREETING_MS) {
            return Bytes::new();
        }
        notes.greeted_ms = Some(now.monotonic_ms);
        self.hello(&feed_key, now)
    }

    /// Of the keys in hand the newest that the roster knows as this member's.
    fn greeting_key(&self) -> Option<&SigningKey> {
        let roster = self.replica.roster();
        let member = roster.member(&self.own.code)?;
        self.own_feed_keys().find(|key| roster.hello_key(member, &KeyId::of(&key.verifying_key())).is_some())
    }

    fn hello(&self, feed_key: &SigningKey, now: Now) -> Bytes {
        let hello = wire::Hello {
            author: self.own.code.to_string(),
            run_id: Bytes::copy_from_slice(&self.own.run_id),
            clock_unix_s: now.unix_s,
            software_version: self.own.software_version.chars().take(VERSION_CHARS_MAX).collect(),
            peer_id_key: Bytes::copy_from_slice(self.own.transport.as_bytes()),
        };
        let federation = self.replica.federation().id();
        Envelope::seal(Kind::Hello, federation, feed_key, &hello.encode_to_vec()).bytes().clone()
    }

    /// Takes a peer's hello. One from outside the roster says nothing; one that does not hold is misbehaviour.
    pub(super) fn greeted(
        &mut self,
        peer: Peer,
        bytes: &Bytes,
        now: Now,
        outputs: &mut Vec<Output>,
    ) -> Result<(), Misbehaviour> {
        let Some(member) = self.member(peer, now.day) else { return Ok(()) };
        if bytes.is_empty() {
            return Ok(());
        }
        let code = member.code.clone();
        let Some(hello) = self.open_hello(&code, bytes)? else { return Ok(()) };
        if hello.peer_id_key.as_ref() != peer.as_bytes() {
            return Err(Misbehaviour::WrongHello);
        }
        let offset = i128::from(hello.clock_unix_s) - i128::from(now.unix_s);
        if let Some(notes) = self.peers.get_mut(peer) {
            let clock_offset_s =
                i64::try_from(offset).unwrap_or(if offset < 0 { i64::MIN } else { i64::MAX });
            let software_version = hello.software_version.chars().take(VERSION_CHARS_MAX).collect();
            notes.greeting = Some(Greeting { clock_offset_s, software_version });
        }
        if code == self.own.code {
            self.other_run(&hello, now, outputs);
        }
        self.runs.note(&code, hello.run_id, bytes.clone(), now);
        Ok(())
    }

    /// Hellos that a peer saw under this node's key.
    pub(super) fn told_of_runs(&mut self, peer: Peer, hellos: &[Bytes], now: Now, outputs: &mut Vec<Output>) {
        let code = self.own.code.clone();
        let is_young = self.started.is_some_and(|began| now.monotonic_ms < began.monotonic_ms + WATCHFUL_MS);
        for hello in hellos.iter().take(OTHER_RUNS_MAX) {
            let Ok(Some(hello)) = self.open_hello(&code, hello) else { continue };
            if is_young
                && hello.run_id != self.own.run_id.as_slice()
                && let Some(notes) = self.peers.get_mut(peer)
            {
                notes.next_open_ms = notes.next_open_ms.min(now.monotonic_ms + WATCHFUL_OPEN_MS);
            }
            self.other_run(&hello, now, outputs);
        }
    }

    /// A run that gave a sign of life after this one began is alive beside it; an earlier one is this node before its restart.
    fn other_run(&mut self, hello: &wire::Hello, now: Now, outputs: &mut Vec<Output>) {
        let began = self.started.map_or(u64::MAX, |began| began.unix_s);
        let Ok(run_id) = <[u8; 16]>::try_from(hello.run_id.as_ref()) else { return };
        if run_id != self.own.run_id
            && hello.clock_unix_s > began
            && self.other_runs.is_news(run_id, hello.clock_unix_s, now)
        {
            self.raise(Alarm::OtherRun { run_id }, outputs);
            // The other run hears of this one as soon as it asks.
            self.peers.greet_all(now);
        }
    }

    /// Ends the alarm about another run that has ended, or that was this node before its clock was set back. What was
    /// published meanwhile is asked for anew.
    pub(super) fn outlive_other_runs(&mut self, now: Now) {
        if matches!(self.standing, Standing::Stopped(Alarm::OtherRun { .. }))
            && self.other_runs.is_silent(now)
        {
            self.resume(now);
        }
    }

    /// Opens a hello of `code`; `None` if its key is none of the roster's (which may be older here than there), or one that
    /// another has followed: whoever holds it can append nothing.
    fn open_hello(&self, code: &IpaCode, bytes: &Bytes) -> Result<Option<wire::Hello>, Misbehaviour> {
        if bytes.len() > HELLO_BYTES_MAX {
            let (found, most) = (bytes.len(), HELLO_BYTES_MAX);
            return Err(Misbehaviour::TooMuch { what: "bytes of hello", found, most });
        }
        let hello = |error: EnvelopeError| Misbehaviour::Hello(error);
        let envelope = Envelope::parse(bytes.clone()).map_err(hello)?;
        let roster = self.replica.roster();
        let held = self.replica.feed(&Author::Member(code.clone())).map_or(0, Feed::held);
        let member = roster.member(code).filter(|member| roster.goes_on(member, &envelope.key_id(), held));
        let key = member.and_then(|member| roster.hello_key(member, &envelope.key_id()));
        let Some(key) = key else { return Ok(None) };
        envelope.verify(Kind::Hello, self.replica.federation().id(), &key).map_err(hello)?;
        let hello = wire::Hello::decode(envelope.payload().as_ref())
            .map_err(|_| Misbehaviour::Malformed("hello is no protobuf message"))?;
        if hello.author == code.as_str() && hello.run_id.len() == 16 {
            Ok(Some(hello))
        } else {
            Err(Misbehaviour::WrongHello)
        }
    }

    pub(super) fn raise(&mut self, alarm: Alarm, outputs: &mut Vec<Output>) {
        if self.standing.alarm().is_none() {
            self.standing = Standing::Stopped(alarm.clone());
            outputs.push(Output::Alarm(alarm));
        }
    }
}
