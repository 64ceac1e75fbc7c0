//! What counts depends on the entries known and on the root feed, never on the order in which they came.

use crate::torsion::sealed_with_torsion;
use crate::town::{Pen, Shelf, bytes_of, day, federation, key, open, record, root_feed};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use faccina_proto::envelope::{Envelope, EnvelopeError, Id, Kind};
use faccina_proto::feed::{Body, Entry};
use faccina_proto::limits::ENTRIES_PER_DAY_MAX;
use faccina_proto::names::Author;
use faccina_proto::replica::{Log, Outcome, Refusal, Replica, State};
use faccina_proto::roster::commitment;
use faccina_proto::wire::feed::v1 as wire;
use proptest::prelude::*;
use sha2::Digest;

/// How one member's feed goes wrong.
#[derive(Clone, Debug)]
struct Story {
    length: usize,
    /// Other entries instead of the one at this place, each followed by some more.
    forks: Vec<(usize, usize)>,
    /// A ruling for the first fork: of which branch (0 = the main one).
    ruling: Option<usize>,
    /// From the entry after this one a new key may sign, and up to two further on the old one too.
    rotated_after: Option<usize>,
    /// The key is revoked after this sequence, and another writes on.
    revoked_after: Option<usize>,
}

fn story() -> impl Strategy<Value = Story> {
    let forks = proptest::collection::vec((0usize..6, 0usize..3), 0..3);
    let maybe = |most| proptest::option::of(0usize..most);
    (1usize..7, forks, maybe(3), maybe(6), maybe(6)).prop_map(
        |(length, forks, ruling, rotated_after, revoked_after)| Story {
            length,
            forks,
            ruling,
            rotated_after,
            revoked_after,
        },
    )
}

/// The key that signs in the place of the first one.
fn successor(code: &str) -> SigningKey {
    key(&format!("new key of {code}"))
}

fn feed_key(key: &SigningKey, first_sequence: u64, last_sequence: u64) -> wire::FeedKey {
    wire::FeedKey { public_key: bytes_of(&key.verifying_key()), first_sequence, last_sequence }
}

/// All envelopes that the story leaves behind, the root entries about it included.
fn told(code: &str, story: &Story, root: &mut Pen, all: &mut Vec<Bytes>) {
    let mut pens = vec![Pen::new(code)];
    let mut keys = record(code, wire::Role::Ente).feed_keys;
    if let Some(after) = story.rotated_after.map(|after| after as u64) {
        keys = vec![feed_key(&key(code), 1, after + 2), feed_key(&successor(code), after + 1, 0)];
        let rotated = wire::MemberRecord { feed_keys: keys.clone(), ..record(code, wire::Role::Ente) };
        all.push(root.write(Body::Member(rotated)));
    }
    // In the overlap the old key writes the main line and the new one the branches; after it only the new one may.
    let signs = |sequence: u64, branch: bool| match story.rotated_after.map(|after| after as u64) {
        Some(after) if sequence > after + 2 || (branch && sequence > after) => successor(code),
        Some(_) | None => key(code),
    };
    for n in 0..story.length {
        let mut pen = Pen { key: signs(n as u64 + 1, false), ..pens[n].clone() };
        all.push(pen.say(&format!("main {n}")));
        pens.push(pen);
    }
    let mut branches = Vec::new();
    for (number, (at, more)) in story.forks.iter().enumerate() {
        let before = &pens[at % story.length];
        let mut pen = Pen { key: signs(before.sequence + 1, true), ..before.clone() };
        all.push(pen.say(&format!("branch {number}")));
        branches.push((pen.sequence, pen.prev.unwrap()));
        all.extend((0..*more).map(|n| pen.say(&format!("branch {number}, {n}"))));
    }
    if let (Some(which), Some((sequence, id))) = (story.ruling, branches.first()) {
        let main = pens[usize::try_from(*sequence).unwrap()].prev.unwrap();
        let id = if which == 0 { main } else { *id };
        all.push(root.write(Body::Ruling(wire::Ruling {
            author: code.to_owned(),
            sequence: *sequence,
            id: Bytes::copy_from_slice(id.as_bytes()),
            reason: "prova".to_owned(),
        })));
    }
    if let Some(after) = story.revoked_after.map(|after| after.min(story.length)) {
        keys.push(feed_key(&key("second"), after as u64 + 1, 0));
        let next = wire::MemberRecord { feed_keys: keys, ..record(code, wire::Role::Ente) };
        // One second key for the whole federation: only one member may take it.
        all.push(root.write(Body::Member(next)));
        let last = pens[after].prev;
        all.push(root.write(Body::Revocation(wire::Revocation {
            author: code.to_owned(),
            key_id: Bytes::copy_from_slice(pens[0].key_id().as_bytes()),
            last_sequence: after as u64,
            last_id: last.map_or_else(Bytes::new, |id| Bytes::copy_from_slice(id.as_bytes())),
            reason: "prova".to_owned(),
        })));
        let mut pen = Pen { key: key("second"), ..pens[after].clone() };
        all.extend((0..2).map(|n| pen.say(&format!("second key {n}"))));
    }
}

fn is_root(bytes: &Bytes) -> bool {
    let envelope = Envelope::parse(bytes.clone()).unwrap();
    Entry::decode(envelope.payload()).unwrap().author == Author::Root
}

fn shuffled(all: &[Bytes], seed: u64) -> Vec<Bytes> {
    let mut keyed: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(n, bytes)| (<[u8; 32]>::from(sha2::Sha256::digest(format!("{seed} {n}"))), bytes.clone()))
        .collect();
    keyed.sort_unstable_by_key(|(rank, _)| *rank);
    keyed.into_iter().map(|(_, bytes)| bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_of_arrival_gives_one_digest(
        stories in proptest::collection::vec(story(), 1..4),
        seeds in proptest::array::uniform2(any::<u64>()),
    ) {
        let codes = ["c_a", "c_b", "c_c"];
        let (mut root, mut all) = root_feed(&codes);
        for (code, story) in codes.iter().zip(&stories) {
            told(code, story, &mut root, &mut all);
        }
        let mut orderly = Shelf::new();
        orderly.offer_all(&all);
        for seed in seeds {
            let mut shelf = Shelf::new();
            shelf.offer_all(&shuffled(&all, seed));
            prop_assert_eq!(shelf.replica.digest(), orderly.replica.digest());
            prop_assert_eq!(&shelf.log, &orderly.log);
        }
        // Each proof as a whole, as it travels, and before everything else that is not the root's: the same.
        let mut proven = Shelf::new();
        proven.offer_all(&all.iter().filter(|bytes| is_root(bytes)).cloned().collect::<Vec<_>>());
        for code in codes {
            if let Some(proof) = orderly.log.proof(&code.parse().unwrap()) {
                proven.accept_proof(proof);
            }
        }
        proven.offer_all(&shuffled(&all, seeds[0]));
        prop_assert_eq!(proven.replica.digest(), orderly.replica.digest());
        // What the log holds is what a restart finds.
        let (reopened, changes) = Replica::open(federation(), &orderly.log);
        prop_assert_eq!(reopened.digest(), orderly.replica.digest());
        prop_assert_eq!(changes, vec![]);
    }
}

#[test]
fn two_envelopes_with_one_id_are_one_entry() {
    let (_, root) = root_feed(&["c_a"]);
    let mut shelf = Shelf::with(&root);
    let mut pen = Pen::new("c_a");
    let entry = pen.say("ecco");
    assert!(matches!(shelf.accept(&entry), Outcome::Added(_)));
    let before = shelf.replica.digest();
    // Extended, or with a length in more bytes than needed, it is no envelope at all.
    let extended = Bytes::from([entry.as_ref(), &[0x28, 1]].concat());
    assert!(matches!(
        shelf.accept(&extended),
        Outcome::Refused(Refusal::Envelope(EnvelopeError::Malformed(_)))
    ));
    // Signed once more, with another nonce, it is the same entry: same id, another signature that holds.
    let again = signed_again(&entry, "c_a", 0);
    assert_ne!(again, entry);
    assert!(matches!(shelf.accept(&again), Outcome::Known { .. }));
    assert_eq!(shelf.replica.digest(), before);
    assert_eq!(shelf.replica.feed(&pen.author).unwrap().state(), State::Open);
}

#[test]
fn a_signature_with_a_torsioned_r_is_refused() {
    let (_, root) = root_feed(&["c_a"]);
    let mut shelf = Shelf::with(&root);
    let entry = Pen::new("c_a").say("ecco");
    for torsion in 1..8 {
        let crafted = signed_again(&entry, "c_a", torsion);
        assert!(matches!(
            shelf.accept(&crafted),
            Outcome::Refused(Refusal::Envelope(EnvelopeError::Signature(_)))
        ));
    }
    assert_eq!(shelf.sequence("c_a"), 0);
}

/// The same entry, signed with another nonce whose point is moved by the torsion of that number (0 = none).
fn signed_again(entry: &Bytes, name: &str, torsion: usize) -> Bytes {
    let payload = Envelope::parse(entry.clone()).unwrap().payload().clone();
    sealed_with_torsion(Kind::Entry, federation().id(), &key(name), &payload, torsion).into()
}

#[test]
fn a_feed_over_its_quota_is_cut_after_the_first_entry_beyond() {
    let (_, root) = root_feed(&["c_a"]);
    let mut shelf = Shelf::with(&root);
    let mut pen = Pen::new("c_a");
    let most = u64::from(ENTRIES_PER_DAY_MAX);
    for n in 0..=most {
        assert!(matches!(shelf.accept(&pen.say(&n.to_string())), Outcome::Added(_)));
    }
    let feed = shelf.replica.feed(&pen.author).unwrap();
    assert_eq!((feed.counted(), feed.held()), (most, most + 1));
    assert_eq!(feed.state(), State::OverQuota { counted: most });
    pen.day = day(20_260_111);
    assert!(matches!(
        shelf.accept(&pen.say("il giorno dopo")),
        Outcome::Refused(Refusal::BeyondQuota { .. })
    ));
}

#[test]
fn days_never_decrease_and_none_is_after_tomorrow() {
    let (_, root) = root_feed(&["c_a"]);
    let mut shelf = Shelf::with(&root);
    let mut pen = Pen::new("c_a");
    shelf.accept(&pen.say("uno"));
    let mut earlier = Pen { day: day(20_260_109), ..pen.clone() };
    assert!(matches!(shelf.accept(&earlier.say("ieri")), Outcome::Refused(Refusal::DayDecreases { .. })));
    let mut later = Pen { day: day(20_260_617), ..pen.clone() };
    assert!(matches!(shelf.accept(&later.say("dopodomani")), Outcome::Future { .. }));
    pen.day = day(20_260_616);
    assert!(matches!(shelf.accept(&pen.say("domani")), Outcome::Added(_)));
}

#[test]
fn nobody_signs_for_another() {
    let (_, root) = root_feed(&["c_a", "c_b"]);
    let mut shelf = Shelf::with(&root);
    let mut false_pen = Pen { key: key("c_b"), ..Pen::new("c_a") };
    assert!(matches!(shelf.accept(&false_pen.say("falso")), Outcome::Refused(Refusal::Author { .. })));
    let mut stranger = Pen { key: key("nessuno"), ..Pen::new("c_a") };
    assert!(matches!(shelf.accept(&stranger.say("falso")), Outcome::Stranger(_)));
}

#[test]
fn a_succession_ends_the_feed_of_the_former_root_wherever_it_says() {
    let (mut root, mut entries) = root_feed(&["c_a"]);
    let good = root.clone();
    entries.push(root.write(Body::Member(record("c_b", wire::Role::Ente))));
    let mut shelf = Shelf::with(&entries);
    shelf.accept(&Pen::new("c_a").say("resta"));
    shelf.accept(&Pen::new("c_b").say("se ne va"));
    let mut new_root = Pen { key: key("successor"), ..good.clone() };
    let succession = new_root.write(Body::Succession(wire::Succession {
        new_root_key: bytes_of(&key("successor").verifying_key()),
        last_sequence: good.sequence,
        last_id: Bytes::copy_from_slice(good.prev.unwrap().as_bytes()),
        next_successor_hash: Bytes::copy_from_slice(&commitment(&key("third").verifying_key())),
    }));
    let outcome = shelf.accept(&succession);
    assert!(matches!(outcome, Outcome::Added(_)), "{outcome:?}");
    assert_eq!(shelf.replica.roster().members().len(), 1);
    assert_eq!(shelf.replica.roster().root_key(), &key("successor").verifying_key());
    assert_eq!((shelf.sequence("c_a"), shelf.sequence("c_b")), (1, 0));
    // The former root has nothing to say any more, the new one has; and whom it admits again finds its feed again.
    assert!(matches!(
        shelf.accept(&root.write(Body::Member(record("c_c", wire::Role::Ente)))),
        Outcome::Gap { .. } | Outcome::Refused(_) | Outcome::Detached { .. }
    ));
    assert!(matches!(
        shelf.accept(&new_root.write(Body::Member(record("c_b", wire::Role::Ente)))),
        Outcome::Added(_)
    ));
    assert_eq!((shelf.sequence("root"), shelf.sequence("c_b")), (4, 1));
    let (reopened, _) = Replica::open(federation(), &shelf.log);
    assert_eq!(reopened.digest(), shelf.replica.digest());
}

#[test]
fn a_root_feed_of_another_genesis_is_refused() {
    let mut root = Pen::new("root");
    let mut shelf = Shelf::new();
    let wrong = root.write(Body::Genesis(wire::Genesis {
        federation_name: "Prova".to_owned(),
        successor_hash: Bytes::from_static(&[9; 32]),
        first_month: 202_601,
    }));
    assert!(matches!(shelf.accept(&wrong), Outcome::Refused(Refusal::Genesis(_))));
}

#[test]
fn an_unreadable_record_is_passed_over_by_all_alike() {
    let (mut root, mut entries) = root_feed(&["c_a"]);
    let mut taken = record("c_b", wire::Role::Ente);
    taken.feed_keys = record("c_a", wire::Role::Ente).feed_keys;
    entries.push(root.write(Body::Member(taken)));
    let nameless = wire::MemberRecord { role: 99, ..record("c_d", wire::Role::Ente) };
    entries.push(root.write(Body::Member(nameless)));
    let shelf = Shelf::with(&entries);
    assert_eq!(shelf.replica.roster().members().len(), 1);
    assert_eq!(shelf.replica.roster().passed_over().keys().copied().collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn a_ruling_ends_a_fork_and_the_feed_goes_on() {
    let (mut root, entries) = root_feed(&["c_a"]);
    let mut shelf = Shelf::with(&entries);
    let mut pen = Pen::new("c_a");
    shelf.accept(&pen.say("comune"));
    let mut other = pen.clone();
    let (one, two) = (pen.say("uno"), other.say("due"));
    shelf.accept(&one);
    assert!(matches!(shelf.accept(&two), Outcome::Forked { sequence: 2, .. }));
    let author: Author = "c_a".parse().unwrap();
    assert!(matches!(shelf.replica.feed(&author).unwrap().state(), State::Forked(_)));
    assert_eq!(shelf.sequence("c_a"), 1);
    assert!(matches!(shelf.accept(&pen.say("oltre")), Outcome::Refused(Refusal::BeyondFork { .. })));
    let ruled: Id = open(&two, &other.key).id();
    shelf.accept(&root.write(Body::Ruling(wire::Ruling {
        author: "c_a".to_owned(),
        sequence: 2,
        id: Bytes::copy_from_slice(ruled.as_bytes()),
        reason: "accordo".to_owned(),
    })));
    assert_eq!(shelf.replica.head(&author).map(|head| (head.sequence, head.id)), Some((2, ruled)));
    assert!(matches!(shelf.accept(&one), Outcome::Refused(Refusal::RuledOut { .. })));
    assert!(matches!(shelf.accept(&other.say("tre")), Outcome::Added(_)));
    let entries: Vec<(Id, Entry)> = shelf.replica.entries(&author, &shelf.log).collect();
    assert_eq!(entries.len(), 3);
}
