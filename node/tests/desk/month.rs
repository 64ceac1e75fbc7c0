//! A month of a real node: its desks by command, users served by hand, and what the close publishes of them.

use super::counter::Desk;
use crate::{
    office::{day, month},
    process::Town,
};
use faccina_proto::{
    ballot::Face,
    wire::admin::v1::{AddDeskRequest, SetDemoDayRequest},
};

/// What a command printed after this word.
fn printed<'a>(output: &'a str, word: &str) -> &'a str {
    output.lines().find_map(|line| line.strip_prefix(word)).unwrap().trim()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_served_are_published_where_the_month_is_complete() {
    let town = Town::found();
    let process = town.start(20_260_415).await;
    town.prepare().await;
    let added = town.say(&["counter", "add", "Sportello 3", "--branch", "centro", "--service", "anagrafe"]);
    let (address, code) = (printed(&added, "Address"), printed(&added, "Code"));
    assert_eq!(printed(&added, "Or both"), format!("{address}#{code}"));
    let desk = Desk::pair_over(town.connect().await, &town.certificate, code, [7; 32]).await.unwrap();
    let listed = town.say(&["counter", "list"]);
    assert!(listed.contains("gives invites") && listed.contains("Sportello 3"), "{listed}");
    desk.conclude(1, "anagrafe").await.unwrap();
    let terminal = town.enrol(1).await;
    let votes = (0..20).map(|n| terminal.sign(&terminal.vote(day(20_260_415), Face::Green, n))).collect();
    assert!(terminal.send(votes).await.unwrap().iter().all(crate::office::is_receipt));
    // From Monday to Friday, but for the day counted and the last.
    for of_month in (1..30).filter(|of_month| day(20_260_400 + of_month).weekday() <= 5 && *of_month != 15) {
        let entered = desk.enter(20_260_400 + of_month, Some(2));
        if of_month > 15 {
            assert!(entered.await.unwrap_err().message().contains("future"));
        } else {
            entered.await.unwrap();
        }
    }
    let move_to = async |day| {
        town.admin().await.unwrap().set_demo_day(SetDemoDayRequest { day, hour: 9 }).await.unwrap();
    };
    move_to(20_260_502).await;
    for of_month in (16..30).filter(|of_month| day(20_260_400 + of_month).weekday() <= 5) {
        desk.enter(20_260_400 + of_month, Some(2)).await.unwrap();
    }
    let served = async || {
        let preview = town.close(month(202_604), true).await.unwrap().summary.unwrap();
        preview.groups.into_iter().map(|group| group.served).collect::<Vec<_>>()
    };
    assert_eq!(served().await, [None], "30 April is missing");
    desk.enter(20_260_430, Some(0)).await.unwrap();
    // 20 other working days with two users, one that the button counted.
    assert_eq!(served().await, [Some(41)]);
    town.close(month(202_604), false).await.unwrap();
    let summary = town.summaries().await.remove(0);
    assert_eq!(summary.groups[0].served, Some(41));
    assert!(desk.enter(20_260_430, Some(1)).await.unwrap_err().message().contains("closed"));
    let id = listed.split_whitespace().next().unwrap();
    town.say(&["counter", "remove", id]);
    assert_eq!(desk.conclude(2, "anagrafe").await.unwrap_err().code(), tonic::Code::Unauthenticated);
    let audit = town.audit();
    assert!(audit.contains("add desk") && audit.contains("remove desk"), "{audit}");
    drop(process);
    town.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_opens_only_an_attended_terminal_at_its_own_counter() {
    let town = Town::found();
    let _process = town.start(20_260_415).await;
    town.prepare().await;
    let open = town.enrol(1).await;
    let ask = async |branch: &str, services: &[&str], terminal: &[u8]| {
        let request = AddDeskRequest {
            name: "Sportello 3".to_owned(),
            branch: branch.to_owned(),
            services: services.iter().map(|service| (*service).to_owned()).collect(),
            terminal: terminal.to_vec().into(),
        };
        let refused = town.admin().await.unwrap().add_desk(request).await.err();
        refused.map(|status| status.message().to_owned()).unwrap_or_default()
    };
    assert_eq!(ask("centro", &["anagrafe"], &[]).await, "");
    assert!(ask("centro", &["anagrafe"], open.id.as_bytes()).await.contains("not attended"));
    assert!(ask("centro", &["anagrafe"], &[9; 8]).await.contains("there is no terminal"));
    assert!(ask("centro", &["tributi"], &[]).await.contains("no service of this ente yet"));
    assert!(ask("centro", &[], &[]).await.contains("1 to 64 services"));
}
