//! How a month stands, as a state and a reason in words.

use crate::views::MonthState;
use crate::words::{Value, Words, say};
use faccina_proto::{calendar::CivilDay, checks::Refusal, wire::officer::v1::SummaryState};

/// The state that a screen shows on `today`: what has not come and is not due yet is not missing.
pub(super) fn state(month: &MonthState<'_>, due: CivilDay, today: CivilDay) -> (SummaryState, Words) {
    let by_day = [("day", Value::Day(due))];
    match month {
        MonthState::Counted(_) => (SummaryState::Counted, Words::default()),
        MonthState::Carried(_) => (SummaryState::Carried, say("state-carried", &[])),
        MonthState::Refused(_, refusal) => {
            let reason = refusal_words(refusal);
            (SummaryState::Refused, say("state-refused", &[("reason", Value::Both(&reason))]))
        }
        MonthState::NotUnderstood(_) => (SummaryState::NotUnderstood, say("state-not-understood", &[])),
        MonthState::Forked => (SummaryState::Forked, say("state-forked", &[])),
        MonthState::Gap => (SummaryState::Missing, say("state-gap", &[])),
        MonthState::Missing if today > due => (SummaryState::Missing, say("state-missing", &by_day)),
        MonthState::Missing => (SummaryState::NotDue, say("state-waiting", &by_day)),
        MonthState::NotDue => (SummaryState::NotDue, say("state-not-due", &[])),
    }
}

/// Why a summary counts nowhere, in words.
pub(super) fn refusal_words(refusal: &Refusal) -> Words {
    let key = format!("refusal-{}", refusal.code());
    let text = |text: &dyn ToString| text.to_string();
    let (group, first, second) = match refusal {
        Refusal::Malformed(error) => (String::new(), text(error), String::new()),
        Refusal::MonthNotOver { month, day } => (String::new(), text(month), text(day)),
        Refusal::BeforeAdmission { month, first_month } => (String::new(), text(month), text(first_month)),
        Refusal::AlreadyPublished { month }
        | Refusal::NothingToCorrect { month }
        | Refusal::AlreadyCorrected { month }
        | Refusal::CarriedMonth { month }
        | Refusal::CarryoverChanged { month } => (String::new(), text(month), String::new()),
        Refusal::Gap { due, month } => (String::new(), text(due), text(month)),
        Refusal::CatalogueVersion { named, in_force } => (
            String::new(),
            text(named),
            in_force.map_or_else(|| "0".to_owned(), |version| version.to_string()),
        ),
        Refusal::Parameters { .. } => Default::default(),
        Refusal::KeyOrder { key }
        | Refusal::UnknownService { key }
        | Refusal::UnknownChannel { key }
        | Refusal::PoolGroup { key } => (text(key), String::new(), String::new()),
        Refusal::GroupTooSmall { key, votes, threshold } => (text(key), text(votes), text(threshold)),
        Refusal::GroupTelling { key, votes, red } => (text(key), text(red), text(votes)),
        Refusal::OwnReasonsTooFew { key, red, reasons_min } => (text(key), text(red), text(reasons_min)),
        Refusal::OwnReasonsBeyondReds { key, reasons, red } => (text(key), text(reasons), text(red)),
        Refusal::PoolTooSmall { reds, reasons_min } => (String::new(), text(reds), text(reasons_min)),
        Refusal::PoolBeyondReds { reasons, reds } => (String::new(), text(reasons), text(reds)),
        Refusal::CarriedReds { stated, left } => (String::new(), text(stated), text(left)),
        Refusal::CarriedFrom { .. } => Default::default(),
        Refusal::CorrectionTooSmall { key, difference, threshold } => {
            (text(key), text(difference), text(threshold))
        }
    };
    let values =
        [("group", Value::Text(&group)), ("first", Value::Text(&first)), ("second", Value::Text(&second))];
    say(&key, &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::knows;
    use faccina_proto::calendar::Month;

    #[test]
    fn every_code_of_the_closed_list_has_words() {
        let source = include_str!("../../../proto/src/checks/refusal.rs");
        let (_, codes) = source.split_once("pub fn code(&self)").unwrap();
        let (codes, _) = codes.split_once("\n    }\n").unwrap();
        let codes: Vec<_> = codes.split('"').skip(1).step_by(2).collect();
        assert!(codes.len() > 20);
        for code in codes {
            assert!(knows(&format!("refusal-{code}")), "{code}");
        }
    }

    #[test]
    fn a_refusal_names_its_group_and_its_numbers() {
        let key = faccina_proto::tally::GroupKey {
            service: "urp".parse().unwrap(),
            channel: "web".parse().unwrap(),
        };
        let words = refusal_words(&Refusal::GroupTooSmall { key, votes: 3, threshold: 5 });
        assert!(
            words.it.contains("urp/web") && words.it.contains('3') && words.it.contains('5'),
            "{}",
            words.it
        );
    }

    #[test]
    fn what_is_not_due_yet_is_not_missing() {
        let due = Month::from_yyyymm(202_605).unwrap().first_day().plus_days(10);
        assert_eq!(state(&MonthState::Missing, due, due).0, SummaryState::NotDue);
        assert_eq!(state(&MonthState::Missing, due, due.plus_days(1)).0, SummaryState::Missing);
    }
}
