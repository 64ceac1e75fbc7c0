//! Figures in words: counts, shares, intervals, months, days, each as its language writes it.
//!
//! What is not known, or is no number, is said so: never 0.

use crate::texts::{Language, Texts};
use faccina_proto::text::turns;
use faccina_proto::wire::officer::v1::{Counts, Interval, Share};

/// Below this many votes a share is never shown without its interval (votes).
pub const INTERVAL_N_MAX: u64 = 300;

/// The sum of the three faces; saturates, since counts come from outside.
#[must_use]
pub fn votes(counts: &Counts) -> u64 {
    counts.green.saturating_add(counts.yellow).saturating_add(counts.red)
}

/// A count with its thousands: 1.204 in Italian, 1,204 in English.
#[must_use]
pub fn count(n: u64, language: Language) -> String {
    let separator = match language {
        Language::Italian => '.',
        Language::English => ',',
    };
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

/// A fraction as a percentage with one decimal: 93,1 % or 93.1%.
#[must_use]
pub fn percent(fraction: f64, texts: &Texts) -> String {
    if !fraction.is_finite() {
        return texts.say("unknown");
    }
    match texts.language() {
        Language::Italian => format!("{} %", decimal(fraction * 100.0, Language::Italian)),
        Language::English => format!("{}%", decimal(fraction * 100.0, Language::English)),
    }
}

/// A fraction as a percentage without its sign, for narrow columns: 93,1.
#[must_use]
pub fn percent_bare(fraction: f64, texts: &Texts) -> String {
    if fraction.is_finite() { decimal(fraction * 100.0, texts.language()) } else { texts.say("unknown") }
}

/// A plain number with this many decimals.
#[must_use]
pub fn number(value: f64, decimals: usize, texts: &Texts) -> String {
    if !value.is_finite() {
        return texts.say("unknown");
    }
    let written = format!("{value:.decimals$}");
    match texts.language() {
        Language::Italian => written.replace('.', ","),
        Language::English => written,
    }
}

/// How alike two enti are, from their distance: 1 less it, in whole percent.
#[must_use]
pub fn likeness(distance: f64, texts: &Texts) -> String {
    if !distance.is_finite() {
        return texts.say("unknown");
    }
    match texts.language() {
        Language::Italian => format!("{:.0} %", (1.0 - distance.clamp(0.0, 1.0)) * 100.0),
        Language::English => format!("{:.0}%", (1.0 - distance.clamp(0.0, 1.0)) * 100.0),
    }
}

/// An interval of a share, in percent: [90,4–94,2].
#[must_use]
pub fn interval(bounds: &Interval, texts: &Texts) -> String {
    if !bounds.low.is_finite() || !bounds.high.is_finite() {
        return format!("[{}]", texts.say("unknown"));
    }
    let language = texts.language();
    format!("[{}–{}]", decimal(bounds.low * 100.0, language), decimal(bounds.high * 100.0, language))
}

/// A difference of shares, in percentage points with its sign: −3,9.
#[must_use]
pub fn points(difference: f64, texts: &Texts) -> String {
    if !difference.is_finite() {
        return texts.say("unknown");
    }
    let shown = decimal(difference.abs() * 100.0, texts.language());
    let is_zero = shown.chars().all(|c| matches!(c, '0' | ',' | '.'));
    match (is_zero, difference > 0.0) {
        (true, _) => shown,
        (false, true) => format!("+{shown}"),
        (false, false) => format!("−{shown}"),
    }
}

/// The interval of a difference, in points: [−5,9; −1,8].
#[must_use]
pub fn points_interval(bounds: &Interval, texts: &Texts) -> String {
    format!("[{}; {}]", points(bounds.low, texts), points(bounds.high, texts))
}

/// A share in one text: with its interval where `n` asks for it or `always`.
#[must_use]
pub fn share(share: Option<&Share>, n: u64, always: bool, texts: &Texts) -> String {
    let Some(share) = share else { return texts.say("unknown") };
    let value = percent(share.value, texts);
    match &share.wilson {
        Some(bounds) if always || n < INTERVAL_N_MAX => format!("{value} {}", interval(bounds, texts)),
        Some(_) | None => value,
    }
}

/// The months of a window, as maggio 2025 – aprile 2026; one month alone where it is one.
#[must_use]
pub fn period(from: u32, to: u32, texts: &Texts) -> String {
    if from == 0 || from == to {
        return month(to, texts);
    }
    format!("{} – {}", month(from, texts), month(to, texts))
}

/// A month, as marzo 2026; what is no month is shown as it came.
#[must_use]
pub fn month(yyyymm: u32, texts: &Texts) -> String {
    let (year, number) = (yyyymm / 100, yyyymm % 100);
    if !(1..=12).contains(&number) {
        return texts.say("unknown");
    }
    texts.say_with("month-year", &[("month", number.into()), ("year", year.to_string().into())])
}

/// A civil day: 11/04/2026 in Italian, 2026-04-11 in English; 0 is not known.
#[must_use]
pub fn day(yyyymmdd: u32, texts: &Texts) -> String {
    if yyyymmdd == 0 {
        return texts.say("unknown");
    }
    let (year, month, day) = (yyyymmdd / 10_000, yyyymmdd / 100 % 100, yyyymmdd % 100);
    match texts.language() {
        Language::Italian => format!("{day:02}/{month:02}/{year:04}"),
        Language::English => format!("{year:04}-{month:02}-{day:02}"),
    }
}

/// A name from outside, fit for a line: without control and direction characters.
#[must_use]
pub fn plain(name: &str) -> String {
    let blank = |c| if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c };
    name.chars().map(blank).filter(|c| is_plain(*c)).collect()
}

/// The same of a text whose lines stay apart.
#[must_use]
pub fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// False for what moves a terminal's cursor or turns the direction of writing.
#[must_use]
pub fn is_plain(c: char) -> bool {
    !c.is_control() && !turns(c)
}

fn decimal(value: f64, language: Language) -> String {
    let written = format!("{value:.1}");
    match language {
        Language::Italian => written.replace('.', ","),
        Language::English => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_language() {
        assert_eq!(count(0, Language::Italian), "0");
        assert_eq!(count(999, Language::Italian), "999");
        assert_eq!(count(1_234_567, Language::Italian), "1.234.567");
        assert_eq!(count(12_345, Language::English), "12,345");
    }

    #[test]
    fn points_carry_a_true_sign_and_zero_none() {
        let texts = Texts::new(Language::Italian);
        assert_eq!(points(-0.039, &texts), "−3,9");
        assert_eq!(points(0.039, &texts), "+3,9");
        assert_eq!(points(-0.0001, &texts), "0,0");
    }

    #[test]
    fn what_is_no_number_is_said_to_be_unknown() {
        let texts = Texts::new(Language::Italian);
        assert_eq!(percent(f64::NAN, &texts), "non noto");
        assert_eq!(share(None, 0, true, &texts), "non noto");
        assert_eq!(day(0, &texts), "non noto");
        assert_eq!(month(202_613, &texts), "non noto");
        assert_eq!(interval(&Interval { low: f64::INFINITY, high: 1.0 }, &texts), "[non noto]");
    }

    #[test]
    fn small_n_brings_the_interval_along() {
        let texts = Texts::new(Language::English);
        let it = Share { value: 0.9, wilson: Some(Interval { low: 0.8, high: 0.95 }) };
        assert_eq!(share(Some(&it), 299, false, &texts), "90.0% [80.0–95.0]");
        assert_eq!(share(Some(&it), 300, false, &texts), "90.0%");
    }

    #[test]
    fn names_from_outside_cannot_turn_the_line_round() {
        assert_eq!(plain("a\u{202e}b\u{1b}[31mc\n"), "ab[31mc ");
    }
}
