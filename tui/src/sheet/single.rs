//! The sheets of the other screens: the own ente, the library, the national month, the network.

use super::parts::{columns, counts, day, known, month, share, text, title};
use super::{Sheet, Table, Value};
use crate::attention;
use crate::figures;
use crate::model::Model;
use crate::names;
use crate::texts::Texts;
use crate::ties;
use faccina_proto::wire::officer::v1 as officer;
use std::collections::BTreeSet;

const CELL_COLUMNS: [&str; 16] = [
    "service",
    "channel",
    "n",
    "green-votes",
    "yellow-votes",
    "red-votes",
    "green",
    "green-low",
    "green-high",
    "yellow",
    "yellow-low",
    "yellow-high",
    "red",
    "red-low",
    "red-high",
    "served",
];

fn cells(model: &Model, found: &[officer::Cell], title: String, texts: &Texts) -> Table {
    let about = model.about.data.as_ref();
    let row = |one: &officer::Cell| {
        let mut cells = vec![
            Value::Text(names::service(about, &one.service, texts)),
            Value::Text(names::channel(about, &one.channel, texts)),
        ];
        cells.extend(counts(one.votes.as_ref()));
        for part in [&one.green, &one.yellow, &one.red] {
            cells.extend(share(part.as_ref()));
        }
        cells.push(known(one.served));
        cells
    };
    Table { title, columns: columns(&CELL_COLUMNS, texts), rows: found.iter().map(row).collect() }
}

/// Only the closed month: what the open box shows in batches stays on the screen of the ente.
pub(super) fn my_ente(model: &Model, texts: &Texts) -> Option<Sheet> {
    let mine = model.my_ente.data.as_ref()?;
    let last = mine.last.as_ref()?;
    let mut facts = vec![
        (texts.say("sheet-fact-period"), figures::month(last.month, texts)),
        (texts.say("sheet-fact-edition"), last.edition.to_string()),
        (texts.say("sheet-fact-intervals"), texts.say("sheet-intervals")),
    ];
    if !last.carried_from.is_empty() {
        let months: Vec<String> =
            last.carried_from.iter().map(|month| figures::month(*month, texts)).collect();
        facts.push((texts.say("sheet-fact-carried"), months.join(", ")));
    }
    let mut notes = vec![texts.choose(&mine.headline_it, &mine.headline_en)];
    if last.carried {
        notes.push(texts.say("month-carried"));
    }
    Some(Sheet {
        slug: "ente",
        title: title(model, texts),
        month: last.month,
        facts,
        notes,
        tables: vec![cells(model, &last.cells, texts.say("services-and-channels"), texts)],
    })
}

pub(super) fn cards(model: &Model, texts: &Texts) -> Option<Sheet> {
    let reply = model.cards.data.as_ref()?;
    let about = model.about.data.as_ref();
    let library = &model.library;
    let service = library.service.as_ref().map(|code| names::service(about, code, texts));
    let mut facts = vec![
        (texts.say("pick-service"), service.unwrap_or_else(|| texts.say("all-services"))),
        (
            texts.say("pick-topic"),
            library.topic.as_deref().map_or_else(|| texts.say("all-topics"), figures::plain),
        ),
    ];
    if !library.text.is_empty() {
        facts.push((texts.say("search"), figures::plain(&library.text)));
    }
    let row = |one: &officer::CardTitle| {
        let services: Vec<String> =
            one.services.iter().map(|code| names::service(about, code, texts)).collect();
        vec![
            text(&format!("{}/{}", one.ipa_code, one.number)),
            text(&one.title),
            text(&one.name),
            text(&services.join("; ")),
            text(&one.topics.join("; ")),
            day(one.day),
        ]
    };
    let ids = ["card", "title", "ente", "services", "topics", "day"];
    Some(Sheet {
        slug: "pratiche",
        title: title(model, texts),
        month: 0,
        facts,
        notes: vec![texts.choose(&reply.headline_it, &reply.headline_en)],
        tables: vec![Table {
            title: texts.say("screen-cards"),
            columns: columns(&ids, texts),
            rows: reply.cards.iter().map(row).collect(),
        }],
    })
}

pub(super) fn national(model: &Model, texts: &Texts) -> Option<Sheet> {
    let national = model.national.data.as_ref()?;
    let part = |counted: u64, expected: u64| {
        if expected == 0 {
            return texts.say("unknown");
        }
        let parts = [("part", texts.count(counted).into()), ("whole", texts.count(expected).into())];
        texts.say_with("part-of", &parts)
    };
    let verdict = match national.published {
        false => texts.say("not-published"),
        true => texts.choose(&national.verdict_it, &national.verdict_en),
    };
    let facts = vec![
        (texts.say("sheet-fact-period"), figures::month(national.month, texts)),
        (texts.say("coverage-enti"), part(national.counted.into(), national.expected.into())),
        (texts.say("coverage-people"), part(national.population_counted, national.population_expected)),
        (texts.say("sheet-fact-state"), verdict),
        (texts.say("sheet-fact-intervals"), texts.say("sheet-intervals")),
    ];
    let mut total = vec![Value::Text(texts.say("sheet-total"))];
    total.extend(counts(national.total.as_ref()));
    for one in [&national.green, &national.yellow, &national.red] {
        total.extend(share(one.as_ref()));
    }
    let ids = [
        "part",
        "n",
        "green-votes",
        "yellow-votes",
        "red-votes",
        "green",
        "green-low",
        "green-high",
        "yellow",
        "yellow-low",
        "yellow-high",
        "red",
        "red-low",
        "red-high",
    ];
    let total = Table { title: texts.say("sheet-total"), columns: columns(&ids, texts), rows: vec![total] };
    Some(Sheet {
        slug: "nazionale",
        title: title(model, texts),
        month: national.month,
        facts,
        notes: vec![texts.choose(&national.headline_it, &national.headline_en)],
        tables: vec![total, cells(model, &national.cells, texts.say("services-and-channels"), texts)],
    })
}

pub(super) fn network(model: &Model, texts: &Texts) -> Option<Sheet> {
    let network = model.network.data.as_ref()?;
    let about = model.about.data.as_ref();
    let owing = attention::owing(model.adhesion.data.as_ref());
    let row = |one: &officer::Member| {
        vec![
            text(&one.ipa_code),
            text(&one.name),
            text(&one.role),
            text(&one.state),
            Value::Count(one.head),
            text(&one.head_id),
            day(one.last_entry_day),
            day(one.key_valid_to_day),
            known(one.key_life_percent),
            text(&one.software_version),
            text(&texts.say(&format!("condition-{}", first_condition(one, &owing)))),
            month(one.last_month),
            if one.late_days > 0 { Value::Count(one.late_days.into()) } else { Value::Unknown },
            text(&lacks(model, one, texts)),
            text(&ties::sentences(network, about, &one.ipa_code, texts).join(" ")),
        ]
    };
    let ids = [
        "code",
        "ente",
        "role",
        "state",
        "entries",
        "head-id",
        "last-entry",
        "key-until",
        "key-life",
        "version",
        "condition",
        "last-month",
        "late-days",
        "lacks",
        "ties",
    ];
    let mut facts = vec![(texts.say("digest"), figures::plain(&network.digest))];
    if let Some(adhesion) = &model.adhesion.data {
        facts.push((texts.say("adhesion"), texts.choose(&adhesion.headline_it, &adhesion.headline_en)));
    }
    Some(Sheet {
        slug: "rete",
        title: title(model, texts),
        month: 0,
        facts,
        notes: vec![texts.choose(&network.headline_it, &network.headline_en)],
        tables: vec![Table {
            title: texts.say("members-title"),
            columns: columns(&ids, texts),
            rows: network.members.iter().map(row).collect(),
        }],
    })
}

fn lacks(model: &Model, member: &officer::Member, texts: &Texts) -> String {
    let late = model.latecomer(&member.ipa_code);
    let lacks = late.iter().flat_map(|late| &late.lacks);
    lacks.map(|lack| texts.choose(&lack.it, &lack.en)).collect::<Vec<_>>().join("; ")
}

fn first_condition(member: &officer::Member, owing: &BTreeSet<&str>) -> &'static str {
    let owes = owing.contains(member.ipa_code.as_str());
    attention::conditions(member, owes).first().map_or("fine", |condition| condition.slug())
}
