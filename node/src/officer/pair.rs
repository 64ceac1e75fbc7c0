//! Two enti side by side.

use super::{
    comparison::ente_row,
    figures::{group, interval},
};
use crate::{
    views::{NotComparable, PAIR_VOTES_MIN, Pair, Side, Stratum},
    words::{Value, Words, say},
};
use faccina_proto::{calendar::CivilDay, wire::officer::v1 as wire};

pub(super) fn pair(pair: &Pair<'_>, today: CivilDay) -> wire::PairReply {
    let words = headline(pair);
    wire::PairReply {
        month: pair.month.yyyymm(),
        left: Some(ente_row(&pair.left, pair.month, today)),
        right: Some(ente_row(&pair.right, pair.month, today)),
        strata: pair.strata.iter().map(|it| stratum(pair, it)).collect(),
        mailbox: pair.right.member.mailbox.clone(),
        headline_it: words.it,
        headline_en: words.en,
        ..wire::PairReply::default()
    }
}

fn stratum(pair: &Pair<'_>, stratum: &Stratum<'_>) -> wire::Stratum {
    let difference = stratum.green.as_ref().ok();
    let reason = stratum.green.as_ref().err().map(|reason| not_comparable(pair, reason)).unwrap_or_default();
    wire::Stratum {
        service: stratum.key.service.as_str().to_owned(),
        channel: stratum.key.channel.as_str().to_owned(),
        left: stratum.left.map(group),
        right: stratum.right.map(group),
        difference: difference.map(|difference| difference.value),
        newcombe: difference.map(|difference| interval(difference.interval)),
        not_comparable_it: reason.it,
        not_comparable_en: reason.en,
    }
}

fn name<'a>(pair: &'a Pair<'_>, side: Side) -> Value<'a> {
    Value::Text(match side {
        Side::Left => &pair.left.member.name,
        Side::Right => &pair.right.member.name,
    })
}

fn not_comparable(pair: &Pair<'_>, reason: &NotComparable) -> Words {
    match *reason {
        NotComparable::NoGroup(side) => say("no-group", &[("name", name(pair, side))]),
        NotComparable::Altri => say("altri", &[]),
        NotComparable::TooFew { side, votes } => say(
            "too-few",
            &[("name", name(pair, side)), ("n", Value::Count(votes)), ("min", Value::Count(PAIR_VOTES_MIN))],
        ),
    }
}

fn headline(pair: &Pair<'_>) -> Words {
    let month = ("month", Value::Month(pair.month));
    for (row, side) in [(&pair.left, Side::Left), (&pair.right, Side::Right)] {
        if row.state.counted().is_none() {
            return say("pair-month-missing", &[month, ("name", name(pair, side))]);
        }
    }
    let differences: Vec<_> = pair.strata.iter().filter_map(|stratum| stratum.green.as_ref().ok()).collect();
    let beyond = differences.iter().filter(|it| it.interval.low > 0.0 || it.interval.high < 0.0).count();
    let count = |n: usize| Value::Count(u64::try_from(n).unwrap_or(u64::MAX));
    match differences.len() {
        0 => {
            let sides = [("left", name(pair, Side::Left)), ("right", name(pair, Side::Right))];
            say("pair-none", &[month, sides[0], sides[1]])
        }
        n => say("pair-some", &[month, ("n", count(n)), ("beyond", count(beyond))]),
    }
}
