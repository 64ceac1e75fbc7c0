//! The verdict at the end, when nothing has failed for a while: all agree, all that is due is there, and the figures are
//! those of the reference model, a plain sum of what the enti published.

use super::node::Node;
use super::town::Town;
use super::truth::Violation;
use super::world::World;
use faccina_node::views::{Figures, NationalEntry, Recomputed, recompute};
use faccina_proto::{
    calendar::{CivilDay, Month},
    feed::Body,
    names::Author,
    replica::Replica,
    summary::Summary,
    tally::{GroupKey, Votes},
    wire::feed::v1 as wire,
};
use std::collections::BTreeMap;

/// In federations larger than this only some nodes are asked for their figures.
const AUDITED_ALL_MAX: usize = 20;

/// National months as plain sums of what the enti published.
#[derive(Debug, Default)]
pub(crate) struct Model {
    months: BTreeMap<Month, BTreeMap<GroupKey, (Votes, u32)>>,
}

impl Model {
    pub(crate) fn add(&mut self, summary: &Summary) {
        let cells = self.months.entry(summary.month).or_default();
        for group in summary.figures().into_iter().flat_map(|figures| &figures.groups) {
            let (votes, enti) = cells.entry(group.key.clone()).or_default();
            *votes = [*votes, group.votes].into_iter().sum();
            *enti += 1;
        }
    }

    pub(crate) fn votes(&self) -> u64 {
        self.months.values().flat_map(BTreeMap::values).map(|(votes, _)| votes.n()).sum()
    }

    fn check(&self, node: &str, month: Month, found: &Figures) -> Result<(), Violation> {
        let wrong = |what: String| Violation::Figures { node: node.to_owned(), month, what };
        let nothing = BTreeMap::new();
        let expected = self.months.get(&month).unwrap_or(&nothing);
        let cells = found.cells.iter().map(|(key, cell)| (key.clone(), (cell.votes, cell.enti))).collect();
        if *expected != cells {
            return Err(wrong(format!("{cells:?} instead of {expected:?}")));
        }
        let total: Votes = expected.values().map(|(votes, _)| *votes).sum();
        if found.total == total {
            Ok(())
        } else {
            Err(wrong(format!("{:?} in all instead of {total:?}", found.total)))
        }
    }
}

pub(crate) fn judge(world: &mut World) -> Result<Model, Violation> {
    agree(world)?;
    let model = model(world)?;
    let last = world.nodes.len() - 1;
    let all = world.nodes.len() <= AUDITED_ALL_MAX;
    let audited = (0..=last).filter(|index| all || [0, world.town.hubs, last].contains(index));
    let today = world.almanac.day_at(world.at_ms, 0);
    let (town, nodes) = (&world.town, &mut world.nodes);
    for index in audited {
        let Some(node) = nodes.get_mut(index).filter(|node| node.is_judged()) else { continue };
        figures(town, node, &model, today)?;
    }
    Ok(model)
}

/// Every member has the same digest, all that was written, nothing that was forbidden, and its terminals their answers.
fn agree(world: &World) -> Result<(), Violation> {
    let mut digest = None;
    for (index, node) in world.nodes.iter().enumerate().filter(|(_, node)| node.place.left_on.is_none()) {
        let name = node.place.code.as_str();
        if node.place.is_ente() {
            world.ledger.check_end(name, index, node.disk.stored())?;
        }
        if !node.is_judged() {
            continue;
        }
        let diverged = |what: String| Violation::Diverged { node: name.to_owned(), what };
        let machine = node.machine.as_ref().ok_or_else(|| diverged("it is down".to_owned()))?;
        world.truth.check_whole(name, machine.replica(), node.disk.stored())?;
        let found = machine.replica().digest();
        if *digest.get_or_insert(found) != found {
            return Err(diverged("its digest is another".to_owned()));
        }
        if let Some(alarm) = machine.alarm() {
            return Err(diverged(format!("it still does not publish: {alarm}")));
        }
        let waiting: usize = node.terminals.iter().map(super::terminal::Terminal::waiting).sum();
        if waiting > 0 {
            return Err(diverged(format!("{waiting} casts have no answer")));
        }
    }
    Ok(())
}

/// What each ente's own feed says, on its own disk; of one that left or was stopped for good, on the observer's.
fn model(world: &World) -> Result<Model, Violation> {
    let mut model = Model::default();
    let observer = world.nodes.first();
    for node in world.nodes.iter().filter(|node| node.place.is_ente()) {
        let keeper = if node.is_judged() { Some(node) } else { observer };
        let Some((keeper, machine)) = keeper.and_then(|node| Some((node, node.machine.as_ref()?))) else {
            continue;
        };
        let author = node.place.author();
        let published = published(machine.replica(), &author, keeper);
        let is_forked = machine.replica().feed(&author).is_some_and(|feed| feed.fork().is_some());
        if node.is_judged() && !is_forked {
            due(node, &published, world.town.last_month)?;
        }
        published.values().filter_map(|summary| Summary::from_wire(summary).ok()).for_each(|summary| {
            model.add(&summary);
        });
    }
    Ok(model)
}

pub(crate) fn published(replica: &Replica, author: &Author, keeper: &Node) -> BTreeMap<u32, wire::Summary> {
    let entries = replica.entries(author, &keeper.disk.stored().log);
    #[expect(clippy::wildcard_enum_match_arm, reason = "only summaries have figures")]
    let summaries = entries.filter_map(|(_, entry)| match entry.body {
        Body::Summary(summary) => Some((summary.month, summary)),
        _ => None,
    });
    // The last edition of a month replaces the one before.
    summaries.collect()
}

/// Every month since admission is published or declared as a gap, unless nothing was surveyed since.
fn due(node: &Node, published: &BTreeMap<u32, wire::Summary>, last: Month) -> Result<(), Violation> {
    let months = std::iter::successors(Some(node.place.first_month), |month| Some(month.next()));
    for month in months.take_while(|month| *month <= last) {
        let gap = published.values().any(|summary| summary.gap_months.contains(&month.yyyymm()));
        let boxed = node.disk.stored().boxes.contains_key(&month);
        if !published.contains_key(&month.yyyymm()) && !gap && boxed {
            let what = format!("it has not published {month}");
            return Err(Violation::Diverged { node: node.place.code.to_string(), what });
        }
    }
    Ok(())
}

/// What a node's views say is what the model says, and what the observer published last comes out again.
pub(crate) fn figures(town: &Town, node: &mut Node, model: &Model, today: CivilDay) -> Result<(), Violation> {
    let name = node.place.code.to_string();
    node.views = None;
    let Some((views, feeds)) = node.follow(town) else { return Ok(()) };
    let begins = crate::founding::survey_begins();
    let months = std::iter::successors(Some(begins), |month| Some(month.next()));
    for month in months.take_while(|month| *month <= town.last_month) {
        let found = views.national(month);
        model.check(&name, month, &found)?;
        let last = views.nationals().get(&month).and_then(|restatements| restatements.last());
        published_last(&name, last, month, &found, today)?;
    }
    for (month, restatements) in views.nationals() {
        let Some(published) = restatements.last() else { continue };
        let found = recompute(views, &feeds, published);
        if found != Recomputed::Identical && !waits(published, today) {
            let what = format!("restatement {}: {found:?}", published.message.restatement);
            return Err(Violation::Figures { node: name, month: *month, what });
        }
    }
    Ok(())
}

/// The observer's last word on a month is what its figures are now, or it is too soon for another.
fn published_last(
    name: &str,
    last: Option<&NationalEntry>,
    month: Month,
    found: &Figures,
    today: CivilDay,
) -> Result<(), Violation> {
    let wrong = |what: &str| Violation::Figures { node: name.to_owned(), month, what: what.to_owned() };
    let last = last.ok_or_else(|| wrong("the observer has not published it"))?;
    let present = found.to_wire(month, 0, wire::AsOf::default());
    if faccina_node::views::same_figures(&last.message, &present) || waits(last, today) {
        Ok(())
    } else {
        Err(wrong("the observer's last restatement has other figures"))
    }
}

/// The restatement after number n comes n + 1 days later or more, and the observer looks once a day.
fn waits(last: &NationalEntry, today: CivilDay) -> bool {
    last.day.days_until(today) <= i64::from(last.message.restatement) + 1
}
