//! What a close publishes, in a sentence for the person who is about to do it.

use faccina_proto::close::Closing;

const MONTHS_IT: [&str; 12] = [
    "Gennaio",
    "Febbraio",
    "Marzo",
    "Aprile",
    "Maggio",
    "Giugno",
    "Luglio",
    "Agosto",
    "Settembre",
    "Ottobre",
    "Novembre",
    "Dicembre",
];
const MONTHS_EN: [&str; 12] = [
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

/// One thing or several.
fn count(n: u64, one: &str, several: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {several}") }
}

fn month_name(closing: &Closing, names: &[&str; 12]) -> String {
    let month = closing.summary.month;
    let index = usize::try_from(month.of_year().saturating_sub(1)).unwrap_or(0);
    let name = names.get(index).copied().unwrap_or_default();
    format!("{name} {}", month.year())
}

/// "Aprile 2026: 120 voti in 3 gruppi. 2 servizi saranno accorpati in altri servizi; nessun voto riportato."
pub(crate) fn italian(closing: &Closing) -> String {
    let month = month_name(closing, &MONTHS_IT);
    let Some(figures) = closing.summary.figures() else {
        let votes = count(closing.votes_carried_out, "voto è riportato", "voti sono riportati");
        return format!(
            "{month}: i voti sono troppo pochi per essere pubblicati; {votes} al mese successivo e ora si pubblica soltanto questo."
        );
    };
    let votes = count(figures.total().n(), "voto", "voti");
    let groups = count(figures.groups.len() as u64, "gruppo", "gruppi");
    let merged = match closing.services_merged.len() as u64 {
        0 => "nessun servizio sarà accorpato".to_owned(),
        n => format!("{} in altri servizi", count(n, "servizio sarà accorpato", "servizi saranno accorpati")),
    };
    let carried = match closing.votes_carried_in {
        0 => String::new(),
        n => format!("; {} dai mesi precedenti", count(n, "voto riportato", "voti riportati")),
    };
    let reasons = match &closing.carry_out.reasons {
        None => String::new(),
        Some(waiting) => format!(
            "; i motivi di {} attendono i mesi successivi",
            count(waiting.reds, "voto rosso", "voti rossi")
        ),
    };
    format!("{month}: {votes} in {groups}; {merged}{carried}{reasons}.")
}

/// The same in English.
pub(crate) fn english(closing: &Closing) -> String {
    let month = month_name(closing, &MONTHS_EN);
    let Some(figures) = closing.summary.figures() else {
        let votes = count(closing.votes_carried_out, "vote is carried", "votes are carried");
        return format!(
            "{month}: the votes are too few to be published; {votes} to the next month, and only this is published now."
        );
    };
    let votes = count(figures.total().n(), "vote", "votes");
    let groups = count(figures.groups.len() as u64, "group", "groups");
    let merged = match closing.services_merged.len() as u64 {
        0 => "no service will be merged".to_owned(),
        n => format!("{} into other services", count(n, "service will be merged", "services will be merged")),
    };
    let carried = match closing.votes_carried_in {
        0 => String::new(),
        n => format!("; {} from earlier months", count(n, "vote carried", "votes carried")),
    };
    let reasons = match &closing.carry_out.reasons {
        None => String::new(),
        Some(waiting) => {
            format!("; the reasons of {} wait for later months", count(waiting.reds, "red vote", "red votes"))
        }
    };
    format!("{month}: {votes} in {groups}; {merged}{carried}{reasons}.")
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

    fn closing(cells: &[(&str, u64, u64)]) -> Closing {
        let mut tally = Tally::default();
        for (service, green, red) in cells {
            let key = GroupKey { service: service.parse().unwrap(), channel: "counter".parse().unwrap() };
            let votes = Votes { green: *green, yellow: 0, red: *red };
            let cell = Cell { key, branch: "centro".parse().unwrap() };
            tally.add_counts(cell, Counts { votes, ..Counts::NONE });
        }
        close(&Books {
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
        })
        .unwrap()
    }

    #[test]
    fn merged_services_and_waiting_reasons_are_said() {
        let closing = closing(&[("anagrafe", 40, 2), ("tributi", 3, 0), ("urp", 4, 0)]);
        assert_eq!(
            italian(&closing),
            "Aprile 2026: 49 voti in 2 gruppi; 2 servizi saranno accorpati in altri servizi; \
             i motivi di 2 voti rossi attendono i mesi successivi."
        );
        assert_eq!(
            english(&closing),
            "April 2026: 49 votes in 2 groups; 2 services will be merged into other services; \
             the reasons of 2 red votes wait for later months."
        );
    }

    #[test]
    fn a_carried_month_and_an_empty_one_are_said() {
        assert_eq!(
            italian(&closing(&[("anagrafe", 1, 0)])),
            "Aprile 2026: i voti sono troppo pochi per essere pubblicati; 1 voto è riportato al mese successivo e ora \
             si pubblica soltanto questo."
        );
        assert_eq!(
            italian(&closing(&[])),
            "Aprile 2026: 0 voti in 0 gruppi; nessun servizio sarà accorpato."
        );
    }
}
