//! A federation that is cut in two for more than a month, with delays, loss, power cuts and a late admission; then whole.

use crate::founding::{HUBS, OBSERVER, Town, survey_begins};
use crate::node::{DAY_MS, Node, intents, ms_of};
use crate::truth::Violation;
use crate::world::{Event, Weather, World};
use clap::Args;
use faccina_node::views::{Recomputed, ReplicaFeeds, Views, recompute};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{collections::BTreeSet, fmt};

/// What is simulated.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// Everything random follows from it.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Enti, beside the observer and three hubs.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(4..=4_000))]
    pub(crate) enti: u16,
    /// Months surveyed.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(3..=24))]
    pub(crate) months: u8,
}

/// A violation, how to see it again, and what happened before it.
#[derive(Debug)]
pub(crate) struct Failure {
    settings: Settings,
    violation: Violation,
    last: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { seed, enti, months } = self.settings;
        self.last.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        writeln!(f, "violated: {}", self.violation)?;
        write!(f, "again with: partition --seed {seed} --enti {enti} --months {months}")
    }
}

/// What a run measured.
#[derive(Debug)]
pub(crate) struct Report {
    lines: Vec<(String, String)>,
    pub(crate) trace: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|(name, value)| writeln!(f, "{name:<38} {value}"))?;
        write!(f, "{:<38} {}", "trace (equal for equal seeds)", self.trace)
    }
}

/// After the last publication nothing fails any more, and this long the nodes have to agree.
const CALM_MS: u64 = 150_000;
/// Nodes whose views are compared with the reference model.
const AUDITED: usize = 3;

pub(crate) fn run(settings: &Settings) -> Result<Report, Box<Failure>> {
    let mut world = build(settings);
    let result = live(&mut world, settings);
    result.map_err(|violation| {
        let last = world.trace.last().cloned().collect();
        Box::new(Failure { settings: settings.clone(), violation, last })
    })
}

fn build(settings: &Settings) -> World {
    let mut rng = StdRng::seed_from_u64(settings.seed);
    let town = Town::found(usize::from(settings.enti), usize::from(settings.months), &mut rng);
    let mut nodes = Vec::new();
    for (index, place) in town.places.iter().enumerate() {
        let intents = intents(index, place, &town, &mut rng);
        nodes.push(Node::new(place.clone(), intents, &town, &mut rng));
    }
    let ends = links(nodes.len(), &mut rng);
    let weather = Weather { loss: 0.01, twice: 0.005, slow: 0.01 };
    let mut world = World::new(town, nodes, ends, weather, rng);
    // One side of the split: the last hub with its enti. The random links between the sides are cut too.
    let far = |index: usize| index == HUBS || (index > HUBS && index.is_multiple_of(HUBS));
    for link in &mut world.links {
        let [a, b] = link.ends;
        link.crosses = far(a) != far(b);
    }
    world
}

/// Hubs all linked, the observer and each ente to one hub, half of the enti to another ente at random.
fn links(count: usize, rng: &mut StdRng) -> Vec<[usize; 2]> {
    let mut ends = vec![[1, 2], [2, 3], [3, 1], [OBSERVER, 1]];
    ends.extend((HUBS + 1..count).map(|index| [index, 1 + (index + 2) % HUBS]));
    for index in HUBS + 1..count {
        let other = rng.random_range(HUBS + 1..count);
        if other != index && rng.random_bool(0.5) {
            ends.push([index, other]);
        }
    }
    let mut seen = BTreeSet::new();
    ends.retain(|[a, b]| seen.insert((*a.min(b), *a.max(b))));
    ends
}

fn live(world: &mut World, settings: &Settings) -> Result<Report, Violation> {
    let february = survey_begins().next().first_day();
    let (split_ms, heal_ms) = (ms_of(february.plus_days(7)), ms_of(february.plus_days(42)));
    let published_ms =
        world.nodes.iter().flat_map(|node| node.intents.last()).map(|intent| intent.due_ms).max();
    let calm_ms = published_ms.unwrap_or(0).max(heal_ms) + DAY_MS;
    let end_ms = calm_ms + CALM_MS;
    let root = world.town.root.clone();
    let late = world.town.late.clone();
    world.agenda.enter(0, Event::Import(root));
    world.agenda.enter(ms_of(february.plus_days(14)), Event::Import(vec![late]));
    world.agenda.enter(split_ms, Event::Split);
    world.agenda.enter(heal_ms, Event::Heal);
    for _ in 0..world.nodes.len().div_ceil(8) {
        // The observer keeps its power: the root entries that it takes in by hand are given once.
        let index = world.rng.random_range(1..world.nodes.len());
        let at_ms = world.rng.random_range(0..calm_ms);
        world.agenda.enter(at_ms, Event::Doom(index));
    }
    (0..=end_ms / 1_000).for_each(|second| world.agenda.enter(second * 1_000, Event::Second));

    world.begin()?;
    let mut healed = None;
    let mut agreed = None;
    while let Some((at_ms, event)) = world.agenda.next() {
        if at_ms > end_ms {
            break;
        }
        let second = matches!(event, Event::Second);
        if second && at_ms >= calm_ms {
            world.weather = Weather { loss: 0.0, twice: 0.0, slow: 0.0 };
            world.nodes.iter_mut().for_each(|node| node.doomed = false);
        }
        world.step(at_ms, event)?;
        if second && at_ms > heal_ms && healed.is_none() && world.agrees() {
            healed = Some(at_ms - heal_ms);
        }
        if second && at_ms > calm_ms && agreed.is_none() && world.agrees() {
            agreed = Some(at_ms.saturating_sub(calm_ms));
        }
    }
    judge(world)?;
    Ok(report(world, settings, healed, agreed))
}

/// Liveness, and the figures.
fn judge(world: &World) -> Result<(), Violation> {
    let mut digest = None;
    for node in &world.nodes {
        let diverged =
            |what: &str| Violation::Diverged { node: node.place.code.to_string(), what: what.to_owned() };
        let machine = node.machine.as_ref().ok_or_else(|| diverged("it is down"))?;
        world.truth.check_whole(node.place.code.as_str(), machine.replica())?;
        let found = machine.replica().digest();
        if *digest.get_or_insert(found) != found {
            return Err(diverged("its digest is another"));
        }
        let done = machine.replica().feed(&node.author()).map_or(0, |feed| feed.counted());
        if done != node.intents.len() as u64 {
            return Err(diverged("it has not published all it meant to"));
        }
    }
    let (drawn, published, carried) = (world.town.votes, world.town.model.votes(), world.town.votes_carried);
    if drawn != published + carried {
        return Err(Violation::Votes { drawn, published, carried });
    }
    let last = world.nodes.len() - 1;
    for index in [OBSERVER, HUBS, last].into_iter().take(AUDITED) {
        if let Some(node) = world.nodes.get(index) {
            judge_figures(world, node)?;
        }
    }
    Ok(())
}

fn judge_figures(world: &World, node: &Node) -> Result<(), Violation> {
    let Some(machine) = &node.machine else { return Ok(()) };
    let feeds = ReplicaFeeds { replica: machine.replica(), log: &node.disk };
    let mut views = Views::new(&world.town.federation);
    views.follow(&feeds);
    for (month, expected) in &world.town.model.months {
        let wrong =
            |what: String| Violation::Figures { node: node.place.code.to_string(), month: *month, what };
        let national = views.national(*month);
        let found = national.cells.iter().map(|(key, cell)| (key.clone(), (cell.votes, cell.enti))).collect();
        if *expected != found {
            return Err(wrong(format!("{found:?} instead of {expected:?}")));
        }
        let total = expected.values().map(|(votes, _)| *votes).sum();
        if national.total != total {
            return Err(wrong(format!("{:?} in all instead of {total:?}", national.total)));
        }
    }
    for (month, restatements) in views.nationals() {
        for published in restatements {
            let found = recompute(&views, &feeds, published);
            if found != Recomputed::Identical {
                let what = format!("restatement {}: {found:?}", published.message.restatement);
                return Err(Violation::Figures { node: node.place.code.to_string(), month: *month, what });
            }
        }
    }
    Ok(())
}

fn report(world: &World, settings: &Settings, healed: Option<u64>, agreed: Option<u64>) -> Report {
    let mut lines = vec![
        ("seed".to_owned(), settings.seed.to_string()),
        ("nodes".to_owned(), format!("{} ({} enti, 3 hubs, the observer)", world.nodes.len(), settings.enti)),
        (
            "virtual time".to_owned(),
            format!("{} s, {} months surveyed", world.at_ms / 1_000, settings.months),
        ),
        ("events".to_owned(), world.trace.events().to_string()),
        ("entries, each held by all".to_owned(), world.truth.entries().to_string()),
        ("signatures verified, once each".to_owned(), world.verdicts.count().to_string()),
        ("messages lost".to_owned(), world.messages_lost.to_string()),
        ("power cuts in a write".to_owned(), world.writes_lost.to_string()),
        ("all agree after the split heals".to_owned(), seconds(healed)),
        ("all agree after faults stop".to_owned(), seconds(agreed)),
        ("national months equal the reference".to_owned(), world.town.model.months.len().to_string()),
        (
            "votes drawn = published + carried".to_owned(),
            format!("{} = {} + {}", world.town.votes, world.town.model.votes(), world.town.votes_carried),
        ),
    ];
    for (kind, (count, bytes)) in &world.traffic.bytes {
        let mean = bytes.checked_div(*count).unwrap_or(0);
        lines.push((format!("bytes, {kind}"), format!("{bytes} in {count} messages, {mean} each")));
    }
    let mean = |kind: &str| {
        world.traffic.bytes.get(kind).map_or(0, |(count, bytes)| bytes.checked_div(*count).unwrap_or(0))
    };
    let exchange = mean("open") + mean("opened");
    lines.push(("bytes of digest between two in agreement".to_owned(), format!("{exchange}, hello apart")));
    Report { lines, trace: world.trace.fingerprint() }
}

fn seconds(ms: Option<u64>) -> String {
    ms.map_or_else(|| "not before the next change".to_owned(), |ms| format!("{} s", ms / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(seed: u64) -> Settings {
        Settings { seed, enti: 9, months: 3 }
    }

    #[test]
    fn a_seed_replays_exactly_and_another_does_not() {
        let traces: Vec<String> = [7, 7, 8].map(|seed| run(&settings(seed)).unwrap().trace).to_vec();
        assert_eq!(traces[0], traces[1]);
        assert_ne!(traces[0], traces[2]);
    }

    #[test]
    fn small_towns_come_to_agree_whatever_the_seed() {
        for seed in 100..106 {
            if let Err(failure) = run(&settings(seed)) {
                panic!("{failure}");
            }
        }
    }
}
