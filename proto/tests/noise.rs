//! A peer may send anything: nothing of it makes the machine panic, and noise never reaches the store.

use crate::net::{Node, many, transport};
use crate::town::today;
use bytes::Bytes;
use faccina_proto::sync::{Input, Now, Output, RequestId};
use faccina_proto::wire::sync::v1::{self as wire, request, response};
use proptest::prelude::*;

fn noise() -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 0..80).prop_map(Bytes::from)
}

fn any_head() -> impl Strategy<Value = wire::Head> {
    let author =
        prop_oneof![Just(""), Just("root"), Just("c_0000"), Just("c_0001"), Just("c_0002"), Just("?")];
    let id = prop_oneof![noise(), Just(Bytes::from_static(&[7; 32]))];
    (author, any::<u64>(), id, any::<bool>()).prop_map(|(author, sequence, id, forked)| wire::Head {
        author: author.to_owned(),
        sequence,
        id,
        forked,
    })
}

fn any_request() -> impl Strategy<Value = request::Request> {
    let digest = || prop_oneof![noise(), Just(Bytes::from_static(&[7; 32]))];
    let feed =
        any_head().prop_map(|head| wire::WantFeed { author: head.author, from_sequence: head.sequence });
    prop_oneof![
        (noise(), proptest::option::of(any_head()), digest())
            .prop_map(|(hello, root, digest)| request::Request::Open(wire::Open { hello, root, digest })),
        (any::<u32>(), proptest::collection::vec(any::<u32>(), 0..70))
            .prop_map(|(level, indices)| request::Request::Digests(wire::DigestWant { level, indices })),
        proptest::collection::vec(feed, 0..70).prop_map(|feeds| request::Request::Want(wire::Want { feeds })),
    ]
}

fn any_member_head() -> impl Strategy<Value = wire::MemberHead> {
    (any::<u32>(), any::<u64>(), noise(), any::<bool>()).prop_map(|(index, sequence, tag, forked)| {
        wire::MemberHead { index: index % 4, sequence, tag, forked }
    })
}

fn any_response() -> impl Strategy<Value = response::Response> {
    let some = |item| proptest::collection::vec(item, 0..6);
    let proof = (noise(), noise()).prop_map(|(first, second)| wire::ForkProof { first, second });
    prop_oneof![
        (noise(), any_head(), any_head(), proptest::collection::vec(noise(), 0..3)).prop_map(
            |(hello, root, yours, other_runs)| {
                let digest = Bytes::from_static(&[7; 32]);
                let (root, yours) = (Some(root), Some(yours));
                response::Response::Opened(wire::Opened { hello, root, digest, yours, other_runs })
            }
        ),
        (noise(), proptest::collection::vec(any_member_head(), 0..20))
            .prop_map(|(digests, heads)| response::Response::Digests(wire::Digests { digests, heads })),
        (some(noise().boxed()), proptest::collection::vec(proof, 0..2), any::<bool>()).prop_map(
            |(entries, proofs, more)| response::Response::Give(wire::Give { entries, proofs, more })
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_a_peer_sends_makes_the_machine_panic_or_write(
        requests in proptest::collection::vec(any_request(), 1..8),
        responses in proptest::collection::vec(any_response(), 1..8),
        heads in proptest::collection::vec(any_member_head(), 0..5),
        root in proptest::option::of(any_head()),
    ) {
        let all = many(3, 2);
        let mut node = Node::new("c_0000", &all, 1);
        let before = node.machine.replica().digest();
        let (peer, mut sent) = (transport("c_0001"), Vec::new());
        let mut now = Now { monotonic_ms: 0, unix_s: 1_781_500_000, day: today() };
        let mut inputs = vec![Input::Connected(peer)];
        inputs.push(Input::Announced { peer, announcement: wire::Announcement { heads, root, teller: 1 } });
        for (number, request) in (0..).zip(requests) {
            let request = wire::Request { request: Some(request) };
            inputs.push(Input::Request { peer, request_id: RequestId(number), request });
        }
        inputs.reverse();
        let mut responses = responses.into_iter();
        while let Some(input) = inputs.pop() {
            now.monotonic_ms += 40_000;
            for output in node.machine.handle(input, now, &node.log) {
                prop_assert!(!matches!(output, Output::Persist(_)));
                if let Output::Send { request_id, .. } = output {
                    sent.push(request_id);
                }
            }
            if let Some(request_id) = sent.pop() && let Some(response) = responses.next() {
                let response = wire::Response { response: Some(response) };
                inputs.push(Input::Response { peer, request_id, response });
                inputs.push(Input::Connected(peer));
            }
        }
        prop_assert_eq!(node.machine.replica().digest(), before);
    }
}
