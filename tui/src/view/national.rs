//! *Nazionale*: who has transmitted, who is late, the month in aggregate, and what DFP published of it when.

use super::my_ente::{cell_row, cell_table};
use super::table::{self, Column, Table, cell};
use super::{
    Scene, WIDE_COLUMNS_MIN, bars, faces_block, nothing_yet, placeholder, publications, rule, state_cell,
};
use crate::figures;
use crate::model::Focus;
use faccina_proto::wire::officer::v1::NationalReply;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let model = scene.model;
    let Some(national) = &model.national.data else {
        placeholder(frame, area, nothing_yet(&model.national, scene.texts), scene.theme);
        return;
    };
    let [month, covered, faces, verdict, lists] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(3),
        Constraint::Length(3),
        Constraint::Length(1),
        Constraint::Min(4),
    ])
    .areas(area);
    frame.render_widget(title(scene, national), month);
    table::lines(frame, covered, coverage(scene, national, covered.width));
    let counts = national.total.unwrap_or_default();
    let shares = [national.green.as_ref(), national.yellow.as_ref(), national.red.as_ref()];
    table::lines(frame, faces, faces_block(scene, shares, &counts, faces.width));
    frame.render_widget(found(scene, national, verdict.width), verdict);
    if area.width >= WIDE_COLUMNS_MIN {
        let [left, _, right] =
            Layout::horizontal([Constraint::Fill(2), Constraint::Length(2), Constraint::Fill(3)])
                .areas(lists);
        transmissions(frame, left, scene, national);
        match model.lists.national_focus {
            Focus::First | Focus::Second => cells(frame, right, scene, national),
            Focus::Third => publications::draw(frame, right, scene, national),
        }
    } else {
        match model.lists.national_focus {
            Focus::First => transmissions(frame, lists, scene, national),
            Focus::Second => cells(frame, lists, scene, national),
            Focus::Third => publications::draw(frame, lists, scene, national),
        }
    }
}

fn title(scene: Scene<'_>, national: &NationalReply) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let n = figures::votes(&national.total.unwrap_or_default());
    let mut spans = vec![
        Span::styled(format!(" {}", figures::month(national.month, texts)), theme.strong()),
        Span::raw(format!("  {}", texts.counted("n-votes", n))),
    ];
    if national.restatement > 0 {
        let words = texts.say_with("restatement", &[("number", national.restatement.into())]);
        spans.push(Span::styled(format!("  {words}"), theme.accent()));
    }
    if national.carried_in > 0 {
        let words = texts.counted("carried-in", national.carried_in.into());
        spans.push(Span::styled(format!("  {words}"), theme.quiet()));
    }
    if model.national.waiting.is_some() {
        spans.push(Span::styled(format!("  {}", texts.say("loading")), theme.quiet()));
    }
    Line::from(spans)
}

fn coverage(scene: Scene<'_>, national: &NationalReply, width: u16) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let room = usize::from(width).saturating_sub(48);
    let part = |id: &str, counted: u64, expected: u64| {
        let said = if expected == 0 {
            texts.say("unknown")
        } else {
            texts.say_with(
                "part-of",
                &[("part", texts.count(counted).into()), ("whole", texts.count(expected).into())],
            )
        };
        Line::from(vec![
            Span::raw(format!(" {:<20} ", texts.say(id))),
            Span::styled(format!("{said:<22}  "), theme.strong()),
            Span::styled(bars::bar(bars::ratio(counted, expected), room), theme.accent()),
        ])
    };
    let others = [
        (national.carried, "count-carried"),
        (national.refused, "count-refused"),
        (national.not_understood, "count-not-understood"),
        (national.forked, "count-forked"),
    ];
    let mut third = vec![Span::raw(" ")];
    for (n, id) in others {
        let style = if n == 0 || id == "count-carried" { theme.quiet() } else { theme.alarm() };
        third.push(Span::styled(format!("{}   ", texts.counted(id, n.into())), style));
    }
    vec![
        part("coverage-enti", national.counted.into(), national.expected.into()),
        part("coverage-people", national.population_counted, national.population_expected),
        Line::from(third),
    ]
}

/// Whether DFP published the month, and what this node found when it computed it again.
fn found(scene: Scene<'_>, national: &NationalReply, width: u16) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let (mark, words, style) = match (national.published, national.identical) {
        (false, _) => ("○", texts.say("not-published"), theme.quiet()),
        (true, identical) => {
            let said = texts.choose(&national.verdict_it, &national.verdict_en);
            let id = if identical { "identical" } else { "not-identical" };
            let words = if said.is_empty() { texts.say(id) } else { said };
            if identical { ("✓", words, theme.good()) } else { ("✗", words, theme.alarm()) }
        }
    };
    Line::styled(table::fit(&format!(" {mark} {words}"), usize::from(width)), style)
}

/// From here on a transmission also shows the day it is due (columns); it is the same day for all.
const DUE_COLUMNS_MIN: u16 = 60;

fn transmissions(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, national: &NationalReply) {
    let Scene { model, texts, theme } = scene;
    let rows = &model.transmission_rows;
    let in_use = model.lists.national_focus == Focus::First;
    let selected = model.lists.transmissions.selected;
    let window = table::window(selected, rows.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, rows.len(), texts);
    let mut columns = vec![
        Column::left(texts.say("column-ente"), 0),
        Column::left(texts.say("column-state"), 14),
        Column::right(texts.say("column-received"), 10),
    ];
    if area.width >= DUE_COLUMNS_MIN {
        columns.push(Column::right(texts.say("column-due"), 10));
    }
    let table = Table::new(columns, area.width);
    let title = rule(&texts.say("transmissions-title"), &position, area.width, in_use, theme);
    let mut shown = vec![title, table.titles(theme)];
    for (place, index) in rows.iter().enumerate().take(window.end).skip(window.start) {
        let Some(one) = national.transmissions.get(*index) else { continue };
        let mut state = state_cell(scene, one.state());
        let why = texts.choose(&one.reason_it, &one.reason_en);
        if !why.is_empty() && place == selected {
            state = vec![Span::raw(format!(
                "{}: {why}",
                state.into_iter().map(|s| s.content).collect::<String>()
            ))];
        }
        let row = vec![
            cell(figures::plain(&one.name)),
            state,
            cell(if one.day == 0 { "–".to_owned() } else { figures::day(one.day, texts) }),
            cell(figures::day(one.due_day, texts)),
        ];
        shown.push(table.row(row, place == selected && in_use, theme));
    }
    table::lines(frame, area, shown);
}

/// The most practices that are listed below the groups; all of them are in the library.
const PRACTICES_MAX: usize = 5;

/// The groups, and below them the practices that enti let be named.
fn cells(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, national: &NationalReply) {
    let Scene { model, texts, theme } = scene;
    let named = national.practices.len().min(PRACTICES_MAX);
    let rows = if named == 0 { 0 } else { u16::try_from(named + 1).unwrap_or(0) };
    let [area, below] = Layout::vertical([Constraint::Min(4), Constraint::Length(rows)]).areas(area);
    practices(frame, below, scene, national);
    let in_use = model.lists.national_focus == Focus::Second;
    let selected = model.lists.national_cells.selected;
    let window = table::window(selected, national.cells.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, national.cells.len(), texts);
    let roomy = area.width >= 90;
    let table = cell_table(scene, area.width, roomy, false);
    let title = rule(&texts.say("services-and-channels"), &position, area.width, in_use, theme);
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in national.cells.iter().enumerate().take(window.end).skip(window.start) {
        shown.push(cell_row(scene, &table, one, index == selected && in_use, roomy, false));
    }
    if national.cells.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("nothing-published")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

fn practices(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, national: &NationalReply) {
    let Scene { texts, theme, .. } = scene;
    let mut shown = vec![rule(&texts.say("practices-title"), "", area.width, false, theme)];
    for one in national.practices.iter().take(PRACTICES_MAX) {
        let words = format!(" {} – {}", figures::plain(&one.title), figures::plain(&one.name));
        shown.push(Line::raw(table::fit(&words, usize::from(area.width))));
    }
    table::lines(frame, area, shown);
}
