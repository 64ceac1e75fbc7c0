//! What the federation carries can name no ballot: no ballot, invite or terminal message is reachable from it.

use crate::annotated::Schema;
use prost_types::field_descriptor_proto::Type;
use std::collections::BTreeSet;

/// Packages whose messages travel between members.
const FEDERATED: [&str; 3] = [".faccina.feed.", ".faccina.sync.", ".faccina.twinning."];
/// Packages of which nothing may.
const OF_THE_ENTE: [&str; 4] =
    [".faccina.ballot.", ".faccina.terminal.", ".faccina.admin.", ".faccina.officer."];
/// Words that no federated message or field may have in its name.
const UNSPEAKABLE: [&str; 7] = ["ballot", "cast", "invite", "terminal", "receipt", "operator", "nonce"];
/// Names that have one of those words and name no ballot: the Merkle root of a box, and a coded count of the whole month.
const SPEAKABLE: [&str; 2] = ["ballots_root", "revoked_terminal"];

fn reachable(schema: &Schema) -> BTreeSet<String> {
    let mut open: Vec<String> = schema
        .names()
        .filter(|name| FEDERATED.iter().any(|package| name.starts_with(package)))
        .map(str::to_owned)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        let fields = &schema.message(&name).field;
        open.extend(fields.iter().filter(|f| f.r#type() == Type::Message).map(|f| f.type_name().to_owned()));
        if !seen.insert(name) {
            open.retain(|name| !seen.contains(name));
        }
    }
    seen
}

#[test]
fn no_ballot_is_reachable_from_what_the_federation_carries() {
    let schema = Schema::load();
    let reachable = reachable(&schema);
    for name in [".faccina.feed.v1.Summary", ".faccina.feed.v1.Entry", ".faccina.twinning.v1.Message"] {
        assert!(reachable.contains(name), "{name}");
    }
    for name in &reachable {
        let foreign = OF_THE_ENTE.iter().find(|package| name.starts_with(**package));
        assert_eq!(foreign, None, "{name} is reachable from the federation");
    }
}

#[test]
fn no_federated_field_is_named_after_a_ballot_an_invite_or_a_terminal() {
    let schema = Schema::load();
    for name in reachable(&schema) {
        let own = name.rsplit('.').next().unwrap().to_lowercase();
        let fields = schema.message(&name).field.iter().map(|field| field.name().to_owned());
        for word in fields.chain([own]).filter(|word| !SPEAKABLE.contains(&word.as_str())) {
            let said = UNSPEAKABLE.iter().find(|unspeakable| word.contains(**unspeakable));
            assert_eq!(said, None, "{name}: {word}");
        }
    }
}

#[test]
fn the_walk_would_find_a_ballot() {
    let schema = Schema::load();
    assert!(schema.names().any(|name| name == ".faccina.ballot.v1.Ballot"));
    let cast = schema.message(".faccina.ballot.v1.Cast");
    assert!(cast.field.iter().any(|field| UNSPEAKABLE.iter().any(|word| field.name().contains(word))));
}
