//! Comparing fairly: towns small enough to reckon by hand.

use super::*;
use crate::stats::{Beyond, Dispersion, Level};

/// c_a and c_b on two channels, with other mixes: 100 and 100 votes against 100 and 300.
fn two_mixes() -> Town {
    let mut town = Town::founded(&["c_a", "c_b"]);
    let published =
        |counter, web| summary(202_601, &[("anagrafe", "counter", counter, 0, 100 - counter), web]);
    town.summarise("c_a", 20_260_211, published(80, ("urp", "web", 48, 0, 52)));
    town.summarise("c_b", 20_260_211, published(90, ("urp", "web", 212, 0, 88)));
    town
}

fn close(value: f64, wanted: f64) {
    assert!((value - wanted).abs() < 1e-12, "{value}, expected {wanted}");
}

#[test]
fn an_ente_is_held_against_the_network_at_its_own_mix() {
    let views = two_mixes().views();
    let places = places(&views, question(202_601, Window::Month));
    let (votes, months, place) = places.ente(&code("c_a")).unwrap();
    assert_eq!((votes.n(), months), (200, 1));
    let place = place.unwrap();
    // The counter has 170 of 200 green, the web 260 of 400: half and half of it is 0.75.
    close(place.own_target, 0.75);
    close(place.share.value(), 0.64);
    // 430 of 600 are green; the others are 0.36 / 0.25 times what is expected.
    close(places.funnel.as_ref().unwrap().target, 430.0 / 600.0);
    close(place.adjusted, 1.0 - 170.0 / 600.0 * 1.44);
    assert!(place.adjusted_interval.contains(place.adjusted));
    // P(X ≤ 128) of 200 at 0.75 is 0.0004; P(X ≥ 302) of 400 at 0.7 is 0.009.
    assert_eq!(place.plain, Beyond::Below(Level::Alarm));
    assert_eq!(places.ente(&code("c_b")).unwrap().2.unwrap().plain, Beyond::Above(Level::Warning));
}

#[test]
fn a_mix_alone_is_no_difference() {
    let mut town = Town::founded(&["c_a", "c_b"]);
    for (ente, counter, web) in [("c_a", 9, 1), ("c_b", 1, 9)] {
        let groups =
            [("anagrafe", "counter", 90 * counter, 0, 10 * counter), ("urp", "web", 50 * web, 0, 50 * web)];
        town.summarise(ente, 20_260_211, summary(202_601, &groups));
    }
    let views = town.views();
    let places = places(&views, question(202_601, Window::Month));
    for ente in ["c_a", "c_b"] {
        let place = places.ente(&code(ente)).unwrap().2.unwrap();
        close(place.own_target, place.share.value());
        close(place.adjusted, 0.7);
        close(place.estimate, 0.7);
        assert_eq!((place.plain, place.screened), (Beyond::Within, false));
    }
}

#[test]
fn with_fewer_than_ten_enti_peers_are_not_adjusted_and_the_funnel_says_so() {
    let views = two_mixes().views();
    let places = places(&views, question(202_601, Window::Month));
    let funnel = places.funnel.as_ref().unwrap();
    assert_eq!(funnel.dispersion, Dispersion::TooFew { enti: 2 });
    assert!(funnel.limits.iter().all(|limit| limit.plain == limit.peers));
    assert_eq!(funnel.limits.first().map(|limit| limit.n), Some(200));
    assert_eq!(funnel.limits.last().map(|limit| limit.n), Some(400));
    assert!(funnel.limits.windows(2).all(|pair| pair[0].n < pair[1].n));
}

#[test]
fn where_enti_differ_among_themselves_peers_are_wider_than_the_network() {
    let names: Vec<String> = (0..30).map(|number| format!("c_{number}")).collect();
    let mut town = Town::founded(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, ente) in (0_u32..).zip(&names) {
        let red = 20 + number * 4;
        let groups = [("anagrafe", "counter", 1_000 - red, 0, red)];
        town.summarise(ente, 20_260_211, summary(202_601, &groups));
    }
    let question = Question { indicator: Indicator::Red, ..question(202_601, Window::Month) };
    let places = places(&town.views(), question);
    assert!(matches!(places.funnel.as_ref().unwrap().dispersion, Dispersion::Robust { enti: 30, .. }));
    let of = |ente| *places.ente(&code(ente)).unwrap().2.unwrap();
    let (best, worst) = (of("c_0"), of("c_29"));
    assert_eq!((best.plain, worst.plain), (Beyond::Below(Level::Alarm), Beyond::Above(Level::Alarm)));
    assert!(best.peers == Beyond::Within || best.peers == Beyond::Below(Level::Warning), "{best:?}");
    // Shrunken towards the network, and never past it.
    assert!(best.share.value() < best.estimate && best.estimate < 0.078, "{best:?}");
    assert!(worst.share.value() > worst.estimate && worst.estimate > 0.078, "{worst:?}");
}

#[test]
fn twelve_months_sum_figures_and_a_carried_month_has_none() {
    let mut town = Town::founded(&["c_a"]);
    let groups = [("anagrafe", "counter", 90, 5, 5)];
    town.summarise("c_a", 20_260_211, summary(202_601, &groups));
    town.summarise("c_a", 20_260_311, carried(202_602));
    let march = wire::Summary { carried_from: vec![202_602], ..summary(202_603, &groups) };
    town.summarise("c_a", 20_260_411, march);
    let views = town.views();
    let year = places(&views, question(202_603, Window::Twelve));
    assert_eq!(year.question.first_month(), month(202_504));
    let (votes, months, _) = year.ente(&code("c_a")).unwrap();
    assert_eq!((votes.n(), months), (200, 2));
    assert_eq!(places(&views, question(202_602, Window::Month)).funnel, None);
    let series = views.series(&code("c_a"), &year.question);
    let votes: Vec<_> = series.iter().map(|point| point.votes.map(|votes| votes.n())).collect();
    assert_eq!(votes, [Some(100), None, Some(100)]);
    assert_eq!(series[2].network.n(), 100);
}

#[test]
fn a_pair_that_the_totals_turn_round_is_told_right() {
    let mut town = Town::founded(&["c_a", "c_b"]);
    let groups = [("anagrafe", "counter", 96, 0, 4), ("anagrafe", "web", 240, 0, 160)];
    town.summarise("c_a", 20_260_211, summary(202_601, &groups));
    let groups = [("anagrafe", "counter", 376, 0, 24), ("anagrafe", "web", 55, 0, 45)];
    town.summarise("c_b", 20_260_211, summary(202_601, &groups));
    let views = town.views();
    let sums = views.sums(month(202_601), month(202_601));
    let pooled = Pair::of(&sums, &code("c_a"), &code("c_b"), Indicator::Green).pooled.unwrap();
    close(pooled.crude, 336.0 / 500.0 - 431.0 / 500.0);
    // Both strata weigh 100·400/500; the differences are two and five points.
    close(pooled.difference.value, 0.035);
    assert!(pooled.crude < 0.0 && pooled.superiority.unwrap() > 0.5);
    let back = Pair::of(&sums, &code("c_b"), &code("c_a"), Indicator::Green).pooled.unwrap();
    close(back.difference.value, -0.035);
}

/// Twelve months of c_x with these votes a month, none of them red, among ten enti with 10 % reds.
fn year_without_reds(monthly: u32) -> Views {
    let names: Vec<String> = (0..10).map(|number| format!("c_{number}")).chain(["c_x".to_owned()]).collect();
    let mut town = Town::founded(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for of_year in 1..=12 {
        let (month, next) = (month(202_600 + of_year), month(202_600 + of_year).next());
        let closed = next.first_day().plus_days(10).yyyymmdd();
        for (number, ente) in (0_u32..).zip(&names) {
            let red = if ente == "c_x" { 0 } else { 10 + number % 2 };
            let votes = if ente == "c_x" { monthly } else { 100 };
            let groups = [("anagrafe", "counter", votes - red, 0, red)];
            town.summarise(ente, closed, summary(month.yyyymm(), &groups));
        }
    }
    town.views()
}

fn evidence(views: &Views) -> crate::stats::Evidence {
    let year = views.sums(month(202_601), month(202_612));
    let yardstick = Yardstick::of(views, year.into());
    let found = yardstick.evidence(views, &code("c_x"));
    let [(area, evidence)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(*area, "demografici");
    *evidence
}

#[test]
fn a_notable_result_needs_votes_and_then_level_and_persistence() {
    let found = evidence(&year_without_reds(60));
    assert_eq!((found.votes, found.months, found.quarters), (720, 12, 4));
    assert!(found.notable(), "{found:?}");
    let few = evidence(&year_without_reds(45));
    assert_eq!(few.votes, 540);
    assert!(few.level() && few.shrunken() && few.persistent(), "{few:?}");
    assert!(!few.volume() && !few.notable());
}

#[test]
fn neighbours_are_found_by_what_they_are_and_never_by_their_results() {
    let mut town = Town::founded(&["c_a", "c_b", "c_c", "c_d"]);
    let groups = |green| [("anagrafe", "counter", green, 0, 100 - green), ("tributi", "web", 40, 5, 5)];
    town.summarise("c_a", 20_260_211, summary(202_601, &groups(95)));
    town.summarise("c_d", 20_260_211, summary(202_601, &groups(95)));
    town.summarise("c_b", 20_260_211, summary(202_601, &groups(20)));
    town.summarise("c_c", 20_260_211, summary(202_601, &[("urp", "counter", 95, 0, 5)]));
    let views = town.views();
    let year = views.sums(month(202_601), month(202_601));
    let profiles = Profiles::of(&views, &year);
    let neighbours = views.neighbours(&profiles, &code("c_a"));
    let codes: Vec<_> = neighbours.iter().map(|neighbour| neighbour.member.code.as_str()).collect();
    assert_eq!(codes, ["c_b", "c_d", "c_c"]);
    assert_eq!((neighbours[0].distance, neighbours[1].distance), (0.0, 0.0));
    assert!(neighbours[0].likeness.contains(&Likeness::SameServices { services: 2 }));
    // Services wholly other (2 of 9.5), a third of the votes on the other channel (2 × 1/3 of 9.5).
    close(neighbours[2].distance, (2.0 + 2.0 / 3.0) / 9.5);
    assert!(neighbours[2].likeness.contains(&Likeness::Services { common: 0, either: 3 }));
}

#[test]
fn a_quarter_that_knows_fewer_strata_marks_its_own() {
    let mut town = Town::founded(&["c_a", "c_b"]);
    for (ente, red) in [("c_a", 2), ("c_b", 20)] {
        // The other services stand before all named ones, and only in January.
        let january = [("", "counter", 98, 0, 2), ("anagrafe", "counter", 100 - red, 0, red)];
        town.summarise(ente, 20_260_211, summary(202_601, &january));
        let april = summary(202_604, &[("anagrafe", "counter", 100 - red, 0, red)]);
        let april = wire::Summary { gap_months: vec![202_602, 202_603], ..april };
        town.summarise(ente, 20_260_511, april);
    }
    let views = town.views();
    let yardstick = Yardstick::of(&views, views.sums(month(202_505), month(202_604)).into());
    let quarters = |ente: &str| {
        let found = yardstick.evidence(&views, &code(ente));
        assert_eq!(found.iter().map(|(area, _)| *area).collect::<Vec<_>>(), ["demografici"]);
        found[0].1.quarters
    };
    assert_eq!((quarters("c_a"), quarters("c_b")), (2, 0));
}

#[test]
fn channels_are_the_same_only_where_no_votes_would_have_to_move() {
    let part = wire::CataloguePart {
        version: 1,
        services: vec![town::service("anagrafe", "demografici", false)],
        channels: ["counter", "mail", "phone", "web"].map(town::channel).to_vec(),
        ..wire::CataloguePart::default()
    };
    let mut town = Town::founded_with(&["c_a", "c_b", "c_c"], part);
    let votes = |counts: [u32; 4]| {
        let channels = ["counter", "mail", "phone", "web"].into_iter().zip(counts);
        let groups: Vec<_> = channels.map(|(channel, n)| ("anagrafe", channel, n, 0, 0)).collect();
        summary(202_601, &groups)
    };
    town.summarise("c_a", 20_260_211, votes([400, 200, 200, 200]));
    // Twenty-four points less at the counter, eight more on each of the others: no gain alone is large.
    town.summarise("c_b", 20_260_211, votes([160, 280, 280, 280]));
    town.summarise("c_c", 20_260_211, votes([370, 210, 210, 210]));
    let views = town.views();
    let profiles = Profiles::of(&views, &views.sums(month(202_601), month(202_601)));
    let told = |other: &str| profiles.likeness(&code("c_a"), &code(other));
    let lost = Likeness::Channel { channel: "counter".parse().unwrap(), ours: 0.4, theirs: 0.16 };
    assert!(told("c_b").contains(&lost), "{:?}", told("c_b"));
    assert!(told("c_c").contains(&Likeness::SameChannels), "{:?}", told("c_c"));
}

#[test]
fn a_survey_plan_tells_services_that_small_groups_hide() {
    let mut town = Town::founded(&["c_a", "c_b"]);
    town.summarise("c_a", 20_260_211, summary(202_601, &[("anagrafe", "counter", 95, 0, 5)]));
    let key = wire::GroupKey { service: "anagrafe".into(), channel: "counter".into() };
    let plan = wire::SurveyPlan { from_month: 202_601, surveyed: vec![key], ..Default::default() };
    town.append("c_b", 20_260_212, Body::SurveyPlan(plan));
    let views = town.views();
    let profiles = Profiles::of(&views, &views.sums(month(202_601), month(202_601)));
    let likeness = profiles.likeness(&code("c_a"), &code("c_b"));
    assert!(likeness.contains(&Likeness::SameServices { services: 1 }), "{likeness:?}");
    assert!(!likeness.contains(&Likeness::SameChannels), "no votes of c_b are known");
}
