//! Which rows a list shows and in which order, and what a picker offers. Never by a crude result.

use crate::attention::Condition;
use crate::figures;
use crate::model::{Choice, Cursor, Filters, Model, Order, Picker, Screen};
use crate::names;
use crate::texts::Texts;
use faccina_proto::wire::officer::v1::{ComparisonReply, EnteRow, NationalReply, SummaryState};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The rows of the comparison that pass the filters, in order: indices into the reply. Like this node's
/// own ente is first of all itself.
#[must_use]
pub fn comparison(reply: &ComparisonReply, filters: &Filters, order: Order, own: &str) -> Vec<usize> {
    let wanted = filters.text.to_lowercase();
    let narrowed = filters.service.is_some() || filters.channel.is_some();
    let mut rows: Vec<(usize, &EnteRow, String)> = reply
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| (index, row, row.name.to_lowercase()))
        .filter(|(_, row, name)| name.contains(&wanted) || row.ipa_code.to_lowercase().contains(&wanted))
        .filter(|(_, row, _)| filters.region.as_ref().is_none_or(|region| *region == row.region))
        .filter(|(_, row, _)| !narrowed || n(row) > 0)
        .collect();
    match order {
        Order::Likeness => rows.sort_by(|a, b| {
            let far = |row: &EnteRow| match row.distance {
                _ if row.ipa_code == own => -1.0,
                distance => distance.unwrap_or(f64::INFINITY),
            };
            far(a.1).total_cmp(&far(b.1)).then_with(|| a.2.cmp(&b.2))
        }),
        Order::Name => rows.sort_by(|a, b| a.2.cmp(&b.2)),
        Order::Region => rows.sort_by(|a, b| (&a.1.region, &a.2).cmp(&(&b.1.region, &b.2))),
        Order::Size => {
            rows.sort_by(|a, b| (Reverse(a.1.population), &a.2).cmp(&(Reverse(b.1.population), &b.2)))
        }
        Order::Votes => rows.sort_by(|a, b| (Reverse(n(a.1)), &a.2).cmp(&(Reverse(n(b.1)), &b.2))),
        Order::Estimate => rows.sort_by(|a, b| {
            let estimate =
                |row: &EnteRow| row.place.as_ref().map_or(f64::NEG_INFINITY, |place| place.estimate);
            estimate(b.1).total_cmp(&estimate(a.1)).then_with(|| a.2.cmp(&b.2))
        }),
    }
    rows.into_iter().map(|(index, _, _)| index).collect()
}

/// The transmissions of a month, those to look at first: late, refused, not yet due, then those that came.
#[must_use]
pub fn transmissions(reply: &NationalReply) -> Vec<usize> {
    let mut rows: Vec<(u8, String, usize)> = reply
        .transmissions
        .iter()
        .enumerate()
        .map(|(index, one)| (urgency(one.state()), one.name.to_lowercase(), index))
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, _, index)| index).collect()
}

/// Votes of a row; 0 where none are published, which screens show as unknown.
#[must_use]
pub fn n(row: &EnteRow) -> u64 {
    row.votes.as_ref().map_or(0, figures::votes)
}

fn urgency(state: SummaryState) -> u8 {
    match state {
        SummaryState::Missing => 0,
        SummaryState::Refused | SummaryState::Forked => 1,
        SummaryState::NotUnderstood | SummaryState::Unspecified => 2,
        SummaryState::NotDue => 3,
        SummaryState::Carried => 4,
        SummaryState::Counted => 5,
    }
}

/// Opens a picker over what the node has named; the first option lets everything pass.
#[must_use]
pub fn picker(model: &Model, choice: Choice, texts: &Texts) -> Picker {
    let about = model.about.data.as_ref();
    let in_library = model.screen == Screen::Cards;
    let service = if in_library { &model.library.service } else { &model.filters.service };
    let plain = |code: &String| (code.clone(), figures::plain(code));
    let (first, mut found, current): (_, Vec<(String, String)>, _) = match choice {
        Choice::Month => {
            let months = about.map_or(&[][..], |about| &about.months);
            let found = months.iter().rev().map(|m| (m.to_string(), figures::month(*m, texts))).collect();
            ("newest-month", found, model.filters.month.map(|month| month.to_string()))
        }
        Choice::Service => {
            let services = about.map_or(&[][..], |about| &about.services);
            let found = services.iter().map(|s| (s.code.clone(), names::label(s, texts.language())));
            ("all-services", found.collect(), service.clone())
        }
        Choice::Channel => {
            let channels = about.map_or(&[][..], |about| &about.channels);
            let found = channels.iter().map(|c| (c.code.clone(), names::label(c, texts.language())));
            ("all-channels", found.collect(), model.filters.channel.clone())
        }
        Choice::Region => {
            let rows = model.comparison.data.as_ref().map_or(&[][..], |reply| &reply.rows);
            let regions: BTreeSet<&String> = rows.iter().map(|row| &row.region).collect();
            ("all-regions", regions.into_iter().map(plain).collect(), model.filters.region.clone())
        }
        Choice::Topic => {
            let topics = model.cards.data.as_ref().map_or(&[][..], |reply| &reply.topics);
            ("all-topics", topics.iter().map(plain).collect(), model.library.topic.clone())
        }
        Choice::Condition => {
            let slugs = Condition::ALL.map(Condition::slug);
            let found = slugs.map(|slug| (slug.to_owned(), texts.say(&format!("condition-{slug}"))));
            ("all-members", found.to_vec(), model.members.condition.clone())
        }
        Choice::Action | Choice::Export => return Picker::of(choice, Vec::new(), Vec::new()),
    };
    if matches!(choice, Choice::Service | Choice::Channel) {
        found.sort_by_cached_key(|(_, label)| label.to_lowercase());
    }
    let mut options = vec![None];
    let mut labels = vec![texts.say(first)];
    for (code, label) in found {
        options.push(Some(code));
        labels.push(label);
    }
    let selected = options.iter().position(|option| *option == current).unwrap_or(0);
    Picker { cursor: Cursor { selected }, ..Picker::of(choice, options, labels) }
}

/// Takes the value under a picker's cursor into the filters.
pub fn choose(model: &mut Model, picker: &Picker) {
    let Some(option) = picker.chosen().cloned() else { return };
    let in_library = model.screen == Screen::Cards;
    match picker.choice {
        Choice::Month => model.filters.month = option.and_then(|month| month.parse().ok()),
        Choice::Service if in_library => model.library.service = option,
        Choice::Service => model.filters.service = option,
        Choice::Channel => model.filters.channel = option,
        Choice::Region => model.filters.region = option,
        Choice::Topic => model.library.topic = option,
        Choice::Condition => model.members.condition = option,
        Choice::Action | Choice::Export => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::wire::officer::v1::{Counts, Place, Transmission};

    fn row(code: &str, name: &str, region: &str, population: Option<u32>, green: u64) -> EnteRow {
        EnteRow {
            ipa_code: code.into(),
            name: name.into(),
            region: region.into(),
            population,
            votes: (green > 0).then_some(Counts { green, yellow: 0, red: 0 }),
            ..EnteRow::default()
        }
    }

    fn reply() -> ComparisonReply {
        ComparisonReply {
            rows: vec![
                row("c_a", "Zeta", "Umbria", Some(900), 10),
                row("c_b", "alfa", "Veneto", None, 300),
                row("c_c", "Beta", "Umbria", Some(5_000), 0),
            ],
            ..ComparisonReply::default()
        }
    }

    #[test]
    fn orders_are_name_region_size_and_votes() {
        let all = Filters::default();
        assert_eq!(comparison(&reply(), &all, Order::Name, ""), [1, 2, 0]);
        assert_eq!(comparison(&reply(), &all, Order::Region, ""), [2, 0, 1]);
        assert_eq!(comparison(&reply(), &all, Order::Size, ""), [2, 0, 1], "unknown size stands last");
        assert_eq!(comparison(&reply(), &all, Order::Votes, ""), [1, 0, 2]);
    }

    #[test]
    fn what_has_no_estimate_or_no_distance_stands_last() {
        let mut reply = reply();
        reply.rows[0].distance = Some(0.4);
        reply.rows[2].distance = Some(0.1);
        assert_eq!(comparison(&reply, &Filters::default(), Order::Likeness, ""), [2, 0, 1]);
        assert_eq!(comparison(&reply, &Filters::default(), Order::Likeness, "c_b"), [1, 2, 0]);
        for (row, estimate) in [(0, 0.91), (1, 0.95)] {
            reply.rows[row].place = Some(Place { estimate, ..Place::default() });
        }
        assert_eq!(comparison(&reply, &Filters::default(), Order::Estimate, ""), [1, 0, 2]);
    }

    #[test]
    fn filters_narrow_by_region_text_and_service() {
        let region = Filters { region: Some("Umbria".into()), ..Filters::default() };
        assert_eq!(comparison(&reply(), &region, Order::Name, ""), [2, 0]);
        let text = Filters { text: "C_B".into(), ..Filters::default() };
        assert_eq!(comparison(&reply(), &text, Order::Name, ""), [1]);
        let service = Filters { service: Some("anagrafe".into()), ..Filters::default() };
        assert_eq!(
            comparison(&reply(), &service, Order::Name, ""),
            [1, 0],
            "who has no votes there is left out"
        );
    }

    #[test]
    fn late_transmissions_come_first() {
        let one = |name: &str, state: SummaryState| Transmission {
            name: name.into(),
            state: state.into(),
            ..Transmission::default()
        };
        let reply = NationalReply {
            transmissions: vec![
                one("b", SummaryState::Counted),
                one("a", SummaryState::Counted),
                one("z", SummaryState::Missing),
                one("y", SummaryState::Refused),
            ],
            ..NationalReply::default()
        };
        assert_eq!(transmissions(&reply), [2, 3, 1, 0]);
    }
}
