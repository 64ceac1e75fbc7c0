//! The guard of the close: a node whose clock is wrong learns it from the others and closes nothing by itself.

use std::sync::Arc;

use faccina_node::clock::Clock;
use faccina_node::close::{Doubt, credible};
use faccina_node::store::MemoryStore;

use crate::member::Founded;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_is_doubted_and_right_ones_among_a_wrong_one_are_not() {
    let mut founded = Founded::of(&["c_a001", "c_b002", "c_c003", "c_d004"]);
    let store = || Arc::new(MemoryStore::new());
    let clock = |shift_s| Clock::shifted(shift_s).unwrap();
    let hub = founded.start_by(clock(0), 0, store(), Some("/ip4/127.0.0.1/tcp/0")).await;
    hub.until("it listens", |state| !state.listening.is_empty()).await;
    founded.file.hubs = hub.federation.network().listening.clone();
    let mut right = Vec::new();
    for number in [1, 2] {
        right.push(founded.start_by(clock(30), number, store(), None).await);
    }
    let wrong = founded.start_by(clock(3_600), 3, store(), None).await;
    hub.until("three clocks are known", |state| state.clock_offsets_s.len() == 3).await;
    let judged = |member: &crate::member::Member| {
        credible(clock(0).today(), None, None, member.federation.network().median_clock_offset_s())
    };
    assert_eq!(judged(&hub), Ok(()), "two of three agree with it");
    for member in right.iter().chain([&wrong]) {
        // There is one hub, and it is connected.
        member.until("the hub's clock is known", |state| state.median_clock_offset_s().is_some()).await;
    }
    assert!(right.iter().all(|member| judged(member) == Ok(())));
    let Err(Doubt::PeersDisagree { offset_s }) = judged(&wrong) else { panic!("{:?}", judged(&wrong)) };
    assert!((-3_605..=-3_595).contains(&offset_s), "{offset_s} s");
}
