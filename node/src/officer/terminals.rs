//! What the officers see of the terminals as a whole: services to be verified, votes refused by reason, how many terminals
//! are silent or have a wrong clock, and of how many nothing is known yet. Never which one, and nothing that moves with a
//! single vote.

use std::collections::BTreeMap;

use super::Ballots;
use crate::{
    clock::Moment,
    close::Inspection,
    intake::{CLOCK_WRONG_S, SILENT_S},
    integrity::Check,
    words::{Words, say},
};
use faccina_proto::{
    admission::REFUSAL_CODES,
    summary::CodedCount,
    terminals::{State, TerminalRecord},
    wire::officer::v1 as wire,
};

/// What is known of the terminals now.
pub(super) struct Terminals {
    to_verify: Vec<wire::ToVerify>,
    refused: Vec<wire::RefusedVotes>,
    listening: Option<wire::Listening>,
    reported: bool,
}

impl Terminals {
    pub(super) fn of(ballots: &Ballots, inspection: &Inspection, now: Moment) -> Self {
        Self {
            to_verify: to_verify(inspection),
            refused: refused(ballots),
            listening: listening(ballots, inspection, now),
            reported: inspection.reported,
        }
    }

    /// The screen with what is known of the terminals.
    pub(super) fn on(self, screen: wire::MyEnteReply) -> wire::MyEnteReply {
        let Self { to_verify, refused, listening, reported } = self;
        wire::MyEnteReply { to_verify, refused, listening, reported, ..screen }
    }
}

fn to_verify(inspection: &Inspection) -> Vec<wire::ToVerify> {
    let months = inspection.to_verify.iter().flat_map(|(month, services)| {
        services.iter().map(|(service, checks)| wire::ToVerify {
            month: month.yyyymm(),
            service: service.to_string(),
            checks: checks.iter().map(|check| number(*check).into()).collect(),
        })
    });
    months.collect()
}

fn number(check: Check) -> wire::Check {
    match check {
        Check::OutsideHours => wire::Check::OutsideHours,
        Check::OverServed => wire::Check::OverServed,
        Check::ShortGaps => wire::Check::ShortGaps,
        Check::Burst => wire::Check::Burst,
        Check::EndLoading => wire::Check::EndLoading,
        Check::FastGreens => wire::Check::FastGreens,
        Check::Participation => wire::Check::Participation,
    }
}

fn refused(ballots: &Ballots) -> Vec<wire::RefusedVotes> {
    let list = ballots.intake.terminals();
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for health in list.iter().filter_map(|(terminal, _)| ballots.intake.health(terminal)) {
        for (code, votes) in health.heartbeat.refused {
            // What a newer terminal calls by another name is counted together.
            let code = if REFUSAL_CODES.contains(&code.as_str()) { code } else { "other".to_owned() };
            let sum = sums.entry(code).or_default();
            *sum = sum.saturating_add(votes);
        }
    }
    let votes = sums.into_iter().filter(|(_, votes)| *votes > 0);
    votes
        .map(|(code, votes)| {
            let Words { it, en } = say(&format!("vote-refused-{code}"), &[]);
            wire::RefusedVotes { code, it, en, votes: CodedCount::of(votes).code() }
        })
        .collect()
}

fn listening(ballots: &Ballots, inspection: &Inspection, now: Moment) -> Option<wire::Listening> {
    let list = ballots.intake.terminals();
    let active: Vec<_> = list.iter().filter(|(_, record)| record.state == State::Active).collect();
    if active.is_empty() {
        return None;
    }
    let silent = active
        .iter()
        .filter(|(terminal, record)| is_open(record, now) && ballots.intake.silent_s(terminal) > SILENT_S);
    let wrong_clock = active.iter().filter(|(terminal, _)| {
        let ahead_s = ballots.intake.health(terminal).and_then(|health| health.clock_ahead_s);
        ahead_s.is_some_and(|ahead_s| ahead_s.unsigned_abs() > CLOCK_WRONG_S)
    });
    let heard = active.iter().filter(|(terminal, _)| ballots.intake.health(terminal).is_some());
    let count = |terminals: usize| u32::try_from(terminals).unwrap_or(u32::MAX);
    Some(wire::Listening {
        terminals: count(active.len()),
        silent: count(silent.count()),
        wrong_clock: count(wrong_clock.count()),
        listened_tenths: inspection.listened_tenths,
        heard: count(heard.count()),
    })
}

/// Whether somebody could vote there now; where the hours are unknown, always.
fn is_open(record: &TerminalRecord, now: Moment) -> bool {
    let minute = u32::from(now.minute);
    record.hours.is_empty() || record.hours.iter().any(|hours| hours.contains(now.day, minute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::knows;

    #[test]
    fn every_refusal_has_its_words() {
        for code in REFUSAL_CODES.iter().chain(&["other"]) {
            assert!(knows(&format!("vote-refused-{code}")), "{code}");
        }
    }
}
