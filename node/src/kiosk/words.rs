//! The words of the page, from the Fluent files in `node/texts/`; the catalogue may put its own in their place.

use fluent_bundle::{FluentBundle, FluentResource};
use std::{collections::BTreeMap, sync::LazyLock};
use unic_langid::LanguageIdentifier;

/// The language in which each person finds the page.
pub const FIRST: &str = "it";

/// The languages of the page, in the order in which it offers them.
pub const ORDER: [&str; 5] = [FIRST, "de", "fr", "sl", "en"];

/// Their files.
const FILES: [&str; 5] = [
    include_str!("../../texts/it/kiosk.ftl"),
    include_str!("../../texts/de/kiosk.ftl"),
    include_str!("../../texts/fr/kiosk.ftl"),
    include_str!("../../texts/sl/kiosk.ftl"),
    include_str!("../../texts/en/kiosk.ftl"),
];

/// Every message that the page uses.
const MESSAGES: [&str; 94] = [
    "language",
    "title",
    "service-question",
    "service-hint",
    "back",
    "question",
    "question-hint",
    "face-green",
    "face-yellow",
    "face-red",
    "reason-sorry",
    "reason-question",
    "reason-hint",
    "reason-none",
    "thanks",
    "thanks-detail",
    "thanks-provisional",
    "thanks-link",
    "pledge",
    "languages",
    "idle-title",
    "idle-said",
    "idle-done",
    "idle-touch",
    "idle-waiting",
    "code-title",
    "code-hint",
    "code-done",
    "code-delete",
    "code-clear",
    "code-entered",
    "code-unproven",
    "code-wrong",
    "code-wrong-detail",
    "code-unknown",
    "code-unknown-detail",
    "code-spent",
    "code-spent-detail",
    "code-expired",
    "code-expired-detail",
    "code-elsewhere",
    "code-elsewhere-detail",
    "code-tries",
    "code-tries-detail",
    "code-busy",
    "code-busy-detail",
    "link-wrong",
    "link-wrong-detail",
    "link-spent",
    "link-spent-detail",
    "link-expired",
    "link-expired-detail",
    "link-elsewhere",
    "link-elsewhere-detail",
    "link-unproven",
    "link-provisional",
    "link-missing",
    "link-missing-detail",
    "link-checking",
    "link-busy",
    "link-busy-detail",
    "link-failed",
    "link-failed-detail",
    "link-full",
    "link-full-detail",
    "link-unavailable",
    "link-unavailable-detail",
    "retry",
    "cap",
    "cap-detail",
    "unavailable",
    "unavailable-detail",
    "closed",
    "closed-detail",
    "full",
    "full-detail",
    "failed",
    "failed-detail",
    "help",
    "help-title",
    "help-close",
    "help-free",
    "help-free-detail",
    "help-anonymous",
    "help-anonymous-detail",
    "help-who",
    "help-who-detail",
    "privacy",
    "privacy-detail",
    "privacy-controller",
    "privacy-contact",
    "privacy-contact-none",
    "sign-clock",
    "sign-away",
];

/// Message → text, in one language.
pub type Words = BTreeMap<&'static str, String>;

/// Language → its words.
pub fn words() -> &'static BTreeMap<&'static str, Words> {
    static WORDS: LazyLock<BTreeMap<&str, Words>> = LazyLock::new(|| {
        ORDER.into_iter().zip(FILES).map(|(language, file)| (language, read(language, file))).collect()
    });
    &WORDS
}

/// A message that a file lacks shows its own name: the page stays usable, and a test keeps it from happening.
fn read(language: &str, file: &str) -> Words {
    let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(partial, _)| partial);
    let identifier: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new(vec![identifier]);
    // A message twice in a file is caught by the same test.
    let _ = bundle.add_resource(resource);
    let text = |id: &str| {
        let pattern = bundle.get_message(id)?.value()?;
        Some(bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    };
    MESSAGES.into_iter().map(|id| (id, text(id).unwrap_or_else(|| id.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_message_once() {
        for (language, file) in ORDER.into_iter().zip(FILES) {
            let resource = FluentResource::try_new(file.to_owned()).expect(language);
            let messages = file.lines().filter(|line| line.contains(" = ")).count();
            assert_eq!(messages, MESSAGES.len(), "{language}");
            let mut bundle = FluentBundle::new(vec![language.parse::<LanguageIdentifier>().unwrap()]);
            bundle.add_resource(resource).expect(language);
            for id in MESSAGES {
                assert!(bundle.has_message(id), "{language} lacks {id}");
            }
        }
        assert_eq!(words()[FIRST]["face-green"], "Bene");
        assert_eq!(words()["en"]["language"], "English");
    }

    #[test]
    fn the_page_names_only_words_that_exist() {
        let page = include_str!("page/kiosk.html");
        for part in page.split("data-word=\"").skip(1) {
            let id = part.split('"').next().unwrap();
            assert!(MESSAGES.contains(&id), "{id}");
        }
    }
}
