//! Two enti side by side.

use super::{
    comparison::{ente_row, window_name},
    ente::face,
    figures::sentence,
    figures::{cell, interval},
    neighbours::channel_name,
    reader::Reader,
};
use crate::{
    stats::Interval,
    views::{HOMOGENEITY_P_MIN, NotComparable, PAIR_VOTES_MIN, Pair, Pooled, Question, Side, Stratum},
    words::{Value, Words, say},
};
use faccina_proto::{names::Code, roster::Member, tally::Votes, wire::officer::v1 as wire};

/// The two enti by name, and what was asked.
struct Sides<'a> {
    question: &'a Question,
    left: &'a Member,
    right: &'a Member,
}

pub(super) fn pair(
    reader: &Reader<'_>,
    left: &Member,
    right: &Member,
    question: Question,
) -> wire::PairReply {
    let places = reader.answers.places(reader.views, &question);
    let profiles = reader.profiles(question.month);
    let row = |member| reader.views.row(&places, member, reader.today);
    let rows = (row(left), row(right));
    let pair = Pair::of(&places.sums, &left.code, &right.code, question.indicator);
    let sides = Sides { question: &question, left, right };
    let words = headline(&sides, &pair, (rows.0.months, rows.1.months));
    let all = Scope { channel: None, name: Words::default() };
    let channels = pair.channels.iter().map(|(channel, found)| {
        let name = channel_name(reader, question.month, channel);
        pooled(&sides, &Scope { channel: Some(channel), name }, found)
    });
    wire::PairReply {
        month: question.month.yyyymm(),
        left: Some(ente_row(reader, &rows.0, &question, profiles.as_deref())),
        right: Some(ente_row(reader, &rows.1, &question, profiles.as_deref())),
        strata: pair.strata.iter().map(|it| stratum(&sides, it)).collect(),
        mailbox: right.mailbox.clone(),
        headline_it: words.it,
        headline_en: words.en,
        from_month: question.first_month().yyyymm(),
        pooled: pair.pooled.as_ref().map(|found| pooled(&sides, &all, found)),
        channels: channels.collect(),
    }
}

impl Sides<'_> {
    fn name(&self, side: Side) -> Value<'_> {
        Value::Text(match side {
            Side::Left => &self.left.name,
            Side::Right => &self.right.name,
        })
    }
}

fn stratum(sides: &Sides<'_>, stratum: &Stratum<'_>) -> wire::Stratum {
    let difference = stratum.difference.as_ref().ok();
    let reason = stratum.difference.as_ref().err().map(|reason| not_comparable(sides, reason));
    let reason = reason.unwrap_or_default();
    let votes = |votes: Option<Votes>| votes.map(|votes| cell(stratum.key, votes, None, None));
    wire::Stratum {
        service: stratum.key.service.as_str().to_owned(),
        channel: stratum.key.channel.as_str().to_owned(),
        left: votes(stratum.left),
        right: votes(stratum.right),
        difference: difference.map(|difference| difference.value),
        newcombe: difference.map(|difference| interval(difference.interval)),
        not_comparable_it: reason.it,
        not_comparable_en: reason.en,
    }
}

fn not_comparable(sides: &Sides<'_>, reason: &NotComparable) -> Words {
    match *reason {
        NotComparable::NoGroup(side) => say("no-group", &[("name", sides.name(side))]),
        NotComparable::Altri => say("altri", &[]),
        NotComparable::TooFew { side, votes } => {
            let (n, min) = (Value::Count(votes), Value::Count(PAIR_VOTES_MIN));
            say("too-few", &[("name", sides.name(side)), ("n", n), ("min", min)])
        }
    }
}

fn headline(sides: &Sides<'_>, pair: &Pair<'_>, months: (u32, u32)) -> Words {
    let month = ("month", Value::Month(sides.question.month));
    let window = ("window", Value::Text(window_name(sides.question.window)));
    for (months, side) in [(months.0, Side::Left), (months.1, Side::Right)] {
        if months == 0 {
            return say("pair-month-missing", &[window, month, ("name", sides.name(side))]);
        }
    }
    let differences = pair.strata.iter().filter_map(|stratum| stratum.difference.as_ref().ok());
    let (mut all, mut beyond) = (0, 0);
    for difference in differences {
        all += 1;
        beyond += u64::from(excludes_zero(difference.interval));
    }
    match all {
        0 => {
            let (left, right) = (sides.name(Side::Left), sides.name(Side::Right));
            say("pair-none", &[window, month, ("left", left), ("right", right)])
        }
        n => say("pair-some", &[window, month, ("n", Value::Count(n)), ("beyond", Value::Count(beyond))]),
    }
}

fn excludes_zero(interval: Interval) -> bool {
    interval.low > 0.0 || interval.high < 0.0
}

/// All channels, or one with its name.
struct Scope<'a> {
    channel: Option<&'a Code>,
    name: Words,
}

fn pooled(sides: &Sides<'_>, scope: &Scope<'_>, pooled: &Pooled) -> wire::Pooled {
    wire::Pooled {
        channel: scope.channel.map(ToString::to_string).unwrap_or_default(),
        strata: u32::try_from(pooled.strata).unwrap_or(u32::MAX),
        left_n: pooled.left.n(),
        right_n: pooled.right.n(),
        crude: pooled.crude,
        difference: pooled.difference.value,
        interval: Some(interval(pooled.difference.interval)),
        odds_ratio: pooled.odds_ratio.map(|odds| odds.value),
        odds_interval: pooled.odds_ratio.map(|odds| interval(odds.interval)),
        breslow_day_p: pooled.homogeneity_p,
        superiority: pooled.superiority,
        words: Some(sentence(words(sides, scope, pooled))),
    }
}

/// What the difference over the same services and channels means.
fn words(sides: &Sides<'_>, scope: &Scope<'_>, pooled: &Pooled) -> Words {
    let (value, interval) = (pooled.difference.value, pooled.difference.interval);
    let distinct = excludes_zero(interval);
    let key = match (distinct, value > 0.0) {
        (false, _) => "pooled-level",
        (true, true) => "pooled-more",
        (true, false) => "pooled-fewer",
    };
    let points = |share: f64| Value::Decimal(share * 100.0);
    // "Fewer by so many" counts upwards.
    let (low, high) = match key {
        "pooled-fewer" => (-interval.high, -interval.low),
        _ => (interval.low, interval.high),
    };
    let values = [
        ("scope", Value::Text(if scope.channel.is_some() { "channel" } else { "all" })),
        ("channel", Value::Both(&scope.name)),
        ("face", face(sides.question.indicator)),
        ("left", sides.name(Side::Left)),
        ("right", sides.name(Side::Right)),
        ("points", points(if distinct { value.abs() } else { value })),
        ("low", points(low)),
        ("high", points(high)),
        ("crude", points(pooled.crude)),
    ];
    let mut said = say(key, &values);
    if distinct && pooled.crude * value < 0.0 {
        said = and(said, say("pooled-reversed", &values));
    }
    if pooled.homogeneity_p.is_some_and(|p| p < HOMOGENEITY_P_MIN) {
        said = and(said, say("pooled-varies", &values));
    }
    said
}

fn and(first: Words, second: Words) -> Words {
    Words { it: format!("{} {}", first.it, second.it), en: format!("{} {}", first.en, second.en) }
}
