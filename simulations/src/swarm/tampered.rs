//! Whether the checks can fail: worlds that went well, in which something is then put wrong.

use super::acts::Act;
use super::judge::judge;
use super::run::{founded, live};
use super::scenario::{Chances, Scenario, Weather};
use super::truth::Violation;
use super::world::World;
use faccina_proto::{
    names::Author,
    replica::Change,
    summary::Summary,
    sync::{Input, RequestId},
    wire::{feed::v1 as feed, sync::v1 as wire},
};

/// The first ente: after the observer and a hub.
const ENTE: usize = 2;

/// A small federation in which nothing has failed, at its end.
fn calm() -> World {
    let scenario = Scenario {
        enti: 4,
        hubs: 1,
        months: 2,
        day_s: 5,
        sizes: vec![30],
        weather: Weather::FINE,
        chances: Chances::NONE,
        ..Scenario::usual()
    };
    let (mut world, horizon) = founded(3, &scenario, None);
    live(&mut world, horizon).unwrap();
    world
}

fn author(world: &World, index: usize) -> Author {
    world.nodes[index].place.author()
}

fn violated(mut world: World) -> String {
    match judge(&mut world) {
        Ok(_) => panic!("nothing was noticed"),
        Err(violation) => violation.to_string(),
    }
}

/// A node that was stopped, lost what its disk held of an author after a place, and runs again.
fn cut(world: &mut World, index: usize, author: Author, after: u64) -> Result<(), Violation> {
    world.stop(index).unwrap();
    let change = Change::Cut { author, after };
    world.nodes[index].disk.write(true, |stored| stored.apply(&[change])).unwrap();
    world.start(index)
}

/// Lets some seconds pass, with the messages that are sent in them.
fn pass(world: &mut World, seconds: u64) -> Result<(), Violation> {
    let from_s = world.at_ms / 1_000 + 1;
    let until_ms = (from_s + seconds) * 1_000;
    (from_s..from_s + seconds)
        .for_each(|second| world.agenda.enter(second * 1_000, super::world::Event::Second));
    while let Some((at_ms, event)) = world.agenda.next() {
        if at_ms > until_ms {
            break;
        }
        world.step(at_ms, event)?;
    }
    Ok(())
}

#[test]
fn what_went_well_is_judged_well() {
    let mut world = calm();
    let (cast, receipted, lost) = world.ledger.numbers();
    assert!(cast >= receipted && receipted > 50 && lost == 0, "{cast} {receipted} {lost}");
    assert!(judge(&mut world).unwrap().votes() > 50);
}

#[test]
fn a_node_that_is_down_at_the_end_is_noticed() {
    let mut world = calm();
    world.stop(ENTE).unwrap();
    assert_eq!(violated(world), "at the end c_0000 differs: it is down");
}

#[test]
fn an_entry_that_a_node_lacks_at_the_end_is_noticed() {
    let mut world = calm();
    let lacking = author(&world, ENTE + 1);
    world.nodes[ENTE].digest = None;
    cut(&mut world, ENTE, lacking.clone(), 3).unwrap();
    let words = violated(world);
    assert!(
        words.starts_with("at the end c_0000 differs: it has 3 of ") && words.ends_with("c_0001"),
        "{words}"
    );
}

#[test]
fn another_digest_at_the_end_is_noticed_even_where_entries_may_be_missing() {
    let mut world = calm();
    let lacking = author(&world, ENTE + 1);
    world.nodes[ENTE].digest = None;
    world.truth.excuse(&lacking);
    cut(&mut world, ENTE, lacking, 3).unwrap();
    assert!(violated(world).ends_with("its digest is another"));
}

#[test]
fn an_entry_that_somebody_else_wrote_is_forbidden_at_the_end() {
    let mut world = calm();
    let robbed = author(&world, ENTE);
    let (last, _) = world.truth.last_own(&robbed).unwrap();
    world.truth.withdraw(&robbed, last - 1);
    assert!(violated(world).contains("which no ruling allows"));
}

#[test]
fn a_vote_without_an_answer_at_the_end_is_noticed() {
    let mut world = calm();
    world.act(Act::Tap { node: ENTE, terminal: 0, twice: false }).unwrap();
    assert_eq!(violated(world), "at the end c_0000 differs: 1 casts have no answer");
}

#[test]
fn a_month_that_was_not_published_is_noticed() {
    let mut world = calm();
    world.town.last_month = world.town.last_month.next();
    let month = world.town.last_month;
    let write = |stored: &mut super::disk::Stored| {
        stored.boxes.entry(month).or_default();
    };
    world.nodes[ENTE].disk.write(true, write).unwrap();
    assert_eq!(violated(world), format!("at the end c_0000 differs: it has not published {month}"));
}

#[test]
fn a_month_that_the_observer_did_not_publish_is_noticed() {
    let mut world = calm();
    world.town.last_month = world.town.last_month.next();
    assert!(violated(world).ends_with("the observer has not published it"));
}

#[test]
fn a_disk_that_lost_entries_is_noticed_at_the_start() {
    let mut world = calm();
    let lost = author(&world, ENTE + 1);
    let started = cut(&mut world, ENTE, lost, 3);
    assert_eq!(started, Err(Violation::Restart { node: "c_0000".to_owned() }));
}

#[test]
fn an_alarm_without_a_cause_is_noticed() {
    let mut world = calm();
    let own = author(&world, ENTE);
    world.nodes[ENTE].digest = None;
    cut(&mut world, ENTE, own, 3).unwrap();
    let alarmed = pass(&mut world, 60);
    assert!(matches!(alarmed, Err(Violation::Alarmed { .. })), "{alarmed:?}");
}

#[test]
fn an_accusation_without_a_cause_is_noticed() {
    let mut world = calm();
    let peer = world.nodes[1].place.transport;
    let request = wire::Request { request: None };
    let accused = world.input(ENTE, Input::Request { peer, request_id: RequestId(1), request });
    assert!(matches!(accused, Err(Violation::Accused { .. })), "{accused:?}");
}

#[test]
fn other_digests_of_the_same_entries_are_noticed() {
    let mut world = calm();
    let held = world.nodes[ENTE].disk.stored().fingerprint();
    world.digests.insert(held, [0; 32]);
    let found = world.input(ENTE, Input::Tick);
    assert_eq!(found, Err(Violation::Digests { node: "c_0000".to_owned() }));
}

#[test]
fn figures_other_than_the_models_are_noticed() {
    let mut world = calm();
    let mut model = judge(&mut world).unwrap();
    let node = &world.nodes[ENTE];
    let replica = node.machine.as_ref().unwrap().replica();
    let published = super::judge::published(replica, &node.place.author(), node);
    let with_votes = |summary: &&feed::Summary| super::ledger::published(summary).n() > 0;
    let again = published.values().find(with_votes).unwrap();
    let summary = Summary::from_wire(again).unwrap();
    model.add(&summary);
    let found =
        super::judge::figures(&world.town, &mut world.nodes[0], &model, world.almanac.day_at(world.at_ms, 0));
    assert!(matches!(found, Err(Violation::Figures { .. })));
}
