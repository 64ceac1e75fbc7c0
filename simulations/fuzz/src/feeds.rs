//! Feeds: entries alone, a roster and its views folded from signed entries, bundles, and a peer's messages to the
//! synchronisation.

use crate::{
    golden::{fixtures, vectors},
    town::{AUTHORS, Pen, Shelf, federation, key, saying, today, transport},
};
use bytes::Bytes;
use faccina_node::views::{ReplicaFeeds, Views};
use faccina_proto::{
    bundle as bundles,
    catalogue::Catalogue,
    envelope::{Envelope, Kind},
    feed::{Body, Entry},
    limits::SYNC_MESSAGE_BYTES_MAX,
    replica::Outcome,
    summary::Summary,
    sync::{Input, Machine, Now, Output, Own, RequestId},
    wire::{
        feed::v1::{self as wire, entry::Body as Said},
        sync::v1 as sync_wire,
    },
};
use prost::Message;
use std::collections::BTreeSet;

/// Steps of one run; more would only make runs slow.
const STEPS_MAX: usize = 48;

/// Entry payloads, and what stands in their bodies.
pub(crate) fn entry(bytes: &[u8]) {
    let parsed = Envelope::parse(Bytes::copy_from_slice(bytes));
    if let Ok(envelope) = &parsed {
        assert_eq!(envelope.bytes().as_ref(), bytes, "an envelope has one encoding");
    }
    let payload =
        parsed.map_or_else(|_| Bytes::copy_from_slice(bytes), |envelope| envelope.payload().clone());
    let Ok(read) = Entry::decode(&payload) else { return };
    assert_eq!(Entry::decode(&read.encode()).as_ref(), Ok(&read), "what is written reads otherwise");
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others have no reader of their own")]
    match &read.body {
        Body::Summary(message) => {
            if let Ok(summary) = Summary::from_wire(message) {
                let again = Summary::from_wire(&summary.to_wire());
                assert_eq!(again.as_ref(), Ok(&summary), "what is written reads otherwise");
            }
        }
        Body::CataloguePart(part) => {
            let month = today().month();
            let _assembled = Catalogue::assemble(part.version, month, (5, 10), std::slice::from_ref(part));
        }
        _ => {}
    }
}

pub(crate) fn entry_samples() -> Vec<Vec<u8>> {
    let payload = |bytes: Vec<u8>| Envelope::parse(bytes.into()).map(|envelope| envelope.payload().to_vec());
    vectors("entry-").into_iter().filter_map(|bytes| payload(bytes).ok()).collect()
}

/// Cuts `bytes` into pieces, each behind a byte that tells what to do with it and two of length.
fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let [act, high, low, rest @ ..] = bytes else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (piece, rest) = rest.split_at(length);
        bytes = rest;
        Some((*act, piece))
    })
    .take(STEPS_MAX)
}

fn piece(act: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[act], length.as_slice(), bytes].concat()
}

/// Entries behind valid signatures, in their authors' chains: roster, feeds and views are folded from them.
pub(crate) fn roster(bytes: &[u8]) {
    let (root, mut shelf) = Shelf::founded();
    let mut pens = [root, Pen::new(1), Pen::new(2), Pen::new(3)];
    let mut accepted = Vec::new();
    for (act, piece) in pieces(bytes) {
        let author = usize::from(act) % AUTHORS.len();
        let Some(pen) = pens.get_mut(author) else { continue };
        let before = pen.head();
        let sealed = match wire::Entry::decode(piece) {
            Ok(entry) => pen.write(entry),
            Err(_) => pen.seal(piece),
        };
        if matches!(shelf.offer(sealed.bytes()), Outcome::Added(_)) {
            accepted.push(sealed);
        } else {
            pen.back_to(before);
        }
    }
    shelf.assert_whole();
    let (_, mut again) = Shelf::founded();
    for entry in &accepted {
        again.offer(entry.bytes());
    }
    assert_eq!(again.replica.digest(), shelf.replica.digest(), "the same entries tell other feeds");
    let members = shelf.replica.roster().members();
    let codes: BTreeSet<_> = members.iter().map(|member| &member.code).collect();
    assert_eq!(codes.len(), members.len(), "a member stands in the roster twice");
    let mut views = Views::new(&federation());
    let feeds = ReplicaFeeds { replica: &shelf.replica, log: &shelf.log };
    views.follow(&feeds);
    for month in views.nationals().keys().copied().chain(views.newest_month()) {
        let _national = views.national(month);
    }
}

pub(crate) fn roster_samples() -> Vec<Vec<u8>> {
    let payloads = entry_samples();
    let author = |payload: &[u8]| match wire::Entry::decode(payload).map(|entry| entry.author) {
        Ok(name) if name == "root" => 0,
        Ok(name) if name.contains("dfp") => 1,
        _ => 2,
    };
    let each = payloads.iter().map(|payload| piece(author(payload), payload));
    let all: Vec<u8> = payloads.iter().flat_map(|payload| piece(author(payload), payload)).collect();
    each.chain([all]).collect()
}

/// A file of all feeds.
pub(crate) fn bundle(bytes: &[u8]) {
    let Ok(read) = bundles::read(Bytes::copy_from_slice(bytes), None) else { return };
    let mut written = Vec::new();
    let wrote = bundles::write(&read.replica, &read.log, &mut |piece: &[u8]| {
        written.extend_from_slice(piece);
        Ok::<(), std::convert::Infallible>(())
    });
    assert!(wrote.is_ok(), "what was read can be written");
    let again = bundles::read(written.into(), None);
    assert!(
        again.is_ok_and(|again| again.replica.digest() == read.replica.digest()),
        "what is written reads otherwise"
    );
}

pub(crate) fn bundle_samples() -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(fixtures().join("wire/bundle.txt")).unwrap_or_default();
    let digits: String =
        text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
    let golden = hex::decode(digits).expect("the golden bundle is hex");
    let (_, shelf) = Shelf::founded();
    let mut written = Vec::new();
    let wrote = bundles::write(&shelf.replica, &shelf.log, &mut |piece: &[u8]| {
        written.extend_from_slice(piece);
        Ok::<(), std::convert::Infallible>(())
    });
    assert!(wrote.is_ok(), "a founded federation can be written");
    vec![golden, written]
}

/// A peer's messages, as a member's or a stranger's, to the machine of the first ente.
pub(crate) fn sync(bytes: &[u8]) {
    let (_, shelf) = Shelf::founded();
    let own = Own {
        code: AUTHORS[2].parse().expect("the codes above are codes"),
        feed_key: key(2),
        transport: transport(2),
        run_id: [7; 16],
        software_version: "prova".to_owned(),
    };
    let Shelf { replica, mut log } = shelf;
    let mut machine = Machine::new(own, replica);
    let mut now = Now { monotonic_ms: 1_000, unix_s: 1_775_040_000, day: today() };
    let mut asked: Vec<(faccina_proto::sync::Peer, RequestId)> = Vec::new();
    let mut inputs = vec![Input::Connected(transport(3)), Input::Connected(transport(9))];
    for (number, (act, piece)) in (0..).zip(pieces(bytes)) {
        let peer = transport(if act & 8 == 0 { 3 } else { 9 });
        now.monotonic_ms += u64::from(act) * 200;
        match act % 6 {
            0 => {
                if let Ok(request) = sync_wire::Request::decode(piece) {
                    inputs.push(Input::Request { peer, request_id: RequestId(number), request });
                }
            }
            1 | 2 => {
                if let Ok(response) = sync_wire::Response::decode(piece)
                    && let Some((peer, request_id)) = asked.pop()
                {
                    inputs.push(Input::Response { peer, request_id, response });
                }
            }
            3 => {
                if let Ok(announcement) = sync_wire::Announcement::decode(piece) {
                    inputs.push(Input::Announced { peer, announcement });
                }
            }
            4 => inputs.extend([Input::Disconnected(peer), Input::Connected(peer)]),
            _ => inputs.push(Input::Tick),
        }
        for input in inputs.drain(..) {
            for output in machine.handle(input, now, &log) {
                #[expect(clippy::wildcard_enum_match_arm, reason = "the others cross no wire and no disk")]
                match output {
                    Output::Persist(changes) => log.apply(changes),
                    Output::Send { peer, request_id, request } => {
                        assert!(
                            request.encoded_len() <= SYNC_MESSAGE_BYTES_MAX,
                            "a request beyond its bound"
                        );
                        asked.push((peer, request_id));
                    }
                    Output::Reply { response, .. } => {
                        assert!(
                            response.encoded_len() <= SYNC_MESSAGE_BYTES_MAX,
                            "an answer beyond its bound"
                        );
                    }
                    _ => {}
                }
            }
        }
    }
    Shelf { replica: machine.replica().clone(), log }.assert_whole();
}

pub(crate) fn sync_samples() -> Vec<Vec<u8>> {
    let mut pen = Pen::new(3);
    let contact = |address: &str| Said::Contact(wire::Contact { addresses: vec![address.to_owned()] });
    let entries: Vec<Envelope> =
        (0..3).map(|number| pen.write(saying(contact(&format!("/ip4/192.0.2.{number}/tcp/7440"))))).collect();
    let give = sync_wire::Give {
        entries: entries.iter().map(|entry| entry.bytes().clone()).collect(),
        proofs: Vec::new(),
        more: false,
    };
    let give = sync_wire::Response { response: Some(sync_wire::response::Response::Give(give)) };
    let last = entries.last().expect("three were written");
    let id = last.id(Kind::Entry, federation().id());
    let tag = Bytes::copy_from_slice(id.as_bytes().first_chunk::<8>().expect("an id has 32 bytes"));
    let head = sync_wire::MemberHead { index: 2, sequence: 3, tag, forked: false };
    let told = sync_wire::Announcement { heads: vec![head], root: None, teller: 1 };
    let requests = ["sync-open", "sync-want", "sync-digest-want"].into_iter().flat_map(vectors);
    let responses =
        ["sync-opened", "sync-digests", "sync-give", "sync-declined"].into_iter().flat_map(vectors);
    let golden = requests
        .map(|request| piece(0, &request))
        .chain(responses.map(|response| piece(1, &response)))
        .chain(vectors("sync-announcement").into_iter().map(|told| piece(3, &told)));
    let grown = [
        piece(0, &vectors("sync-open").concat()),
        piece(1, &vectors("sync-opened").concat()),
        piece(3, &told.encode_to_vec()),
        piece(1, &give.encode_to_vec()),
        piece(5, &[]),
    ];
    golden.chain([grown.concat()]).collect()
}
