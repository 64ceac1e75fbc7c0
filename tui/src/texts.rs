//! The texts of the screens, in Fluent files embedded in the program.

use crate::figures;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ITALIAN: &str = include_str!("../texts/it.ftl");
const ENGLISH: &str = include_str!("../texts/en.ftl");

/// A language of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    #[value(name = "it")]
    Italian,
    #[value(name = "en")]
    English,
}

impl Language {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Italian => Self::English,
            Self::English => Self::Italian,
        }
    }
}

/// All texts in one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Texts").field("language", &self.language).finish_non_exhaustive()
    }
}

impl Texts {
    /// Reads the embedded file of one language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let (source, tag) = match language {
            Language::Italian => (ITALIAN, "it"),
            Language::English => (ENGLISH, "en"),
        };
        let tag: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![tag]);
        // Isolation marks would be drawn as characters by some terminals.
        bundle.set_use_isolating(false);
        // A text that does not parse is left out; tests prove that all parse.
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// A text without arguments; an unknown one shows its name between ⟦ ⟧.
    #[must_use]
    pub fn say(&self, id: &str) -> String {
        self.say_with(id, &[])
    }

    /// A text with arguments.
    #[must_use]
    pub fn say_with(&self, id: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return format!("⟦{id}⟧");
        };
        let mut named = FluentArgs::new();
        for (name, value) in arguments {
            named.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, Some(&named), &mut errors).into_owned()
    }

    /// A text about a number: `n` chooses the plural, `count` is how it is written.
    #[must_use]
    pub fn counted(&self, id: &str, n: u64) -> String {
        self.say_with(id, &[("n", n.into()), ("count", self.count(n).into())])
    }

    /// A count as this language writes it.
    #[must_use]
    pub fn count(&self, n: u64) -> String {
        figures::count(n, self.language)
    }

    /// The text of this language, where the node sends both.
    #[must_use]
    pub fn choose(&self, italian: &str, english: &str) -> String {
        figures::plain(match self.language {
            Language::Italian => italian,
            Language::English => english,
        })
    }
}

/// The texts of both languages: a language is changed at once.
#[derive(Debug)]
pub struct Words {
    italian: Texts,
    english: Texts,
}

impl Default for Words {
    fn default() -> Self {
        Self { italian: Texts::new(Language::Italian), english: Texts::new(Language::English) }
    }
}

impl Words {
    /// The texts of one language.
    #[must_use]
    pub fn of(&self, language: Language) -> &Texts {
        match language {
            Language::Italian => &self.italian,
            Language::English => &self.english,
        }
    }
}
