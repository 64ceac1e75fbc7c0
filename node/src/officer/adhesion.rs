//! How far the federation is from its targets, who is late, and the message that reminds one of them.

use super::figures::sentence;
use crate::{
    views::{Adhesion, Lack, Latecomer, Views},
    words::{Language, Value, Words, say, voice},
};
use faccina_proto::{calendar::CivilDay, wire::officer::v1 as wire};

/// Days that a reminder leaves where nobody says how many.
const REMINDER_DAYS: i64 = 15;

pub(super) fn adhesion(views: &Views, today: CivilDay) -> wire::AdhesionReply {
    let adhesion = views.adhesion(today);
    let late = views.latecomers(today);
    let words = headline(&adhesion, late.len());
    wire::AdhesionReply {
        enti: u32::try_from(adhesion.enti).unwrap_or(u32::MAX),
        services: u32::try_from(adhesion.services).unwrap_or(u32::MAX),
        enti_target: adhesion.targets.map(|targets| targets.enti),
        services_target: adhesion.targets.map(|targets| targets.services),
        latecomers: late.iter().map(latecomer).collect(),
        headline_it: words.it,
        headline_en: words.en,
    }
}

/// "87/100 enti, 214/300 servizi", and how many are late.
fn headline(adhesion: &Adhesion, late: usize) -> Words {
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let late = ("late", Value::Count(number(late)));
    let enti = ("enti", Value::Count(number(adhesion.enti)));
    let services = ("services", Value::Count(number(adhesion.services)));
    match adhesion.targets {
        None => say("adhesion-figures", &[enti, services, late]),
        Some(targets) => {
            let enti_target = ("enti_target", Value::Count(targets.enti.into()));
            let services_target = ("services_target", Value::Count(targets.services.into()));
            say("adhesion-figures-of", &[enti, services, enti_target, services_target, late])
        }
    }
}

fn latecomer(late: &Latecomer<'_>) -> wire::Latecomer {
    wire::Latecomer {
        ipa_code: late.member.code.to_string(),
        name: late.member.name.clone(),
        mailbox: late.member.mailbox.clone(),
        lacks: late.lacks.iter().map(|lack| sentence(lack_words(lack))).collect(),
    }
}

fn lack_words(lack: &Lack) -> Words {
    match lack {
        Lack::Plan => say("adhesion-lack-plan", &[]),
        Lack::Months { first, count } => {
            let count = Value::Count(u64::try_from(*count).unwrap_or(u64::MAX));
            say("adhesion-lack-months", &[("month", Value::Month(*first)), ("count", count)])
        }
        Lack::Refused(month) => say("adhesion-lack-refused", &[("month", Value::Month(*month))]),
        Lack::Key(day) => say("adhesion-lack-key", &[("day", Value::Day(*day))]),
    }
}

/// The message for one late ente. DFP writes to enti in Italian.
pub(super) fn reminder(
    late: &Latecomer<'_>,
    until: Option<CivilDay>,
    today: CivilDay,
) -> wire::ReminderReply {
    let voice = voice(Language::Italian);
    let until = until.unwrap_or_else(|| today.plus_days(REMINDER_DAYS));
    let name = ("name", Value::Text(&late.member.name));
    let line = |lack: &Lack| format!("- {};", lack_words(lack).it);
    let mut lines: Vec<String> = late.lacks.iter().map(line).collect();
    if let Some(last) = lines.last_mut() {
        *last = last.trim_end_matches(';').to_owned() + ".";
    }
    let lines = lines.join("\n");
    let text =
        voice.say("adhesion-reminder", &[name, ("lacks", Value::Text(&lines)), ("until", Value::Day(until))]);
    wire::ReminderReply {
        mailbox: late.member.mailbox.clone(),
        subject: voice.say("adhesion-reminder-subject", &[name]),
        text,
    }
}
