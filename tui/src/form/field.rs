//! One field of a form: what it holds, what it accepts, how what was typed is read.

use super::room::Room;
use crate::message::Key;
use faccina_proto::limits::{OUTCOME_CARDS_MAX, TOPIC_BYTES_MAX, TOPICS_MAX};
use std::collections::BTreeSet;

/// Something to choose: what is sent, and how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opt {
    pub code: String,
    pub label: String,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Free text, a topic list, a month or a day as typed.
    Text { typed: String, room: Room },
    /// One of several; arrows change it.
    One { options: Vec<Opt>, chosen: usize },
    /// Any of several; arrows move, space takes or leaves.
    Any { options: Vec<Opt>, chosen: BTreeSet<usize>, at: usize },
    /// An item of the checklist: a level from 0 (not answered) to 4, and a note.
    Level { item: String, level: u32, note: String },
}

/// What a field accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Optional,
    Required,
    Month,
    /// A day, or nothing.
    Day,
    /// The name of a practice card, `c_h361/3`, or nothing.
    Card,
    /// Names of practice cards with commas between them, or nothing.
    Cards,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The identifier of its texts and of its value.
    pub id: &'static str,
    /// Words of its own, where it is one of a list (an item of the checklist).
    pub label: Option<String>,
    pub need: Need,
    pub value: Value,
}

impl Field {
    /// A field to type into.
    #[must_use]
    pub fn text(id: &'static str, need: Need, typed: &str, room: Room) -> Self {
        let value = Value::Text { typed: typed.to_owned(), room };
        Self { id, label: None, need, value }
    }

    /// A field of which one option holds.
    #[must_use]
    pub fn one(id: &'static str, options: Vec<Opt>, chosen: usize) -> Self {
        Self { id, label: None, need: Need::Required, value: Value::One { options, chosen } }
    }

    /// A field of which any options hold.
    #[must_use]
    pub fn any(id: &'static str, options: Vec<Opt>, chosen: BTreeSet<usize>) -> Self {
        Self { id, label: None, need: Need::Optional, value: Value::Any { options, chosen, at: 0 } }
    }

    /// Takes what was typed or pasted; false where not all of it fits.
    pub(super) fn append(&mut self, added: &str) -> bool {
        match &mut self.value {
            Value::Text { typed, room } => room.append(typed, added),
            Value::Level { note, .. } => Room::Note.append(note, added),
            Value::One { .. } | Value::Any { .. } => true,
        }
    }

    /// Takes a key other than a letter to append.
    pub(super) fn press(&mut self, key: Key) {
        match (&mut self.value, key) {
            (Value::Text { typed, .. }, Key::Backspace) => drop(typed.pop()),
            (Value::One { options, chosen }, Key::Right | Key::Char(' ')) => {
                *chosen = if *chosen + 1 < options.len() { *chosen + 1 } else { 0 };
            }
            (Value::One { options, chosen }, Key::Left) => {
                *chosen = chosen.checked_sub(1).unwrap_or(options.len().saturating_sub(1));
            }
            (Value::Any { options, at, .. }, Key::Right) => {
                *at = (*at + 1).min(options.len().saturating_sub(1));
            }
            (Value::Any { at, .. }, Key::Left) => *at = at.saturating_sub(1),
            (Value::Any { options, chosen, at }, Key::Char(' ')) if *at < options.len() => {
                let taken = chosen.remove(at);
                chosen.extend((!taken).then_some(*at));
            }
            (Value::Level { level, .. }, Key::Right) => *level = (*level + 1).min(4),
            (Value::Level { level, .. }, Key::Left) => *level = level.saturating_sub(1),
            (Value::Level { note, .. }, Key::Backspace) => drop(note.pop()),
            _ => {}
        }
    }

    pub(super) fn typed(&self) -> &str {
        match &self.value {
            Value::Text { typed, .. } => typed.trim(),
            Value::One { .. } | Value::Any { .. } | Value::Level { .. } => "",
        }
    }

    /// Why the field cannot be sent as it is: the name of a text.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let typed = self.typed();
        let topics = matches!(self.value, Value::Text { room: Room::Topics, .. });
        if topics && list(typed).iter().any(|topic| topic.len() > TOPIC_BYTES_MAX) {
            return Some("problem-topic");
        }
        if topics && list(typed).len() > TOPICS_MAX {
            return Some("problem-topics");
        }
        match self.need {
            Need::Optional => None,
            Need::Required => match &self.value {
                Value::Text { .. } if typed.is_empty() => Some("problem-empty"),
                Value::One { options, .. } if options.is_empty() => Some("problem-nothing-to-choose"),
                Value::Text { .. } | Value::One { .. } | Value::Any { .. } | Value::Level { .. } => None,
            },
            Need::Month => month(typed).is_none().then_some("problem-month"),
            Need::Day => (!typed.is_empty() && day(typed).is_none()).then_some("problem-day"),
            Need::Card => (!typed.is_empty() && card(typed).is_none()).then_some("problem-card"),
            Need::Cards if list(typed).len() > OUTCOME_CARDS_MAX => Some("problem-cards"),
            Need::Cards => list(typed).iter().any(|one| card(one).is_none()).then_some("problem-card"),
        }
    }
}

/// Parts between commas, without blanks around them and without empty ones.
#[must_use]
pub(super) fn list(typed: &str) -> Vec<String> {
    typed.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// yyyymm from 04/2026 or 2026-04.
#[must_use]
pub(super) fn month(typed: &str) -> Option<u32> {
    let (year, month) = match (typed.split_once('/'), typed.split_once('-')) {
        (Some((month, year)), _) | (None, Some((year, month))) => (number(year, 4)?, number(month, 2)?),
        (None, None) => return None,
    };
    ((2020..2100).contains(&year) && (1..=12).contains(&month)).then_some(year * 100 + month)
}

/// yyyymmdd from 31/12/2026 or 2026-12-31; the node knows which days a month has.
#[must_use]
pub(super) fn day(typed: &str) -> Option<u32> {
    let (day, rest) = match typed.split_once('/') {
        Some(parts) => parts,
        None => typed.rsplit_once('-').map(|(rest, day)| (day, rest))?,
    };
    let day = number(day, 2).filter(|day| (1..=31).contains(day))?;
    Some(month(rest)? * 100 + day)
}

/// The owner and number of a practice card from c_h361/3.
#[must_use]
pub(super) fn card(typed: &str) -> Option<(String, u32)> {
    let (owner, number) = typed.split_once('/')?;
    let owned = !owner.is_empty() && owner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    Some((owner.to_owned(), number.parse().ok().filter(|number| *number > 0 && owned)?))
}

fn number(typed: &str, digits_max: usize) -> Option<u32> {
    let plain = !typed.is_empty() && typed.len() <= digits_max && typed.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| typed.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_days_and_cards_are_read_in_both_ways_or_not_at_all() {
        assert_eq!(month("04/2026"), Some(202_604));
        assert_eq!(month("2026-04"), Some(202_604));
        assert_eq!(day("31/12/2026"), Some(20_261_231));
        assert_eq!(day("2026-12-31"), Some(20_261_231));
        assert_eq!(card("c_h361/3"), Some(("c_h361".to_owned(), 3)));
        for wrong in ["", "13/2026", "2026", "4-2026-1", "+4/2026", "04/20260"] {
            assert_eq!(month(wrong), None, "{wrong}");
        }
        for wrong in ["", "32/12/2026", "12/2026", "2026-12", "0/12/2026"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
        for wrong in ["", "c_h361", "/3", "c_h361/0", "c h/3", "c_h361/x"] {
            assert_eq!(card(wrong), None, "{wrong}");
        }
    }
}
