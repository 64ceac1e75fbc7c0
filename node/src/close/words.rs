//! What a close publishes, in a sentence for the person who is about to do it.

use super::correction::keys_of;
use crate::words::{Language, Value, Words, say};
use faccina_proto::catalogue::Catalogue;
use faccina_proto::close::Closing;
use faccina_proto::summary::{Figures, Group, Summary};
use faccina_proto::tally::GroupKey;

/// "Mese di aprile 2026: 120 voti in 3 gruppi; 2 servizi saranno accorpati in altri servizi."
pub(crate) fn closing(closing: &Closing) -> Words {
    let month = ("month", Value::Month(closing.summary.month));
    let count = |n: usize| Value::Count(u64::try_from(n).unwrap_or(u64::MAX));
    let Some(figures) = closing.summary.figures() else {
        return say("close-carried", &[month, ("n", Value::Count(closing.votes_carried_out))]);
    };
    let carried = match closing.votes_carried_in {
        0 => Words::default(),
        n => say("close-carried-in", &[("n", Value::Count(n))]),
    };
    let reasons = match &closing.carry_out.reasons {
        None => Words::default(),
        Some(waiting) => say("close-reasons-wait", &[("n", Value::Count(waiting.reds))]),
    };
    let values = [
        month,
        ("n", Value::Count(figures.total().n())),
        ("groups", count(figures.groups.len())),
        ("merged", count(closing.services_merged.len())),
        ("carried", Value::Both(&carried)),
        ("reasons", Value::Both(&reasons)),
    ];
    say("close-figures", &values)
}

/// What a close would publish, and what is to be verified before.
pub(crate) fn preview(figures: &Closing, to_verify: &Words) -> Words {
    let figures = closing(figures);
    if to_verify.it.is_empty() {
        return figures;
    }
    say("close-preview", &[("figures", Value::Both(&figures)), ("verify", Value::Both(to_verify))])
}

/// What a correction publishes: the figures, and which groups change from what to what.
pub(crate) fn correction(corrected: &Closing, first: &Summary, catalogue: &Catalogue) -> Words {
    let (old, new) = (first.figures(), corrected.summary.figures());
    let mut changes = Words::default();
    for key in keys_of(&corrected.summary, first) {
        let group = name_of(key, catalogue);
        let of = |figures: Option<&Figures>| figures.and_then(|it| it.group(key)).cloned();
        let (old, new) = (of(old), of(new));
        let votes = |group: &Option<_>| group.as_ref().map_or(0, |it: &Group| it.votes.n());
        let faces = |group: &Option<Group>| group.as_ref().map(|it| it.votes);
        if faces(&old) != faces(&new) {
            let values = [
                ("group", Value::Both(&group)),
                ("from", Value::Count(votes(&old))),
                ("to", Value::Count(votes(&new))),
            ];
            join(&mut changes, &say("correct-group", &values));
        }
        let served = |group: &Option<Group>| group.as_ref().and_then(|it| it.served);
        if served(&old) != served(&new) {
            let (from, to) = (known(served(&old)), known(served(&new)));
            let values =
                [("group", Value::Both(&group)), ("from", Value::Both(&from)), ("to", Value::Both(&to))];
            join(&mut changes, &say("correct-served", &values));
        }
    }
    let figures = closing(corrected);
    say("correct-figures", &[("figures", Value::Both(&figures)), ("changes", Value::Both(&changes))])
}

/// An unknown number is never 0.
fn known(number: Option<u64>) -> Words {
    number.map_or_else(
        || say("correct-unknown", &[]),
        |number| say("correct-number", &[("n", Value::Count(number))]),
    )
}

fn name_of(key: &GroupKey, catalogue: &Catalogue) -> Words {
    let in_language = |language: Language| {
        let service = catalogue.services().get(&key.service).map(|service| &service.name);
        let other = say("correct-other-services", &[]);
        let service = match (service, language) {
            (Some(name), _) => name.in_language(language.tag()).to_owned(),
            (None, Language::Italian) => other.it,
            (None, Language::English) => other.en,
        };
        match catalogue.channels().get(&key.channel) {
            Some(channel) => format!("{service}, {}", channel.in_language(language.tag())),
            None => service,
        }
    };
    Words { it: in_language(Language::Italian), en: in_language(Language::English) }
}

/// Adds to a list in words.
pub(super) fn join(list: &mut Words, more: &Words) {
    for (list, more) in [(&mut list.it, &more.it), (&mut list.en, &more.en)] {
        if !list.is_empty() {
            list.push_str("; ");
        }
        list.push_str(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use faccina_proto::calendar::Month;
    use faccina_proto::carryover::Carryover;
    use faccina_proto::catalogue::Catalogue;
    use faccina_proto::close::{Books, Observed, close};
    use faccina_proto::envelope::Id;
    use faccina_proto::summary::Edition;
    use faccina_proto::tally::{Cell, Counts, GroupKey, Tally, Votes};
    use faccina_proto::wire::feed::v1 as wire;

    fn catalogue() -> Catalogue {
        let name = vec![wire::LocalisedText { language: "it".to_owned(), text: "nome".to_owned() }];
        let service = |code: &str| wire::Service {
            code: code.to_owned(),
            name: name.clone(),
            area: "area".to_owned(),
            audience: "citizens".to_owned(),
            kind: "registry".to_owned(),
            ..wire::Service::default()
        };
        let part = wire::CataloguePart {
            version: 1,
            services: vec![service("anagrafe"), service("tributi"), service("urp")],
            channels: vec![wire::Channel { code: "counter".to_owned(), name: name.clone() }],
            ..wire::CataloguePart::default()
        };
        Catalogue::assemble(1, Month::from_yyyymm(202_601).unwrap(), (5, 10), &[part]).unwrap()
    }

    fn said(cells: &[(&str, u64, u64)]) -> Words {
        let mut tally = Tally::default();
        for (service, green, red) in cells {
            let key = GroupKey { service: service.parse().unwrap(), channel: "counter".parse().unwrap() };
            let votes = Votes { green: *green, yellow: 0, red: *red };
            let cell = Cell { key, branch: "centro".parse().unwrap() };
            tally.add_counts(cell, Counts { votes, ..Counts::NONE });
        }
        let closed = close(&Books {
            month: Month::from_yyyymm(202_604).unwrap(),
            edition: Edition::First,
            tally: &tally,
            carry_in: &Carryover::default(),
            catalogue: &catalogue(),
            few_operators: &BTreeSet::new(),
            observed: &Observed::default(),
            ballots_root: Id::from_bytes([0; 32]),
            software_version: "0",
            restored: false,
            gap_months: &[],
        });
        closing(&closed.unwrap())
    }

    #[test]
    fn merged_services_and_waiting_reasons_are_said() {
        let words = said(&[("anagrafe", 40, 2), ("tributi", 3, 0), ("urp", 4, 0)]);
        assert_eq!(
            words.it,
            "Mese di aprile 2026: 49 voti in 2 gruppi; 2 servizi saranno accorpati in altri servizi; \
             i motivi di 2 voti rossi attendono i mesi successivi."
        );
        assert_eq!(
            words.en,
            "April 2026: 49 votes in 2 groups; 2 services will be merged into other services; \
             the reasons of 2 red votes wait for later months."
        );
    }

    #[test]
    fn a_carried_month_and_an_empty_one_are_said() {
        assert_eq!(
            said(&[("anagrafe", 1, 0)]).it,
            "Mese di aprile 2026: i voti sono troppo pochi per essere pubblicati; un voto è riportato al mese successivo e ora \
             si pubblica soltanto questo."
        );
        assert_eq!(said(&[]).it, "Mese di aprile 2026: nessun voto; nessun servizio sarà accorpato.");
    }
}
