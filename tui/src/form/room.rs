//! How much a field takes: the bounds of the node, so that what fits here is not refused there.

use faccina_proto::limits::{
    CHECKLIST_NOTE_BYTES_MAX, OUTCOME_CARDS_MAX, OUTCOME_TEXT_BYTES_MAX, PUBLISHED_TEXT_BYTES_MAX,
    TOPIC_BYTES_MAX, TOPICS_MAX, TWINNING_TEXT_BYTES_MAX,
};

/// Longest month, day or name of a practice card with blanks around it, in bytes.
const WORD_BYTES_MAX: usize = 64;

/// What is typed into a field, by how much of it the node takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// A text of a twinning, between two enti.
    Message,
    /// A published outcome.
    Outcome,
    /// A published reason or note.
    Published,
    /// A note to an item of the checklist.
    Note,
    /// Topics with commas between them.
    Topics,
    /// Names of practice cards with commas between them.
    Cards,
    /// A month, a day, the name of one practice card.
    Word,
}

impl Room {
    /// Bytes that fit.
    #[must_use]
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Message => TWINNING_TEXT_BYTES_MAX,
            Self::Outcome => OUTCOME_TEXT_BYTES_MAX,
            Self::Published => PUBLISHED_TEXT_BYTES_MAX,
            Self::Note => CHECKLIST_NOTE_BYTES_MAX,
            Self::Topics => TOPICS_MAX * (TOPIC_BYTES_MAX + ", ".len()),
            Self::Cards => OUTCOME_CARDS_MAX * WORD_BYTES_MAX,
            Self::Word => WORD_BYTES_MAX,
        }
    }

    /// True where a text may have several lines.
    #[must_use]
    pub fn has_lines(self) -> bool {
        match self {
            Self::Message | Self::Outcome | Self::Published | Self::Note => true,
            Self::Topics | Self::Cards | Self::Word => false,
        }
    }

    /// Appends as much as fits; false where something did not.
    pub(super) fn append(self, text: &mut String, added: &str) -> bool {
        let mut before = None;
        for c in added.chars() {
            // A line ends with one character, whichever system the text comes from.
            let doubled = c == '\n' && before == Some('\r');
            before = Some(c);
            let c = match c {
                _ if doubled => continue,
                '\n' | '\r' if self.has_lines() => '\n',
                '\n' | '\r' | '\t' => ' ',
                c if crate::figures::is_plain(c) => c,
                _ => continue,
            };
            if text.len() + c.len_utf8() > self.bytes_max() {
                return false;
            }
            text.push(c);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_stay_where_the_node_takes_them_and_nothing_else_that_controls() {
        let pasted = "uno\r\ndue\rtre\tquattro\u{1b}[2J\u{202e}";
        let mut text = String::new();
        assert!(Room::Message.append(&mut text, pasted));
        assert_eq!(text, "uno\ndue\ntre quattro[2J");
        text.clear();
        assert!(Room::Topics.append(&mut text, pasted));
        assert_eq!(text, "uno due tre quattro[2J");
    }

    #[test]
    fn a_field_takes_as_many_bytes_as_the_node_and_says_when_it_is_full() {
        let mut text = String::new();
        assert!(Room::Note.append(&mut text, &"à".repeat(192)));
        assert_eq!(text.len(), CHECKLIST_NOTE_BYTES_MAX);
        assert!(!Room::Note.append(&mut text, "x"));
        assert_eq!(text.len(), CHECKLIST_NOTE_BYTES_MAX);
    }
}
