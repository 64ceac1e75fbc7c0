//! What happens when: a calendar queue of virtual milliseconds. Events of one millisecond keep the order in which they
//! were entered.

use std::collections::{BTreeMap, VecDeque};

#[derive(Debug)]
pub(crate) struct Agenda<E> {
    days: BTreeMap<u64, VecDeque<E>>,
}

impl<E> Agenda<E> {
    pub(crate) fn new() -> Self {
        Self { days: BTreeMap::new() }
    }

    pub(crate) fn enter(&mut self, at_ms: u64, event: E) {
        self.days.entry(at_ms).or_default().push_back(event);
    }

    pub(crate) fn next(&mut self) -> Option<(u64, E)> {
        let mut first = self.days.first_entry()?;
        let at_ms = *first.key();
        let event = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        event.map(|event| (at_ms, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_time_and_then_in_the_order_of_entry() {
        let mut agenda = Agenda::new();
        [(5, 'c'), (1, 'a'), (5, 'd'), (2, 'b')].into_iter().for_each(|(at, event)| agenda.enter(at, event));
        let order: Vec<_> = std::iter::from_fn(|| agenda.next()).collect();
        assert_eq!(order, [(1, 'a'), (2, 'b'), (5, 'c'), (5, 'd')]);
    }
}
