//! What a terminal asks beside its ballots: to be told, to be heard, what an invite is for.

use std::collections::BTreeMap;

use bytes::Bytes;
use faccina_node::clock::Clock;
use faccina_proto::ballot::Face;
use faccina_proto::envelope::{Envelope, Kind};
use faccina_proto::invites::InviteHash;
use faccina_proto::report::Heartbeat;
use faccina_proto::terminals::{Mode, State};
use faccina_proto::wire::terminal::v1::{
    CheckInviteRequest, HeartbeatRequest, Opening, WatchRequest, check_invite_reply::Answer, notice::Notice,
};
use tonic::{Code, Status};

use crate::office::{OpenOffice, Terminal, day, federation};

fn april() -> Clock {
    Clock::demo(day(20_260_415)).unwrap()
}

fn heartbeat(terminal: &Terminal) -> Heartbeat {
    Heartbeat {
        terminal: terminal.id,
        now_unix_s: 1_776_000_000,
        queue: 7,
        queue_max: 40_000,
        version: "0.1.0".to_owned(),
        refused: BTreeMap::new(),
        open_s: 100,
        listened_s: 90,
    }
}

async fn say(terminal: &Terminal, heartbeat: &Heartbeat, kind: Kind) -> Result<u64, Status> {
    let signed = Envelope::seal(kind, &federation(), &terminal.key, &heartbeat.encode());
    let request = terminal.with_token(HeartbeatRequest { heartbeat: signed.bytes().clone() });
    Ok(terminal.client.clone().heartbeat(request).await?.into_inner().now_unix_s)
}

async fn ask(terminal: &Terminal, hash: &InviteHash) -> Answer {
    let request = CheckInviteRequest {
        terminal: Bytes::copy_from_slice(terminal.id.as_bytes()),
        invite_hash: Bytes::copy_from_slice(hash.as_bytes()),
    };
    let reply = terminal.client.clone().check_invite(terminal.with_token(request)).await;
    reply.unwrap().into_inner().answer.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_told_what_is_for_it_until_it_is_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Attended).await;
    let other = office.terminal(2, "counter", Mode::Attended).await;
    let watch = |of: &Terminal| WatchRequest { terminal: Bytes::copy_from_slice(of.id.as_bytes()) };
    let foreign = terminal.client.clone().watch(terminal.with_token(watch(&other))).await;
    assert_eq!(foreign.unwrap_err().code(), Code::PermissionDenied);
    let mut notices =
        terminal.client.clone().watch(terminal.with_token(watch(&terminal))).await.unwrap().into_inner();
    let opening = Opening {
        id: vec![5; 16].into(),
        for_s: 60,
        service: "anagrafe".to_owned(),
        until_unix_s: office.clock.now().unix_s + 60,
        replaces: Bytes::new(),
    };
    assert!(!office.intake.notices().tell(&other.id, Notice::Opening(opening.clone())), "it does not listen");
    assert!(office.intake.notices().tell(&terminal.id, Notice::Opening(opening.clone())));
    assert_eq!(notices.message().await.unwrap().unwrap().notice, Some(Notice::Opening(opening)));
    assert_eq!(terminal.booth().await.unwrap().services.len(), 2);
    office.intake.set_terminal_state(terminal.id, State::Suspended).await.unwrap();
    assert!(terminal.booth().await.unwrap().services.is_empty(), "its page takes no vote");
    assert!(matches!(notices.message().await.unwrap().unwrap().notice, Some(Notice::Changed(_))));
    office.intake.set_terminal_state(terminal.id, State::Revoked).await.unwrap();
    assert_eq!(notices.message().await.unwrap(), None, "nothing more is told");
    let again = terminal.client.clone().watch(terminal.with_token(watch(&terminal))).await;
    assert_eq!(again.unwrap_err().code(), Code::FailedPrecondition);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_is_heard_if_the_terminal_itself_signed_it() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let terminal = office.terminal(1, "counter", Mode::Open).await;
    let other = office.terminal(2, "counter", Mode::Open).await;
    assert_eq!(office.intake.health(&terminal.id), None);
    let now = say(&terminal, &heartbeat(&terminal), Kind::Heartbeat).await.unwrap();
    assert!(now.abs_diff(office.clock.now().unix_s) < 60, "the node's clock");
    let health = office.intake.health(&terminal.id).unwrap();
    assert_eq!(
        (health.heartbeat, health.clock_ahead_s),
        (heartbeat(&terminal), None),
        "a simulated calendar"
    );
    let wrong = [
        say(&terminal, &heartbeat(&terminal), Kind::Report).await,
        say(&terminal, &heartbeat(&other), Kind::Heartbeat).await,
        say(&terminal, &Heartbeat { listened_s: 101, ..heartbeat(&terminal) }, Kind::Heartbeat).await,
    ];
    assert!(wrong.iter().all(|said| said.as_ref().unwrap_err().code() == Code::InvalidArgument), "{wrong:?}");
    // The other's heartbeat, replayed with this terminal's token.
    let signed = Envelope::seal(Kind::Heartbeat, &federation(), &other.key, &heartbeat(&other).encode());
    let request = terminal.with_token(HeartbeatRequest { heartbeat: signed.bytes().clone() });
    let replayed = terminal.client.clone().heartbeat(request).await.unwrap_err();
    assert_eq!((replayed.code(), office.intake.health(&other.id)), (Code::PermissionDenied, None));
    office.intake.set_terminal_state(terminal.id, State::Revoked).await.unwrap();
    let revoked = say(&terminal, &heartbeat(&terminal), Kind::Heartbeat).await;
    assert_eq!(revoked.unwrap_err().code(), Code::FailedPrecondition);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_explained_without_being_spent() {
    let dir = tempfile::tempdir().unwrap();
    let office = OpenOffice::open(dir.path(), april()).await;
    let web = office.terminal(1, "web", Mode::Invite).await;
    let counter = office.terminal(2, "counter", Mode::Open).await;
    let code = |code: &str| code.parse().unwrap();
    let drawn = office.intake.create_invites(code("tributi"), code("web"), code("centro"), 1).await.unwrap();
    let elsewhere =
        office.intake.create_invites(code("tributi"), code("web"), code("periferia"), 1).await.unwrap();
    let (good, elsewhere) = (InviteHash::of(&drawn[0]), InviteHash::of(&elsewhere[0]));
    let refused = |answer: Answer| match answer {
        Answer::Refusal(refusal) => refusal.code,
        other @ (Answer::Service(_) | Answer::NotYet(_)) => panic!("no refusal: {other:?}"),
    };
    for _ in 0..2 {
        assert_eq!(ask(&web, &good).await, Answer::Service("tributi".to_owned()));
    }
    assert_eq!(refused(ask(&web, &elsewhere).await), "invite-for-another");
    assert_eq!(refused(ask(&counter, &good).await), "invite-for-another");
    for tries in 0..5_u8 {
        assert_eq!(refused(ask(&counter, &InviteHash::of(&[tries; 16])).await), "invite-unknown");
        assert_eq!(refused(ask(&web, &InviteHash::of(&[tries; 16])).await), "invite-unknown");
    }
    assert!(matches!(ask(&counter, &good).await, Answer::NotYet(_)), "five wrong ones in a minute");
    let mut cast = web.vote(day(20_260_415), Face::Green, 1);
    cast.ballot.service = code("tributi");
    cast.ballot_bytes = cast.ballot.encode().into();
    cast.invite_hash = Some(*good.as_bytes());
    web.receipt(&web.send_one(web.sign(&cast)).await);
    assert_eq!(refused(ask(&web, &good).await), "invite-spent");
    office.clock.set_demo(day(20_260_601), 9).unwrap();
    assert_eq!(refused(ask(&web, &good).await), "invite-spent");
    office.intake.set_terminal_state(web.id, State::Suspended).await.unwrap();
    assert!(matches!(ask(&web, &good).await, Answer::NotYet(_)));
    office.close().await;
}
