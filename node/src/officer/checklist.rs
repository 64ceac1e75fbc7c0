//! The self-assessment that the two sides of a twinning share: how far the practice of listening has come. The items
//! follow the commitments of the programme and its method, from the plan to telling citizens what has changed.

use crate::words::{Words, say};
use faccina_proto::{
    names::Code,
    twinning::{Answer, Level},
    wire::officer::v1 as wire,
};
use tonic::Status;

/// The items in the order of the work, by the name of their sentence; the code that travels is what follows the hyphen.
const ITEMS: [&str; 10] = [
    "checklist-plan",
    "checklist-survey",
    "checklist-invitation",
    "checklist-staff",
    "checklist-publication",
    "checklist-reasons",
    "checklist-improvement",
    "checklist-citizens",
    "checklist-effect",
    "checklist-management",
];

fn code_of(item: &str) -> &str {
    item.split_once('-').map_or(item, |(_, code)| code)
}

/// The items with their words.
pub(super) fn items() -> Vec<wire::ChecklistItem> {
    let item = |key: &&str| {
        let Words { it, en } = say(key, &[]);
        wire::ChecklistItem { code: code_of(key).to_owned(), words: Some(wire::Sentence { it, en }) }
    };
    ITEMS.iter().map(item).collect()
}

/// Reads the answers of an officer; those to newer items of the other side are none of ours.
pub(super) fn answers(asked: &[wire::ChecklistAnswer]) -> Result<Vec<Answer>, Status> {
    let codes = ITEMS.map(code_of);
    let read = |answer: &wire::ChecklistAnswer| {
        if !codes.contains(&answer.item.as_str()) {
            let known = codes.join(", ");
            return Err(Status::invalid_argument(format!("{:?} is no item: one of {known}", answer.item)));
        }
        let item =
            answer.item.parse::<Code>().map_err(|error| Status::invalid_argument(error.to_string()))?;
        let level = Level::of(answer.level).ok_or_else(|| {
            Status::invalid_argument("a level is 1 (not yet), 2 (begun), 3 (in use) or 4 (proven)")
        })?;
        Ok(Answer { item, level, note: answer.note.clone() })
    };
    let mut answers = asked.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    answers.sort_by(|a, b| a.item.cmp(&b.item));
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_item_has_a_code_of_its_own_and_words_in_both_languages() {
        let items = items();
        let codes: BTreeSet<&str> = items.iter().map(|item| item.code.as_str()).collect();
        assert_eq!(codes.len(), ITEMS.len());
        for item in &items {
            let words = item.words.as_ref().unwrap();
            assert!(words.it.len() > 20 && words.en.len() > 20 && words.it != words.en, "{item:?}");
            assert!(item.code.parse::<Code>().is_ok());
        }
    }

    #[test]
    fn answers_are_put_in_order_and_unknown_items_refused() {
        let answer =
            |item: &str, level| wire::ChecklistAnswer { item: item.to_owned(), level, note: String::new() };
        let read = answers(&[answer("staff", 2), answer("plan", 4)]).unwrap();
        assert_eq!(read.iter().map(|it| it.item.as_str()).collect::<Vec<_>>(), ["plan", "staff"]);
        assert!(answers(&[answer("other", 2)]).is_err());
        assert!(answers(&[answer("plan", 5)]).is_err());
    }
}
