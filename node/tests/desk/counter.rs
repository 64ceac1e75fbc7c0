//! `desk.v1` behind the node's real door.

use crate::office::{INVITE_PAGE, OpenOffice, Terminal, day, is_receipt, refusal};
use faccina_node::{clock::Clock, link::TlsKey};
use faccina_proto::{
    ballot::{Ballot, Cast, Face},
    invites::{InviteHash, PaperInvite},
    pairing::{PairingCode, Side},
    terminals::Mode,
    wire::{
        desk::v1::{
            ConcludeReply, ConcludeRequest, CounterRequest, EnterServedRequest, Invited, PairRequest,
            Right as How, ServedReply, ServedRequest, UndoRequest, Warning, conclude_reply::Right,
            desk_client::DeskClient,
        },
        terminal::v1::notice::Notice,
    },
};
use prost::Message;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;
use tonic::{Code, Request, Status, metadata::MetadataValue, transport::Channel};

/// An office on a Wednesday.
async fn office(dir: &TempDir) -> OpenOffice {
    OpenOffice::open(dir.path(), Clock::demo(day(20_260_415)).unwrap()).await
}

/// A staff PC by its token.
pub(super) struct Desk {
    client: DeskClient<Channel>,
    token: String,
}

impl Desk {
    async fn pair(office: &OpenOffice, code: &str, nonce: [u8; 32]) -> Result<Self, Status> {
        Self::pair_over(office.connect().await, &office.keys.tls.certificate_pem, code, nonce).await
    }

    /// `certificate` is the one that this PC sees.
    pub(super) async fn pair_over(
        channel: Channel,
        certificate: &str,
        code: &str,
        nonce: [u8; 32],
    ) -> Result<Self, Status> {
        let code = PairingCode::parse(code).unwrap();
        let node = TlsKey::of_pem(certificate).unwrap();
        let proof = code.proof(Side::Device, node.as_bytes(), &nonce);
        let mut client = DeskClient::new(channel);
        let request = PairRequest { nonce: nonce.to_vec().into(), proof: proof.to_vec().into() };
        let reply = client.pair(request).await?.into_inner();
        assert!(code.is_proof(&reply.node_proof, Side::Node, node.as_bytes(), &nonce));
        Ok(Self { client, token: reply.token })
    }

    fn asks<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = MetadataValue::try_from(format!("Bearer {}", self.token)).unwrap();
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    pub(super) async fn conclude(&self, act: u8, service: &str) -> Result<ConcludeReply, Status> {
        let request = ConcludeRequest { act: vec![act; 16].into(), service: service.to_owned() };
        Ok(self.client.clone().conclude(self.asks(request)).await?.into_inner())
    }

    async fn invite(&self, act: u8) -> Invited {
        match self.conclude(act, "anagrafe").await.unwrap().right {
            Some(Right::Invited(invited)) => invited,
            other => panic!("no invite: {other:?}"),
        }
    }

    async fn undo(&self, act: u8) -> Result<(), Status> {
        let request = UndoRequest { act: vec![act; 16].into() };
        self.client.clone().undo(self.asks(request)).await.map(drop)
    }

    async fn served(&self, day: u32) -> Result<ServedReply, Status> {
        Ok(self.client.clone().served(self.asks(ServedRequest { day })).await?.into_inner())
    }

    pub(super) async fn enter(&self, day: u32, users: Option<u32>) -> Result<ServedReply, Status> {
        let request = EnterServedRequest { day, service: "anagrafe".to_owned(), users };
        Ok(self.client.clone().enter_served(self.asks(request)).await?.into_inner())
    }

    /// What was counted today for "anagrafe".
    async fn counted(&self) -> u32 {
        self.served(0).await.unwrap().services.first().unwrap().counted
    }
}

/// A vote of this terminal with an invite.
fn vote(terminal: &Terminal, number: u128, invite: InviteHash) -> Cast {
    Cast { invite_hash: Some(*invite.as_bytes()), ..terminal.vote(day(20_260_415), Face::Green, number) }
}

fn linked(invited: &Invited) -> InviteHash {
    let token = invited.link.strip_prefix(INVITE_PAGE).unwrap().strip_prefix('#').unwrap();
    InviteHash::of(&hex::decode(token).unwrap().try_into().unwrap())
}

#[tokio::test]
async fn a_press_opens_the_terminal_once_and_can_be_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let office = office(&dir).await;
    let terminal = office.terminal(1, "counter", Mode::Attended).await;
    let code = office.desk_code(&["anagrafe"], Some(terminal.id));
    let desk = Desk::pair(&office, &code, [7; 32]).await.unwrap();
    let unheard = desk.conclude(1, "anagrafe").await.unwrap();
    assert!(matches!(unheard.right, Some(Right::Unreachable(_))));
    assert_eq!(desk.counted().await, 1, "the user is counted all the same");
    let counter = desk.client.clone().counter(desk.asks(CounterRequest {})).await.unwrap().into_inner();
    assert_eq!(
        (counter.right(), counter.terminal_connected, counter.warnings.len()),
        (How::Opening, false, 1)
    );
    assert_eq!((counter.name.as_str(), counter.services.len()), ("Sportello 3", 1));
    let mut notices = office.intake.notices().listen(terminal.id);
    let opened = desk.conclude(2, "anagrafe").await.unwrap();
    assert!(matches!(&opened.right, Some(Right::Opened(opened)) if opened.for_s == 60));
    let again = desk.conclude(2, "anagrafe").await.unwrap();
    assert!(matches!(&again.right, Some(Right::Opened(opened)) if opened.for_s <= 60));
    assert_eq!(desk.counted().await, 2);
    let Some(Notice::Opening(opening)) = notices.recv().await.unwrap().notice else { panic!("no opening") };
    assert_eq!(
        (opening.id.as_ref(), opening.for_s, opening.service.as_str()),
        ([2; 16].as_slice(), 60, "anagrafe")
    );
    let now_unix_s = office.clock.now().unix_s;
    assert!((now_unix_s..=now_unix_s + 60).contains(&opening.until_unix_s), "it ends by the node's clock");
    desk.undo(2).await.unwrap();
    assert_eq!(desk.counted().await, 1);
    let Some(Notice::Withdrawal(back)) = notices.recv().await.unwrap().notice else {
        panic!("no withdrawal")
    };
    assert_eq!(back.id, opening.id);
    assert!(notices.try_recv().is_err(), "an act sent again opens nothing");
    desk.undo(2).await.unwrap();
    assert_eq!(desk.counted().await, 1, "taken back once, however often it is asked");
    assert!(notices.try_recv().is_err(), "nor told again");
    assert_eq!(desk.conclude(2, "anagrafe").await.unwrap_err().code(), Code::InvalidArgument);
    assert!(desk.undo(9).await.unwrap_err().message().contains("by hand"));
    let refused = desk.conclude(3, "tributi").await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let told = Warning::decode(refused.details()).unwrap();
    assert!(told.it.contains("non è attivo") && !told.it.contains("faccina"), "{told:?}");
    office.close().await;
}

#[tokio::test]
async fn an_invite_in_two_forms_gives_one_vote() {
    let dir = tempfile::tempdir().unwrap();
    let office = office(&dir).await;
    let counter = office.terminal(1, "counter", Mode::Invite).await;
    let web = office.terminal(2, "web", Mode::Invite).await;
    let desk = Desk::pair(&office, &office.desk_code(&["anagrafe"], None), [7; 32]).await.unwrap();
    for (act, paper_first) in [(1, true), (2, false)] {
        let invited = desk.invite(act).await;
        assert_eq!(invited.last_day, 20_260_531);
        let paper = PaperInvite::parse(&invited.code).unwrap().hash();
        let on_paper = counter.sign(&vote(&counter, u128::from(act), paper));
        let by_link = web.sign(&vote(&web, u128::from(act), linked(&invited)));
        let (first, second) = if paper_first {
            (counter.send_one(on_paper).await, web.send_one(by_link).await)
        } else {
            (web.send_one(by_link).await, counter.send_one(on_paper).await)
        };
        assert!(is_receipt(&first), "{first:?}");
        assert_eq!(refusal(&second), "invite-spent");
    }
    let invited = desk.invite(3).await;
    desk.undo(3).await.unwrap();
    let void = web.sign(&vote(&web, 3, linked(&invited)));
    assert_eq!(refusal(&web.send_one(void).await), "invite-unknown");
    assert_eq!(desk.counted().await, 2);
    // What was cast before it was taken back stays, and nothing more can be cast with it.
    let invited = desk.invite(4).await;
    let paper = PaperInvite::parse(&invited.code).unwrap().hash();
    let cast = counter.sign(&vote(&counter, 4, paper));
    let receipt = counter.receipt(&counter.send_one(cast.clone()).await);
    desk.undo(4).await.unwrap();
    assert_eq!(counter.receipt(&counter.send_one(cast).await), receipt);
    let late = web.sign(&vote(&web, 4, linked(&invited)));
    assert_eq!(refusal(&web.send_one(late).await), "invite-unknown");
    assert_eq!(desk.counted().await, 3, "who has voted was served");
    office.close().await;
}

#[tokio::test]
async fn a_press_whose_answer_is_lost_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = office(&dir).await;
    let desk = Desk::pair(&first, &first.desk_code(&["anagrafe"], None), [7; 32]).await.unwrap();
    // The staff PC hangs up at every stage of the act.
    let acts = 1..=24_u8;
    for act in acts.clone() {
        let _ = timeout(Duration::from_micros(250 * u64::from(act)), desk.conclude(act, "anagrafe")).await;
    }
    for act in acts.clone() {
        desk.conclude(act, "anagrafe").await.unwrap();
    }
    assert_eq!(desk.counted().await, 24);
    desk.undo(24).await.unwrap();
    // The node restarts before the staff PC has the answer.
    first.close().await;
    let second = office(&dir).await;
    let desk = Desk { client: DeskClient::new(second.connect().await), token: desk.token };
    for _ in 0..2 {
        for act in 1..24 {
            assert!(matches!(desk.conclude(act, "anagrafe").await.unwrap().right, Some(Right::Invited(_))));
        }
    }
    desk.undo(24).await.unwrap();
    assert_eq!(desk.conclude(24, "anagrafe").await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(desk.counted().await, 23);
    desk.undo(23).await.unwrap();
    assert_eq!(desk.counted().await, 22);
    second.close().await;
}

#[tokio::test]
async fn a_press_sent_again_to_a_restarted_node_gives_no_second_vote() {
    let dir = tempfile::tempdir().unwrap();
    let before = office(&dir).await;
    let counter = before.terminal(1, "counter", Mode::Invite).await;
    let desk = Desk::pair(&before, &before.desk_code(&["anagrafe"], None), [7; 32]).await.unwrap();
    let paper = |invited: &Invited| PaperInvite::parse(&invited.code).unwrap().hash();
    let (first, second) = (desk.invite(1).await, desk.invite(2).await);
    let cast = counter.sign(&vote(&counter, 1, paper(&first)));
    assert!(is_receipt(&counter.send_one(cast).await));
    before.close().await;
    let after = office(&dir).await;
    let desk = Desk { client: DeskClient::new(after.connect().await), token: desk.token };
    let (counter, web) =
        (after.terminal(2, "counter", Mode::Invite).await, after.terminal(3, "web", Mode::Invite).await);
    let anew = (desk.invite(1).await, desk.invite(2).await);
    assert_ne!(anew, (first, second.clone()));
    let refused = web.sign(&vote(&web, 2, linked(&anew.0)));
    assert_eq!(refusal(&web.send_one(refused).await), "invite-spent", "the code of before has voted");
    let void = counter.sign(&vote(&counter, 3, paper(&second)));
    assert_eq!(refusal(&counter.send_one(void).await), "invite-unknown");
    let cast = counter.sign(&vote(&counter, 4, paper(&anew.1)));
    assert!(is_receipt(&counter.send_one(cast).await));
    assert_eq!(desk.counted().await, 2);
    desk.undo(1).await.unwrap();
    assert_eq!(desk.counted().await, 2, "who has voted was served");
    after.close().await;
}

#[tokio::test]
async fn numbers_are_entered_for_days_of_an_open_month_that_are_not_in_the_future() {
    let dir = tempfile::tempdir().unwrap();
    let office = office(&dir).await;
    let desk = Desk::pair(&office, &office.desk_code(&["anagrafe", "tributi"], None), [7; 32]).await.unwrap();
    desk.invite(1).await;
    let entered = desk.enter(20_260_415, Some(40)).await.unwrap();
    let rows: Vec<_> =
        entered.services.iter().map(|row| (row.service.as_str(), row.counted, row.entered)).collect();
    assert_eq!(rows, [("anagrafe", 1, Some(40)), ("tributi", 0, None)]);
    assert_eq!(entered.missing.len(), 10, "the days from Monday to Friday before today");
    assert_eq!(desk.enter(20_260_415, None).await.unwrap().services[0].entered, None);
    for (day, words) in [(20_260_416, "future"), (20_260_331, "closed"), (20_260_431, "day")] {
        assert!(desk.enter(day, Some(1)).await.unwrap_err().message().contains(words), "{day}");
    }
    assert_eq!(desk.enter(20_260_415, Some(100_001)).await.unwrap_err().code(), Code::InvalidArgument);
    office.close().await;
}

#[tokio::test]
async fn a_desk_is_what_its_token_says_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let office = office(&dir).await;
    let code = office.desk_code(&["anagrafe"], None);
    let lost = Desk::pair(&office, &code, [7; 32]).await.unwrap();
    let desk = Desk::pair(&office, &code, [7; 32]).await.unwrap();
    assert_eq!(
        lost.served(0).await.unwrap_err().code(),
        Code::Unauthenticated,
        "its answer was lost on the way"
    );
    let other = Desk::pair(&office, &code, [8; 32]).await.err().unwrap();
    assert_eq!(other.code(), Code::PermissionDenied, "{other}");
    let (id, place) = office.tokens.desks().remove(0);
    assert_eq!(place.name, "Sportello 3");
    office.tokens.remove_desk(&id).unwrap();
    assert_eq!(desk.conclude(1, "anagrafe").await.unwrap_err().code(), Code::Unauthenticated);
    // An administrator has no desk, and no token of the role alone is one.
    let (token, _) = office.tokens.create("desk".parse().unwrap(), "prova").unwrap();
    let placeless = Desk { client: desk.client, token };
    assert!(placeless.served(0).await.unwrap_err().message().contains("faccina counter add"));
    let code = office.desk_code(&["anagrafe"], None);
    let certificate = &office.keys.tls.certificate_pem;
    let wrong = Terminal::enrol(office.connect().await, certificate, &code, 3, "counter").await;
    assert!(wrong.err().unwrap().message().contains("faccina desk"));
    office.close().await;
}

/// The vote of an invite names its own channel, never the desk.
#[tokio::test]
async fn a_code_of_one_service_is_refused_for_another() {
    let dir = tempfile::tempdir().unwrap();
    let office = office(&dir).await;
    let counter = office.terminal(1, "counter", Mode::Invite).await;
    let desk = Desk::pair(&office, &office.desk_code(&["anagrafe"], None), [7; 32]).await.unwrap();
    let code = PaperInvite::parse(&desk.invite(1).await.code).unwrap();
    let mut cast = vote(&counter, 1, code.hash());
    cast.ballot.service = "tributi".parse().unwrap();
    cast.ballot_bytes = Ballot::encode(&cast.ballot).into();
    assert_eq!(refusal(&counter.send_one(counter.sign(&cast)).await), "invite-for-another");
    office.close().await;
}
