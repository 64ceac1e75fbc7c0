//! Sentences for people of the ente, in Italian and English, from `texts/<language>/*.ftl`, one file a matter.
//!
//! Both languages travel in every answer, so that the screen chooses without asking again. Numbers and months are
//! written as each language writes them.

use faccina_proto::calendar::{CivilDay, Month};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

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
    Month(Month),
    Day(CivilDay),
}

struct Language {
    bundle: FluentBundle<FluentResource>,
    months: [&'static str; 12],
    decimal_mark: &'static str,
    /// A day of the month as it stands before the month.
    day: fn(u32) -> String,
}

const ITALIAN_TEXTS: [&str; 2] =
    [include_str!("../texts/it/close.ftl"), include_str!("../texts/it/officer.ftl")];
const ENGLISH_TEXTS: [&str; 2] =
    [include_str!("../texts/en/close.ftl"), include_str!("../texts/en/officer.ftl")];

static ITALIAN: LazyLock<Language> = LazyLock::new(|| {
    let mut bundle = FluentBundle::new_concurrent(vec![language("it")]);
    bundle.set_formatter(Some(|value, _| grouped(value, '.')));
    let months = [
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
    ];
    Language::new(bundle, &ITALIAN_TEXTS, months, ",", italian_day)
});

static ENGLISH: LazyLock<Language> = LazyLock::new(|| {
    let mut bundle = FluentBundle::new_concurrent(vec![language("en")]);
    bundle.set_formatter(Some(|value, _| grouped(value, ',')));
    let months = [
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
    ];
    Language::new(bundle, &ENGLISH_TEXTS, months, ".", |day| day.to_string())
});

fn language(tag: &str) -> LanguageIdentifier {
    tag.parse().expect("two letters are a language tag")
}

impl Language {
    fn new(
        mut bundle: FluentBundle<FluentResource>,
        texts: &[&str],
        months: [&'static str; 12],
        decimal_mark: &'static str,
        day: fn(u32) -> String,
    ) -> Self {
        bundle.set_use_isolating(false);
        for text in texts {
            // A line that is no message is left out here and found by the test that reads the file.
            let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(partial, _)| partial);
            bundle.add_resource_overriding(resource);
        }
        Self { bundle, months, decimal_mark, day }
    }

    fn say(&self, key: &str, values: &[(&str, Value<'_>)], of: fn(&Words) -> &str) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set((*name).to_owned(), self.value(*value, of));
        }
        self.bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    }

    fn value<'a>(&self, value: Value<'a>, of: fn(&Words) -> &str) -> FluentValue<'a> {
        match value {
            Value::Text(text) => text.into(),
            Value::Both(words) => of(words).to_owned().into(),
            Value::Count(count) => count.into(),
            Value::Percent(share) => format!("{:.1} %", share * 100.0).replace('.', self.decimal_mark).into(),
            Value::Month(month) => self.month(month).into(),
            Value::Day(day) => format!("{} {}", (self.day)(day.of_month()), self.month(day.month())).into(),
        }
    }

    fn month(&self, month: Month) -> String {
        let place = usize::try_from(month.of_year()).unwrap_or(1).saturating_sub(1);
        format!("{} {}", self.months.get(place).copied().unwrap_or_default(), month.year())
    }
}

/// The sentence of this name.
#[must_use]
pub(crate) fn say(key: &str, values: &[(&str, Value<'_>)]) -> Words {
    Words { it: ITALIAN.say(key, values, |words| &words.it), en: ENGLISH.say(key, values, |words| &words.en) }
}

/// Whether both languages know the sentence.
#[cfg(test)]
pub(crate) fn knows(key: &str) -> bool {
    ITALIAN.bundle.has_message(key) && ENGLISH.bundle.has_message(key)
}

/// With its article: il 10, l’11, il 1º.
fn italian_day(day: u32) -> String {
    match day {
        1 => "il 1º".to_owned(),
        8 | 11 => format!("l’{day}"),
        _ => format!("il {day}"),
    }
}

/// Whole numbers with a mark between thousands.
fn grouped(value: &FluentValue<'_>, mark: char) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let digits = format!("{:.0}", number.value);
    let mut written = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push(mark);
        }
        written.push(digit);
    }
    Some(written)
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
}
