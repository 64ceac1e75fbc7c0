//! What a node does by itself as time passes: it publishes, closes months, receives casts; and what its operator does.

use super::closing::{correct, day_of, decide};
use super::disk::Stored;
use super::faults::Fault;
use super::intake::Answer;
use super::mutant::Mutant;
use super::node::Node;
use super::truth::Violation;
use super::world::{Event, World};
use bytes::Bytes;
use faccina_node::{close::credible, federation::CLOCK_SKEW_S_MAX, observer};
use faccina_proto::{
    admission::Refusal,
    calendar::{CivilDay, Month},
    feed::Body,
    names::Author,
    replica::Log,
    roster::Role,
    sync::{Alarm, Input},
    wire::feed::v1 as wire,
};
use rand::RngExt;

/// Clocks that must be known before a month is closed, unless all hubs are connected.
const CLOCKS_MIN: usize = 3;
/// Day of the following month on which the national month is published.
const NATIONAL_DAY: i64 = 20;
/// How often somebody looks whether the root entries have arrived.
const CARRIED_MS: u64 = 5_000;
/// A terminal sends again after this time.
const RESEND_MS: u64 = 3_000;

impl World {
    /// A second passes for all nodes.
    pub(crate) fn second(&mut self) -> Result<(), Violation> {
        if self.at_ms.is_multiple_of(CARRIED_MS) {
            self.carry_root()?;
        }
        for index in 0..self.nodes.len() {
            if self.is_up(index) {
                self.flushed(index)?;
                self.attend(index)?;
                self.input(index, Input::Tick)?;
            }
            self.send_casts(index);
        }
        Ok(())
    }

    fn attend(&mut self, index: usize) -> Result<(), Violation> {
        self.operate(index)?;
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        node.refresh();
        let today = node.today(self.at_ms, &self.almanac);
        match node.place.role {
            wire::Role::Ente => self.attend_office(index, today)?,
            wire::Role::Observer => self.observe(index, today)?,
            wire::Role::Hub | wire::Role::Unspecified => {}
        }
        self.publish(index, today)
    }

    /// Carries out a change of the disk; `false` if the power went.
    pub(crate) fn commit(
        &mut self,
        index: usize,
        change: impl FnOnce(&mut Stored),
    ) -> Result<bool, Violation> {
        match self.write(index, change) {
            Ok(()) => Ok(true),
            Err(doom) => {
                self.crash(index, doom)?;
                Ok(false)
            }
        }
    }

    /// What a person does who watches the node: changes the key file, takes over what a ruling says, restarts.
    fn operate(&mut self, index: usize) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        if node.may_change_key()
            && let Some(next) = node.place.next_key.take()
        {
            node.place.feed_key = next;
            self.note(format_args!("{} changes its key file", self.name(index)));
            self.stop(index)?;
            return self.start(index);
        }
        let Some(machine) = &node.machine else { return Ok(()) };
        let author = node.place.author();
        let is_ruled = |sequence| machine.replica().roster().ruling(&author, sequence).is_some();
        let decided = node.adopting || node.ruled_at.is_some_and(is_ruled);
        if matches!(machine.alarm(), Some(Alarm::OwnEntryElsewhere { .. })) && decided {
            self.note(format_args!("{} takes over what others hold of its feed", self.name(index)));
            return self.input(index, Input::Adopt);
        }
        Ok(())
    }

    fn publish(&mut self, index: usize, today: CivilDay) -> Result<(), Violation> {
        let at_ms = self.at_ms;
        let Some(node) = self.nodes.get(index).filter(|node| node.not_before_ms <= at_ms) else {
            return Ok(());
        };
        let offline = self.mutant == Some(Mutant::RestoreFork) && node.adopting;
        let may = |machine: &faccina_proto::sync::Machine| {
            offline || (machine.own_head_is_checked() && machine.alarm().is_none())
        };
        if !node.machine.as_ref().is_some_and(may) {
            return Ok(());
        }
        match node.next_body(today, &self.town) {
            Some(body) => self.append(index, body, offline),
            None => Ok(()),
        }
    }

    fn append(&mut self, index: usize, body: Body, offline: bool) -> Result<(), Violation> {
        if let (Body::Summary(summary), Some(node)) = (&body, self.nodes.get(index)) {
            self.note_summary(node.today(self.at_ms, &self.almanac), &summary.clone());
        }
        self.input(index, Input::Append { ticket: 0, body, offline })
    }

    fn note_summary(&mut self, today: CivilDay, summary: &wire::Summary) {
        let Ok(month) = Month::from_yyyymm(summary.month) else { return };
        if summary.edition > 1 {
            self.happened.note(Fault::Correction);
        } else if today > month.next().first_day().plus_days(NATIONAL_DAY - 1) {
            self.happened.note(Fault::LateSummary);
        }
        if summary.carried {
            self.happened.note(Fault::Carryover);
        }
    }

    /// The ente's own work: a box for the month that begins, the close of the month that is due, its end.
    fn attend_office(&mut self, index: usize, today: CivilDay) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let (first_month, month) = (node.place.first_month, today.month());
        let due = node.own.due(first_month);
        let Some(intake) = &mut node.intake else { return Ok(()) };
        intake.oldest_open = intake.oldest_open.max(due);
        let surveyed = month >= intake.oldest_open && month <= self.town.last_month;
        if surveyed && !node.disk.stored().boxes.contains_key(&month) {
            let begun = self.commit(index, |stored| {
                stored.boxes.entry(month).or_default();
            })?;
            if !begun {
                return Ok(());
            }
        }
        let ended = self.nodes.get(index).map(Node::ended).unwrap_or_default();
        if !ended.is_empty() {
            let kept = self.commit(index, |stored| {
                for month in ended {
                    if let Some(urn) = stored.boxes.get_mut(&month) {
                        urn.ended = true;
                    }
                }
            })?;
            if !kept {
                return Ok(());
            }
        }
        self.close_due(index, first_month, today)
    }

    fn close_due(&mut self, index: usize, first_month: Month, today: CivilDay) -> Result<(), Violation> {
        let Some(node) = self.nodes.get(index) else { return Ok(()) };
        let Some(machine) = &node.machine else { return Ok(()) };
        // What others hold of the own feed decides which months are closed, so it is asked first.
        let asked =
            machine.own_head_is_checked() || (self.mutant == Some(Mutant::RestoreFork) && node.adopting);
        if !asked || !super::closing::is_due(node.own.due(first_month), today) || !self.has_catalogue(node) {
            return Ok(());
        }
        if credible(today, None, newest_day(node), self.median_offset_s(node)).is_err() {
            return Ok(());
        }
        let seed = self.rng.random();
        let Some(node) = self.nodes.get(index) else { return Ok(()) };
        let decided = decide(&self.town, node.disk.stored(), &node.own, first_month, today, seed);
        let Some((month, decision)) = decided else { return Ok(()) };
        let kept = decision.clone();
        let told = self.commit(index, |stored| {
            stored.restored = false;
            stored.boxes.entry(month).or_default().decision = Some(kept);
        })?;
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let stored = node.disk.stored();
        let is_kept = stored.boxes.get(&month).is_some_and(|urn| urn.decision.is_some());
        if is_kept {
            self.ledger.closed(node.place.code.as_str(), index, month, &decision, stored)?;
        }
        if let Some(intake) = node.intake.as_mut().filter(|_| told) {
            intake.oldest_open = intake.oldest_open.max(month.next());
            self.note(format_args!("{} closes {month}", self.name(index)));
        }
        Ok(())
    }

    fn has_catalogue(&self, node: &Node) -> bool {
        let observer = self.nodes.first().map(|node| node.place.author());
        let feed = observer.and_then(|observer| node.machine.as_ref()?.replica().feed(&observer));
        feed.is_some_and(|feed| feed.counted() >= 2)
    }

    fn median_offset_s(&self, node: &Node) -> Option<i64> {
        let clocks: Vec<(Role, i64)> =
            node.machine.as_ref()?.clocks().map(|(member, offset_s)| (member.role, offset_s)).collect();
        let hubs = clocks.iter().filter(|(role, _)| *role == Role::Hub).count();
        let enough = clocks.len() >= CLOCKS_MIN || (hubs > 0 && hubs == self.town.hubs);
        let mut offsets: Vec<i64> = clocks.into_iter().map(|(_, offset_s)| offset_s).collect();
        offsets.sort_unstable();
        offsets.get(offsets.len() / 2).copied().filter(|_| enough)
    }

    /// Withdraws a group of a published month and publishes the month again.
    pub(crate) fn correct(&mut self, index: usize) -> Result<(), Violation> {
        let Some(node) = self.nodes.get_mut(index).filter(|node| node.machine.is_some()) else {
            return Ok(());
        };
        node.refresh();
        let today = node.today(self.at_ms, &self.almanac);
        let stored = node.disk.stored();
        let made = correct(&self.town, stored, &node.own, node.place.first_month, today);
        let Some((month, correction)) = made else { return Ok(()) };
        self.note(format_args!("{} decides to correct {month}", self.name(index)));
        self.commit(index, |stored| {
            if let Some(urn) = stored.boxes.get_mut(&month) {
                urn.correction = Some(correction);
            }
        })?;
        Ok(())
    }

    /// DFP's monthly act, once a day, by the node's own calendar.
    fn observe(&mut self, index: usize, today: CivilDay) -> Result<(), Violation> {
        let Some(node) = self.nodes.get(index).filter(|node| node.looked_on != Some(today)) else {
            return Ok(());
        };
        let Some(machine) = &node.machine else { return Ok(()) };
        let off =
            self.median_offset_s(node).is_none_or(|offset_s| offset_s.unsigned_abs() > CLOCK_SKEW_S_MAX);
        if !machine.own_head_is_checked() || off || node.own.catalogue.len() < 2 {
            return Ok(());
        }
        let code = node.place.code.clone();
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        node.looked_on = Some(today);
        let agenda = node
            .follow(&self.town)
            .map(|(views, feeds)| observer::agenda(views, &feeds, today))
            .unwrap_or_default();
        for asked in agenda {
            let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
            let drafted = node
                .follow(&self.town)
                .and_then(|(views, feeds)| observer::draft(views, &feeds, &code, asked, today).ok());
            if let Some(national) = drafted {
                self.append(index, Body::NationalMonth(national), false)?;
            }
        }
        Ok(())
    }

    /// The terminals of an ente send what waits, whether or not their node runs.
    fn send_casts(&mut self, index: usize) {
        if !self.at_ms.is_multiple_of(RESEND_MS) {
            return;
        }
        let terminals = self.nodes.get(index).map_or(0, |node| node.terminals.len());
        for terminal in 0..terminals {
            let sender = self.nodes.get(index).and_then(|node| node.terminals.get(terminal));
            let casts = sender.map(|sender| sender.due(self.at_ms)).unwrap_or_default();
            if casts.is_empty() {
                continue;
            }
            for delay_ms in self.delays_ms() {
                let delay_ms = delay_ms + self.rng.random_range(2..80);
                let event = Event::Casts { node: index, terminal, casts: casts.clone() };
                self.agenda.enter(self.at_ms + delay_ms, event);
            }
        }
    }

    pub(crate) fn take_casts(
        &mut self,
        index: usize,
        terminal: usize,
        casts: &[Bytes],
    ) -> Result<(), Violation> {
        self.note(format_args!("terminal {terminal} of {} sends {} casts", self.name(index), casts.len()));
        let (at_ms, mutant) = (self.at_ms, self.mutant);
        let Some(node) = self.nodes.get_mut(index).filter(|node| node.machine.is_some()) else {
            return Ok(());
        };
        let today = node.today(at_ms, &self.almanac);
        let Some(intake) = &mut node.intake else { return Ok(()) };
        let federation = self.town.federation.id();
        let (answers, batch) =
            intake.decide(casts, node.disk.stored(), federation, today, at_ms / 1_000, mutant);
        let entering = batch.entering;
        let late = entering.iter().filter(|entering| entering.circumstances.late).count();
        (0..late).for_each(|_| self.happened.note(Fault::LateBallot));
        if !entering.is_empty() {
            let entered = entering.clone();
            let told =
                self.commit(index, move |stored| entered.iter().for_each(|entering| stored.enter(entering)))?;
            let Some(node) = self.nodes.get(index) else { return Ok(()) };
            // Also where the power went as soon as it was written.
            let (stored, name) = (node.disk.stored(), node.place.code.as_str());
            if entering.iter().any(|entering| stored.boxes_of(entering.id).next().is_some()) {
                self.ledger.check_entered(name, index, &entering, stored)?;
            }
            if !told {
                return Ok(());
            }
        }
        if self.rng.random_bool(self.weather.unanswered) {
            self.happened.note(Fault::Loss);
            return Ok(());
        }
        let run = self.nodes.get(index).map_or(0, |node| node.runs);
        for delay_ms in self.delays_ms() {
            let delay_ms = delay_ms + self.rng.random_range(2..80);
            let event = Event::Answers { node: index, terminal, run, answers: answers.clone() };
            self.agenda.enter(self.at_ms + delay_ms, event);
        }
        Ok(())
    }

    pub(crate) fn take_answers(
        &mut self,
        index: usize,
        terminal: usize,
        answers: Vec<Answer>,
    ) -> Result<(), Violation> {
        self.note(format_args!("terminal {terminal} of {} has {} answers", self.name(index), answers.len()));
        let name = self.name(index);
        let today = self.almanac.day_at(self.at_ms, 0);
        let again_ms = self.at_ms + self.almanac.day_ms();
        for answer in answers {
            let at_terminal = self.nodes.get_mut(index).and_then(|node| node.terminals.get_mut(terminal));
            let Some(at_terminal) = at_terminal else { continue };
            match answer {
                Answer::Counted(receipt) => {
                    at_terminal.forget(&receipt.ballot);
                    self.ledger.receipted(&name, &receipt)?;
                }
                Answer::NotYet(id) => at_terminal.put_off(&id, again_ms),
                Answer::Refused(Some(id), refusal) => {
                    at_terminal.forget(&id);
                    if refusal == Refusal::InviteSpent {
                        self.happened.note(Fault::InviteTwice);
                    }
                    self.ledger.refused(&name, &id, &refusal, today)?;
                }
                Answer::Refused(None, refusal) => {
                    return Err(Violation::Refused { node: name, refusal: refusal.to_string() });
                }
            }
        }
        Ok(())
    }
}

/// The newest day that root or observer have declared, as the node holds it.
fn newest_day(node: &Node) -> Option<CivilDay> {
    let replica = node.machine.as_ref()?.replica();
    let observer = replica.roster().observer().map(|member| Author::Member(member.code.clone()));
    let heads = [Some(Author::Root), observer].into_iter().flatten();
    let entries =
        heads.filter_map(|author| node.disk.stored().log.entry(&author, replica.head(&author)?.sequence));
    entries.filter_map(day_of).max()
}
