//! A publication as a tidy table, one row a measure, in the CSV of RFC 4180: UTF-8, commas, a header, lines that end with
//! CR LF. `node/PUBLICATION.md` documents the columns. An empty field is not known or does not apply, never 0.

use super::{
    ente::{EnteMonth, Point, Published},
    figures::{Face, Faces, Participation, Share},
    fixed_mix::FixedMix,
    imprint::Label,
    national::NationalMonth,
    reasons::{Reasons, Scope},
    restated::Version,
};
use faccina_proto::{
    calendar::Month,
    summary::{Backing, CodedCount, Integrity},
    wire::feed::v1::Coverage,
};
use std::borrow::Cow;

/// The columns of both tables.
const HEADER: [&str; 17] = [
    "publisher",
    "month",
    "edition",
    "part",
    "service",
    "service_name",
    "channel",
    "channel_name",
    "measure",
    "measure_name",
    "count",
    "n",
    "percent",
    "low",
    "high",
    "enti",
    "state",
];

/// A named figure of a message.
pub(super) type Named<S, T> = (&'static str, fn(&S) -> T);

/// The integrity counts by name.
pub(super) const INTEGRITY: [Named<Integrity, Option<CodedCount>>; 5] = [
    ("late", |it| it.late),
    ("repeat", |it| it.repeat),
    ("outside_hours", |it| it.outside_hours),
    ("revoked_terminal", |it| it.revoked_terminal),
    ("over_served", |it| it.over_served),
];

/// The coverage of a national month by name.
pub(super) const COVERAGE: [Named<Coverage, u64>; 8] = [
    ("expected", |it| it.expected.into()),
    ("counted", |it| it.counted.into()),
    ("carried", |it| it.carried.into()),
    ("refused", |it| it.refused.into()),
    ("not_understood", |it| it.not_understood.into()),
    ("forked", |it| it.forked.into()),
    ("population_expected", |it| it.population_expected),
    ("population_counted", |it| it.population_counted),
];

/// The class of the share of votes backed by an invite or an attendant, as the data write it.
#[must_use]
pub(super) fn backing(backing: Backing) -> &'static str {
    match backing {
        Backing::None => "none",
        Backing::UnderQuarter => "under a quarter",
        Backing::ToHalf => "to half",
        Backing::ToThreeQuarters => "to three quarters",
        Backing::More => "more",
        Backing::All => "all",
    }
}

/// One row; what it leaves empty does not apply or is not known.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row<'a> {
    month: Option<Month>,
    /// Of another publication of the same month.
    edition: Option<u32>,
    part: &'static str,
    stratum: Option<(Option<&'a Label>, &'a Label)>,
    measure: &'static str,
    measure_name: &'a str,
    count: Option<u64>,
    n: Option<u64>,
    share: Option<Share>,
    enti: Option<u32>,
    state: Cow<'static, str>,
}

/// The rows of one publication.
#[derive(Debug)]
struct Table<'a> {
    publisher: &'a str,
    month: Month,
    edition: u32,
    rows: Vec<Row<'a>>,
}

/// The month of an ente.
#[must_use]
pub(super) fn ente(document: &EnteMonth) -> String {
    let mut table = Table::new(document.imprint.code.as_str(), document.imprint.month, document.edition);
    match document.published.as_deref() {
        None => {
            table.push(Row { part: "total", measure: "votes", state: "carried".into(), ..Row::default() })
        }
        Some(published) => table.publish(published),
    }
    if let Some(first) = document.withdrawn {
        table.faces(&Row { part: "withdrawn", ..Row::default() }, first);
    }
    table.series(&document.year.series);
    table.faces(&Row { part: "twelve_months", ..Row::default() }, document.year.faces);
    table.written()
}

/// The national month. Its edition is the number of the restatement, 0 for the first publication.
#[must_use]
pub(super) fn national(document: &NationalMonth) -> String {
    let mut table = Table::new(document.imprint.code.as_str(), document.imprint.month, document.restatement);
    table.faces(&Row { part: "total", ..Row::default() }, document.total);
    for (measure, count) in COVERAGE {
        let count = Some(count(&document.coverage));
        table.push(Row { part: "coverage", measure, count, ..Row::default() });
    }
    let carried_in = Some(document.carried_in.into());
    table.push(Row { part: "coverage", measure: "carried_in", count: carried_in, ..Row::default() });
    for cell in &document.cells {
        let stratum = Some((Some(&cell.service), &cell.channel));
        table.faces(&Row { part: "group", stratum, enti: Some(cell.enti), ..Row::default() }, cell.faces);
    }
    document.reasons.iter().for_each(|reasons| table.reasons(reasons));
    table.series(&document.series);
    document.fixed_mix.iter().for_each(|fixed| table.fixed_mix(fixed));
    document.versions.iter().for_each(|version| table.version(version));
    table.written()
}

impl<'a> Table<'a> {
    fn new(publisher: &'a str, month: Month, edition: u32) -> Self {
        Self { publisher, month, edition, rows: Vec::new() }
    }

    fn push(&mut self, row: Row<'a>) {
        self.rows.push(row);
    }

    fn publish(&mut self, published: &'a Published) {
        let total = Row { part: "total", ..Row::default() };
        self.faces(&total, published.total);
        self.participation(&total, published.participation);
        for group in &published.groups {
            let stratum = Some((Some(&group.service), &group.channel));
            let of_group = Row { part: "group", stratum, ..Row::default() };
            self.faces(&of_group, group.faces);
            self.participation(&of_group, group.participation);
        }
        published.reasons.iter().for_each(|reasons| self.reasons(reasons));
        let waiting = Some(published.reds_waiting);
        self.push(Row {
            part: "carryover",
            measure: "reds_without_reasons",
            count: waiting,
            ..Row::default()
        });
        for month in &published.carried_from {
            let row =
                Row { part: "carryover", measure: "carried_from", state: "carried".into(), ..Row::default() };
            self.push(Row { month: Some(*month), ..row });
        }
        self.integrity(published);
    }

    /// One row for all votes, one for each face.
    fn faces(&mut self, of: &Row<'a>, faces: Faces) {
        self.push(Row { measure: "votes", count: Some(faces.n()), ..of.clone() });
        for face in Face::ALL {
            let (count, n) = (Some(faces.count(face)), Some(faces.n()));
            self.push(Row {
                measure: face.name(),
                count,
                n,
                share: faces.rate(face).map(Share::from),
                ..of.clone()
            });
        }
    }

    /// Votes among users served.
    fn participation(&mut self, of: &Row<'a>, participation: Participation) {
        let (count, n) = (Some(participation.votes), participation.served);
        let share = participation.rate().map(Share::from);
        self.push(Row { measure: "participation", count, n, share, ..of.clone() });
    }

    fn reasons(&mut self, reasons: &'a Reasons) {
        const MEASURES: [&str; 4] = ["reason_1", "reason_2", "reason_3", "reason_4"];
        let (part, stratum) = match &reasons.scope {
            Scope::Group { service, channel } => ("own_reasons", Some((Some(service), channel))),
            Scope::Channel { channel } => ("channel_reasons", Some((None, channel))),
            Scope::Pool { .. } => ("pooled_reasons", None),
        };
        for (measure, (text, count, rate)) in MEASURES.into_iter().zip(reasons.each()) {
            let (count, n) = (Some(count), Some(reasons.reds));
            let share = rate.map(Share::from);
            self.push(Row { part, stratum, measure, measure_name: text, count, n, share, ..Row::default() });
        }
    }

    fn integrity(&mut self, published: &Published) {
        for (measure, count) in INTEGRITY {
            let (count, state) = match count(&published.integrity).map(CodedCount::code) {
                None => (None, "unknown"),
                Some(0) => (Some(0), "exact"),
                Some(1) => (None, "fewer than 5"),
                Some(count) => (Some(u64::from(count)), "at least"),
            };
            self.push(Row { part: "integrity", measure, count, state: state.into(), ..Row::default() });
        }
        let state = published.integrity.backing.map_or("unknown", backing);
        self.push(Row { part: "integrity", measure: "backing", state: state.into(), ..Row::default() });
        let tenths = published.listened_tenths.map(u64::from);
        let state = if tenths.is_some() { "" } else { "unknown" };
        let n = tenths.map(|_| 10);
        self.push(Row {
            part: "integrity",
            measure: "listened_tenths",
            count: tenths,
            n,
            state: state.into(),
            ..Row::default()
        });
    }

    fn series(&mut self, series: &[Point]) {
        for point in series {
            let state = point.state.name().into();
            let of_month = Row { month: Some(point.month), part: "series", state, ..Row::default() };
            match point.faces {
                Some(faces) => self.faces(&of_month, faces),
                None => self.push(Row { measure: "votes", ..of_month }),
            }
        }
    }

    /// Of how many votes, then each face: a share of no count, for it is weighted.
    fn fixed_mix(&mut self, fixed: &FixedMix) {
        for point in &fixed.series {
            let of_month = Row { month: Some(point.month), part: "fixed_mix", ..Row::default() };
            let (count, n) = (Some(point.covered), Some(point.n));
            self.push(Row { measure: "votes", count, n, ..of_month.clone() });
            for (face, share) in point.each() {
                let (n, share) = (Some(point.covered), Some(share));
                self.push(Row { measure: face.name(), n, share, ..of_month.clone() });
            }
        }
    }

    /// The day, the enti and the votes of one publication of the month.
    fn version(&mut self, version: &Version) {
        let edition = Some(version.restatement);
        let of_version = Row { edition, part: "publications", ..Row::default() };
        let state = Cow::Owned(version.day.to_string());
        self.push(Row { measure: "published_on", state, ..of_version.clone() });
        let Coverage { expected, counted, .. } = version.coverage;
        for (measure, count) in [("expected", expected), ("counted", counted)] {
            self.push(Row { measure, count: Some(count.into()), ..of_version.clone() });
        }
        self.faces(&of_version, version.total);
    }

    fn written(&self) -> String {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let rows = self.rows.iter().map(|row| self.fields(row));
        for fields in [HEADER.map(str::to_owned)].into_iter().chain(rows) {
            writer.write_record(fields).expect("memory takes rows of equal length");
        }
        let bytes = writer.into_inner().expect("memory takes what is left");
        String::from_utf8(bytes).expect("fields are text")
    }

    fn fields(&self, row: &Row<'_>) -> [String; 17] {
        let (service, channel) = row.stratum.map_or((None, None), |(service, it)| (service, Some(it)));
        let code = |label: Option<&Label>| label.map(|it| it.written().to_owned()).unwrap_or_default();
        let name = |label: Option<&Label>| label.map(|it| cell(&it.name)).unwrap_or_default();
        let number = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        let of_share = |value: fn(&Share) -> String| row.share.as_ref().map(value).unwrap_or_default();
        // The edition of another month is that month's own.
        let own = row.month.is_none_or(|month| month == self.month);
        [
            self.publisher.to_owned(),
            row.month.unwrap_or(self.month).to_string(),
            if own { row.edition.unwrap_or(self.edition).to_string() } else { String::new() },
            row.part.to_owned(),
            code(service),
            name(service),
            code(channel),
            name(channel),
            row.measure.to_owned(),
            cell(row.measure_name),
            number(row.count),
            number(row.n),
            of_share(|share| share.percent.to_string()),
            of_share(|share| share.low.to_string()),
            of_share(|share| share.high.to_string()),
            number(row.enti.map(u64::from)),
            row.state.clone().into_owned(),
        ]
    }
}

/// A name for a spreadsheet: one that would be read there as a formula gets an apostrophe before it.
fn cell(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_becomes_a_formula() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(cell("Anagrafe"), "Anagrafe");
    }
}
