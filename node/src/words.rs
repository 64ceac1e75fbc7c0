//! Sentences for people of the ente, in Italian and English, from `texts/<language>/*.ftl`, one file a matter.
//!
//! Both languages travel in every answer, so that the screen chooses without asking again. Numbers and months are
//! written as each language writes them.

use faccina_proto::calendar::{CivilDay, Month};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A language in which the node speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Language {
    #[default]
    Italian,
    English,
}

impl Language {
    /// Its BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Italian => "it",
            Self::English => "en",
        }
    }

    /// The language of this tag; `None` for one that the node does not speak.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        [Self::Italian, Self::English].into_iter().find(|language| language.tag() == tag)
    }

    fn months(self) -> [&'static str; 12] {
        match self {
            Self::Italian => [
                "gennaio",
                "febbraio",
                "marzo",
                "aprile",
                "maggio",
                "giugno",
                "luglio",
                "agosto",
                "settembre",
                "ottobre",
                "novembre",
                "dicembre",
            ],
            Self::English => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
        }
    }

    /// "aprile 2026".
    #[must_use]
    pub fn month(self, month: Month) -> String {
        format!("{} {}", self.month_name(month), month.year())
    }

    /// "aprile".
    #[must_use]
    pub fn month_name(self, month: Month) -> &'static str {
        let place = usize::try_from(month.of_year()).unwrap_or(1).saturating_sub(1);
        self.months().get(place).copied().unwrap_or_default()
    }

    /// "11 aprile 2026", "1º aprile 2026".
    #[must_use]
    pub fn date(self, day: CivilDay) -> String {
        let of_month = match (self, day.of_month()) {
            (Self::Italian, 1) => "1º".to_owned(),
            (Self::Italian | Self::English, day) => day.to_string(),
        };
        format!("{of_month} {}", self.month(day.month()))
    }

    /// With its article in Italian: il 10 aprile 2026, l’11 aprile 2026, il 1º aprile 2026.
    #[must_use]
    pub fn day(self, day: CivilDay) -> String {
        let article = match (self, day.of_month()) {
            (Self::Italian, 8 | 11) => "l’",
            (Self::Italian, _) => "il ",
            (Self::English, _) => "",
        };
        format!("{article}{}", self.date(day))
    }

    /// A number written with a decimal point, as the language writes it: 93,36.
    #[must_use]
    pub fn decimal(self, written: &str) -> String {
        match self {
            Self::Italian => written.replace('.', ","),
            Self::English => written.to_owned(),
        }
    }

    /// A whole number with a mark between thousands.
    #[must_use]
    pub fn count(self, count: u64) -> String {
        self.grouped(&count.to_string())
    }

    fn grouped(self, digits: &str) -> String {
        let mark = match self {
            Self::Italian => '.',
            Self::English => ',',
        };
        let mut written = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                written.push(mark);
            }
            written.push(digit);
        }
        written
    }
}

/// The same words in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) it: String,
    pub(crate) en: String,
}

/// What is put into a sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Both(&'a Words),
    Count(u64),
    /// A share 0..1, shown as a percentage with one decimal.
    Percent(f64),
    /// Any number, with one decimal.
    Decimal(f64),
    Month(Month),
    Day(CivilDay),
}

/// The sentences of all files in one language.
pub(crate) struct Voice {
    pub(crate) language: Language,
    bundle: FluentBundle<FluentResource>,
}

const ITALIAN_TEXTS: [&str; 10] = [
    include_str!("../texts/it/adhesion.ftl"),
    include_str!("../texts/it/close.ftl"),
    include_str!("../texts/it/counter.ftl"),
    include_str!("../texts/it/desk.ftl"),
    include_str!("../texts/it/officer.ftl"),
    include_str!("../texts/it/poster.ftl"),
    include_str!("../texts/it/publication.ftl"),
    include_str!("../texts/it/setup.ftl"),
    include_str!("../texts/it/terminal.ftl"),
    include_str!("../texts/it/twinning.ftl"),
];
const ENGLISH_TEXTS: [&str; 10] = [
    include_str!("../texts/en/adhesion.ftl"),
    include_str!("../texts/en/close.ftl"),
    include_str!("../texts/en/counter.ftl"),
    include_str!("../texts/en/desk.ftl"),
    include_str!("../texts/en/officer.ftl"),
    include_str!("../texts/en/poster.ftl"),
    include_str!("../texts/en/publication.ftl"),
    include_str!("../texts/en/setup.ftl"),
    include_str!("../texts/en/terminal.ftl"),
    include_str!("../texts/en/twinning.ftl"),
];

static ITALIAN: LazyLock<Voice> = LazyLock::new(|| Voice::new(Language::Italian, &ITALIAN_TEXTS));
static ENGLISH: LazyLock<Voice> = LazyLock::new(|| Voice::new(Language::English, &ENGLISH_TEXTS));

impl Voice {
    fn new(language: Language, texts: &[&str]) -> Self {
        let tag: LanguageIdentifier = language.tag().parse().expect("two letters are a language tag");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        bundle.set_formatter(Some(match language {
            Language::Italian => |value, _| grouped(value, Language::Italian),
            Language::English => |value, _| grouped(value, Language::English),
        }));
        bundle.set_use_isolating(false);
        for text in texts {
            // A line that is no message is left out here and found by the test that reads the file.
            let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(partial, _)| partial);
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// The sentence of this name.
    #[must_use]
    pub(crate) fn say(&self, key: &str, values: &[(&str, Value<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set((*name).to_owned(), self.value(*value));
        }
        self.bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    }

    fn value<'a>(&self, value: Value<'a>) -> FluentValue<'a> {
        match value {
            Value::Text(text) => text.into(),
            Value::Both(words) => match self.language {
                Language::Italian => words.it.as_str().into(),
                Language::English => words.en.as_str().into(),
            },
            Value::Count(count) => count.into(),
            Value::Percent(share) => self.language.decimal(&format!("{:.1} %", share * 100.0)).into(),
            Value::Decimal(number) => self.language.decimal(&signed(number)).into(),
            Value::Month(month) => self.language.month(month).into(),
            Value::Day(day) => self.language.day(day).into(),
        }
    }
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice").field("language", &self.language).finish_non_exhaustive()
    }
}

/// The one that speaks this language.
#[must_use]
pub(crate) fn voice(language: Language) -> &'static Voice {
    match language {
        Language::Italian => &ITALIAN,
        Language::English => &ENGLISH,
    }
}

/// With one decimal; what rounds to nothing has no sign.
fn signed(number: f64) -> String {
    let digits = format!("{:.1}", number.abs());
    if number <= -0.05 { format!("−{digits}") } else { digits }
}

/// The sentence of this name, in both languages.
#[must_use]
pub(crate) fn say(key: &str, values: &[(&str, Value<'_>)]) -> Words {
    Words { it: ITALIAN.say(key, values), en: ENGLISH.say(key, values) }
}

/// Whether both languages know the sentence.
#[cfg(test)]
pub(crate) fn knows(key: &str) -> bool {
    ITALIAN.bundle.has_message(key) && ENGLISH.bundle.has_message(key)
}

/// Whole numbers with a mark between thousands.
fn grouped(value: &FluentValue<'_>, language: Language) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    Some(language.grouped(&format!("{:.0}", number.value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    fn keys(texts: &[&str]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for text in texts {
            FluentResource::try_new((*text).to_owned()).expect("the texts are well-formed");
            let keys = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
            for (key, _) in keys.filter_map(|line| line.split_once(" =")) {
                assert!(found.insert(key.to_owned()), "{key} stands twice");
            }
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_sentences() {
        let italian = keys(&ITALIAN_TEXTS);
        assert_eq!(italian, keys(&ENGLISH_TEXTS));
        assert!(italian.iter().all(|key| knows(key)));
    }

    /// The sources that say sentences, without this one.
    fn sources() -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("src/words.rs") {
                    found.push(fs::read_to_string(&path).unwrap());
                }
            }
        }
        found.retain(|source| source.contains("words::") && source.contains("say("));
        found
    }

    #[test]
    fn every_sentence_that_the_code_names_exists() {
        let sources = sources();
        let literals = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
        let groups = keys(&ITALIAN_TEXTS);
        let prefix = |key: &str| key.split('-').next().map(str::to_owned);
        let prefixes: BTreeSet<_> = groups.iter().filter_map(|key| prefix(key)).collect();
        let mut found = 0;
        for key in
            literals.filter(|it| it.contains('-') && it.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        {
            if prefix(key).is_some_and(|prefix| prefixes.contains(&prefix)) && !key.ends_with('-') {
                assert!(knows(key), "{key}");
                found += 1;
            }
        }
        assert!(found > 40, "only {found} sentences are named");
    }

    #[test]
    fn numbers_and_months_are_written_as_the_language_writes_them() {
        let april = Month::from_yyyymm(202_604).unwrap();
        let words = say(
            "my-ente-month",
            &[
                ("month", Value::Month(april)),
                ("n", Value::Count(1_234_567)),
                ("green", Value::Percent(0.934)),
            ],
        );
        assert!(
            words.it.contains("aprile 2026") && words.it.contains("1.234.567") && words.it.contains("93,4 %")
        );
        assert!(
            words.en.contains("April 2026") && words.en.contains("1,234,567") && words.en.contains("93.4 %")
        );
    }

    #[test]
    fn days_have_their_article_in_italian() {
        let day = |yyyymmdd| CivilDay::from_yyyymmdd(yyyymmdd).unwrap();
        assert_eq!(Language::Italian.day(day(20_260_411)), "l’11 aprile 2026");
        assert_eq!(Language::Italian.day(day(20_260_501)), "il 1º maggio 2026");
        assert_eq!(Language::English.day(day(20_260_411)), "11 April 2026");
        assert_eq!(Language::Italian.decimal("93.36"), "93,36");
    }
}
