use super::{
    town::{OBSERVER, Town, carried, day, month, summary},
    *,
};
use faccina_proto::{names::Code, tally::Votes, wire::feed::v1 as wire};
use proptest::prelude::*;

fn code(code: &str) -> IpaCode {
    code.parse().unwrap()
}

fn service(code: &str) -> Code {
    code.parse().unwrap()
}

/// Five enti in January: figures, carried, refused, a newer version, nothing.
fn january() -> Town {
    let mut town = Town::founded(&["c_a", "c_b", "c_c", "c_d", "c_e"]);
    town.summarise(
        "c_a",
        20_260_211,
        summary(202_601, &[("anagrafe", "counter", 80, 10, 10), ("tributi", "web", 30, 10, 10)]),
    );
    town.summarise("c_b", 20_260_211, carried(202_601));
    town.summarise("c_c", 20_260_211, summary(202_601, &[("anagrafe", "counter", 2, 1, 0)]));
    let newer = wire::Summary { rules_version: 9, ..summary(202_601, &[("anagrafe", "counter", 20, 1, 0)]) };
    town.summarise("c_d", 20_260_211, newer);
    town
}

fn verdict(town: &Town, yyyymm: u32) -> Recomputed {
    let views = town.views();
    let entry = views.nationals()[&month(yyyymm)].last().unwrap().clone();
    recompute(&views, &town.feeds(), &entry)
}

#[test]
fn each_ente_stands_in_the_month_as_its_summary_says() {
    let views = january().views();
    let state = |ente| views.month_of(&code(ente), month(202_601));
    assert!(matches!(state("c_a"), MonthState::Counted(_)));
    assert!(matches!(state("c_b"), MonthState::Carried(_)));
    assert!(matches!(state("c_c"), MonthState::Refused(_, refusal) if refusal.code() == "group-too-small"));
    assert!(matches!(state("c_d"), MonthState::NotUnderstood(_)));
    assert_eq!(state("c_e"), MonthState::Missing);
    assert_eq!(views.month_of(&code("c_a"), month(202_512)), MonthState::NotDue);
    assert_eq!(state(OBSERVER), MonthState::NotDue);
}

#[test]
fn the_national_month_sums_the_groups_that_count_and_states_its_coverage() {
    let views = january().views();
    let figures = views.national(month(202_601));
    assert_eq!(figures.total, Votes { green: 110, yellow: 20, red: 20 });
    let coverage = figures.coverage;
    assert_eq!((coverage.expected, coverage.counted, coverage.carried), (5, 2, 1));
    assert_eq!((coverage.refused, coverage.not_understood, coverage.forked), (1, 1, 0));
    assert_eq!((coverage.population_expected, coverage.population_counted), (50_000, 20_000));
    assert_eq!(figures.cells.len(), 2);
    assert!(figures.cells.values().all(|cell| cell.enti == 1));
}

#[test]
fn adhesion_counts_enti_and_planned_services_and_names_what_is_lacking() {
    let mut town = january();
    let plan = |services: &[(&str, &str)]| wire::SurveyPlan {
        from_month: 202_601,
        surveyed: services
            .iter()
            .map(|(service, channel)| wire::GroupKey {
                service: (*service).into(),
                channel: (*channel).into(),
            })
            .collect(),
        ..wire::SurveyPlan::default()
    };
    let both = plan(&[("anagrafe", "counter"), ("anagrafe", "web"), ("tributi", "web")]);
    town.append("c_a", 20_260_212, Body::SurveyPlan(both));
    town.append("c_b", 20_260_212, Body::SurveyPlan(plan(&[("anagrafe", "counter")])));
    let views = town.views();
    let adhesion = views.adhesion(day(20_260_212));
    assert_eq!((adhesion.enti, adhesion.services, adhesion.targets), (5, 3, None));
    let lacks = |on: u32| -> Vec<(String, Vec<Lack>)> {
        let late = views.latecomers(day(on)).into_iter();
        late.map(|late| (late.member.code.to_string(), late.lacks)).collect()
    };
    let first = month(202_601);
    assert_eq!(
        lacks(20_260_212),
        [
            ("c_c".to_owned(), vec![Lack::Plan, Lack::Refused(first)]),
            ("c_d".to_owned(), vec![Lack::Plan]),
            ("c_e".to_owned(), vec![Lack::Plan, Lack::Months { first, count: 1 }]),
        ]
    );
    // The day of the close itself is on time.
    assert_eq!(lacks(20_260_211)[2].1, [Lack::Plan]);
    let months = |lacks: &[Lack]| lacks.iter().any(|lack| matches!(lack, Lack::Months { count: 1, .. }));
    assert!(months(&lacks(20_260_312)[0].1), "February is due of c_a");
    assert!(lacks(20_260_312)[4].1.contains(&Lack::Months { first, count: 2 }));
}

#[test]
fn a_carried_month_is_named_where_it_lands() {
    let mut town = january();
    let february = wire::Summary { carried_from: vec![202_601], ..summary(202_602, &[("", "", 9, 1, 0)]) };
    town.summarise("c_b", 20_260_311, february);
    let figures = town.views().national(month(202_602));
    assert_eq!((figures.carried_in, figures.total.n()), (1, 10));
}

#[test]
fn a_published_month_is_recomputed_identically_whatever_came_later() {
    let mut town = january();
    town.publish(202_601, 20_260_220);
    assert_eq!(verdict(&town, 202_601), Recomputed::Identical);
    town.summarise("c_e", 20_260_225, summary(202_601, &[("urp", "counter", 50, 0, 0)]));
    assert_eq!(verdict(&town, 202_601), Recomputed::Identical);
    let later = town.views().national(month(202_601));
    assert_eq!((later.coverage.counted, later.total.n()), (3, 200));
}

#[test]
fn a_month_with_other_figures_than_the_summaries_is_found_out() {
    let mut town = january();
    let views = town.views();
    let as_of = now(&views, &town.feeds(), &code(OBSERVER)).unwrap();
    let mut figures = views.national(month(202_601));
    figures.total.green += 1;
    let national = figures.to_wire(month(202_601), 0, as_of);
    town.append(OBSERVER, 20_260_220, Body::NationalMonth(national));
    assert_eq!(verdict(&town, 202_601), Recomputed::Differs { part: Part::Total });
}

#[test]
fn a_vector_that_counts_other_entries_is_found_out() {
    let mut town = january();
    let views = town.views();
    let mut as_of = now(&views, &town.feeds(), &code(OBSERVER)).unwrap();
    as_of.ids_hash = vec![3; 32].into();
    let national = views.national(month(202_601)).to_wire(month(202_601), 0, as_of);
    town.append(OBSERVER, 20_260_220, Body::NationalMonth(national));
    assert_eq!(verdict(&town, 202_601), Recomputed::Impossible(AsOfError::OtherEntries));
}

#[test]
fn a_fork_shows_as_forked_and_stops_older_months_that_counted_beyond_it() {
    let mut town = january();
    let other = town.sealed("c_e", 20_260_212, Body::Contact(wire::Contact::default()));
    town.summarise("c_e", 20_260_212, summary(202_601, &[("urp", "counter", 50, 0, 0)]));
    town.publish(202_601, 20_260_220);
    town.offer(other.bytes().clone());
    assert_eq!(town.views().month_of(&code("c_e"), month(202_601)), MonthState::Forked);
    assert!(matches!(
        verdict(&town, 202_601),
        Recomputed::Impossible(AsOfError::BeyondFork { fork: 1, sequence: 1, .. })
    ));
    let restated = town.publish(202_601, 20_260_221);
    assert_eq!(restated.as_of.unwrap().forked, [5]);
    assert_eq!(verdict(&town, 202_601), Recomputed::Identical);
}

#[test]
fn following_step_by_step_is_the_same_as_reading_everything_at_once() {
    let town = january();
    let mut copy = Town::founded(&[]);
    let mut views = Views::new(town.replica.federation());
    for envelope in &town.envelopes {
        copy.offer(envelope.clone());
        views.follow(&copy.feeds());
    }
    let whole = town.views();
    assert_eq!(views.national(month(202_601)), whole.national(month(202_601)));
    assert_eq!(copy.replica.digest(), town.replica.digest());
}

#[test]
fn a_correction_replaces_the_month_and_the_withdrawn_one_stays_visible() {
    let mut town = january();
    let corrected = wire::Summary {
        edition: 2,
        ..summary(202_601, &[("anagrafe", "counter", 90, 10, 10), ("tributi", "web", 30, 10, 10)])
    };
    town.summarise("c_a", 20_260_215, corrected);
    let views = town.views();
    let MonthState::Counted(accepted) = views.month_of(&code("c_a"), month(202_601)) else { panic!() };
    assert_eq!(accepted.total().green, 120);
    assert_eq!(accepted.withdrawn().unwrap().green, 110);
    let whole = views.summary(&town.feeds(), &code("c_a"), month(202_601)).unwrap();
    assert_eq!(whole.figures().unwrap().total(), accepted.total());
    assert_eq!(views.national(month(202_601)).total.green, 120);
}

#[test]
fn pairs_compare_what_both_publish_and_say_why_not_elsewhere() {
    let mut town = Town::founded(&["c_a", "c_b"]);
    town.summarise(
        "c_a",
        20_260_211,
        summary(
            202_601,
            &[("", "counter", 30, 0, 0), ("anagrafe", "counter", 56, 10, 4), ("urp", "web", 6, 0, 0)],
        ),
    );
    town.summarise(
        "c_b",
        20_260_211,
        summary(
            202_601,
            &[
                ("", "counter", 30, 0, 0),
                ("anagrafe", "counter", 48, 20, 12),
                ("tributi", "web", 20, 0, 0),
                ("urp", "web", 50, 0, 0),
            ],
        ),
    );
    let views = town.views();
    let sums = views.sums(month(202_601), month(202_601));
    let pair = Pair::of(&sums, &code("c_a"), &code("c_b"), Indicator::Green);
    let reasons: Vec<_> = pair.strata.iter().map(|stratum| stratum.difference.err()).collect();
    assert_eq!(
        reasons,
        [
            Some(NotComparable::Altri),
            None,
            Some(NotComparable::NoGroup(Side::Left)),
            Some(NotComparable::TooFew { side: Side::Left, votes: 6 }),
        ]
    );
    let difference = pair.strata[1].difference.unwrap();
    assert!((difference.value - 0.2).abs() < 1e-12 && (difference.interval.low - 0.052_431_472).abs() < 1e-8);
    // The six votes on the web count with the others: 70·80/150 and 6·50/56 weigh 0.2 and 0.
    let pooled = pair.pooled.unwrap();
    let (counter, web) = (70.0 * 80.0 / 150.0, 6.0 * 50.0 / 56.0);
    assert!((pooled.difference.value - 0.2 * counter / (counter + web)).abs() < 1e-12);
    assert_eq!((pooled.strata, pooled.left.n(), pooled.right.n()), (2, 76, 130));
    assert_eq!(pair.channels.keys().map(|channel| channel.as_str()).collect::<Vec<_>>(), ["counter", "web"]);
}

fn question(yyyymm: u32, window: Window) -> Question {
    Question { month: month(yyyymm), window, filter: Filter::default(), indicator: Indicator::Green }
}

fn places(views: &Views, question: Question) -> Places {
    let sums = views.sums(question.first_month(), question.month);
    Places::of(question, sums.into())
}

#[test]
fn the_comparison_filters_groups_and_orders_by_code() {
    let views = january().views();
    let filter = Filter { service: Some(service("tributi")), channel: None };
    let places = places(&views, Question { filter, ..question(202_601, Window::Month) });
    let comparison = views.comparison(&places, day(20_260_220));
    let codes: Vec<_> = comparison.rows.iter().map(|row| row.member.code.as_str()).collect();
    assert_eq!(codes, ["c_a", "c_b", "c_c", "c_d", "c_e"]);
    assert_eq!(places.total, Votes { green: 30, yellow: 10, red: 10 });
    assert_eq!(comparison.rows[0].services.len(), 2);
    assert!(comparison.rows[1].place.is_none() && comparison.rows[1].months == 0);
}

#[test]
fn experts_are_designated_until_revoked_or_expired() {
    let mut town = Town::founded(&["c_a", "c_b"]);
    for ente in ["c_a", "c_b"] {
        let designation = wire::ExpertDesignation {
            ipa_code: ente.into(),
            area: "demografici".into(),
            reason: "ascolto continuo".into(),
            valid_to_day: 20_261_231,
        };
        town.append(OBSERVER, 20_260_115, Body::ExpertDesignation(designation));
    }
    town.append(
        "c_a",
        20_260_116,
        Body::Availability(wire::Availability { available: true, ..Default::default() }),
    );
    // A note that clears the screen means nothing: what was said before holds.
    let clearing = wire::Availability { note: "\u{1b}[2J".into(), ..Default::default() };
    town.append("c_a", 20_260_117, Body::Availability(clearing));
    let revocation =
        wire::ExpertRevocation { ipa_code: "c_b".into(), area: "demografici".into(), reason: String::new() };
    town.append(OBSERVER, 20_260_120, Body::ExpertRevocation(revocation));
    let views = town.views();
    let experts = views.experts(day(20_260_601));
    assert_eq!(experts.len(), 1);
    assert_eq!(experts[0].member.code.as_str(), "c_a");
    assert!(experts[0].availability.is_some_and(|says| says.available));
    assert!(views.experts(day(20_270_101)).is_empty());
}

#[test]
fn commitments_are_met_due_or_missed() {
    let mut town = january();
    let plan = wire::SurveyPlan { from_month: 202_601, ..wire::SurveyPlan::default() };
    town.append("c_a", 20_260_212, Body::SurveyPlan(plan));
    let views = town.views();
    let kept = views.commitments(&code("c_a"), day(20_260_215)).unwrap();
    assert_eq!((kept.plan, kept.survey), (Commitment::Met, Commitment::Met));
    assert_eq!(kept.publication, Commitment::Due(day(20_260_228)));
    let late = views.commitments(&code("c_e"), day(20_260_215)).unwrap();
    assert_eq!(late.survey, Commitment::Missed(day(20_260_211)));
    assert_eq!(views.commitments(&code(OBSERVER), day(20_260_215)), None);
}

#[test]
fn only_a_missing_month_beyond_its_day_is_late() {
    let views = january().views();
    let transmissions = views.transmissions(month(202_601));
    let late = |today| -> Vec<_> {
        let late = transmissions.iter().filter(|transmission| transmission.is_late(today));
        late.map(|transmission| transmission.member.code.as_str()).collect()
    };
    assert!(late(day(20_260_211)).is_empty());
    assert_eq!(late(day(20_260_212)), ["c_e"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever order entries arrive in, once all are there every node has the same tables.
    #[test]
    fn the_views_depend_on_the_entries_and_not_on_their_order(seed in any::<u64>()) {
        let mut town = january();
        town.publish(202_601, 20_260_220);
        let mut left = town.envelopes.clone();
        let mut copy = Town::founded(&[]);
        let mut views = Views::new(town.replica.federation());
        let mut state = seed;
        // Each envelope is offered until it fits; the order of the attempts is random.
        while copy.replica.digest() != town.replica.digest() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place = usize::try_from(state >> 33).unwrap() % left.len();
            copy.offer(left[place].clone());
            left.rotate_left(1);
            views.follow(&copy.feeds());
        }
        let whole = town.views();
        prop_assert_eq!(views.national(month(202_601)), whole.national(month(202_601)));
        for member in whole.enti() {
            prop_assert_eq!(
                views.month_of(&member.code, month(202_601)),
                whole.month_of(&member.code, month(202_601))
            );
        }
        prop_assert_eq!(views.nationals(), whole.nationals());
        let question = question(202_601, Window::Twelve);
        prop_assert_eq!(places(&views, question.clone()), places(&whole, question));
    }
}

mod comparing;
