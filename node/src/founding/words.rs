//! What a new record changes, in words, for whoever is about to sign it.

use faccina_proto::{
    calendar::{CivilDay, Month},
    envelope::{KeyId, parse_key},
    wire::feed::v1::{FeedKey, MemberRecord, Revocation, Role, Ruling, TransportKey},
};
use std::fmt::Display;

/// Digits of a key or an id that a person compares.
const DIGITS: usize = 16;

/// One line for each thing that `after` says otherwise than `before`.
pub fn changes(before: &MemberRecord, after: &MemberRecord) -> Vec<String> {
    let mut lines = Vec::new();
    for key in &after.feed_keys {
        let known = before.feed_keys.iter().find(|known| known.public_key == key.public_key);
        match known {
            None => {
                lines.push(format!("new feed key {}, which signs {}", digits(&key.public_key), range(key)))
            }
            Some(known) if range(known) != range(key) => lines.push(format!(
                "feed key {} signs {} instead of {}",
                digits(&key.public_key),
                range(key),
                range(known)
            )),
            Some(_) => {}
        }
    }
    let gone = before.feed_keys.iter().filter(|key| !has(after, key));
    lines.extend(gone.map(|key| format!("feed key {} signs nothing any more", digits(&key.public_key))));
    lines.extend(transport(before, after));
    if ![Role::Unspecified, after.role()].contains(&before.role()) {
        lines.push(format!("it is {} instead of {}", role(after.role()), role(before.role())));
    }
    lines.extend(texts(before, after));
    lines.extend(lists(before, after));
    if before.left_on_day != after.left_on_day {
        lines.push(match after.left_on_day {
            0 => "it is a member again".to_owned(),
            day => format!("it leaves on {}; what it says of later days does not count", shown_day(day)),
        });
    }
    lines
}

/// A role in a word.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Ente => "ente",
        Role::Observer => "observer",
        Role::Hub => "hub",
        Role::Unspecified => "nothing",
    }
}

fn has(record: &MemberRecord, key: &FeedKey) -> bool {
    record.feed_keys.iter().any(|known| known.public_key == key.public_key)
}

fn transport(before: &MemberRecord, after: &MemberRecord) -> Vec<String> {
    let lacks = |record: &MemberRecord, key: &TransportKey| {
        record.transport_keys.iter().all(|known| known.public_key != key.public_key)
    };
    let new = after.transport_keys.iter().filter(|key| lacks(before, key)).map(|key| {
        let (from, to) = (shown_day(key.valid_from_day), shown_day(key.valid_to_day));
        format!("new transport key {}, valid from {from} to {to}", digits(&key.public_key))
    });
    let gone = before.transport_keys.iter().filter(|key| lacks(after, key));
    let gone = gone.map(|key| format!("transport key {} is a stranger\u{2019}s", digits(&key.public_key)));
    new.chain(gone).collect()
}

fn texts(before: &MemberRecord, after: &MemberRecord) -> Vec<String> {
    let inhabitants = |record: &MemberRecord| match record.population {
        0 => "none".to_owned(),
        population => population.to_string(),
    };
    let month = |record: &MemberRecord| {
        Month::from_yyyymm(record.first_month).map_or_else(|_| "none".to_owned(), |month| month.to_string())
    };
    let said = |record: &MemberRecord| {
        [
            ("name", record.name.clone()),
            ("category", record.category.clone()),
            ("ISTAT code", record.istat_code.clone()),
            ("region", record.region.clone()),
            ("province", record.province.clone()),
            ("mailbox", record.mailbox.clone()),
            ("inhabitants", inhabitants(record)),
            ("first month", month(record)),
            ("protocol number", record.protocol_number.clone()),
        ]
    };
    let pairs = said(before).into_iter().zip(said(after));
    let changed = pairs.filter(|((_, one), (_, other))| one != other);
    changed
        .map(|((what, one), (_, other))| format!("{what}: {} instead of {}", quoted(&other), quoted(&one)))
        .collect()
}

fn lists(before: &MemberRecord, after: &MemberRecord) -> Vec<String> {
    [
        ("comuni of the Unione", &before.union_members, &after.union_members),
        ("services delegated to its Unione", &before.delegated_services, &after.delegated_services),
        ("follows", &before.follows, &after.follows),
    ]
    .into_iter()
    .filter(|(_, one, other)| one != other)
    .map(|(what, one, other)| format!("{what}: {} instead of {}", listed(other), listed(one)))
    .collect()
}

/// What a revocation does.
pub fn revocation(revocation: &Revocation) -> String {
    let key = KeyId::from_slice(&revocation.key_id).map(|id| id.to_string()).unwrap_or_default();
    match revocation.last_sequence {
        0 => format!("nothing that key {key} of {} ever signed counts", revocation.author),
        last => format!(
            "of {}, what key {key} signed counts up to entry {last} ({}), nothing beyond",
            revocation.author,
            short(&hex::encode(&revocation.last_id))
        ),
    }
}

/// What a ruling does.
pub fn ruling(ruling: &Ruling) -> String {
    format!(
        "of {}, the entry {} that counts is {}",
        ruling.author,
        ruling.sequence,
        short(&hex::encode(&ruling.id))
    )
}

fn range(key: &FeedKey) -> String {
    match key.last_sequence {
        0 => format!("from entry {} on", key.first_sequence),
        last => format!("entries {} to {last}", key.first_sequence),
    }
}

fn digits(key: &[u8]) -> String {
    parse_key(key).map_or_else(|_| "(unreadable)".to_owned(), |key| KeyId::of(&key).to_string())
}

fn short(digits: &str) -> &str {
    digits.get(..DIGITS).unwrap_or(digits)
}

fn shown_day(yyyymmdd: u32) -> String {
    CivilDay::from_yyyymmdd(yyyymmdd).map_or_else(|_| yyyymmdd.to_string(), |day| day.to_string())
}

fn quoted(text: &impl Display) -> String {
    format!("\u{201c}{text}\u{201d}")
}

fn listed(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
