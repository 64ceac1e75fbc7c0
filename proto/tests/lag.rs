//! Who stays behind: seen by its peers after an hour, and no more once it agrees.

use crate::net::{Net, Node, codes, transport};
use crate::town::{Pen, genesis, record};
use bytes::Bytes;
use faccina_proto::feed::Body;
use faccina_proto::sync::{Input, Lag, RequestId};
use faccina_proto::wire::feed::v1::Role;
use faccina_proto::wire::sync::v1::{self as wire, request};

const HUB: &str = "c_0000";
const SLOW: &str = "c_0001";
const ROOT_ENTRIES: u64 = 3;

/// A hub, and a member that is played by hand.
struct Scene {
    net: Net,
    asked: u64,
}

impl Scene {
    fn new() -> Self {
        let codes = codes(2);
        let mut root = Pen::new("root");
        let mut all = vec![root.write(genesis())];
        let role = |code: &str| if code == HUB { Role::Hub } else { Role::Ente };
        all.extend(codes.iter().map(|code| root.write(Body::Member(record(code, role(code))))));
        let mut net = Net::new(vec![(HUB, Node::new(HUB, &all, 1))]);
        net.input(transport(HUB), Input::Connected(transport(SLOW)));
        Self { net, asked: 0 }
    }

    fn digest(&self) -> [u8; 32] {
        self.net.node(HUB).machine.replica().digest()
    }

    /// For so many minutes the member tells twice a minute what it holds.
    fn tells(&mut self, minutes: u64, root: u64, digest: [u8; 32]) -> Option<Lag> {
        for _ in 0..2 * minutes {
            self.asked += 1;
            let held = self.net.node(HUB).machine.replica().root();
            let id = held.link(root).unwrap().id;
            let id = Bytes::copy_from_slice(id.as_bytes());
            let head = wire::Head { sequence: root, id, ..wire::Head::default() };
            let digest = Bytes::copy_from_slice(&digest);
            let open = wire::Open { hello: Bytes::new(), root: Some(head), digest };
            let request = wire::Request { request: Some(request::Request::Open(open)) };
            let peer = transport(SLOW);
            self.net
                .input(transport(HUB), Input::Request { peer, request_id: RequestId(self.asked), request });
            self.net.pass(30);
        }
        let behind: Vec<_> = self.net.node(HUB).machine.behind(self.net.now).collect();
        assert!(behind.iter().all(|(member, _)| member.code.as_str() == SLOW));
        behind.first().map(|(_, lag)| *lag)
    }
}

#[test]
fn who_agrees_is_not_behind() {
    let mut scene = Scene::new();
    let digest = scene.digest();
    assert_eq!(scene.tells(150, ROOT_ENTRIES, digest), None);
}

#[test]
fn who_differs_is_behind_after_an_hour_and_until_it_agrees() {
    let mut scene = Scene::new();
    let digest = scene.digest();
    assert_eq!(scene.tells(50, ROOT_ENTRIES, [9; 32]), None);
    assert_eq!(scene.tells(30, ROOT_ENTRIES, [9; 32]), Some(Lag { hours: 1, root_entries: 0 }));
    assert_eq!(scene.tells(60, ROOT_ENTRIES, [9; 32]), Some(Lag { hours: 2, root_entries: 0 }));
    assert_eq!(scene.tells(1, ROOT_ENTRIES, [8; 32]), None, "it takes what comes");
    assert_eq!(scene.tells(70, ROOT_ENTRIES, [8; 32]), Some(Lag { hours: 1, root_entries: 0 }));
    assert_eq!(scene.tells(1, ROOT_ENTRIES, digest), None);
    assert_eq!(scene.tells(50, ROOT_ENTRIES, [9; 32]), None, "the hour begins anew");
}

#[test]
fn who_lacks_root_entries_is_behind_with_so_many() {
    let mut scene = Scene::new();
    let digest = scene.digest();
    assert_eq!(scene.tells(70, 1, digest), Some(Lag { hours: 1, root_entries: 2 }));
    scene.net.input(transport(HUB), Input::Disconnected(transport(SLOW)));
    assert_eq!(scene.net.node(HUB).machine.behind(scene.net.now).count(), 0);
}
