//! Texts that people write for others to read: bounded, and without characters that move the cursor, hide what stands
//! beside them or turn the direction of reading (`WIRE.md` 14).

use crate::limits::{AREAS_NAMED_MAX, NAMED_SERVICES_MAX, TOPIC_BYTES_MAX, TOPICS_MAX, WORD_BYTES_MAX};
use crate::names::{Code, NameError};
use std::collections::BTreeSet;

/// A text that is not fit to be shown to others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The writer must write something.
    #[error("{what} is empty")]
    Empty {
        /// What the text was to be.
        what: &'static str,
    },
    /// The writer must shorten it.
    #[error("{what} has {bytes} bytes, at most {bytes_max}")]
    TooLong {
        /// What the text was to be.
        what: &'static str,
        /// Its length, in bytes.
        bytes: usize,
        /// The longest allowed, in bytes.
        bytes_max: usize,
    },
    /// The writer must take the character out: it controls a terminal or turns the direction of reading.
    #[error("{what} may not hold the character U+{character:04X}")]
    Character {
        /// What the text was to be.
        what: &'static str,
        /// Its number in Unicode.
        character: u32,
    },
    /// The writer must use Markdown, or write `&lt;` for a `<` that opens no tag.
    #[error("{what} holds HTML: use Markdown, and write &lt; for <")]
    Html {
        /// What the text was to be.
        what: &'static str,
    },
    /// The writer must name fewer.
    #[error("{found} {what}, at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// The writer's software must put the list in order, each item once.
    #[error("{what} are not in ascending order, each once")]
    Order {
        /// Which list.
        what: &'static str,
    },
    /// The writer must mend the code.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Reads a text of one line: not empty, at most `bytes_max` bytes.
pub fn line(what: &'static str, text: &str, bytes_max: usize) -> Result<String, TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty { what });
    }
    checked(what, text, bytes_max, false)
}

/// Reads a text of any number of lines, which may be empty.
pub fn paragraphs(what: &'static str, text: &str, bytes_max: usize) -> Result<String, TextError> {
    checked(what, text, bytes_max, true)
}

/// Reads CommonMark without raw HTML: not empty, and no `<` directly before a letter, `/`, `!` or `?`, wherever it stands.
pub fn markdown(what: &'static str, text: &str, bytes_max: usize) -> Result<String, TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty { what });
    }
    let opens =
        |(open, next): (u8, u8)| open == b'<' && (next.is_ascii_alphabetic() || b"/!?".contains(&next));
    if text.bytes().zip(text.bytes().skip(1)).any(opens) {
        return Err(TextError::Html { what });
    }
    checked(what, text, bytes_max, true)
}

/// Reads areas of services: at most [`AREAS_NAMED_MAX`] lines of at most [`WORD_BYTES_MAX`] bytes, in the writer's order.
pub fn areas(areas: &[String]) -> Result<Vec<String>, TextError> {
    if areas.len() > AREAS_NAMED_MAX {
        return Err(TextError::TooMany { what: "areas", found: areas.len(), most: AREAS_NAMED_MAX });
    }
    areas.iter().map(|area| line("area", area, WORD_BYTES_MAX)).collect()
}

/// Reads topics: at most [`TOPICS_MAX`] lines of at most [`TOPIC_BYTES_MAX`] bytes, in the writer's order.
pub fn topics(topics: &[String]) -> Result<Vec<String>, TextError> {
    if topics.len() > TOPICS_MAX {
        return Err(TextError::TooMany { what: "topics", found: topics.len(), most: TOPICS_MAX });
    }
    topics.iter().map(|topic| line("topic", topic, TOPIC_BYTES_MAX)).collect()
}

/// Reads service codes: at most [`NAMED_SERVICES_MAX`], ascending bytewise, each once.
pub fn services(services: &[String]) -> Result<BTreeSet<Code>, TextError> {
    if services.len() > NAMED_SERVICES_MAX {
        let found = services.len();
        return Err(TextError::TooMany { what: "services", found, most: NAMED_SERVICES_MAX });
    }
    if !services.is_sorted_by(|a, b| a < b) {
        return Err(TextError::Order { what: "services" });
    }
    services.iter().map(|code| Ok(code.parse()?)).collect()
}

/// Whether a character turns the direction of reading or breaks lines without being a control character: a text with one
/// may be shown as another text.
pub fn turns(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

fn checked(what: &'static str, text: &str, bytes_max: usize, lines: bool) -> Result<String, TextError> {
    if text.len() > bytes_max {
        return Err(TextError::TooLong { what, bytes: text.len(), bytes_max });
    }
    let unfit = |c: &char| (c.is_control() && !(lines && *c == '\n')) || turns(*c);
    match text.chars().find(unfit) {
        Some(character) => Err(TextError::Character { what, character: u32::from(character) }),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_refused() {
        for wrong in ["a\u{1b}[2J", "a\rb", "a\u{9b}31m", "a\u{202e}b", "a\u{0}", "a\nb"] {
            assert!(matches!(line("text", wrong, 64), Err(TextError::Character { .. })), "{wrong:?}");
        }
        assert_eq!(paragraphs("text", "a\nb", 64), Ok("a\nb".to_owned()));
        assert!(paragraphs("text", "a\tb", 64).is_err());
        assert_eq!(line("text", " ", 64), Err(TextError::Empty { what: "text" }));
        assert_eq!(line("text", "àè", 3), Err(TextError::TooLong { what: "text", bytes: 4, bytes_max: 3 }));
    }

    #[test]
    fn what_turns_the_direction_or_breaks_a_line_unseen_is_refused() {
        let turning = [
            '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202e}', '\u{2066}',
            '\u{2069}',
        ];
        for c in turning {
            let refused = Err(TextError::Character { what: "text", character: u32::from(c) });
            assert_eq!(paragraphs("text", &format!("a{c}b"), 64), refused);
        }
        // Joiners spell words in some languages, and emoji.
        for c in ['\u{200c}', '\u{200d}', '\u{2027}', '\u{202f}', '\u{2065}', '\u{206a}'] {
            assert!(paragraphs("text", &format!("a{c}b"), 64).is_ok(), "{c:?}");
        }
    }

    #[test]
    fn markdown_holds_no_tag_anywhere() {
        for wrong in ["<b>x</b>", "`<script>`", "a</p>", "<!-- x -->", "<?php", "<https://example.it>"] {
            assert_eq!(markdown("text", wrong, 64), Err(TextError::Html { what: "text" }), "{wrong:?}");
        }
        for right in ["1 < 2 e 3 > 2", "&lt;b>", "[sito](https://example.it)", "<", "a <3"] {
            assert_eq!(markdown("text", right, 64), Ok(right.to_owned()));
        }
    }

    #[test]
    fn lists_are_bounded_and_in_order() {
        let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        assert_eq!(services(&owned(&["anagrafe", "tributi"])).unwrap().len(), 2);
        for wrong in [&["tributi", "anagrafe"][..], &["anagrafe", "anagrafe"]] {
            assert_eq!(services(&owned(wrong)), Err(TextError::Order { what: "services" }));
        }
        assert!(matches!(services(&owned(&[""])), Err(TextError::Name(_))));
        assert!(matches!(topics(&vec!["code".to_owned(); 17]), Err(TextError::TooMany { .. })));
        assert_eq!(topics(&owned(&[""])), Err(TextError::Empty { what: "topic" }));
    }
}
