//! The attack on one ente: all its months and editions as one problem, and what follows for the cells it did not publish.
//!
//! The attacker knows the format, the survey plan and every figure, and reasons with logic alone: a cell that a month does
//! not name is in "altri servizi" of its channel where there is such a group, else in that of the whole ente, else empty;
//! a carried month is in the first group after it that says so; a correction only adds to a group that grew, only takes
//! from one that shrank, and leaves a group alone whose figures are the same. Where a cell moves between groups, nothing is
//! assumed. Faces are apart: a group's greens, yellows and reds are three sums.
//!
//! Reasons, users served and the coded integrity counts are left out, because they cannot narrow a number of voters or of
//! reds: whatever reds the cells of a group have, its reasons (own or pooled) can be shared out among them within their
//! reds, and the other two are numbers of their own that no sum links to a cell.

use super::{
    Finding, Kind,
    problem::{Components, Leaf, Problem, Range, Unsolved},
    published::{Ente, Figures, Published},
};
use faccina_proto::{
    calendar::Month,
    names::Code,
    summary::Edition,
    tally::{GroupKey, Votes},
};
use std::collections::{BTreeMap, BTreeSet};

const FACES: usize = 3;

fn faces(votes: Votes) -> [u64; FACES] {
    [votes.green, votes.yellow, votes.red]
}

/// Which of [`faces`] is red.
const RED: usize = 2;

/// The unknown votes of one cell in one edition, by face: the sum of these leaves.
type Cell = [Vec<Leaf>; FACES];

/// One edition, with the unknown cells of its month.
#[derive(Debug)]
struct Scene<'a> {
    published: &'a Published,
    cells: BTreeMap<GroupKey, Cell>,
}

/// What a correction changed in one group: votes added or taken away, by leaf.
#[derive(Debug)]
struct Change {
    month: Month,
    group: GroupKey,
    leaves: Vec<Leaf>,
}

/// All that is known of an ente.
#[derive(Debug, Default)]
struct Case<'a> {
    problem: Problem,
    scenes: Vec<Scene<'a>>,
    changes: Vec<Change>,
}

/// Tries everything on one ente. `cells` are the services × channels it may survey where it has published no plan.
pub(super) fn attack(
    ente: &Ente,
    cells: &BTreeSet<GroupKey>,
    sensitive: &BTreeMap<Month, BTreeSet<Code>>,
) -> Result<(Vec<Finding>, usize), Unsolved> {
    let none = BTreeSet::new();
    let case = Case::of(ente, cells);
    let components = case.problem.split();
    let mut findings = Vec::new();
    for (place, scene) in case.scenes.iter().enumerate() {
        let sensitive = sensitive.get(&scene.published.month).unwrap_or(&none);
        scene.judge_groups(sensitive, &mut findings);
        scene.judge_cells(&components, sensitive, &mut findings)?;
        let withdrawn =
            case.scenes.get(place + 1).is_some_and(|next| next.published.month == scene.published.month);
        if !withdrawn {
            scene.judge_sums(&components, &mut findings)?;
        }
    }
    for change in &case.changes {
        change.judge(&components, ente, sensitive, &mut findings)?;
    }
    Ok((findings, components.count()))
}

impl<'a> Case<'a> {
    fn of(ente: &'a Ente, fallback: &BTreeSet<GroupKey>) -> Self {
        let mut case = Self::default();
        let named = ente.named();
        let mut months: BTreeMap<Month, Vec<&Published>> = BTreeMap::new();
        for published in ente.months.values() {
            months.entry(published.month).or_default().push(published);
        }
        for (month, editions) in months {
            let mut cells = ente.plan(month).unwrap_or(fallback).clone();
            cells.extend(named.iter().cloned());
            case.add_month(&editions, &cells);
        }
        case
    }

    /// The leaves of a month, then the sums of each edition.
    fn add_month(&mut self, editions: &[&'a Published], cells: &BTreeSet<GroupKey>) {
        let begin = self.scenes.len();
        for (place, published) in editions.iter().enumerate() {
            let before = if place == 0 { None } else { editions.get(place - 1).copied() };
            let mut found = BTreeMap::new();
            for key in cells {
                let Some(home) = published.home(key) else { continue };
                let same = before.and_then(|before| before.home(key)).filter(|there| *there == home);
                let cell = match (same, before.and_then(|before| before.figures.as_ref())) {
                    (Some(_), Some(old)) => self.corrected(key, &home, old, published, begin + place - 1),
                    // Carried twice, or another group: the second edition says nothing about the first.
                    _ => std::array::from_fn(|_| vec![self.problem.leaf()]),
                };
                found.insert(key.clone(), cell);
            }
            self.scenes.push(Scene { published, cells: found });
        }
        for place in begin..self.scenes.len() {
            self.add_sums(place);
        }
    }

    /// The cell of a group that both editions have: what it was, and what each face gained; or, where the group lost,
    /// what it is, and in the edition before also what it lost.
    fn corrected(
        &mut self,
        key: &GroupKey,
        home: &GroupKey,
        old: &Figures,
        new: &Published,
        before: usize,
    ) -> Cell {
        let votes = |figures: &Figures| figures.groups.get(home).copied().unwrap_or(Votes::NONE);
        let (was, is) = (faces(votes(old)), faces(new.figures.as_ref().map_or(Votes::NONE, votes)));
        let mut cell = self.scenes[before].cells.get(key).cloned().unwrap_or_default();
        for face in 0..FACES {
            if was[face] == is[face] {
                continue;
            }
            let moved = self.problem.leaf();
            self.change(new.month, home, moved);
            if is[face] > was[face] {
                cell[face].push(moved);
            } else if let Some(earlier) = self.scenes[before].cells.get_mut(key) {
                earlier[face].push(moved);
            }
        }
        cell
    }

    fn change(&mut self, month: Month, group: &GroupKey, leaf: Leaf) {
        let there = self.changes.iter_mut().find(|change| change.month == month && change.group == *group);
        match there {
            Some(change) => change.leaves.push(leaf),
            None => self.changes.push(Change { month, group: group.clone(), leaves: vec![leaf] }),
        }
    }

    fn add_sums(&mut self, place: usize) {
        let published = self.scenes[place].published;
        let Some(figures) = &published.figures else { return };
        let mut members: BTreeMap<GroupKey, Vec<&Cell>> = BTreeMap::new();
        for (key, cell) in &self.scenes[place].cells {
            members.entry(published.home(key).unwrap_or_else(|| key.clone())).or_default().push(cell);
        }
        let carried = figures.carried_from.iter().flat_map(|month| self.carried(*month));
        members.entry(GroupKey::altri(Code::altri())).or_default().extend(carried);
        let mut sums = Vec::new();
        for (group, votes) in &figures.groups {
            let cells = members.get(group).map_or(&[][..], Vec::as_slice);
            for (face, value) in faces(*votes).into_iter().enumerate() {
                sums.push((cells.iter().flat_map(|cell| cell[face].clone()).collect::<Vec<_>>(), value));
            }
        }
        for (mut leaves, value) in sums {
            if leaves.is_empty() {
                // Votes of services that neither plan nor catalogue explains.
                leaves.push(self.problem.leaf());
            }
            self.problem.sum(leaves, value);
        }
    }

    /// The cells of a month that was carried whole, as its last edition leaves them.
    fn carried(&self, month: Month) -> impl Iterator<Item = &Cell> {
        let scenes = self.scenes.iter().rev();
        let last = scenes.filter(move |scene| scene.published.month == month).take(1);
        last.filter(|scene| scene.published.figures.is_none()).flat_map(|scene| scene.cells.values())
    }
}

impl Published {
    /// The group that holds a cell's votes; for a carried month the cell itself stands for the group that nobody sees.
    /// `None` where the cell has no votes.
    fn home(&self, cell: &GroupKey) -> Option<GroupKey> {
        let Some(figures) = &self.figures else { return Some(cell.clone()) };
        let possible = [cell.clone(), GroupKey::altri(cell.channel.clone()), GroupKey::altri(Code::altri())];
        possible.into_iter().find(|key| figures.groups.contains_key(key))
    }
}

impl Scene<'_> {
    fn finding(&self, kind: Kind, what: String, range: Range) -> Finding {
        Finding { month: self.published.month, edition: self.published.edition, kind, what, range }
    }

    /// What a published group tells of its voters by itself.
    fn judge_groups(&self, sensitive: &BTreeSet<Code>, findings: &mut Vec<Finding>) {
        let Some(figures) = &self.published.figures else { return };
        for (key, votes) in &figures.groups {
            let n = votes.n();
            let range = Range { low: n, high: Some(n) };
            if n > 0 && n < figures.threshold(key, sensitive) {
                findings.push(self.finding(Kind::Small, format!("group {}", shown(key)), range));
            }
            if n < figures.dominance_below() && votes.red > 0 && n - votes.red < figures.dominance() {
                findings.push(self.finding(Kind::Group, format!("group {}", shown(key)), range));
            }
        }
    }

    /// The cells that the month does not name.
    fn judge_cells(
        &self,
        components: &Components<'_>,
        sensitive: &BTreeSet<Code>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Unsolved> {
        for (key, cell) in self.unpublished() {
            let threshold = self.threshold(key, sensitive);
            let voters = components.range(&cell.concat())?;
            findings.extend(
                Kind::of_voters(voters, threshold)
                    .into_iter()
                    .map(|kind| self.finding(kind, shown(key), voters)),
            );
            let reds = components.range(&cell[RED])?;
            if reds.exact().is_some_and(|reds| reds > 0) {
                findings.push(self.finding(Kind::ExactRed, format!("reds of {}", shown(key)), reds));
            }
        }
        Ok(())
    }

    /// Totals over cells that the month does not name: of a service, of a channel, of a carried month.
    fn judge_sums(&self, components: &Components<'_>, findings: &mut Vec<Finding>) -> Result<(), Unsolved> {
        let mut sums: BTreeMap<String, Vec<&Cell>> = BTreeMap::new();
        for (key, cell) in self.unpublished() {
            sums.entry(format!("service {}", key.service.as_str())).or_default().push(cell);
            sums.entry(format!("channel {}", key.channel.as_str())).or_default().push(cell);
            sums.entry("everything unpublished".to_owned()).or_default().push(cell);
        }
        let threshold = self.threshold(&GroupKey::altri(Code::altri()), &BTreeSet::new());
        for (what, cells) in sums.into_iter().filter(|(_, cells)| cells.len() > 1) {
            let leaves: Vec<Leaf> = cells.into_iter().flat_map(|cell| cell.concat()).collect();
            let voters = components.range(&leaves)?;
            if is_derived(voters, threshold) {
                findings.push(self.finding(Kind::Derived, what, voters));
            }
        }
        Ok(())
    }

    fn unpublished(&self) -> impl Iterator<Item = (&GroupKey, &Cell)> {
        let figures = self.published.figures.as_ref();
        let named = move |key: &GroupKey| figures.is_some_and(|figures| figures.groups.contains_key(key));
        self.cells.iter().filter(move |(key, _)| !named(key))
    }

    fn threshold(&self, key: &GroupKey, sensitive: &BTreeSet<Code>) -> u64 {
        let figures = self.published.figures.as_ref();
        figures.map_or_else(
            || Figures::threshold_by_default(key, sensitive),
            |figures| figures.threshold(key, sensitive),
        )
    }
}

impl Change {
    /// How many votes a correction changed is a number of voters that nobody published.
    fn judge(
        &self,
        components: &Components<'_>,
        ente: &Ente,
        sensitive: &BTreeMap<Month, BTreeSet<Code>>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Unsolved> {
        let none = BTreeSet::new();
        let corrected = ente.months.get(&(self.month, Edition::Correction));
        let figures = corrected.and_then(|published| published.figures.as_ref());
        let sensitive = sensitive.get(&self.month).unwrap_or(&none);
        let threshold = figures.map_or_else(
            || Figures::threshold_by_default(&self.group, sensitive),
            |figures| figures.threshold(&self.group, sensitive),
        );
        let voters = components.range(&self.leaves)?;
        if is_derived(voters, threshold) {
            let what = format!("votes corrected in {}", shown(&self.group));
            let (month, edition) = (self.month, Edition::Correction);
            findings.push(Finding { month, edition, kind: Kind::Derived, what, range: voters });
        }
        Ok(())
    }
}

impl Kind {
    /// What is known too well of the voters of an unpublished cell.
    fn of_voters(range: Range, threshold: u64) -> Vec<Self> {
        let Range { low, high: Some(high) } = range else { return Vec::new() };
        let mut kinds = Vec::new();
        if low == 0 {
            return kinds;
        }
        if low == high {
            kinds.push(Self::Exact);
        }
        if high < threshold {
            kinds.push(Self::Small);
        }
        if low < high && high - low + 1 < threshold {
            kinds.push(Self::Narrow);
        }
        if is_derived(range, threshold) {
            kinds.push(Self::Derived);
        }
        kinds
    }
}

/// An unpublished number of voters that follows exactly and is smaller than any that may be published.
fn is_derived(range: Range, threshold: u64) -> bool {
    range.exact().is_some_and(|voters| (1..threshold).contains(&voters))
}

fn shown(key: &GroupKey) -> String {
    let code = |code: &Code| if code.is_altri() { "ALTRI".to_owned() } else { code.as_str().to_owned() };
    format!("{} | {}", code(&key.service), code(&key.channel))
}

#[cfg(test)]
mod tests;
