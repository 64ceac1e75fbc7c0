//! Votes and shares as the screens receive them.

use crate::{
    stats::{Confidence, Interval, Proportion},
    views::Practice,
    words::Words,
};
use faccina_proto::{
    checks::KeptGroup,
    tally::{GroupKey, Reasons, Votes},
    wire::officer::v1 as wire,
};

pub(super) fn counts(votes: Votes) -> wire::Counts {
    wire::Counts { green: votes.green, yellow: votes.yellow, red: votes.red }
}

/// A sentence in both languages.
pub(super) fn sentence(words: Words) -> wire::Sentence {
    wire::Sentence { it: words.it, en: words.en }
}

pub(super) fn interval(interval: Interval) -> wire::Interval {
    wire::Interval { low: interval.low, high: interval.high }
}

/// A share with its Wilson 95 % interval; `None` without votes.
pub(super) fn share(part: u64, whole: u64) -> Option<wire::Share> {
    let proportion = Proportion::new(part, whole)?;
    let wilson = Some(interval(proportion.wilson(Confidence::P95)));
    Some(wire::Share { value: proportion.value(), wilson })
}

/// The shares of green, yellow and red.
pub(super) fn shares(votes: Votes) -> [Option<wire::Share>; 3] {
    [votes.green, votes.yellow, votes.red].map(|part| share(part, votes.n()))
}

/// One service × channel.
pub(super) fn cell(
    key: &GroupKey,
    votes: Votes,
    reasons: Option<Reasons>,
    served: Option<u64>,
) -> wire::Cell {
    let [green, yellow, red] = shares(votes);
    wire::Cell {
        service: key.service.as_str().to_owned(),
        channel: key.channel.as_str().to_owned(),
        votes: Some(counts(votes)),
        green,
        yellow,
        red,
        reasons: reasons.map_or_else(Vec::new, |Reasons(counts)| counts.to_vec()),
        served: served.and_then(|served| u32::try_from(served).ok()),
    }
}

pub(super) fn group(group: KeptGroup<'_>) -> wire::Cell {
    cell(group.key, group.votes, group.reasons, group.served)
}

/// A practice card without its text.
pub(super) fn card_title(card: &Practice<'_>) -> wire::CardTitle {
    wire::CardTitle {
        ipa_code: card.member.code.to_string(),
        name: card.member.name.clone(),
        number: card.number.number(),
        title: card.title.to_owned(),
        services: card.services.iter().map(ToString::to_string).collect(),
        topics: card.topics.to_vec(),
        day: card.day.yyyymmdd(),
        nameable: card.nameable,
    }
}
