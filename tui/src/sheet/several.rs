//! The sheets in which enti stand beside each other: *Confronto*, *Simili*, *Esperte*, *Gemellaggio*.

use super::parts::{bounds, chosen, columns, counts, day, filters, known, share, text, title};
use super::{Sheet, Table, Value};
use crate::figures;
use crate::model::Model;
use crate::names;
use crate::texts::Texts;
use faccina_proto::wire::officer::v1::{self as officer, Beyond, EnteRow, Pooled, Sentence, Stratum};

pub(super) fn comparison(model: &Model, texts: &Texts) -> Option<Sheet> {
    let reply = model.comparison.data.as_ref()?;
    let mut facts = chosen(model, reply.from_month, reply.month, texts);
    facts.extend(filters(model, texts));
    if let Some(funnel) = &reply.funnel {
        facts.push((texts.say("funnel-target"), figures::percent(funnel.target, texts)));
        facts.push((texts.say("sheet-fact-rho"), figures::number(funnel.rho, 4, texts)));
    }
    let rows = model.comparison_rows.iter().filter_map(|index| reply.rows.get(*index));
    let enti = Table {
        title: texts.say("screen-comparison"),
        columns: columns(&ENTE_COLUMNS, texts),
        rows: rows.map(|row| ente_row(row, texts)).collect(),
    };
    let mut tables = vec![enti];
    let mut notes = vec![texts.choose(&reply.headline_it, &reply.headline_en)];
    if let Some(ente) = model.compared_ente() {
        let name = ente.row.as_ref().map_or_else(String::new, |row| figures::plain(&row.name));
        notes.extend(said(&ente.sentences, texts).map(|words| format!("{name}: {words}")));
        tables.push(series(&name, ente, texts));
        tables.push(ente_strata(model, &name, ente, texts));
    }
    let title = title(model, texts);
    Some(Sheet { slug: "confronto", title, month: reply.month, facts, notes, tables })
}

const ENTE_COLUMNS: [&str; 25] = [
    "code",
    "ente",
    "category",
    "region",
    "population",
    "state",
    "months",
    "n",
    "green-votes",
    "yellow-votes",
    "red-votes",
    "green",
    "green-low",
    "green-high",
    "red",
    "red-low",
    "red-high",
    "own-target",
    "adjusted",
    "adjusted-low",
    "adjusted-high",
    "estimate",
    "estimate-low",
    "estimate-high",
    "peers",
];

fn ente_row(row: &EnteRow, texts: &Texts) -> Vec<Value> {
    let mut cells = vec![
        text(&row.ipa_code),
        text(&row.name),
        Value::Text(names::category(&row.category, texts)),
        text(&row.region),
        known(row.population),
        Value::Text(texts.say(&format!("summary-{}", state(row)))),
        Value::Count(row.months.into()),
    ];
    cells.extend(counts(row.votes.as_ref()));
    cells.extend(share(row.green.as_ref()));
    cells.extend(share(row.red.as_ref()));
    match &row.place {
        Some(place) => {
            cells.push(Value::Percent(place.own_target));
            cells.push(Value::Percent(place.adjusted));
            cells.extend(bounds(place.adjusted_interval.as_ref()));
            cells.push(Value::Percent(place.estimate));
            cells.extend(bounds(place.estimate_interval.as_ref()));
            cells.push(beyond(place.peers(), texts));
        }
        None => cells.extend(std::iter::repeat_n(Value::Unknown, 8)),
    }
    cells
}

fn state(row: &EnteRow) -> &'static str {
    use officer::SummaryState as State;
    match row.state() {
        State::Counted => "counted",
        State::Carried => "carried",
        State::Refused => "refused",
        State::NotUnderstood => "not-understood",
        State::Forked => "forked",
        State::Missing => "missing",
        State::NotDue | State::Unspecified => "not-due",
    }
}

fn beyond(place: Beyond, texts: &Texts) -> Value {
    let id = match place {
        Beyond::Unspecified => return Value::Unknown,
        Beyond::Inside => "beyond-inside",
        Beyond::Low95 => "beyond-low-95",
        Beyond::High95 => "beyond-high-95",
        Beyond::Low998 => "beyond-low-998",
        Beyond::High998 => "beyond-high-998",
    };
    Value::Text(texts.say(id))
}

fn said<'a>(sentences: &'a [Sentence], texts: &'a Texts) -> impl Iterator<Item = String> + 'a {
    sentences.iter().map(|one| texts.choose(&one.it, &one.en))
}

fn series(name: &str, ente: &officer::EnteReply, texts: &Texts) -> Table {
    let row = |point: &officer::SeriesPoint| {
        let month = format!("{:04}-{:02}", point.month / 100, point.month % 100);
        let n = point.votes.as_ref().map_or(Value::Unknown, |votes| Value::Count(figures::votes(votes)));
        let mut cells = vec![Value::Text(month), n];
        cells.extend(share(point.share.as_ref()));
        cells.extend(share(point.network.as_ref()));
        cells
    };
    Table {
        title: format!("{name}: {}", texts.say("series-title")),
        columns: columns(
            &["month", "n", "share", "low", "high", "network", "network-low", "network-high"],
            texts,
        ),
        rows: ente.series.iter().map(row).collect(),
    }
}

fn ente_strata(model: &Model, name: &str, ente: &officer::EnteReply, texts: &Texts) -> Table {
    let about = model.about.data.as_ref();
    let row = |one: &officer::EnteStratum| {
        let mut cells = vec![
            Value::Text(names::service(about, &one.service, texts)),
            Value::Text(names::channel(about, &one.channel, texts)),
        ];
        cells.extend(counts(one.votes.as_ref()));
        cells.extend(share(one.share.as_ref()));
        cells.push(one.network.map_or(Value::Unknown, Value::Percent));
        cells
    };
    let ids = [
        "service",
        "channel",
        "n",
        "green-votes",
        "yellow-votes",
        "red-votes",
        "share",
        "low",
        "high",
        "network",
    ];
    Table {
        title: format!("{name}: {}", texts.say("services-and-channels")),
        columns: columns(&ids, texts),
        rows: ente.strata.iter().map(row).collect(),
    }
}

pub(super) fn neighbours(model: &Model, texts: &Texts) -> Option<Sheet> {
    let reply = model.neighbours.data.as_ref()?;
    let row = |one: &officer::Neighbour| {
        let empty = EnteRow::default();
        let ente = one.row.as_ref().unwrap_or(&empty);
        let mut cells =
            vec![text(&ente.ipa_code), text(&ente.name), text(&ente.region), known(ente.population)];
        cells.push(Value::Number(one.distance, 3));
        cells.extend(counts(ente.votes.as_ref()));
        cells.extend(share(ente.green.as_ref()));
        cells.push(Value::Text(said(&one.reasons, texts).collect::<Vec<_>>().join("; ")));
        cells
    };
    let ids = [
        "code",
        "ente",
        "region",
        "population",
        "distance",
        "n",
        "green-votes",
        "yellow-votes",
        "red-votes",
        "green",
        "green-low",
        "green-high",
        "reasons",
    ];
    let rows = reply.neighbours.iter().map(row).collect();
    let facts = vec![
        (
            texts.say("sheet-fact-period"),
            format!("{} ({})", figures::month(reply.month, texts), texts.say("window-twelve")),
        ),
        (texts.say("sheet-fact-distance"), texts.say("sheet-distance-means")),
        (texts.say("sheet-fact-intervals"), texts.say("sheet-intervals")),
    ];
    Some(Sheet {
        slug: "simili",
        title: title(model, texts),
        month: reply.month,
        facts,
        notes: vec![texts.choose(&reply.headline_it, &reply.headline_en)],
        tables: vec![Table { title: texts.say("screen-neighbours"), columns: columns(&ids, texts), rows }],
    })
}

pub(super) fn experts(model: &Model, texts: &Texts) -> Option<Sheet> {
    let reply = model.experts.data.as_ref()?;
    let row = |one: &officer::Expert| {
        let available = match one.available {
            Some(true) => Value::Text(texts.say("yes")),
            Some(false) => Value::Text(texts.say("no")),
            None => Value::Unknown,
        };
        let notable = one.evidence.iter().filter(|evidence| evidence.notable).map(|evidence| &evidence.area);
        vec![
            text(&one.ipa_code),
            text(&one.name),
            text(&one.region),
            known(one.population),
            text(&one.mailbox),
            text(&one.areas.join("; ")),
            text(&one.reason),
            day(one.valid_to_day),
            available,
            text(&one.topics.join("; ")),
            text(&notable.cloned().collect::<Vec<_>>().join("; ")),
            Value::Count(one.cards.into()),
            Value::Count(one.twinnings.into()),
            one.distance.map_or(Value::Unknown, |distance| Value::Number(distance, 3)),
        ]
    };
    let ids = [
        "code",
        "ente",
        "region",
        "population",
        "mailbox",
        "areas",
        "reason",
        "valid-to",
        "available",
        "topics",
        "notable",
        "cards",
        "twinnings",
        "distance",
    ];
    let rows = reply.experts.iter().map(row).collect();
    Some(Sheet {
        slug: "esperte",
        title: title(model, texts),
        month: 0,
        facts: vec![(texts.say("sheet-fact-notable"), texts.say("sheet-notable-means"))],
        notes: vec![texts.choose(&reply.headline_it, &reply.headline_en)],
        tables: vec![Table { title: texts.say("experts-title"), columns: columns(&ids, texts), rows }],
    })
}

/// The twinnings, and the two enti side by side; what was negotiated stays out of files.
pub(super) fn twinning(model: &Model, texts: &Texts) -> Option<Sheet> {
    let reply = model.twinnings.data.as_ref();
    let pair = model.pair.data.as_ref();
    if reply.is_none() && pair.is_none() {
        return None;
    }
    let mut facts = Vec::new();
    let mut notes = Vec::new();
    let mut tables = Vec::new();
    if let Some(reply) = reply {
        notes.push(texts.choose(&reply.headline_it, &reply.headline_en));
        tables.push(twinnings(reply, texts));
    }
    if let Some(pair) = pair {
        facts = chosen(model, pair.from_month, pair.month, texts);
        for (letter, row) in [("A", &pair.left), ("B", &pair.right)] {
            let row = row.as_ref();
            let name =
                row.map_or_else(|| texts.say("unknown"), |row| format!("{} ({})", row.name, row.ipa_code));
            facts.push((letter.to_owned(), figures::plain(&name)));
        }
        notes.push(texts.choose(&pair.headline_it, &pair.headline_en));
        tables.push(strata(model, pair, texts));
        tables.push(pooled(model, pair, texts));
    }
    let month = pair.map_or(0, |pair| pair.month);
    Some(Sheet { slug: "gemellaggio", title: title(model, texts), month, facts, notes, tables })
}

fn twinnings(reply: &officer::TwinningsReply, texts: &Texts) -> Table {
    let row = |one: &officer::Twinning| {
        vec![
            text(&one.id),
            text(&one.learner_name),
            text(&one.expert_name),
            Value::Text(texts.say(&format!("twinning-{}", names::twinning_state(one.state())))),
            text(&one.services.join("; ")),
            text(&one.topics.join("; ")),
            Value::Text(figures::period(one.from_month, one.to_month, texts)),
            day(one.day),
        ]
    };
    let ids = ["id", "learner", "expert", "state", "services", "topics", "period", "day"];
    Table {
        title: texts.say("twinnings-title"),
        columns: columns(&ids, texts),
        rows: reply.twinnings.iter().map(row).collect(),
    }
}

fn strata(model: &Model, pair: &officer::PairReply, texts: &Texts) -> Table {
    let about = model.about.data.as_ref();
    let red = model.filters.indicator == officer::Indicator::Red;
    let side = |cell: Option<&officer::Cell>| {
        let n = cell.and_then(|cell| cell.votes.as_ref());
        let of = cell.and_then(|cell| if red { cell.red.as_ref() } else { cell.green.as_ref() });
        let [value, low, high] = share(of);
        [n.map_or(Value::Unknown, |votes| Value::Count(figures::votes(votes))), value, low, high]
    };
    let row = |one: &Stratum| {
        let mut cells = vec![
            Value::Text(names::service(about, &one.service, texts)),
            Value::Text(names::channel(about, &one.channel, texts)),
        ];
        cells.extend(side(one.left.as_ref()));
        cells.extend(side(one.right.as_ref()));
        cells.push(one.difference.map_or(Value::Unknown, Value::Percent));
        cells.extend(bounds(one.newcombe.as_ref()));
        let why = texts.choose(&one.not_comparable_it, &one.not_comparable_en);
        cells.push(Value::Text(why));
        cells
    };
    let ids = [
        "service",
        "channel",
        "a-n",
        "a-share",
        "a-low",
        "a-high",
        "b-n",
        "b-share",
        "b-low",
        "b-high",
        "difference",
        "difference-low",
        "difference-high",
        "why-not",
    ];
    Table {
        title: texts.say("services-and-channels"),
        columns: columns(&ids, texts),
        rows: pair.strata.iter().map(row).collect(),
    }
}

fn pooled(model: &Model, pair: &officer::PairReply, texts: &Texts) -> Table {
    let about = model.about.data.as_ref();
    let row = |one: &Pooled| {
        let channel = match one.channel.as_str() {
            "" => texts.say("all-channels"),
            code => names::channel(about, code, texts),
        };
        let mut cells = vec![
            Value::Text(channel),
            Value::Count(one.strata.into()),
            Value::Count(one.left_n),
            Value::Count(one.right_n),
            Value::Percent(one.crude),
            Value::Percent(one.difference),
        ];
        cells.extend(bounds(one.interval.as_ref()));
        cells.push(one.odds_ratio.map_or(Value::Unknown, |ratio| Value::Number(ratio, 2)));
        cells.push(one.breslow_day_p.map_or(Value::Unknown, |p| Value::Number(p, 4)));
        cells.push(Value::Text(one.words.as_ref().map_or_else(String::new, |w| texts.choose(&w.it, &w.en))));
        cells
    };
    let ids = [
        "channel",
        "strata",
        "a-n",
        "b-n",
        "crude",
        "difference",
        "difference-low",
        "difference-high",
        "odds-ratio",
        "breslow-day",
        "meaning",
    ];
    Table {
        title: texts.say("pooled-title"),
        columns: columns(&ids, texts),
        rows: pair.pooled.iter().chain(&pair.channels).map(row).collect(),
    }
}
