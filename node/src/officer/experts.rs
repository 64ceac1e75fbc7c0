//! The administrations that DFP designated, with the evidence beside them.

use super::{evidence, neighbours::reasons_from_own, reader::Reader};
use crate::{
    views::Expert,
    words::{Value, Words, say},
};
use faccina_proto::{calendar::Month, wire::officer::v1 as wire};

pub(super) fn experts(reader: &Reader<'_>) -> wire::ExpertsReply {
    let mut experts = reader.views.experts(reader.today);
    experts.retain(|expert| expert.member.code != *reader.own);
    let words = headline(&experts);
    let month = reader.views.newest_month();
    wire::ExpertsReply {
        experts: experts.iter().map(|expert| one(reader, expert, month)).collect(),
        headline_it: words.it,
        headline_en: words.en,
    }
}

fn one(reader: &Reader<'_>, expert: &Expert<'_>, month: Option<Month>) -> wire::Expert {
    let code = &expert.member.code;
    let says = expert.availability;
    let profiles = month.and_then(|month| reader.profiles(month));
    wire::Expert {
        ipa_code: code.to_string(),
        name: expert.member.name.clone(),
        category: expert.member.category.clone(),
        region: expert.member.region.clone(),
        population: expert.member.population,
        mailbox: expert.member.mailbox.clone(),
        areas: expert.areas.iter().map(|area| (*area).to_owned()).collect(),
        reason: expert.reasons.join("; "),
        valid_to_day: expert.valid_to.yyyymmdd(),
        valid_to_days: expert.days.iter().map(|day| day.yyyymmdd()).collect(),
        available: says.map(|says| says.available),
        evidence: month.map(|month| evidence_of(reader, expert, month)).unwrap_or_default(),
        topics: says.map(|says| says.topics.clone()).unwrap_or_default(),
        note: says.map(|says| says.note.clone()).unwrap_or_default(),
        cards: count(reader.views.cards_of(code).count()),
        twinnings: count(reader.views.twinnings_as_expert(code).iter().filter(|it| it.concluded).count()),
        distance: profiles.and_then(|profiles| profiles.distance(reader.own, code)),
        reasons: month.map(|month| reasons_from_own(reader, month, code)).unwrap_or_default(),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Of the areas that it is designated for.
fn evidence_of(reader: &Reader<'_>, expert: &Expert<'_>, month: Month) -> Vec<wire::Evidence> {
    let yardstick = reader.answers.yardstick(reader.views, month);
    let found = yardstick.evidence(reader.views, &expert.member.code);
    let designated = found.iter().filter(|(area, _)| expert.areas.contains(area));
    designated.map(|(area, found)| evidence::of(area, found)).collect()
}

fn headline(experts: &[Expert<'_>]) -> Words {
    let available = |expert: &&Expert<'_>| expert.availability.is_some_and(|says| says.available);
    let count = |n: usize| Value::Count(u64::try_from(n).unwrap_or(u64::MAX));
    match experts.len() {
        0 => say("experts-none", &[]),
        n => {
            let available = count(experts.iter().filter(available).count());
            say("experts-some", &[("n", count(n)), ("available", available)])
        }
    }
}
