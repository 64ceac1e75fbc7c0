//! The form of a summary: both ways, and what is no summary.

use super::*;
use crate::{limits::GROUPS_MAX, names::Code, wire::feed::v1 as wire};
use proptest::prelude::*;
use prost::Message;

fn month(yyyymm: u32) -> Month {
    Month::from_yyyymm(yyyymm).unwrap()
}

fn key(service: &str, channel: &str) -> GroupKey {
    GroupKey { service: Code::of_group(service).unwrap(), channel: Code::of_group(channel).unwrap() }
}

fn figures() -> Figures {
    let votes = Votes { green: 50, yellow: 3, red: 6 };
    let own = Some(Reasons([1, 2, 0, 3]));
    let pool = PooledReasons {
        reasons: Reasons([6, 0, 0, 0]),
        groups: vec![key("", "web")],
        carried_reds: 4,
        carried_months: vec![month(202_601)],
    };
    Figures {
        parameters: Parameters::default(),
        groups: vec![
            Group { key: key("", "web"), votes, reasons: None, served: None },
            Group { key: key("anagrafe", "counter"), votes, reasons: own, served: Some(0) },
        ],
        pool: Some(pool),
        carried_from: vec![month(202_601), month(202_602)],
        integrity: Integrity {
            late: Some(CodedCount::of(0)),
            repeat: Some(CodedCount::of(3)),
            outside_hours: Some(CodedCount::of(12)),
            revoked_terminal: None,
            over_served: None,
            backing: Some(Backing::More),
        },
        listened_tenths: Some(0),
    }
}

fn summary(content: Content) -> Summary {
    Summary {
        month: month(202_603),
        edition: Edition::Correction,
        catalogue_version: 3,
        software_version: "0.1.0".to_owned(),
        content,
        ballots_root: Id::from_bytes([4; 32]),
        restored: true,
        gap_months: vec![month(202_602)],
    }
}

#[test]
fn groups_that_are_each_possible_may_not_be_so_together() {
    let mut figures = figures();
    for group in &mut figures.groups {
        group.votes.green = VOTES_PER_MONTH_MAX / 2;
    }
    let message = summary(Content::Figures(Box::new(figures))).to_wire();
    assert_eq!(Summary::from_wire(&message), Err(SummaryError::TooManyVotes { votes: 100_000_018 }));
}

#[test]
fn from_wire_of_to_wire_is_the_same() {
    for content in [Content::Carried, Content::Figures(Box::new(figures()))] {
        let summary = summary(content);
        let bytes = summary.to_wire().encode_to_vec();
        let message = wire::Summary::decode(bytes.as_slice()).unwrap();
        assert_eq!(Summary::from_wire(&message), Ok(summary));
    }
}

#[test]
fn unknown_is_not_zero() {
    let figures = figures();
    let message = summary(Content::Figures(Box::new(figures))).to_wire();
    let integrity = message.integrity.unwrap();
    assert_eq!((integrity.late, integrity.revoked_terminal), (Some(0), None));
    assert_eq!((message.listened_tenths, message.groups[1].served), (Some(0), Some(0)));
    assert_eq!(message.groups[0].served, None);
}

#[test]
fn a_carried_month_publishes_flag_versions_and_root_only() {
    let message = summary(Content::Carried).to_wire();
    assert!(message.carried && message.parameters.is_none() && message.integrity.is_none());
    type Change = fn(&mut wire::Summary);
    let changes: [Change; 6] = [
        |m| m.parameters = Some(wire::Parameters::default()),
        |m| m.groups.push(wire::Group::default()),
        |m| m.pooled_reasons = Some(wire::PooledReasons::default()),
        |m| m.carried_from.push(202_602),
        |m| m.integrity = Some(wire::Integrity::default()),
        |m| m.listened_tenths = Some(0),
    ];
    for change in changes {
        let mut wrong = message.clone();
        change(&mut wrong);
        assert_eq!(Summary::from_wire(&wrong), Err(SummaryError::CarriedWithFigures));
    }
}

#[test]
fn messages_out_of_form_are_named() {
    type Change = fn(&mut wire::Summary);
    let refused = |change: Change| {
        let mut message = summary(Content::Figures(Box::new(figures()))).to_wire();
        change(&mut message);
        Summary::from_wire(&message).unwrap_err()
    };
    let field = |field| SummaryError::Field { field };
    assert_eq!(refused(|m| m.rules_version = 2), SummaryError::Rules(2));
    assert_eq!(refused(|m| m.edition = 3), SummaryError::Edition(3));
    assert_eq!(refused(|m| m.ballots_root.truncate(31)), field("ballots_root"));
    assert_eq!(refused(|m| m.parameters = None), field("parameters"));
    assert_eq!(refused(|m| m.listened_tenths = Some(11)), field("listened_tenths"));
    assert_eq!(refused(|m| m.groups[0].red = u32::MAX), field("red"));
    assert_eq!(refused(|m| m.integrity.as_mut().unwrap().late = Some(7)), field("late"));
    assert_eq!(refused(|m| m.integrity.as_mut().unwrap().backing = 9), field("backing"));
    assert_eq!(refused(|m| m.carried_from = vec![202_602, 202_601]), field("months carried from"));
    assert!(matches!(refused(|m| m.month = 202_613), SummaryError::Month(_)));
    assert!(matches!(refused(|m| m.groups[0].service = "A B".to_owned()), SummaryError::Name(_)));
    assert!(matches!(
        refused(|m| m.groups = vec![wire::Group::default(); GROUPS_MAX + 1]),
        SummaryError::TooMany { what: "groups", .. }
    ));
    assert_eq!(refused(|m| m.software_version = "x".repeat(65)), field("software_version"));
}

#[test]
fn counts_are_coded_in_steps_of_five() {
    let codes = [0, 1, 4, 5, 9, 10, 14].map(|n| CodedCount::of(n).code());
    assert_eq!(codes, [0, 1, 1, 5, 5, 10, 10]);
    assert_eq!([0, 1, 5, 10].map(|code| CodedCount::from_code(code).is_some()), [true; 4]);
    assert_eq!([2, 3, 4, 6, 11].map(CodedCount::from_code), [None; 5]);
}

#[test]
fn backing_is_told_in_classes() {
    use Backing::{All, More, None, ToHalf, ToThreeQuarters, UnderQuarter};
    let table = [(0, None), (1, UnderQuarter), (24, UnderQuarter), (25, ToHalf), (50, ToHalf)];
    let more = [(51, ToThreeQuarters), (75, ToThreeQuarters), (76, More), (99, More), (100, All)];
    for (backed, class) in table.into_iter().chain(more) {
        assert_eq!(Backing::of(backed, 100), class, "{backed} of 100");
    }
    assert_eq!(Backing::of(0, 0), None);
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(message) = wire::Summary::decode(bytes.as_slice())
            && let Ok(summary) = Summary::from_wire(&message)
        {
            prop_assert_eq!(Summary::from_wire(&summary.to_wire()), Ok(summary));
        }
    }

    #[test]
    fn coded_counts_never_tell_more_than_five(n in 0u64..1_000_000) {
        let code = CodedCount::of(n);
        prop_assert_eq!(CodedCount::from_code(code.code()), Some(code));
        prop_assert!(code.at_least() <= n && n <= code.at_least() + 4);
    }
}
