//! What an attacker can compute: non-negative whole numbers of which only sums are known, and the range of a sum of some.
//!
//! The numbers fall apart into components that no known sum links. Most components have one sum, whose answer needs no
//! solver; the others are a linear program in each direction, and an integer program only where the linear one ends
//! between whole numbers.

use microlp::{ComparisonOp, OptimizationDirection};
use std::collections::{BTreeMap, BTreeSet};

/// An unknown number ≥ 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf(usize);

/// A known sum: low ≤ sum of the leaves ≤ high.
#[derive(Clone, Debug)]
struct Row {
    leaves: Vec<Leaf>,
    low: u64,
    high: u64,
}

/// Leaves and what is known of their sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    leaves: usize,
    rows: Vec<Row>,
}

/// All a number can be, as far as the sums tell; `high` is `None` where nothing bounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) low: u64,
    pub(crate) high: Option<u64>,
}

impl Range {
    /// The number itself, where the sums leave no choice.
    pub(crate) fn exact(self) -> Option<u64> {
        (self.high == Some(self.low)).then_some(self.low)
    }

    /// Of the sum of two numbers that no known sum links.
    fn plus(self, other: Self) -> Self {
        let high = self.high.zip(other.high).map(|(a, b)| a.saturating_add(b));
        Self { low: self.low.saturating_add(other.low), high }
    }
}

/// A range that was not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsolved {
    /// No whole numbers have these sums: whoever published them counted wrongly, or they were read wrongly.
    #[error("the published figures contradict each other")]
    Contradiction,
    /// The solver gave up; nothing is known about the range.
    #[error("the solver failed: {0}")]
    Solver(String),
}

impl Problem {
    pub(crate) fn leaf(&mut self) -> Leaf {
        self.leaves += 1;
        Leaf(self.leaves - 1)
    }

    /// The leaves, each named once, sum to exactly this.
    pub(crate) fn sum(&mut self, leaves: Vec<Leaf>, value: u64) {
        self.between(leaves, value, value);
    }

    /// The leaves sum to something from `low` to `high`: a rounded, starred or perturbed figure.
    pub(crate) fn between(&mut self, leaves: Vec<Leaf>, low: u64, high: u64) {
        self.rows.push(Row { leaves, low, high });
    }

    /// The problem, split into its components.
    pub(crate) fn split(&self) -> Components<'_> {
        let mut parents: Vec<usize> = (0..self.leaves).collect();
        for row in &self.rows {
            for pair in row.leaves.windows(2) {
                let (one, other) = (root(&mut parents, pair[0].0), root(&mut parents, pair[1].0));
                parents[one] = other;
            }
        }
        let mut rows: BTreeMap<usize, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            if let Some(first) = row.leaves.first() {
                rows.entry(root(&mut parents, first.0)).or_default().push(row);
            }
        }
        let of_leaf = (0..self.leaves).map(|leaf| root(&mut parents, leaf)).collect();
        Components { of_leaf, rows }
    }
}

/// The representative of a leaf's component, halving the path on the way.
fn root(parents: &mut [usize], mut leaf: usize) -> usize {
    while parents[leaf] != leaf {
        parents[leaf] = parents[parents[leaf]];
        leaf = parents[leaf];
    }
    leaf
}

/// A problem whose unlinked parts are solved apart.
#[derive(Clone, Debug)]
pub(crate) struct Components<'a> {
    of_leaf: Vec<usize>,
    rows: BTreeMap<usize, Vec<&'a Row>>,
}

/// Which end of a range is looked for.
#[derive(Clone, Copy)]
enum End {
    Low,
    High,
}

impl Components<'_> {
    /// How many parts there are, leaves without any sum included.
    pub(crate) fn count(&self) -> usize {
        self.of_leaf.iter().collect::<BTreeSet<_>>().len()
    }

    /// The range of the sum of some leaves, each named once.
    pub(crate) fn range(&self, leaves: &[Leaf]) -> Result<Range, Unsolved> {
        let mut parts: BTreeMap<usize, BTreeSet<Leaf>> = BTreeMap::new();
        for leaf in leaves {
            parts.entry(self.of_leaf[leaf.0]).or_default().insert(*leaf);
        }
        let nothing = Range { low: 0, high: Some(0) };
        parts.iter().try_fold(nothing, |sum, (component, wanted)| {
            Ok(sum.plus(part(self.rows.get(component).map_or(&[], Vec::as_slice), wanted)?))
        })
    }
}

fn part(rows: &[&Row], wanted: &BTreeSet<Leaf>) -> Result<Range, Unsolved> {
    match rows {
        // Nothing is known of a leaf that stands in no sum.
        [] => Ok(Range { low: 0, high: None }),
        [row] if row.leaves.len() == wanted.len() => Ok(Range { low: row.low, high: Some(row.high) }),
        // The leaves beside the wanted ones can take anything from all to nothing.
        [row] => Ok(Range { low: 0, high: Some(row.high) }),
        _ => {
            let all: BTreeSet<Leaf> = rows.iter().flat_map(|row| &row.leaves).copied().collect();
            let low = extreme(rows, &all, wanted, End::Low)?;
            Ok(Range { low, high: Some(extreme(rows, &all, wanted, End::High)?) })
        }
    }
}

/// Every leaf of a row is bounded by its sum, so both ends exist.
fn extreme(rows: &[&Row], all: &BTreeSet<Leaf>, wanted: &BTreeSet<Leaf>, end: End) -> Result<u64, Unsolved> {
    let relaxed = solve(rows, all, wanted, end, Numbers::Real)?;
    match relaxed {
        Optimum { objective, whole: true } => Ok(objective),
        Optimum { .. } => Ok(solve(rows, all, wanted, end, Numbers::Whole)?.objective),
    }
}

#[derive(Clone, Copy)]
enum Numbers {
    Real,
    Whole,
}

/// The best value, and whether it is reached at whole numbers.
struct Optimum {
    objective: u64,
    whole: bool,
}

/// How far from a whole number a solver's value may be and still mean it.
const WHOLE_WITHIN: f64 = 1e-5;

fn solve(
    rows: &[&Row],
    all: &BTreeSet<Leaf>,
    wanted: &BTreeSet<Leaf>,
    end: End,
    numbers: Numbers,
) -> Result<Optimum, Unsolved> {
    let direction = match end {
        End::Low => OptimizationDirection::Minimize,
        End::High => OptimizationDirection::Maximize,
    };
    let mut program = microlp::Problem::new(direction);
    let most = rows.iter().map(|row| row.high).max().unwrap_or(0);
    let variables: BTreeMap<Leaf, microlp::Variable> = all
        .iter()
        .map(|leaf| {
            let weight = f64::from(u8::from(wanted.contains(leaf)));
            let variable = match numbers {
                Numbers::Real => program.add_var(weight, (0.0, real(most))),
                Numbers::Whole => {
                    program.add_integer_var(weight, (0, i32::try_from(most).unwrap_or(i32::MAX)))
                }
            };
            (*leaf, variable)
        })
        .collect();
    for row in rows {
        let terms: Vec<(microlp::Variable, f64)> =
            row.leaves.iter().filter_map(|leaf| Some((*variables.get(leaf)?, 1.0))).collect();
        if row.low == row.high {
            program.add_constraint(terms.as_slice(), ComparisonOp::Eq, real(row.low));
        } else {
            program.add_constraint(terms.as_slice(), ComparisonOp::Ge, real(row.low));
            program.add_constraint(terms.as_slice(), ComparisonOp::Le, real(row.high));
        }
    }
    let failed = |error: microlp::Error| {
        let contradiction = error == microlp::Error::Infeasible;
        if contradiction { Unsolved::Contradiction } else { Unsolved::Solver(error.to_string()) }
    };
    let interrupted = |_| Unsolved::Solver("it was interrupted".to_owned());
    let solution = program.solve().map_err(failed)?.into_solution().map_err(interrupted)?;
    let near = |value: f64| (value - value.round()).abs() < WHOLE_WITHIN;
    Ok(Optimum {
        objective: whole(solution.objective()),
        whole: variables.values().all(|variable| near(solution.var_value(*variable))),
    })
}

#[expect(clippy::cast_precision_loss, reason = "votes of a month stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the optimum lies between 0 and a count"
)]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves<const N: usize>(problem: &mut Problem) -> [Leaf; N] {
        std::array::from_fn(|_| problem.leaf())
    }

    fn range(low: u64, high: u64) -> Range {
        Range { low, high: Some(high) }
    }

    #[test]
    fn one_sum_tells_only_itself() {
        let mut problem = Problem::default();
        let [a, b, alone] = leaves(&mut problem);
        problem.sum(vec![a, b], 9);
        let components = problem.split();
        assert_eq!(components.count(), 2);
        assert_eq!(components.range(&[a]), Ok(range(0, 9)));
        assert_eq!(components.range(&[a, b]).unwrap().exact(), Some(9));
        assert_eq!(components.range(&[a, alone]), Ok(Range { low: 0, high: None }));
    }

    /// A table of two services and two channels with its totals, all cells suppressed.
    #[test]
    fn totals_of_rows_and_columns_narrow_a_suppressed_cell() {
        let mut problem = Problem::default();
        let [a, b, c, d] = leaves(&mut problem);
        problem.sum(vec![a, b], 10);
        problem.sum(vec![c, d], 3);
        problem.sum(vec![a, c], 12);
        problem.sum(vec![b, d], 1);
        let components = problem.split();
        assert_eq!(components.count(), 1);
        assert_eq!(components.range(&[a]), Ok(range(9, 10)));
        assert_eq!(components.range(&[b]), Ok(range(0, 1)));
        assert_eq!(components.range(&[b, d]), Ok(range(1, 1)));
    }

    /// Of three numbers no two sum to more than 1: real ones can all be ½.
    #[test]
    fn whole_numbers_know_more_than_real_ones() {
        let mut problem = Problem::default();
        let [a, b, c] = leaves(&mut problem);
        problem.between(vec![a, b], 0, 1);
        problem.between(vec![b, c], 0, 1);
        problem.between(vec![a, c], 0, 1);
        let components = problem.split();
        assert_eq!(components.range(&[a, b, c]), Ok(range(0, 1)));
    }

    #[test]
    fn figures_that_contradict_each_other_are_found_out() {
        let mut problem = Problem::default();
        let [a, b] = leaves(&mut problem);
        problem.sum(vec![a], 4);
        problem.sum(vec![a, b], 3);
        assert_eq!(problem.split().range(&[b]), Err(Unsolved::Contradiction));
    }
}
