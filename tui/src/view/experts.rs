//! *Esperte*: the administrations that DFP designated, what they offer, and the evidence beside it.

use super::table::{self, Column, Table, cell};
use super::words::marked;
use super::{Scene, WIDE_COLUMNS_MIN, ente, nothing_yet, placeholder, rule};
use crate::figures;
use crate::names;
use faccina_proto::wire::officer::v1::{Expert, ExpertsReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Rows of the list above what is known of the selected expert.
const LIST_ROWS_MAX: u16 = 7;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let model = scene.model;
    let Some(reply) = &model.experts.data else {
        placeholder(frame, area, nothing_yet(&model.experts, scene.texts), scene.theme);
        return;
    };
    if reply.experts.is_empty() {
        placeholder(frame, area, scene.texts.say("no-experts"), scene.theme);
        return;
    }
    let [list, detail] = if area.width >= WIDE_COLUMNS_MIN {
        let [list, _, detail] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Fill(1)]).areas(area);
        [list, detail]
    } else {
        let rows = u16::try_from(reply.experts.len()).unwrap_or(u16::MAX).saturating_add(2);
        Layout::vertical([Constraint::Length(rows.min(LIST_ROWS_MAX)), Constraint::Min(5)]).areas(area)
    };
    rows(frame, list, scene, reply);
    if let Some(expert) = model.expert() {
        table::lines(frame, detail, about(scene, expert, detail.width));
    }
}

fn rows(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &ExpertsReply) {
    let Scene { model, texts, theme } = scene;
    let found = &reply.experts;
    let selected = model.lists.experts.selected;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, found.len(), texts);
    let title = rule(&texts.say("experts-title"), &position, area.width, true, theme);
    let last = if model.votes_nowhere() { "column-population" } else { "column-likeness" };
    let table = Table::new(
        vec![
            Column::left(texts.say("column-ente"), 0),
            Column::left(texts.say("column-available"), 15),
            Column::left(texts.say("column-evidence"), 10),
            Column::right(texts.say("column-cards"), 6),
            Column::right(texts.say(last), 11),
        ],
        area.width,
    );
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in found.iter().enumerate().take(window.end).skip(window.start) {
        let last = if model.votes_nowhere() {
            one.population.map_or_else(|| "–".to_owned(), |people| texts.count(people.into()))
        } else {
            one.distance.map_or_else(|| "–".to_owned(), |far| figures::likeness(far, texts))
        };
        let notable = one.evidence.iter().any(|evidence| evidence.notable);
        let row = vec![
            cell(figures::plain(&one.name)),
            vec![available(scene, one)],
            vec![if notable {
                Span::styled(format!("✓ {}", texts.say("notable")), theme.good())
            } else {
                Span::styled("–", theme.quiet())
            }],
            cell(texts.count(one.cards.into())),
            cell(last),
        ];
        shown.push(table.row(row, index == selected, theme));
    }
    table::lines(frame, area, shown);
}

fn available(scene: Scene<'_>, expert: &Expert) -> Span<'static> {
    let Scene { texts, theme, .. } = scene;
    match expert.available {
        Some(true) => Span::styled(format!("● {}", texts.say("available-yes")), theme.good()),
        Some(false) => Span::styled(format!("○ {}", texts.say("available-no")), theme.quiet()),
        None => Span::styled(format!("? {}", texts.say("unknown")), theme.quiet()),
    }
}

/// What DFP and the ente itself say first, then what the figures show.
fn about(scene: Scene<'_>, expert: &Expert, width: u16) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let name = figures::plain(&expert.name);
    let mut lines = vec![rule(&name, &figures::plain(&expert.ipa_code), width, false, theme)];
    let mut who = vec![Span::raw(format!(" {}", names::category(&expert.category, texts)))];
    who.push(Span::styled(format!(" · {} · ", figures::plain(&expert.region)), theme.quiet()));
    let people = expert
        .population
        .map_or_else(|| texts.say("population-unknown"), |people| texts.counted("population", people.into()));
    who.push(Span::raw(people));
    let twinnings = texts.counted("twinnings-so-far", expert.twinnings.into());
    who.push(Span::styled(format!(" · {twinnings}"), theme.quiet()));
    lines.push(Line::from(who));
    let designated = designated(scene, expert);
    let mut say = |id: &str, words: String, style: Style| {
        let mark = Span::styled(format!(" {:<15}", texts.say(id)), theme.quiet());
        lines.extend(marked(mark, &words, width, style));
    };
    say("expert-areas", designated, Style::new());
    say("expert-reason", known(scene, &expert.reason), Style::new());
    let offers = if expert.topics.is_empty() { texts.say("no-topics") } else { expert.topics.join(", ") };
    let note = if expert.note.is_empty() { String::new() } else { format!(" – {}", expert.note) };
    say("expert-topics", figures::plain(&format!("{offers}{note}")), Style::new());
    say("expert-mailbox", known(scene, &expert.mailbox), theme.accent());
    let reasons: Vec<String> = expert.reasons.iter().map(|one| texts.choose(&one.it, &one.en)).collect();
    if !reasons.is_empty() {
        say("expert-likeness", reasons.join("; "), Style::new());
    }
    let evidence = ente::evidence(scene, &expert.evidence, width);
    if evidence.is_empty() {
        lines.extend(marked(
            Span::styled(" · ", theme.quiet()),
            &texts.say("no-evidence"),
            width,
            theme.quiet(),
        ));
    }
    lines.extend(evidence);
    lines
}

fn known(scene: Scene<'_>, value: &str) -> String {
    if value.is_empty() { scene.texts.say("unknown") } else { figures::plain(value) }
}

/// The areas, and until when: each with its own day where they end on different ones.
fn designated(scene: Scene<'_>, expert: &Expert) -> String {
    let texts = scene.texts;
    let until = |areas: &str, day: u32| {
        let day = figures::day(day, texts);
        texts.say_with("designated-for", &[("areas", known(scene, areas).into()), ("day", day.into())])
    };
    let differ = expert.valid_to_days.iter().any(|day| *day != expert.valid_to_day);
    if differ && expert.valid_to_days.len() == expert.areas.len() {
        let each = expert.areas.iter().zip(&expert.valid_to_days).map(|(area, day)| until(area, *day));
        each.collect::<Vec<_>>().join("; ")
    } else {
        until(&expert.areas.join(", "), expert.valid_to_day)
    }
}
