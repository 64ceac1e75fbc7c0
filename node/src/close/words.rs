//! What a close publishes, in a sentence for the person who is about to do it.

use faccina_proto::close::Closing;

const MONTHS_IT: [&str; 12] = [
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
