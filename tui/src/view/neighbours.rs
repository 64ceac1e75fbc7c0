//! *Simili*: the enti most like this one by what they are, with the reasons in words.

use super::table::{self, Column, Table, cell};
use super::theme::Face;
use super::words::marked;
use super::{Scene, WIDE_COLUMNS_MIN, ente, nothing_yet, placeholder, rule, share_cells};
use crate::figures;
use faccina_proto::wire::officer::v1::{EnteRow, Neighbour, NeighboursReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Rows that the reasons take below the list.
const REASONS_ROWS: u16 = 8;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let Scene { model, texts, theme } = scene;
    if model.votes_nowhere() {
        placeholder(frame, area, texts.say("no-neighbours-here"), theme);
        return;
    }
    let Some(reply) = &model.neighbours.data else {
        placeholder(frame, area, nothing_yet(&model.neighbours, texts), theme);
        return;
    };
    let [list, detail] = if area.width >= WIDE_COLUMNS_MIN {
        let [list, _, detail] =
            Layout::horizontal([Constraint::Fill(3), Constraint::Length(2), Constraint::Fill(2)]).areas(area);
        [list, detail]
    } else {
        Layout::vertical([Constraint::Min(5), Constraint::Length(REASONS_ROWS)]).areas(area)
    };
    rows(frame, list, scene, reply);
    if let Some(neighbour) = model.neighbour() {
        reasons(frame, detail, scene, neighbour);
    }
}

fn rows(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &NeighboursReply) {
    let Scene { model, texts, theme } = scene;
    let found = &reply.neighbours;
    let selected = model.lists.neighbours.selected;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let month = figures::month(reply.month, texts);
    let title = texts.say_with("neighbours-title", &[("month", month.into())]);
    let title = rule(&title, &table::position(&window, found.len(), texts), area.width, true, theme);
    let table = Table::new(
        vec![
            Column::left(texts.say("column-ente"), 0),
            Column::left(texts.say("column-region"), 11),
            Column::right(texts.say("column-likeness"), 11),
            Column::right(texts.say("column-n"), 8),
            Column::right(texts.say("column-green"), 18),
        ],
        area.width,
    );
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in found.iter().enumerate().take(window.end).skip(window.start) {
        shown.push(table.row(row_cells(scene, one), index == selected, theme));
    }
    if found.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("no-neighbours")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

fn row_cells(scene: Scene<'_>, one: &Neighbour) -> Vec<Vec<Span<'static>>> {
    let Scene { texts, theme, .. } = scene;
    let empty = EnteRow::default();
    let row = one.row.as_ref().unwrap_or(&empty);
    let star = if row.expert { "★ " } else { "" };
    let n = row.votes.as_ref().map(figures::votes).filter(|n| *n > 0);
    vec![
        cell(format!("{star}{}", figures::plain(&row.name))),
        cell(figures::plain(&row.region)),
        cell(figures::likeness(one.distance, texts)),
        n.map_or_else(|| vec![Span::styled("–", theme.quiet())], |n| cell(texts.count(n))),
        match &row.green {
            Some(share) => share_cells(scene, Some(share), Face::Green),
            None => vec![Span::styled("–", theme.quiet())],
        },
    ]
}

/// Who it is, and why it is like this ente.
fn reasons(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, one: &Neighbour) {
    let Scene { texts, theme, .. } = scene;
    let mut lines = one.row.as_ref().map_or_else(Vec::new, |row| ente::facts(scene, row, area.width, false));
    lines.extend(marked(Span::raw(" "), &texts.say("neighbours-why"), area.width, theme.quiet()));
    for reason in &one.reasons {
        let words = texts.choose(&reason.it, &reason.en);
        lines.extend(marked(Span::styled(" › ", theme.accent()), &words, area.width, Style::new()));
    }
    table::lines(frame, area, lines);
}
