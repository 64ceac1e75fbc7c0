//! A node never forks itself: restored from a backup, put back to an older state, copied.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use faccina_node::clock::instant;
use faccina_node::founding::{Request, RootFeed};
use faccina_proto::ballot::Face;
use faccina_proto::invites::InviteHash;
use faccina_proto::terminals::Mode;
use faccina_proto::wire::admin::v1::{AddTerminalRequest, CreateInvitesRequest, StatusReply};
use faccina_proto::wire::feed::v1::{MemberRecord, entry::Body};
use tempfile::TempDir;

use crate::hub::{Hub, until};
use crate::office::{ENTE, Terminal, day, is_receipt, month, refusal};
use crate::process::{PATIENCE, Town, faccina};

const PASSPHRASE: &str = "una frase lunga quanto basta\n";

async fn votes(terminal: &Terminal, on: u32, nonces: std::ops::Range<u128>) {
    let casts = nonces.map(|nonce| terminal.sign(&terminal.vote(day(on), Face::Green, nonce))).collect();
    let answers = terminal.send(casts).await.unwrap();
    assert!(answers.iter().all(is_receipt));
}

/// A terminal for links, where every vote takes an invite.
async fn web_terminal(town: &Town) -> Terminal {
    let request = AddTerminalRequest {
        name: "Sito".to_owned(),
        channel: "web".to_owned(),
        branch: "centro".to_owned(),
        services: vec!["anagrafe".to_owned()],
        mode: i32::try_from(Mode::Invite.number()).unwrap(),
        hours: Vec::new(),
    };
    let code = town.admin().await.unwrap().add_terminal(request).await.unwrap().into_inner().code;
    Terminal::enrol(town.connect().await, &town.certificate, &code, 9, "web").await.unwrap()
}

fn with_invite(terminal: &Terminal, on: u32, invite: &[u8], nonce: u128) -> bytes::Bytes {
    let mut cast = terminal.vote(day(on), Face::Green, nonce);
    cast.invite_hash = Some(*InviteHash::of(invite.try_into().unwrap()).as_bytes());
    terminal.sign(&cast)
}

/// A passphrase, and where a backup goes.
fn secrets() -> (TempDir, PathBuf, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (passphrase, backup) = (dir.path().join("passphrase"), dir.path().join("node.backup"));
    std::fs::write(&passphrase, PASSPHRASE).unwrap();
    std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600)).unwrap();
    (dir, passphrase, backup)
}

fn back_up(town: &Town, backup: &Path, passphrase: &Path) -> Result<String, String> {
    town.try_to_say(&["backup", backup.to_str().unwrap(), "--passphrase-file", passphrase.to_str().unwrap()])
}

fn restore(backup: &Path, passphrase: &Path, dir: &Path) -> Result<String, String> {
    let words = ["restore", backup.to_str().unwrap(), "--dir", dir.to_str().unwrap(), "--passphrase-file"];
    faccina(&words, &[passphrase])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_two_months_ago_goes_on_without_a_fork() {
    let town = Town::found();
    let hub = Hub::open(&town).await;
    let process = town.start(20_260_420).await;
    town.prepare().await;
    let (mut terminal, mut web) = (town.enrol(1).await, web_terminal(&town).await);
    votes(&terminal, 20_260_420, 0..10).await;
    let request = CreateInvitesRequest {
        service: "anagrafe".to_owned(),
        channel: "web".to_owned(),
        branch: "centro".to_owned(),
        count: 2,
    };
    let invites = town.admin().await.unwrap().create_invites(request).await.unwrap().into_inner().invites;
    let (_kept, passphrase, backup) = secrets();
    let said = back_up(&town, &backup, &passphrase).unwrap();
    assert!(said.contains("read back and found whole"), "{said}");
    assert!(back_up(&town, &backup, &passphrase).unwrap_err().contains("exists already"));
    // What the backup does not know.
    assert!(is_receipt(&web.send_one(with_invite(&web, 20_260_420, &invites[0], 50)).await));
    votes(&terminal, 20_260_420, 10..30).await;
    until(&town, "the hub has told", PATIENCE, |status| status.may_publish).await;
    for (next, closes) in [(20_260_502, 202_604), (20_260_602, 202_605)] {
        town.move_to(next).await;
        town.close(month(closes), false).await.unwrap();
        votes(&terminal, next, u128::from(next) * 100..u128::from(next) * 100 + 15).await;
    }
    hub.holds(2).await;
    drop(process);
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let into = dir.path().join(ENTE);
    let other = passphrase.with_file_name("other");
    std::fs::copy(&passphrase, &other).unwrap();
    std::fs::write(&other, "un'altra frase lunga").unwrap();
    let wrong = restore(&backup, &other, &into).unwrap_err();
    assert!(wrong.contains("the passphrase is another") && !into.exists(), "{wrong}");
    let said = restore(&backup, &passphrase, &into).unwrap();
    assert!(said.contains("Invites given out before are void") && said.contains("2026-04-20"), "{said}");
    assert!(restore(&backup, &passphrase, &into).unwrap_err().contains("is not empty"));
    let again = town.restored_in(dir);
    again.wake_on(20_260_620);
    let process = again.start(20_260_620).await;
    until(&again, "what was published is taken over", PATIENCE, |it| it.may_publish && it.own_head == 2)
        .await;
    let months: Vec<u32> = again.summaries().await.iter().map(|summary| summary.month).collect();
    assert_eq!(months, [202_604, 202_605]);
    for terminal in [&mut terminal, &mut web] {
        terminal.reconnect(again.connect().await);
    }
    // One that was spent in the lost time and one that was not: neither gives a second vote.
    for (invite, nonce) in invites.iter().zip(60..) {
        let answer = web.send_one(with_invite(&web, 20_260_620, invite, nonce)).await;
        assert_eq!(refusal(&answer), "invite-unknown");
    }
    // A vote that waited on its terminal all the time.
    let waited = terminal.sign(&terminal.vote(day(20_260_430), Face::Yellow, 70));
    assert_eq!(terminal.receipt(&terminal.send_one(waited).await).counted_in, month(202_606));
    votes(&terminal, 20_260_620, 80..100).await;
    let closed = again.close(month(202_605), false).await.unwrap_err();
    assert!(closed.message().contains("closed already"), "{closed}");
    again.move_to(20_260_702).await;
    let june = again.close(month(202_606), false).await.unwrap().summary.unwrap();
    assert_eq!((june.restored, Town::published(&june), june.gap_months.len()), (true, 21, 0));
    hub.holds(3).await;
    votes(&terminal, 20_260_702, 200..220).await;
    again.move_to(20_260_802).await;
    let july = again.close(month(202_607), false).await.unwrap().summary.unwrap();
    assert_eq!((july.restored, Town::published(&july)), (false, 20));
    hub.holds(4).await;
    drop(process);
    again.check();
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => copy_dir(&from, &to),
            kind if kind.is_file() => drop(std::fs::copy(&from, &to).unwrap()),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_put_back_stop_the_node_until_a_person_adopts() {
    let town = Town::found();
    let hub = Hub::open(&town).await;
    let process = town.start(20_260_420).await;
    town.prepare().await;
    let mut terminal = town.enrol(1).await;
    votes(&terminal, 20_260_420, 0..10).await;
    drop(process);
    let snapshot = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    copy_dir(town.data(), snapshot.path());
    town.wake_on(20_260_421);
    let process = town.start(20_260_502).await;
    until(&town, "the hub has told", PATIENCE, |status| status.may_publish).await;
    assert!(town.close(month(202_604), false).await.unwrap().sequence == 1);
    let nothing = town.try_to_say(&["adopt", "--yes"]).unwrap_err();
    assert!(nothing.contains("there is nothing to adopt"), "{nothing}");
    hub.holds(1).await;
    drop(process);
    std::fs::remove_dir_all(town.data()).unwrap();
    copy_dir(snapshot.path(), town.data());
    town.wake_on(20_260_510);
    let process = town.start(20_260_510).await;
    let lacks = |status: &StatusReply| status.warnings.iter().any(|it| it.contains("faccina adopt"));
    until(&town, "the alarm is said", PATIENCE, lacks).await;
    let refused = town.close(month(202_604), false).await.unwrap_err();
    assert!(refused.message().contains("run `faccina adopt`"), "{refused}");
    assert!(town.try_to_say(&["adopt"]).unwrap_err().contains("not confirmed"));
    let said = town.say(&["adopt", "--yes"]);
    assert!(said.contains("Gli inviti consegnati finora non valgono più"), "{said}");
    let stops = |it: &String| it.contains("publishing stopped") || it.contains("put back to an older state");
    let taken = |it: &StatusReply| it.may_publish && it.own_head == 1 && !it.warnings.iter().any(stops);
    until(&town, "it is taken over", PATIENCE, taken).await;
    terminal.reconnect(town.connect().await);
    votes(&terminal, 20_260_510, 100..120).await;
    town.move_to(20_260_602).await;
    let may = town.close(month(202_605), false).await.unwrap().summary.unwrap();
    assert_eq!((may.restored, Town::published(&may)), (true, 20));
    hub.holds(2).await;
    drop(process);
    town.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_and_its_copy_both_stop_and_say_why() {
    let town = Town::found();
    let hub = Hub::open(&town).await;
    // Real nodes with the intervals of real nodes.
    town.configure(|line| {
        let of_the_demo = ["demo = ", "demo_day = ", "half_day_s = "].iter().any(|key| line.starts_with(key));
        (!of_the_demo).then(|| line.to_owned())
    });
    let _first = town.launch().await;
    town.prepare().await;
    until(&town, "the hub has told", PATIENCE, |status| status.may_publish).await;
    let (_kept, passphrase, backup) = secrets();
    back_up(&town, &backup, &passphrase).unwrap();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    restore(&backup, &passphrase, &dir.path().join(ENTE)).unwrap();
    let copy = town.restored_in(dir);
    let begun = instant();
    let _second = copy.launch().await;
    for (node, name) in [(&town, "the node"), (&copy, "its copy")] {
        let said =
            |status: &StatusReply| status.warnings.iter().any(|it| it.contains("another run of this node"));
        until(node, "another run is said", PATIENCE * 3, said).await;
        println!("{name} stopped after {:.1} s", begun.elapsed().as_secs_f64());
        let refused = node.try_to_say(&["availability", "--none", "--offline"]);
        let refused = refused.unwrap_err();
        assert!(refused.contains("stop one of the two"), "{refused}");
        let _asked_once = node.try_to_say(&["adopt", "--yes"]);
        node.says("this node stops publishing").await;
    }
    assert_eq!(hub.held(), 0);
}

fn sign(root: &mut RootFeed, on: u32, body: Body) {
    root.sign(&SigningKey::from_bytes(&[7; 32]), day(on), body).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_published_month_that_dfp_cuts_follows_anew_with_the_same_figures() {
    let town = Town::found();
    let hub = Hub::open(&town).await;
    let _process = town.start(20_260_420).await;
    town.prepare().await;
    let terminal = town.enrol(1).await;
    until(&town, "the hub has told", PATIENCE, |status| status.may_publish).await;
    let mut published = Vec::new();
    for (on, next, closes) in [(20_260_420, 20_260_502, 202_604), (20_260_502, 20_260_602, 202_605)] {
        votes(&terminal, on, u128::from(on) * 100..u128::from(on) * 100 + 15).await;
        town.move_to(next).await;
        published.push(town.close(month(closes), false).await.unwrap().summary.unwrap());
    }
    hub.holds(2).await;
    // It had left before it published May, and is back: its last entry counts no more.
    hub.decree(&town, |root| {
        let record = root.record(&ENTE.parse().unwrap()).unwrap();
        let left = MemberRecord { left_on_day: 20_260_520, ..record.clone() };
        sign(root, 20_260_602, Body::Member(left));
        sign(root, 20_260_603, Body::Member(record));
    })
    .await;
    until(&town, "May is cut", PATIENCE, |status| status.own_head == 1).await;
    town.move_to(20_260_603).await;
    until(&town, "May is there again", PATIENCE, |status| status.own_head == 2).await;
    hub.holds(2).await;
    assert_eq!(town.summaries().await, published);
    votes(&terminal, 20_260_603, 500..520).await;
    town.move_to(20_260_702).await;
    let june = town.close(month(202_606), false).await.unwrap();
    assert_eq!((june.sequence, Town::published(&june.summary.unwrap())), (3, 20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_its_keys_and_those_of_a_box_goes_on_and_says_so() {
    let town = Town::found();
    let hub = Hub::open(&town).await;
    let process = town.start(20_260_420).await;
    town.prepare().await;
    let mut terminal = town.enrol(1).await;
    votes(&terminal, 20_260_420, 0..30).await;
    until(&town, "the hub has told", PATIENCE, |status| status.may_publish).await;
    drop(process);
    let keys = town.data().join("keys");
    for name in ["feed.key", "transport.key", "box-202604.key"] {
        std::fs::remove_file(keys.join(name)).unwrap();
    }
    let request = town.data().join("smarrita.txt");
    let said = town.try_to_say(&["keys", "replace", "--yes", "--out", request.to_str().unwrap()]).unwrap();
    assert!(said.contains("the votes of 2026-04 cannot be read any more"), "{said}");
    assert_eq!(town.files("box-"), ["box-202604.lost"]);
    town.wake_on(20_260_421);
    let _process = town.start(20_260_421).await;
    let request = std::fs::read_to_string(request).unwrap();
    hub.decree(&town, |root| {
        let request = Request::parse(&request, &town.federation).unwrap();
        let code = ENTE.parse().unwrap();
        let (revocations, record) =
            root.present(&code, |ente| ente.replaced(&request, None, "smarrita", day(20_260_421))).unwrap();
        revocations.into_iter().for_each(|it| sign(root, 20_260_421, Body::Revocation(it)));
        sign(root, 20_260_421, Body::Member(record));
    })
    .await;
    let waits = |status: &StatusReply| status.warnings.iter().any(|it| it.contains("an older state"));
    until(&town, "the hub has told", PATIENCE * 4, |status| status.may_publish && !waits(status)).await;
    terminal.reconnect(town.connect().await);
    votes(&terminal, 20_260_421, 100..115).await;
    town.move_to(20_260_502).await;
    let april = town.close(month(202_604), false).await.unwrap().summary.unwrap();
    assert_eq!((april.restored, Town::published(&april)), (true, 15));
}
