//! Closing months in a row: what is made is what the receivers accept, and nothing is lost.

use super::*;
use crate::{
    calendar::CivilDay,
    catalogue::Catalogues,
    checks::{Judge, Judgement},
    tally::{Cell, Reasons},
    wire::feed::v1 as wire,
};
use proptest::prelude::*;

fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn key(service: &str, channel: &str) -> GroupKey {
    GroupKey { service: Code::of_group(service).unwrap(), channel: Code::of_group(channel).unwrap() }
}

fn catalogues() -> Catalogues {
    let text = || vec![wire::LocalisedText { language: "it".to_owned(), text: "x".to_owned() }];
    let service = |i: u8| wire::Service {
        code: format!("s{i}"),
        name: text(),
        sensitive: i == 1,
        ..wire::Service::default()
    };
    let channel = |i: u8| wire::Channel { code: format!("c{i}"), name: text() };
    let part = wire::CataloguePart {
        version: 1,
        services: (0..4).map(service).collect(),
        channels: (0..2).map(channel).collect(),
        ..wire::CataloguePart::default()
    };
    let made = Catalogue::assemble(1, month(202_601), (5, 10), &[part]).unwrap();
    let id = Id::from_bytes([1; 32]);
    let mut catalogues = Catalogues::default();
    catalogues.part(id, &made.parts()[0]).unwrap();
    catalogues.closing(&made.closing(&[id]), CivilDay::from_yyyymmdd(20_251_201).unwrap()).unwrap();
    catalogues
}

fn tally(cells: &[(&str, &str, [u64; 3])]) -> Tally {
    let mut tally = Tally::default();
    for (service, channel, [green, yellow, red]) in cells {
        let votes = Votes { green: *green, yellow: *yellow, red: *red };
        let branch = "sede".parse().unwrap();
        let counts = Counts { votes, reasons: Reasons([*red, 0, 0, 0]) };
        tally.add_counts(Cell { key: key(service, channel), branch }, counts);
    }
    tally
}

struct Ente {
    catalogues: Catalogues,
    few_operators: BTreeSet<Code>,
    observed: Observed,
    carry_in: Carryover,
    next: Month,
}

impl Ente {
    fn new() -> Self {
        Self {
            catalogues: catalogues(),
            few_operators: BTreeSet::new(),
            observed: Observed::default(),
            carry_in: Carryover::default(),
            next: month(202_601),
        }
    }

    fn try_close(&self, tally: &Tally) -> Result<Closing, CloseError> {
        close(&Books {
            month: self.next,
            edition: Edition::First,
            tally,
            carry_in: &self.carry_in,
            catalogue: self.catalogues.newest().unwrap(),
            few_operators: &self.few_operators,
            observed: &self.observed,
            ballots_root: Id::from_bytes([2; 32]),
            software_version: "0.1.0",
            restored: false,
            gap_months: &[],
        })
    }

    fn close(&mut self, tally: &Tally) -> Closing {
        let closing = self.try_close(tally).unwrap();
        self.carry_in = closing.carry_out.clone();
        self.next = self.next.next();
        closing
    }
}

fn figures(closing: &Closing) -> &Figures {
    closing.summary.figures().unwrap()
}

#[test]
fn a_dry_run_has_the_numbers_for_its_sentence() {
    let mut ente = Ente::new();
    let small = [("s0", "c0", [1, 0, 1])];
    let carried = ente.close(&tally(&small));
    assert_eq!((carried.votes_carried_out, carried.cells_merged), (2, 0));
    assert!(carried.summary.is_carried());
    let cells =
        [("s0", "c0", [3, 0, 0]), ("s0", "c1", [1, 0, 0]), ("s2", "c0", [40, 0, 0]), ("s3", "c0", [1, 0, 0])];
    let made = ente.close(&tally(&cells));
    assert_eq!((made.votes_carried_in, made.votes_carried_out), (2, 0));
    assert_eq!(made.services_merged, ["s0", "s3"].map(|s| s.parse().unwrap()).into());
    assert_eq!((made.cells_merged, made.votes.n()), (3, 45));
    assert_eq!(figures(&made).carried_from, [month(202_601)]);
    assert_eq!(figures(&made).total().n(), 47);
}

#[test]
fn users_served_are_published_only_where_every_cell_has_them() {
    let mut ente = Ente::new();
    ente.observed.served = [(key("s0", "c0"), 90), (key("s2", "c0"), 3), (key("s3", "c1"), 2)].into();
    let cells = [
        ("s0", "c0", [40, 0, 0]),
        ("s0", "c1", [40, 0, 0]),
        ("s2", "c0", [3, 0, 0]),
        ("s3", "c0", [4, 0, 0]),
        ("s3", "c1", [7, 0, 0]),
    ];
    let made = ente.close(&tally(&cells));
    let served: BTreeMap<_, _> =
        figures(&made).groups.iter().map(|g| (g.key.to_string(), g.served)).collect();
    let expected = [("ALTRI/c0", None), ("s0/c0", Some(90)), ("s0/c1", None), ("s3/c1", Some(2))];
    assert_eq!(served, expected.map(|(key, served)| (key.to_owned(), served)).into());
    // 7 votes of 2 users served: 5 beyond.
    assert_eq!(figures(&made).integrity.over_served, Some(CodedCount::of(5)));
}

#[test]
fn what_was_not_measured_is_unknown() {
    let made = Ente::new().close(&tally(&[("s0", "c0", [40, 0, 0])]));
    let integrity = figures(&made).integrity;
    assert_eq!((integrity.late, integrity.backing), (Some(CodedCount::of(0)), Some(Backing::None)));
    assert_eq!((integrity.repeat, integrity.over_served, integrity.outside_hours), (None, None, None));
    assert_eq!(figures(&made).listened_tenths, None);
}

#[test]
fn services_that_the_catalogue_dropped_are_published_as_altri() {
    let mut ente = Ente::new();
    let made =
        ente.close(&tally(&[("old", "c0", [40, 0, 0]), ("s0", "c0", [40, 0, 0]), ("s0", "fax", [40, 0, 0])]));
    let keys: Vec<_> = figures(&made).groups.iter().map(|group| group.key.to_string()).collect();
    assert_eq!(keys, ["ALTRI/ALTRI", "ALTRI/c0", "s0/c0"]);
    assert_eq!(made.services_merged, ["old", "s0"].map(|s| s.parse().unwrap()).into());
}

#[test]
fn a_catalogue_that_begins_later_closes_nothing() {
    let mut ente = Ente::new();
    ente.next = month(202_512);
    let error = ente.try_close(&Tally::default()).unwrap_err();
    assert!(matches!(error, CloseError::Catalogue { version: 1, .. }));
}

fn any_tally() -> impl Strategy<Value = Tally> {
    let cell = (0u64..14, 0u64..3, proptest::array::uniform4(0u64..3), 0u64..3);
    proptest::collection::btree_map((0u8..5, 0u8..3), cell, 0..12).prop_map(|cells| {
        let mut tally = Tally::default();
        for ((service, channel), (green, yellow, reasons, silent)) in cells {
            let reasons = Reasons(reasons);
            let votes = Votes { green, yellow, red: reasons.sum() + silent };
            // Service 4 and channel 2 are not in the catalogue.
            let key = key(&format!("s{service}"), &format!("c{channel}"));
            tally.add_counts(Cell { key, branch: "sede".parse().unwrap() }, Counts { votes, reasons });
        }
        tally
    })
}

proptest! {
    /// A whole history of an ente is accepted month by month, and its published votes are those cast, less the carried.
    #[test]
    fn what_close_makes_every_receiver_accepts(
        months in proptest::collection::vec(any_tally(), 1..10),
        few in proptest::collection::btree_set(0u8..4, 0..2),
    ) {
        let mut ente = Ente::new();
        ente.few_operators = few.into_iter().map(|i| format!("s{i}").parse().unwrap()).collect();
        let mut judge = Judge::new(ente.next);
        let (mut cast, mut published) = (Votes::NONE, Votes::NONE);
        for tally in &months {
            let closing = ente.close(tally);
            let message = closing.summary.to_wire();
            let day = closing.summary.month.next().first_day().plus_days(10);
            match judge.judge(&message, day, &ente.catalogues) {
                Judgement::Counted(summary) => published += summary.figures().unwrap().total(),
                Judgement::Carried(summary) => prop_assert!(summary.is_carried()),
                wrong @ (Judgement::Refused(_) | Judgement::NotUnderstood { .. }) => {
                    return Err(TestCaseError::fail(format!("{wrong:?}")));
                }
            }
            cast += tally.total().votes;
            let waiting = ente.carry_in.votes.as_ref().map_or(Votes::NONE, |votes| votes.counts.votes);
            prop_assert_eq!(published + waiting, cast);
            let stored = Carryover::decode(&ente.carry_in.encode());
            prop_assert_eq!(stored.as_ref(), Ok(&ente.carry_in));
        }
    }
}
