//! The closed list: for each item a summary that breaks it, and what a feed of summaries is worth.

use super::*;
use crate::{
    envelope::Id,
    summary::{Content, Integrity},
    tally::Reasons,
};

fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn day(yyyymmdd: u32) -> CivilDay {
    CivilDay::from_yyyymmdd(yyyymmdd).unwrap()
}

fn key(service: &str, channel: &str) -> GroupKey {
    GroupKey { service: Code::of_group(service).unwrap(), channel: Code::of_group(channel).unwrap() }
}

fn group(service: &str, channel: &str, votes: [u64; 3], reasons: Option<[u64; 4]>) -> Group {
    let [green, yellow, red] = votes;
    let (key, votes) = (key(service, channel), Votes { green, yellow, red });
    Group { key, votes, reasons: reasons.map(Reasons), served: None }
}

fn publish(catalogues: &mut Catalogues, version: u32, from_month: u32, published: u32) {
    let text = || vec![wire::LocalisedText { language: "it".to_owned(), text: "x".to_owned() }];
    let service = |code: &str| wire::Service {
        code: code.to_owned(),
        name: text(),
        sensitive: code == "sociale",
        ..wire::Service::default()
    };
    let channel = |code: &str| wire::Channel { code: code.to_owned(), name: text() };
    let part = wire::CataloguePart {
        version,
        services: ["anagrafe", "sociale", "tributi"].map(service).into(),
        channels: ["counter", "web"].map(channel).into(),
        ..wire::CataloguePart::default()
    };
    let made = Catalogue::assemble(version, month(from_month), (5, 10), &[part]).unwrap();
    let id = Id::from_bytes([1; 32]);
    catalogues.part(id, &made.parts()[0]).unwrap();
    catalogues.closing(&made.closing(&[id]), day(published)).unwrap();
}

/// Version 1 from January 2026, version 2 from June 2026.
fn catalogues() -> Catalogues {
    let mut catalogues = Catalogues::default();
    publish(&mut catalogues, 1, 202_601, 20_251_201);
    publish(&mut catalogues, 2, 202_606, 20_260_101);
    catalogues
}

fn figures(groups: Vec<Group>) -> Figures {
    Figures {
        parameters: Parameters::default(),
        groups,
        pool: None,
        carried_from: Vec::new(),
        integrity: Integrity::default(),
        listened_tenths: None,
    }
}

fn summary(yyyymm: u32, content: Content) -> Summary {
    Summary {
        month: month(yyyymm),
        edition: Edition::First,
        catalogue_version: if yyyymm < 202_606 { 1 } else { 2 },
        software_version: "0.1.0".to_owned(),
        content,
        ballots_root: Id::from_bytes([2; 32]),
        restored: false,
        gap_months: Vec::new(),
    }
}

fn published(yyyymm: u32, figures: Figures) -> Summary {
    summary(yyyymm, Content::Figures(Box::new(figures)))
}

fn carried(yyyymm: u32) -> Summary {
    summary(yyyymm, Content::Carried)
}

fn plain(yyyymm: u32) -> Summary {
    published(yyyymm, figures(vec![group("anagrafe", "counter", [40, 2, 0], None)]))
}

fn correction(mut summary: Summary) -> Summary {
    summary.edition = Edition::Correction;
    summary
}

/// A feed whose first month is January 2026.
struct Feed {
    judge: Judge,
    catalogues: Catalogues,
}

impl Feed {
    fn new() -> Self {
        Self { judge: Judge::new(month(202_601)), catalogues: catalogues() }
    }

    fn say(&mut self, message: &wire::Summary) -> Judgement {
        let day = Month::from_yyyymm(message.month).unwrap().next().first_day().plus_days(10);
        self.judge.judge(message, day, &self.catalogues)
    }

    fn publish(&mut self, summary: &Summary) -> Judgement {
        self.say(&summary.to_wire())
    }

    #[track_caller]
    fn accept(&mut self, summary: &Summary) {
        match self.publish(summary) {
            Judgement::Counted(kept) | Judgement::Carried(kept) => assert_eq!(*kept, *summary),
            refused @ (Judgement::Refused(_) | Judgement::NotUnderstood { .. }) => panic!("{refused:?}"),
        }
    }

    #[track_caller]
    fn refuse(&mut self, summary: &Summary) -> Refusal {
        match self.publish(summary) {
            Judgement::Refused(refusal) => refusal,
            other @ (Judgement::Counted(_) | Judgement::Carried(_) | Judgement::NotUnderstood { .. }) => {
                panic!("not refused: {other:?}")
            }
        }
    }
}

#[track_caller]
fn refused(figures: Figures) -> Refusal {
    Feed::new().refuse(&published(202_601, figures))
}

#[test]
fn a_month_speaks_only_when_it_is_over() {
    let mut feed = Feed::new();
    let last = day(20_260_131);
    let early = feed.judge.judge(&plain(202_601).to_wire(), last, &feed.catalogues);
    assert_eq!(early, Judgement::Refused(Refusal::MonthNotOver { month: month(202_601), day: last }));
    let on_time = feed.judge.judge(&plain(202_601).to_wire(), day(20_260_201), &feed.catalogues);
    assert!(matches!(on_time, Judgement::Counted(_)));
}

#[test]
fn months_follow_each_other_since_admission() {
    let mut feed = Feed::new();
    assert_eq!(feed.refuse(&plain(202_512)).code(), "before-admission");
    assert_eq!(feed.refuse(&plain(202_602)), Refusal::Gap { due: month(202_601), month: month(202_602) });
    feed.accept(&plain(202_601));
    assert_eq!(feed.refuse(&plain(202_601)), Refusal::AlreadyPublished { month: month(202_601) });
    let with_gap =
        |gap: &[u32]| Summary { gap_months: gap.iter().map(|m| month(*m)).collect(), ..plain(202_604) };
    for wrong in [&[202_602][..], &[202_603], &[202_602, 202_603, 202_604], &[]] {
        assert_eq!(feed.refuse(&with_gap(wrong)).code(), "gap", "{wrong:?}");
    }
    feed.accept(&with_gap(&[202_602, 202_603]));
    // A month inside a declared gap is gone.
    assert_eq!(feed.refuse(&plain(202_603)).code(), "gap");
    feed.accept(&plain(202_605));
}

#[test]
fn a_gap_may_precede_the_first_summary() {
    let mut feed = Feed::new();
    feed.accept(&Summary { gap_months: vec![month(202_601)], ..plain(202_602) });
}

#[test]
fn the_catalogue_version_is_the_highest_of_the_month() {
    let mut feed = Feed::new();
    let named = Summary { catalogue_version: 2, ..plain(202_601) };
    assert_eq!(feed.refuse(&named), Refusal::CatalogueVersion { named: 2, in_force: Some(1) });
    let mut none = Feed { judge: Judge::new(month(202_512)), catalogues: catalogues() };
    assert_eq!(none.refuse(&plain(202_512)), Refusal::CatalogueVersion { named: 1, in_force: None });
    let old = Summary { catalogue_version: 1, ..plain(202_606) };
    let mut june = Feed { judge: Judge::new(month(202_606)), catalogues: catalogues() };
    assert_eq!(june.refuse(&old), Refusal::CatalogueVersion { named: 1, in_force: Some(2) });
}

#[test]
fn parameters_are_those_of_the_catalogue_version() {
    let parameters = Parameters { threshold: 3, ..Parameters::default() };
    let refusal = refused(Figures { parameters, ..figures(Vec::new()) });
    assert_eq!(refusal, Refusal::Parameters { stated: parameters, expected: Parameters::default() });
}

#[test]
fn keys_are_unique_known_and_ascending() {
    let ok = |service, channel| group(service, channel, [9, 0, 0], None);
    let code = |groups: Vec<Group>| refused(figures(groups)).code();
    assert_eq!(code(vec![ok("anagrafe", "web"), ok("anagrafe", "counter")]), "key-order");
    assert_eq!(code(vec![ok("anagrafe", "web"), ok("anagrafe", "web")]), "key-order");
    assert_eq!(code(vec![ok("anagrafe", "web"), ok("", "web")]), "key-order");
    assert_eq!(code(vec![ok("suap", "web")]), "unknown-service");
    assert_eq!(code(vec![ok("anagrafe", "phone")]), "unknown-channel");
    assert_eq!(code(vec![ok("", "phone")]), "unknown-channel");
    assert_eq!(code(vec![ok("anagrafe", "")]), "unknown-channel");
    let altri = vec![ok("", ""), ok("", "counter"), ok("anagrafe", "counter")];
    Feed::new().accept(&published(202_601, figures(altri)));
}

#[test]
fn every_group_is_safe_by_itself() {
    let code = |service, votes| refused(figures(vec![group(service, "web", votes, None)])).code();
    assert_eq!(code("anagrafe", [4, 0, 0]), "group-too-small");
    assert_eq!(code("anagrafe", [0, 0, 0]), "group-too-small");
    assert_eq!(code("sociale", [9, 0, 0]), "group-too-small");
    assert_eq!(code("anagrafe", [1, 0, 18]), "group-telling");
    assert_eq!(code("", [0, 0, 5]), "group-telling");
    // Named services have their own T, ALTRI has 5; from 20 votes on D does not matter.
    for (service, votes) in
        [("sociale", [10, 0, 0]), ("", [5, 0, 0]), ("anagrafe", [0, 0, 20]), ("tributi", [2, 0, 17])]
    {
        Feed::new().accept(&published(202_601, figures(vec![group(service, "web", votes, None)])));
    }
}

#[test]
fn own_reasons_need_reds() {
    let of =
        |red, reasons| refused(figures(vec![group("anagrafe", "web", [50, 0, red], Some(reasons))])).code();
    assert_eq!(of(4, [1, 0, 0, 0]), "own-reasons-too-few");
    assert_eq!(of(5, [2, 2, 2, 0]), "own-reasons-beyond-reds");
    let few = vec![group("anagrafe", "web", [50, 0, 5], Some([1, 0, 0, 0]))];
    Feed::new().accept(&published(202_601, figures(few)));
}

fn with_pool(pool: PooledReasons) -> Figures {
    let groups = vec![
        group("anagrafe", "counter", [50, 0, 6], Some([6, 0, 0, 0])),
        group("anagrafe", "web", [50, 0, 3], None),
        group("tributi", "counter", [50, 0, 4], None),
        group("tributi", "web", [50, 0, 0], None),
    ];
    Figures { pool: Some(pool), ..figures(groups) }
}

fn pool(reasons: [u64; 4], groups: &[(&str, &str)]) -> PooledReasons {
    let groups = groups.iter().map(|(service, channel)| key(service, channel)).collect();
    PooledReasons { reasons: Reasons(reasons), groups, carried_reds: 0, carried_months: Vec::new() }
}

#[test]
fn the_pool_names_groups_whose_reds_it_has() {
    let both = [("anagrafe", "web"), ("tributi", "counter")];
    let code = |pool| refused(with_pool(pool)).code();
    assert_eq!(code(pool([7, 1, 0, 0], &both)), "pool-beyond-reds");
    assert_eq!(code(pool([1, 0, 0, 0], &both[1..])), "pool-too-small");
    for wrong in [("suap", "web"), ("anagrafe", "counter"), ("tributi", "web"), ("anagrafe", "web")] {
        assert_eq!(code(pool([0; 4], &[both[0], both[1], wrong])), "pool-group", "{wrong:?}");
    }
    assert_eq!(code(pool([0; 4], &[both[1], both[0]])), "pool-group");
    Feed::new().accept(&published(202_601, with_pool(pool([7, 0, 0, 0], &both))));
}

/// January leaves 3 reds without reasons, February 1.
fn feed_with_waiting_reds() -> Feed {
    let mut feed = Feed::new();
    feed.accept(&published(202_601, figures(vec![group("anagrafe", "web", [50, 0, 3], None)])));
    feed.accept(&published(202_602, figures(vec![group("anagrafe", "web", [50, 0, 1], None)])));
    feed
}

fn march(carried_reds: u64, carried_months: &[u32]) -> Summary {
    let groups = vec![group("anagrafe", "web", [50, 0, 2], None)];
    let carried_months = carried_months.iter().map(|m| month(*m)).collect();
    let pool = PooledReasons { carried_reds, carried_months, ..pool([4, 0, 0, 0], &[("anagrafe", "web")]) };
    published(202_603, Figures { pool: Some(pool), ..figures(groups) })
}

#[test]
fn reds_of_earlier_months_are_exactly_those_left() {
    let refusal = |reds, months: &[u32]| feed_with_waiting_reds().refuse(&march(reds, months));
    assert_eq!(refusal(3, &[202_601, 202_602]), Refusal::CarriedReds { stated: 3, left: 4 });
    assert_eq!(refusal(5, &[202_601, 202_602]), Refusal::CarriedReds { stated: 5, left: 4 });
    assert_eq!(refusal(4, &[202_601]), Refusal::CarriedReds { stated: 4, left: 3 });
    assert_eq!(refusal(4, &[]), Refusal::CarriedReds { stated: 4, left: 0 });
    assert_eq!(refusal(4, &[202_512]), Refusal::CarriedMonth { month: month(202_512) });
    assert_eq!(refusal(4, &[202_603]), Refusal::CarriedMonth { month: month(202_603) });
    let mut feed = feed_with_waiting_reds();
    feed.accept(&march(4, &[202_601, 202_602]));
    // Published once, they are not left any more.
    let mut again = march(4, &[202_601, 202_602]);
    again.month = month(202_604);
    assert_eq!(feed.refuse(&again), Refusal::CarriedMonth { month: month(202_601) });
}

#[test]
fn carried_months_are_received_by_the_next_month_that_publishes() {
    let from = |yyyymm, months: &[u32]| {
        let carried_from = months.iter().map(|m| month(*m)).collect();
        published(yyyymm, Figures { carried_from, ..figures(vec![group("", "", [40, 0, 0], None)]) })
    };
    let mut feed = Feed::new();
    feed.accept(&plain(202_601));
    feed.accept(&carried(202_602));
    feed.accept(&carried(202_603));
    for wrong in [&[][..], &[202_602], &[202_603], &[202_601, 202_602, 202_603]] {
        let mut feed = Feed { judge: feed.judge.clone(), catalogues: catalogues() };
        assert_eq!(feed.refuse(&from(202_604, wrong)).code(), "carried-from", "{wrong:?}");
    }
    feed.accept(&from(202_604, &[202_602, 202_603]));
    assert_eq!(feed.refuse(&from(202_605, &[202_602, 202_603])).code(), "carried-from");
}

#[test]
fn a_carried_month_with_figures_is_refused() {
    let mut message = carried(202_601).to_wire();
    message.groups = plain(202_601).to_wire().groups;
    let judged = Feed::new().say(&message);
    assert_eq!(judged, Judgement::Refused(Refusal::Malformed(SummaryError::CarriedWithFigures)));
}

#[test]
fn an_unknown_rules_version_is_not_understood_and_never_refused() {
    let mut feed = Feed::new();
    let mut newer = plain(202_601).to_wire();
    newer.rules_version = 2;
    newer.edition = 1;
    newer.groups.clear();
    newer.ballots_root.clear();
    assert_eq!(feed.say(&newer), Judgement::NotUnderstood { rules_version: 2 });
    // Whether the month before was carried is not known, so the next is not understood either; then it goes on.
    assert_eq!(feed.publish(&plain(202_602)), Judgement::NotUnderstood { rules_version: 2 });
    assert_eq!(feed.judge.months()[&month(202_601)].not_understood, Some(2));
}

#[test]
fn a_refused_month_does_not_refuse_the_months_after_it() {
    let mut feed = Feed::new();
    let wrong = published(202_601, figures(vec![group("anagrafe", "web", [3, 0, 0], None)]));
    assert_eq!(feed.refuse(&wrong).code(), "group-too-small");
    assert_eq!(feed.refuse(&plain(202_601)).code(), "already-published");
    feed.accept(&plain(202_602));
    assert_eq!(feed.refuse(&correction(carried(202_601))).code(), "carryover-changed");
    feed.accept(&correction(plain(202_601)));
    let standing = &feed.judge.months()[&month(202_601)];
    assert!(standing.counted.is_some() && standing.withdrawn.is_none());
}

fn january(green: u64, web: Option<[u64; 3]>) -> Summary {
    let mut groups = vec![group("anagrafe", "counter", [green, 2, 0], None)];
    groups.extend(web.map(|votes| group("anagrafe", "web", votes, None)));
    published(202_601, figures(groups))
}

#[test]
fn a_correction_changes_a_group_by_nothing_or_by_enough() {
    let code = |first: &Summary, second: Summary| {
        let mut feed = Feed::new();
        feed.accept(first);
        match feed.publish(&correction(second)) {
            Judgement::Refused(refusal) => refusal.code(),
            Judgement::Counted(_) => "counted",
            other @ (Judgement::Carried(_) | Judgement::NotUnderstood { .. }) => panic!("{other:?}"),
        }
    };
    let first = january(40, Some([10, 0, 2]));
    assert_eq!(code(&first, january(40, Some([10, 0, 2]))), "counted");
    assert_eq!(code(&first, january(41, Some([10, 0, 2]))), "correction-too-small");
    assert_eq!(code(&first, january(36, Some([10, 0, 2]))), "correction-too-small");
    assert_eq!(code(&first, january(45, Some([10, 0, 2]))), "counted");
    assert_eq!(code(&first, january(35, Some([10, 0, 2]))), "counted");
    // The same number of votes with other faces would tell who changed.
    assert_eq!(code(&first, january(40, Some([9, 1, 2]))), "correction-too-small");
    // Over the union of keys: a group that goes or comes has 0 votes on the other side.
    assert_eq!(code(&january(40, None), january(40, Some([5, 0, 0]))), "counted");
    assert_eq!(code(&first, january(52, None)), "carryover-changed"); // its 2 reds waited for their reasons
    assert_eq!(code(&january(40, Some([10, 0, 0])), january(50, None)), "counted");
    assert_eq!(code(&first, summary(202_601, Content::Carried)), "carryover-changed");
}

#[test]
fn sensitive_services_are_corrected_by_their_own_threshold() {
    let sensitive = |green| published(202_601, figures(vec![group("sociale", "web", [green, 0, 0], None)]));
    let mut feed = Feed::new();
    feed.accept(&sensitive(40));
    let key = key("sociale", "web");
    let refusal = feed.refuse(&correction(sensitive(46)));
    assert_eq!(refusal, Refusal::CorrectionTooSmall { key, difference: 6, threshold: 10 });
    feed.accept(&correction(sensitive(50)));
}

#[test]
fn a_month_is_corrected_once_and_a_refused_correction_does_not_use_it_up() {
    let mut feed = Feed::new();
    assert_eq!(feed.refuse(&correction(plain(202_601))).code(), "nothing-to-correct");
    feed.accept(&january(40, None));
    feed.accept(&plain(202_602));
    assert_eq!(feed.refuse(&correction(january(41, None))).code(), "correction-too-small");
    feed.accept(&correction(january(50, None)));
    assert_eq!(feed.refuse(&correction(january(60, None))).code(), "already-corrected");
    let standing = &feed.judge.months()[&month(202_601)];
    let greens = |kept: &Option<Box<Kept>>| kept.as_ref().map(|kept| kept.total().green);
    assert_eq!((greens(&standing.withdrawn), greens(&standing.counted)), (Some(40), Some(50)));
}

#[test]
fn a_correction_leaves_what_is_carried_as_it_was() {
    let mut feed = feed_with_waiting_reds();
    let three = |green| published(202_601, figures(vec![group("anagrafe", "web", [green, 0, 3], None)]));
    let two = published(202_601, figures(vec![group("anagrafe", "web", [60, 0, 2], None)]));
    assert_eq!(feed.refuse(&correction(two)).code(), "carryover-changed");
    feed.accept(&correction(three(60)));
    feed.accept(&march(4, &[202_601, 202_602]));
    // The month that published their reasons may be corrected too.
    let mut later = march(4, &[202_601, 202_602]);
    if let Content::Figures(figures) = &mut later.content {
        figures.groups[0].votes.green = 90;
    }
    feed.accept(&correction(later));
}

#[test]
fn refusals_say_what_is_wrong_in_plain_words() {
    let refusal = Feed::new().refuse(&published(202_601, figures(vec![group("", "web", [3, 0, 0], None)])));
    assert_eq!(refusal.to_string(), "the group ALTRI/web has 3 votes, at least 5 are needed");
    let none = Refusal::CatalogueVersion { named: 7, in_force: None };
    assert_eq!(none.to_string(), "it names catalogue version 7, but that of the month is none");
}

mod laws;
