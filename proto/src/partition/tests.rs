//! Laws of the roll-up, and the cases that the vectors do not reach.

use super::*;
use proptest::prelude::*;

fn code(text: &str) -> Code {
    Code::of_group(text).unwrap()
}

fn key(service: &str, channel: &str) -> GroupKey {
    GroupKey { service: code(service), channel: code(channel) }
}

fn counts(green: u64, yellow: u64, red: u64, reasons: [u64; 4]) -> Counts {
    Counts { votes: Votes { green, yellow, red }, reasons: Reasons(reasons) }
}

fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn partition(cells: &[(&str, &str, Counts)], carry_in: &Carryover, services: &Services) -> Partition {
    let cells = cells.iter().map(|(service, channel, counts)| (key(service, channel), *counts)).collect();
    roll_up(month(202_603), &cells, carry_in, &Parameters::default(), services)
}

fn carried(counts: Counts, threshold: u64) -> Carryover {
    Carryover { votes: Some(CarriedVotes { counts, threshold, months: vec![month(202_602)] }), reasons: None }
}

#[test]
fn carried_in_votes_always_land_in_altri_of_the_ente() {
    let cells =
        [("anagrafe", "counter", counts(6, 0, 0, [0; 4])), ("urp", "counter", counts(8, 0, 0, [0; 4]))];
    let made = partition(&cells, &carried(counts(2, 1, 0, [0; 4]), 5), &Services::default());
    // The residual of 3 absorbs the smaller group; carried-in votes forbid the name of a channel.
    assert_eq!(made.groups.keys().cloned().collect::<Vec<_>>(), [key("", ""), key("urp", "counter")]);
    assert_eq!(made.groups[&key("", "")].counts.n(), 9);
    assert_eq!(made.carry_out, Carryover::default());
}

#[test]
fn a_carried_sensitive_service_keeps_its_threshold() {
    let sensitive = Services { sensitive: [code("sociale")].into(), ..Services::default() };
    let first =
        partition(&[("sociale", "counter", counts(9, 0, 0, [0; 4]))], &Carryover::default(), &sensitive);
    let votes = first.carry_out.votes.clone().unwrap();
    assert_eq!((votes.counts.n(), votes.threshold), (9, 10));
    assert!(first.groups.is_empty());
    // A month without votes does not publish nine sensitive votes as ALTRI.
    let second = roll_up(
        month(202_604),
        &BTreeMap::new(),
        &first.carry_out,
        &Parameters::default(),
        &Services::default(),
    );
    let votes = second.carry_out.votes.unwrap();
    assert_eq!(votes.months, [month(202_603), month(202_604)]);
    assert!(second.groups.is_empty());
}

#[test]
fn a_residual_of_one_channel_is_named_after_it() {
    let cells = [
        ("anagrafe", "counter", counts(3, 0, 0, [0; 4])),
        ("tributi", "counter", counts(1, 0, 0, [0; 4])),
        ("urp", "counter", counts(30, 0, 0, [0; 4])),
    ];
    let made = partition(&cells, &Carryover::default(), &Services::default());
    assert_eq!(made.groups.keys().cloned().collect::<Vec<_>>(), [key("", "counter")]);
    assert_eq!(made.groups[&key("", "counter")].members.len(), 3);
}

#[test]
fn few_operators_never_publish_their_own_reasons() {
    let services = Services { few_operators: [code("notaio")].into(), ..Services::default() };
    let cells = [
        ("anagrafe", "counter", counts(50, 0, 6, [6, 0, 0, 0])),
        ("notaio", "counter", counts(50, 0, 7, [0, 0, 7, 0])),
    ];
    let made = partition(&cells, &Carryover::default(), &services);
    let pool = made.pool.unwrap();
    assert_eq!((pool.reds, pool.groups), (7, [key("notaio", "counter")].into()));
    assert!(made.groups[&key("anagrafe", "counter")].own_reasons);
    assert!(!made.groups[&key("notaio", "counter")].own_reasons);
}

#[test]
fn reasons_wait_until_there_are_enough() {
    let cells = [("anagrafe", "counter", counts(50, 0, 3, [1, 1, 0, 0]))];
    let first = partition(&cells, &Carryover::default(), &Services::default());
    let waiting = first.carry_out.reasons.clone().unwrap();
    assert_eq!((waiting.reds, waiting.months.clone()), (3, vec![month(202_603)]));
    let again: BTreeMap<_, _> = [(key("anagrafe", "counter"), counts(50, 0, 2, [0, 0, 0, 2]))].into();
    let second =
        roll_up(month(202_604), &again, &first.carry_out, &Parameters::default(), &Services::default());
    let pool = second.pool.unwrap();
    assert_eq!((pool.reds, pool.carried_reds, pool.carried_months), (5, 3, vec![month(202_603)]));
    assert_eq!(pool.reasons, Reasons([1, 1, 0, 2]));
    assert_eq!(second.carry_out, Carryover::default());
}

#[test]
fn a_month_carried_whole_passes_waiting_reasons_on_unchanged() {
    let reasons =
        Some(CarriedReasons { reds: 4, reasons: Reasons([1, 0, 0, 0]), months: vec![month(202_601)] });
    let carry_in = Carryover { votes: None, reasons: reasons.clone() };
    let made = partition(&[("urp", "web", counts(0, 0, 4, [4, 0, 0, 0]))], &carry_in, &Services::default());
    assert_eq!(made.carry_out.reasons, reasons);
    assert_eq!(made.carry_out.votes.unwrap().counts.reasons, Reasons([4, 0, 0, 0]));
}

#[test]
fn a_month_without_votes_publishes_nothing_and_carries_nothing() {
    assert_eq!(partition(&[], &Carryover::default(), &Services::default()), Partition::default());
}

#[test]
fn a_service_unknown_to_the_catalogue_is_never_named() {
    let cells = [
        ("", "counter", counts(40, 0, 0, [0; 4])),
        ("urp", "counter", counts(40, 0, 0, [0; 4])),
        ("", "", counts(40, 0, 0, [0; 4])),
    ];
    let made = partition(&cells, &Carryover::default(), &Services::default());
    let keys: Vec<_> = made.groups.keys().cloned().collect();
    assert_eq!(keys, [key("", ""), key("", "counter"), key("urp", "counter")]);
}

fn any_cells() -> impl Strategy<Value = BTreeMap<GroupKey, Counts>> {
    let cell = (0u64..12, 0u64..4, proptest::array::uniform4(0u64..3), 0u64..4);
    proptest::collection::btree_map((0u8..5, 0u8..3), cell, 0..12).prop_map(|cells| {
        let cell = |((service, channel), (green, yellow, reasons, silent))| {
            let red = Reasons(reasons).sum() + silent;
            let name = |prefix: &str, n: u8| code(&format!("{prefix}{n}"));
            let key = GroupKey { service: name("s", service), channel: name("c", channel) };
            (key, counts(green, yellow, red, reasons))
        };
        cells.into_iter().map(cell).collect()
    })
}

fn any_services() -> impl Strategy<Value = Services> {
    let some = || proptest::collection::btree_set(0u8..5, 0..3);
    let codes = |set: BTreeSet<u8>| set.into_iter().map(|n| code(&format!("s{n}"))).collect();
    (some(), some())
        .prop_map(move |(sensitive, few)| Services { sensitive: codes(sensitive), few_operators: codes(few) })
}

proptest! {
    /// A year of months in a row: nothing lost, nothing unsafe, nothing named that must not be.
    #[test]
    fn every_vote_is_in_exactly_one_published_group_or_carried(
        year in proptest::collection::vec(any_cells(), 1..8),
        services in any_services(),
    ) {
        let parameters = Parameters::default();
        let mut carry = Carryover::default();
        let mut now = month(202_601);
        let (mut cast, mut published) = (Votes::NONE, Votes::NONE);
        let (mut reds_in, mut reds_out) = (0, 0);
        for cells in &year {
            let votes_in = carry.votes_n();
            let made = roll_up(now, cells, &carry, &parameters, &services);
            let sum: Counts = made.groups.values().map(|group| group.counts).sum();
            let month_n = cells.values().copied().sum::<Counts>().n();
            prop_assert_eq!(sum.n() + made.carry_out.votes_n(), month_n + votes_in);
            prop_assert!(made.groups.is_empty() || made.carry_out.votes.is_none());
            for (key, group) in &made.groups {
                let sensitive = group.members.iter().any(|m| services.sensitive.contains(&m.service));
                let t = if sensitive { 10 } else { 5 };
                prop_assert_eq!(parameters.unsafe_group(&group.counts.votes, t), None, "{}", key);
                prop_assert!(key.service.is_altri() || group.members.len() == 1);
                let pooled = made.pool.as_ref().is_some_and(|pool| pool.groups.contains(key));
                prop_assert!(!(pooled && group.own_reasons));
                prop_assert!(!group.own_reasons || group.counts.votes.red >= 5);
            }
            let members: Vec<_> = made.groups.values().flat_map(|group| group.members.iter()).collect();
            prop_assert_eq!(members.iter().collect::<BTreeSet<_>>().len(), members.len());
            if let Some(pool) = &made.pool {
                prop_assert!(pool.reds >= 5 && pool.reasons.sum() <= pool.reds);
            }
            cast += cells.values().copied().sum::<Counts>().votes;
            published += sum.votes;
            reds_in += sum.votes.red;
            reds_out += made.pool.as_ref().map_or(0, |pool| pool.reds);
            reds_out += made.groups.values().filter(|g| g.own_reasons).map(|g| g.counts.votes.red).sum::<u64>();
            carry = made.carry_out;
            now = now.next();
        }
        prop_assert!(carry.votes_n() < 20);
        prop_assert_eq!(published + carry.votes.map_or(Votes::NONE, |v| v.counts.votes), cast);
        prop_assert_eq!(reds_out + carry.reasons.map_or(0, |r| r.reds), reds_in);
    }
}
