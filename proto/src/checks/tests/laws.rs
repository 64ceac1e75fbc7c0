//! What holds whatever a feed says.

use super::*;
use proptest::{prelude::*, sample::select};

fn or_absurd<T: std::fmt::Debug + Clone>(
    usual: impl Strategy<Value = T> + 'static,
    absurd: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = T> {
    prop_oneof![30 => usual, 1 => absurd]
}

fn count() -> impl Strategy<Value = u32> {
    or_absurd(0u32..30, select(vec![u32::MAX, 1_000_000_000]))
}

fn code(usual: &'static [&'static str]) -> impl Strategy<Value = String> {
    or_absurd(select(usual), select(vec!["suap", "fax", "A b", "x"])).prop_map(str::to_owned)
}

fn reasons() -> impl Strategy<Value = wire::Reasons> {
    let few = || or_absurd(0u32..4, Just(u32::MAX));
    (few(), few(), few(), few()).prop_map(|(first, second, third, fourth)| wire::Reasons {
        first,
        second,
        third,
        fourth,
    })
}

fn group() -> impl Strategy<Value = wire::Group> {
    let green = or_absurd(8u32..30, 0u32..5);
    let own = proptest::option::weighted(0.2, reasons());
    let parts =
        (code(&["", "anagrafe", "sociale", "tributi"]), code(&["counter", "web"]), green, count(), own);
    parts.prop_map(|(service, channel, green, red, reasons)| wire::Group {
        service,
        channel,
        green,
        red: red / 3,
        reasons: reasons.filter(|_| red > 15),
        ..wire::Group::default()
    })
}

fn pool() -> impl Strategy<Value = wire::PooledReasons> {
    let key = (code(&["", "anagrafe", "sociale", "tributi"]), code(&["counter", "web"]));
    let key = key.prop_map(|(service, channel)| wire::GroupKey { service, channel });
    let months = or_absurd(Just(Vec::new()), proptest::collection::vec(202_512u32..202_604, 1..3));
    (reasons(), proptest::collection::vec(key, 1..3), or_absurd(Just(0), count()), months).prop_map(
        |(reasons, groups, carried_reds, carried_months)| wire::PooledReasons {
            reasons: Some(reasons),
            groups,
            carried_reds,
            carried_months,
        },
    )
}

fn message() -> impl Strategy<Value = wire::Summary> {
    let months = || or_absurd(Just(Vec::new()), proptest::collection::vec(any::<u32>(), 1..3));
    let head = (
        202_601u32..202_604,
        1u32..=2,
        or_absurd(Just(1u32), any::<u32>()),
        or_absurd(Just(false), Just(true)),
    );
    let pool = proptest::option::weighted(0.1, pool());
    let rest = (proptest::collection::vec(group(), 1..4), pool, months(), months(), any::<u8>());
    (head, rest).prop_map(
        |(
            (month, edition, rules_version, carried),
            (mut groups, pooled_reasons, carried_from, gap_months, mix),
        )| {
            if mix > 20 {
                groups.sort_by_key(|group| (group.service.clone(), group.channel.clone()));
            }
            wire::Summary {
                month,
                edition,
                rules_version,
                groups: if carried && mix > 20 { Vec::new() } else { groups },
                pooled_reasons,
                carried_from,
                gap_months,
                carried,
                ..plain(202_601).to_wire()
            }
        },
    )
}

proptest! {
    /// Judging never panics, and what counts keeps the rules that protect voters.
    #[test]
    fn what_counts_is_safe(messages in proptest::collection::vec(message(), 1..12)) {
        let mut feed = Feed::new();
        for message in &messages {
            let before = feed.judge.months().get(&month(message.month)).cloned();
            let Judgement::Counted(summary) = feed.say(message) else { continue };
            let figures = summary.figures().unwrap();
            let kept = feed.judge.months()[&summary.month].counted.as_ref().unwrap();
            let same = |(kept, group): (KeptGroup<'_>, &Group)| {
                let kept = (kept.key, kept.votes, kept.reasons, kept.served);
                kept == (&group.key, group.votes, group.reasons, group.served)
            };
            prop_assert_eq!(kept.groups(feed.judge.keys()).count(), figures.groups.len());
            prop_assert!(kept.groups(feed.judge.keys()).zip(&figures.groups).all(same));
            prop_assert_eq!(kept.total(), figures.total());
            for group in &figures.groups {
                let (n, red) = (group.votes.n(), group.votes.red);
                let threshold = if group.key.service.as_str() == "sociale" { 10 } else { 5 };
                prop_assert!(n >= threshold, "{} has {} votes", group.key, n);
                prop_assert!(n >= 20 || red == 0 || n - red >= 2);
                prop_assert!(group.reasons.is_none_or(|reasons| red >= 5 && reasons.sum() <= red));
            }
            let first = before.and_then(|standing| standing.counted);
            for old in first.iter().flat_map(|first| first.groups(feed.judge.keys())) {
                let new = figures.group(old.key).map_or(Votes::NONE, |group| group.votes);
                prop_assert!(old.votes == new || old.votes.n().abs_diff(new.n()) >= 5);
            }
        }
    }
}
