//! Honest tables, in which nothing may be found, and broken ones, in which everything must be.

use super::*;
use faccina_proto::{
    carryover::Carryover,
    partition::{Parameters, Partition, Services, roll_up},
    tally::{Counts, Reasons},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn key(service: &str, channel: &str) -> GroupKey {
    GroupKey { service: Code::of_group(service).unwrap(), channel: Code::of_group(channel).unwrap() }
}

fn cells(keys: &[(&str, &str)]) -> BTreeSet<GroupKey> {
    keys.iter().map(|(service, channel)| key(service, channel)).collect()
}

/// (service, channel, green, yellow, red); an empty code is ALTRI.
type Row = (&'static str, &'static str, u64, u64, u64);

fn edition(yyyymm: u32, edition: Edition, groups: &[Row], carried_from: &[u32]) -> Published {
    let group =
        |&(service, channel, green, yellow, red): &Row| (key(service, channel), Votes { green, yellow, red });
    let figures = Figures {
        groups: groups.iter().map(group).collect(),
        carried_from: carried_from.iter().map(|yyyymm| month(*yyyymm)).collect(),
        parameters: Parameters::default(),
    };
    Published { month: month(yyyymm), edition, figures: Some(figures) }
}

fn carried(yyyymm: u32) -> Published {
    Published { month: month(yyyymm), edition: Edition::First, figures: None }
}

/// The kinds of findings in what an ente published under a plan, in order and each once.
fn kinds(plan: &BTreeSet<GroupKey>, published: Vec<Published>) -> Vec<Kind> {
    let findings = found(plan, published, &BTreeMap::new());
    findings.into_iter().map(|finding| finding.kind).collect::<BTreeSet<_>>().into_iter().collect()
}

fn found(
    plan: &BTreeSet<GroupKey>,
    published: Vec<Published>,
    sensitive: &BTreeMap<Month, BTreeSet<Code>>,
) -> Vec<Finding> {
    let mut ente = Ente::default();
    ente.plans.insert(month(202_601), plan.clone());
    for published in published {
        assert!(ente.publish(published));
    }
    attack(&ente, &BTreeSet::new(), sensitive).unwrap().0
}

const COUNTER: [(&str, &str); 3] = [("a", "counter"), ("b", "counter"), ("c", "counter")];

#[test]
fn a_published_group_of_three_is_small() {
    let published = edition(202_601, Edition::First, &[("a", "counter", 3, 0, 0)], &[]);
    assert_eq!(kinds(&cells(&COUNTER), vec![published]), [Kind::Small]);
}

#[test]
fn a_sensitive_service_needs_its_own_threshold() {
    let published = || vec![edition(202_601, Edition::First, &[("a", "counter", 8, 0, 0)], &[])];
    assert_eq!(kinds(&cells(&COUNTER), published()), []);
    let sensitive = BTreeMap::from([(month(202_601), BTreeSet::from(["a".parse().unwrap()]))]);
    let findings = found(&cells(&COUNTER), published(), &sensitive);
    assert_eq!(findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [Kind::Small]);
}

#[test]
fn a_small_group_in_which_all_but_one_are_red_tells_their_opinion() {
    let published =
        |green, red| vec![edition(202_601, Edition::First, &[("a", "counter", green, 0, red)], &[])];
    assert_eq!(kinds(&cells(&COUNTER), published(1, 6)), [Kind::Group]);
    assert_eq!(kinds(&cells(&COUNTER), published(2, 6)), []);
    assert_eq!(kinds(&cells(&COUNTER), published(0, 20)), []);
}

/// Two services of three are named, and the rest of the channel is given: the third follows.
#[test]
fn a_cell_suppressed_beside_its_total_is_found() {
    let with_rest = |green, red| {
        let rows = [("a", "counter", 40, 2, 5), ("b", "counter", 30, 1, 1), ("", "counter", green, 0, red)];
        vec![edition(202_601, Edition::First, &rows, &[])]
    };
    assert_eq!(kinds(&cells(&COUNTER), with_rest(9, 0)), [Kind::Exact]);
    assert_eq!(kinds(&cells(&COUNTER), with_rest(9, 3)), [Kind::Exact, Kind::ExactRed]);
    assert_eq!(kinds(&cells(&COUNTER), with_rest(3, 0)), [Kind::Exact, Kind::Small, Kind::Derived]);
}

#[test]
fn a_sum_of_unpublished_cells_can_be_too_small_by_itself() {
    let published =
        edition(202_601, Edition::First, &[("a", "counter", 40, 2, 5), ("", "counter", 3, 0, 0)], &[]);
    assert_eq!(kinds(&cells(&COUNTER), vec![published]), [Kind::Small, Kind::Derived]);
}

#[test]
fn a_correction_by_one_vote_betrays_it() {
    let editions = |later: Row| {
        let rows = |first: Row| [first, ("", "counter", 7, 0, 1)];
        let first = edition(202_601, Edition::First, &rows(("a", "counter", 20, 2, 3)), &[]);
        vec![first, edition(202_601, Edition::Correction, &rows(later), &[])]
    };
    let plan = cells(&COUNTER);
    assert_eq!(kinds(&plan, editions(("a", "counter", 20, 2, 3))), []);
    assert_eq!(kinds(&plan, editions(("a", "counter", 25, 3, 3))), []);
    assert_eq!(kinds(&plan, editions(("a", "counter", 20, 2, 4))), [Kind::Derived]);
    assert_eq!(kinds(&plan, editions(("a", "counter", 19, 2, 3))), [Kind::Derived]);
    // As many votes as before, but one of them has become red.
    assert_eq!(kinds(&plan, editions(("a", "counter", 19, 2, 4))), [Kind::Derived]);
}

#[test]
fn a_correction_within_the_other_services_betrays_its_votes_too() {
    let rest = |green| [("a", "counter", 20, 2, 3), ("", "counter", green, 0, 0)];
    let first = edition(202_601, Edition::First, &rest(9), &[]);
    let correction = edition(202_601, Edition::Correction, &rest(11), &[]);
    assert_eq!(kinds(&cells(&COUNTER), vec![first, correction]), [Kind::Derived]);
}

/// Where a cell moves into the other services, it is no more than what they gained.
#[test]
fn a_cell_that_a_correction_hides_is_bounded_by_both_editions() {
    let first =
        edition(202_601, Edition::First, &[("a", "counter", 20, 0, 0), ("", "counter", 9, 0, 0)], &[]);
    let correction = edition(202_601, Edition::Correction, &[("", "counter", 10, 0, 0)], &[]);
    let mut ente = Ente::default();
    ente.plans.insert(month(202_601), cells(&COUNTER));
    assert!(ente.publish(first) && ente.publish(correction));
    let case = Case::of(&ente, &BTreeSet::new());
    let hidden = case.scenes[1].cells[&key("a", "counter")].concat();
    assert_eq!(case.problem.split().range(&hidden), Ok(Range { low: 0, high: Some(1) }));
}

#[test]
fn carried_votes_that_land_alone_are_found() {
    let plan = cells(&[("a", "counter")]);
    let landed = |rows: &[Row]| vec![carried(202_601), edition(202_602, Edition::First, rows, &[202_601])];
    // As the rules have it: the month they land in hides them.
    assert_eq!(kinds(&plan, landed(&[("", "", 23, 0, 1)])), []);
    let alone = landed(&[("a", "counter", 20, 0, 1), ("", "", 3, 0, 0)]);
    assert_eq!(kinds(&plan, alone), [Kind::Exact, Kind::Small, Kind::Derived]);
}

#[test]
fn figures_outside_the_plan_explain_nothing_and_accuse_nobody() {
    let plan = cells(&[("a", "counter")]);
    let published =
        edition(202_601, Edition::First, &[("a", "counter", 20, 0, 1), ("", "web", 9, 0, 0)], &[]);
    assert_eq!(kinds(&plan, vec![published]), []);
}

#[test]
fn near_numbers_are_narrow() {
    let between = |low, high| Kind::of_voters(Range { low, high: Some(high) }, 5);
    assert_eq!(between(9, 10), [Kind::Narrow]);
    assert_eq!(between(9, 12), [Kind::Narrow]);
    assert_eq!(between(9, 13), []);
    assert_eq!(between(0, 3), []);
    assert_eq!(between(2, 3), [Kind::Small, Kind::Narrow]);
    assert_eq!(between(7, 7), [Kind::Exact]);
    assert_eq!(Kind::of_voters(Range { low: 7, high: None }, 5), []);
}

/// Small enti as the close publishes them, carried months included: whatever the votes, nothing is found.
#[test]
fn what_the_rules_publish_betrays_nothing() {
    assert_eq!(kinds_under(&Parameters::default()), BTreeSet::new());
}

#[test]
fn looser_rules_are_found_out() {
    let loose = Parameters { threshold: 2, threshold_sensitive: 2, dominance: 1, ..Parameters::default() };
    let kinds = kinds_under(&loose);
    assert!(kinds.is_superset(&BTreeSet::from([Kind::Small, Kind::Derived, Kind::Group])), "{kinds:?}");
}

/// What is found in 400 random enti over half a year that publish by these rules.
fn kinds_under(rules: &Parameters) -> BTreeSet<Kind> {
    let mut rng = StdRng::seed_from_u64(11);
    let mut kinds = BTreeSet::new();
    let (mut groups, mut carries) = (0, 0);
    for _ in 0..400 {
        let services = rng.random_range(1..=4);
        let channels = rng.random_range(1..=3);
        let most = rng.random_range(2..=14);
        let plan: BTreeSet<GroupKey> = (0..services)
            .flat_map(|service| {
                (0..channels).map(move |channel| key(&format!("s{service}"), &format!("c{channel}")))
            })
            .collect();
        let sensitive: BTreeSet<Code> =
            plan.iter().filter(|_| rng.random_bool(0.1)).map(|key| key.service.clone()).collect();
        let known = Services { sensitive: sensitive.clone(), few_operators: BTreeSet::new() };
        let mut carry = Carryover::default();
        let mut published = Vec::new();
        for yyyymm in 202_601..=202_606 {
            let votes: BTreeMap<GroupKey, Counts> =
                plan.iter().map(|key| (key.clone(), drawn(&mut rng, most))).collect();
            let partition = roll_up(month(yyyymm), &votes, &carry, rules, &known);
            groups += partition.groups.len();
            carries += usize::from(partition.carry_out.votes.is_some());
            published.push(as_published(yyyymm, &partition, &carry));
            carry = partition.carry_out;
        }
        let sensitive = published.iter().map(|published| (published.month, sensitive.clone())).collect();
        kinds.extend(found(&plan, published, &sensitive).into_iter().map(|finding| finding.kind));
    }
    assert!(groups > 1_000 && carries > 50, "{groups} groups, {carries} months carried");
    kinds
}

fn drawn(rng: &mut StdRng, most: u64) -> Counts {
    let n = rng.random_range(0..=most);
    let red = if rng.random_bool(0.3) { rng.random_range(0..=n) } else { 0 };
    Counts { votes: Votes { green: n - red, yellow: 0, red }, reasons: Reasons::NONE }
}

fn as_published(yyyymm: u32, partition: &Partition, carry_in: &Carryover) -> Published {
    if partition.carry_out.votes.is_some() {
        return carried(yyyymm);
    }
    let months = carry_in.votes.as_ref().map(|votes| votes.months.clone()).unwrap_or_default();
    let figures = Figures {
        groups: partition.groups.iter().map(|(key, group)| (key.clone(), group.counts.votes)).collect(),
        carried_from: months,
        parameters: Parameters::default(),
    };
    Published { month: month(yyyymm), edition: Edition::First, figures: Some(figures) }
}
