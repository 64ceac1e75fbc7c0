//! What terminals report of their half-days, from the call to the published month; and the votes of a revoked terminal.

use bytes::Bytes;
use faccina_proto::ballot::Face;
use faccina_proto::envelope::{Envelope, Kind};
use faccina_proto::meter::{half_day, open_s};
use faccina_proto::report::{HalfDayReport, Taps};
use faccina_proto::terminals::OpeningHours;
use faccina_proto::wire::admin::v1::SetDemoDayRequest;
use faccina_proto::wire::feed::v1 as feed;
use faccina_proto::wire::officer::v1::{Check, MyEnteReply, MyEnteRequest};
use faccina_proto::wire::terminal::v1::{Answer, ReportReply, ReportRequest, answer};
use tonic::{Code, Status};

use crate::office::{Terminal, day, federation, is_receipt, month};
use crate::process::Town;

/// Every day from 8:00 to 12:00 and from 14:00 to 16:00.
fn hours() -> Vec<OpeningHours> {
    let days = (1..=7).flat_map(|weekday| [(weekday, 480, 720), (weekday, 840, 960)]);
    days.map(|(weekday, from, to)| OpeningHours::new(weekday, from, to).unwrap()).collect()
}

/// A half-day with six votes, far apart.
fn report(terminal: &Terminal, on: u32, afternoon: bool) -> HalfDayReport {
    let open_s = open_s(&hours(), day(on), half_day(afternoon));
    let taps = Taps { votes: 6, short_gaps: 0, short_greens: 0 };
    HalfDayReport {
        open_s,
        listened_s: open_s,
        most_in_60_s: 1,
        gaps: [0, 0, 0, 0, 0, 6],
        services: [("anagrafe".parse().unwrap(), taps)].into(),
        ..HalfDayReport::empty(terminal.id, day(on), afternoon)
    }
}

fn sign(terminal: &Terminal, report: &HalfDayReport) -> Bytes {
    Envelope::seal(Kind::Report, &federation(), &terminal.key, &report.encode()).bytes().clone()
}

async fn send(terminal: &Terminal, reports: &[HalfDayReport]) -> Result<ReportReply, Status> {
    let reports = reports.iter().map(|report| sign(terminal, report)).collect();
    let request = terminal.with_token(ReportRequest { reports });
    Ok(terminal.client.clone().report(request).await?.into_inner())
}

async fn vote(terminal: &Terminal, on: u32, nonces: std::ops::Range<u128>) -> Vec<Bytes> {
    let casts: Vec<_> =
        nonces.map(|nonce| terminal.sign(&terminal.vote(day(on), Face::Green, nonce))).collect();
    assert!(terminal.send(casts.clone()).await.unwrap().iter().all(is_receipt));
    casts
}

async fn move_to(town: &Town, day: u32) {
    town.admin().await.unwrap().set_demo_day(SetDemoDayRequest { day, hour: 9 }).await.unwrap();
}

async fn my_ente(town: &Town) -> MyEnteReply {
    town.officer().await.my_ente(MyEnteRequest {}).await.unwrap().into_inner()
}

fn counts(summary: &feed::Summary) -> feed::Integrity {
    summary.integrity.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_half_days_are_seen_published_as_counts_and_forgotten() {
    let town = Town::found();
    let process = town.start(20_260_420).await;
    town.prepare().await;
    let terminal = town.enrol_with_hours(1, &hours()).await;
    vote(&terminal, 20_260_420, 0..60).await;
    let before = my_ente(&town).await;
    assert_eq!((before.reported, before.listening.unwrap().heard), (false, 0), "nothing is known yet");

    let mut reports: Vec<_> = (20_260_401..=20_260_419)
        .flat_map(|on| [report(&terminal, on, false), report(&terminal, on, true)])
        .collect();
    // Twenty-four votes right after another in one morning.
    let mut stuffed = report(&terminal, 20_260_420, false);
    let taps = Taps { votes: 30, short_gaps: 24, short_greens: 24 };
    stuffed.services.insert("anagrafe".parse().unwrap(), taps);
    (stuffed.gaps, stuffed.most_in_60_s) = ([16, 8, 0, 0, 0, 6], 25);
    reports.push(stuffed.clone());
    assert_eq!(send(&terminal, &reports).await.unwrap().refused, []);

    let mut softened = stuffed.clone();
    softened.services.clear();
    (softened.gaps, softened.most_in_60_s) = ([0; 6], 0);
    assert_eq!(send(&terminal, &[softened]).await.unwrap().refused, [], "known, and stays as it was");
    let mine = my_ente(&town).await;
    assert!(mine.reported);
    let seen = mine.to_verify;
    assert_eq!((seen.len(), seen[0].month, seen[0].service.as_str()), (1, 202_604, "anagrafe"));
    assert_eq!(seen[0].checks().collect::<Vec<_>>(), [Check::ShortGaps, Check::Burst]);

    let other = town.enrol_with_hours(2, &hours()).await;
    let foreign = report(&other, 20_260_420, false);
    let ahead = report(&terminal, 20_260_421, false);
    let refused = send(&terminal, &[foreign, ahead]).await.unwrap().refused;
    assert!(refused[0].message.contains("another terminal"), "{refused:?}");
    assert!(refused[1].message.contains("set the terminal's clock"), "{refused:?}");
    let too_many = vec![report(&terminal, 20_260_420, true); 65];
    assert_eq!(send(&terminal, &too_many).await.unwrap_err().code(), Code::InvalidArgument);

    move_to(&town, 20_260_502).await;
    let preview = town.close(month(202_604), true).await.unwrap();
    assert!(
        preview.words_it.contains(
            "Da verificare: anagrafe (troppi voti a meno di cinque secondi dal precedente; troppi voti in un minuto)"
        ),
        "{}",
        preview.words_it
    );
    assert!(!town.files("integrity-202604").is_empty());
    let april = town.close(month(202_604), false).await.unwrap().summary.unwrap();
    assert_eq!((counts(&april).repeat, counts(&april).outside_hours), (Some(20), Some(0)));
    // Of the month's 180 hours 118 were reported; the other terminal, enrolled on the 20th, reported none of its 60.
    assert_eq!(april.listened_tenths, Some(5));
    assert_eq!(Town::published(&april), 60, "no vote is taken away");
    assert_eq!(town.files("integrity-"), Vec::<String>::new(), "neither reports nor key are left");
    assert_eq!(send(&terminal, &[report(&terminal, 20_260_420, true)]).await.unwrap().refused, []);
    assert_eq!(town.files("integrity-"), Vec::<String>::new(), "a closed month takes no report");
    assert_eq!(my_ente(&town).await.to_verify, []);
    drop(process);
    town.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_on_a_revoked_terminal_counts_flagged_if_the_ente_says_so() {
    let town = Town::found();
    let process = town.start(20_260_420).await;
    town.prepare().await;
    let terminal = town.enrol_with_hours(1, &hours()).await;
    vote(&terminal, 20_260_420, 0..20).await;
    let cast = |on, nonce| terminal.sign(&terminal.vote(day(on), Face::Yellow, nonce));
    let waiting = vec![cast(20_260_418, 101), cast(20_260_419, 102)];
    let id = terminal.id.to_string();

    let said = town.say(&["terminal", "revoke", &id]);
    assert!(said.contains("does not count"), "{said}");
    let closed = terminal.send(waiting.clone()).await.unwrap_err();
    assert_eq!(closed.code(), Code::Unauthenticated, "so they stay on the terminal");

    let said = town.say(&["terminal", "revoke", &id, "--refuse-queued"]);
    assert!(said.contains("forgets them"), "{said}");
    let is_refused = |answer: &Answer| matches!(&answer.answer, Some(answer::Answer::Refusal(refusal)) if refusal.code == "terminal-revoked");
    assert!(terminal.send(waiting.clone()).await.unwrap().iter().all(is_refused), "so it lets go of them");

    town.say(&["terminal", "revoke", &id, "--accept-flagged"]);
    assert!(terminal.send(waiting.clone()).await.unwrap().iter().all(is_receipt));
    let later = terminal.send(vec![cast(20_260_421, 103)]).await.unwrap().remove(0).answer;
    assert!(matches!(later, Some(answer::Answer::Refusal(refusal)) if refusal.code == "terminal-revoked"));
    let mut reports = [report(&terminal, 20_260_419, false), report(&terminal, 20_260_419, true)];
    reports[1].outside_hours = 6;
    assert_eq!(send(&terminal, &reports).await.unwrap().refused, []);

    town.say(&["terminal", "revoke", &id]);
    let closed = terminal.send(vec![cast(20_260_417, 104)]).await.unwrap_err();
    assert_eq!(closed.code(), Code::Unauthenticated);

    move_to(&town, 20_260_502).await;
    let april = town.close(month(202_604), false).await.unwrap().summary.unwrap();
    assert_eq!(counts(&april).revoked_terminal, Some(1), "fewer than five");
    assert_eq!((Town::published(&april), counts(&april).outside_hours), (22, Some(5)));
    for decided in ["what waits on it is refused", "what waits on it counts flagged"] {
        assert!(town.audit().contains(decided), "{}", town.audit());
    }
    drop(process);
    town.check();
}
