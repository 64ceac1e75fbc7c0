//! What DFP published of a month and when, what each restatement changed, and how the summaries came in.

use super::table::{self, Column, Table, cell};
use super::{Scene, bars, rule, words};
use crate::figures;
use crate::model::Focus;
use faccina_proto::wire::officer::v1::{Arrival, NationalPublication, NationalReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Most lines for what the publication under the cursor changed.
const CHANGES_ROWS_MAX: usize = 4;
/// Publications in sight at once, at most.
const LISTED_MAX: u16 = 5;
/// The title and two days of the arrival curve.
const ARRIVALS_ROWS_MIN: u16 = 3;
/// Cells of a line of the arrival curve beside its bar: a day and two counts.
const ARRIVAL_WORDS: usize = 36;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, national: &NationalReply) {
    let listed = u16::try_from(national.publications.len()).unwrap_or(u16::MAX).clamp(1, LISTED_MAX) + 2;
    let changed = changes(scene, national, usize::from(area.width));
    let rows = u16::try_from(changed.len()).unwrap_or(0);
    let [list, below, _, curve] = Layout::vertical([
        Constraint::Length(listed),
        Constraint::Max(rows),
        Constraint::Max(1),
        Constraint::Min(ARRIVALS_ROWS_MIN),
    ])
    .areas(area);
    publications(frame, list, scene, national);
    table::lines(frame, below, words::first(usize::from(below.height), changed, usize::from(below.width)));
    arrivals(frame, curve, scene, national);
}

fn publications(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, national: &NationalReply) {
    let Scene { model, texts, theme } = scene;
    let found = &national.publications;
    let in_use = model.lists.national_focus == Focus::Third;
    let selected = model.lists.publications.selected;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, found.len(), texts);
    let columns = vec![
        Column::left(texts.say("column-publication"), 0),
        Column::right(texts.say("column-day"), 10),
        Column::right(texts.say("column-counted"), 13),
        Column::right(texts.say("column-n"), 11),
    ];
    let table = Table::new(columns, area.width);
    let title = rule(&texts.say("publications-title"), &position, area.width, in_use, theme);
    let mut shown = vec![title, table.titles(theme)];
    for (place, one) in found.iter().enumerate().take(window.end).skip(window.start) {
        shown.push(table.row(row(scene, one), place == selected && in_use, theme));
    }
    if found.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("not-published")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

fn row(scene: Scene<'_>, one: &NationalPublication) -> Vec<Vec<Span<'static>>> {
    let texts = scene.texts;
    let name = match one.restatement {
        0 => texts.say("first-publication"),
        number => texts.say_with("restatement", &[("number", number.into())]),
    };
    let votes = figures::votes(&one.total.unwrap_or_default());
    vec![
        cell(name),
        cell(figures::day(one.day, texts)),
        cell(part_of(scene, one.counted, one.expected)),
        cell(texts.count(votes)),
    ]
}

fn part_of(scene: Scene<'_>, part: u32, whole: u32) -> String {
    let texts = scene.texts;
    let (part, whole) = (texts.count(part.into()), texts.count(whole.into()));
    texts.say_with("part-of", &[("part", part.into()), ("whole", whole.into())])
}

/// What the publication under the cursor changed.
fn changes(scene: Scene<'_>, national: &NationalReply, width: usize) -> Vec<Line<'static>> {
    let Scene { model, texts, theme } = scene;
    let Some(one) = national.publications.get(model.lists.publications.selected) else { return Vec::new() };
    let said: Vec<String> = one.changes.iter().map(|change| texts.choose(&change.it, &change.en)).collect();
    let said = if said.is_empty() { texts.say("first-publication-why") } else { said.join(" ") };
    let lines = words::wrapped(&said, width.saturating_sub(2)).into_iter();
    let lines = lines.map(|line| Line::styled(format!(" {line}"), theme.quiet())).collect();
    words::first(CHANGES_ROWS_MAX, lines, width)
}

/// One line for each day on which summaries came: all that had come by its end, of those expected. Where there are more
/// days than lines the last of each run of days stands for it.
fn arrivals(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, national: &NationalReply) {
    let Scene { texts, theme, .. } = scene;
    let due = texts.say_with("arrivals-due", &[("day", figures::day(national.due_day, texts).into())]);
    let mut shown = vec![rule(&texts.say("arrivals-title"), &due, area.width, false, theme)];
    let room = usize::from(area.height).saturating_sub(1);
    let bar = usize::from(area.width).saturating_sub(ARRIVAL_WORDS);
    for one in thinned(&national.arrivals, room) {
        let late = one.day > national.due_day;
        let style = if late { theme.accent() } else { theme.good() };
        let said = part_of(scene, one.counted, national.expected);
        shown.push(Line::from(vec![
            Span::raw(format!(" {:<10} ", figures::day(one.day, texts))),
            Span::styled(format!("{said:>17}  "), theme.strong()),
            Span::styled(bars::bar(bars::ratio(one.counted.into(), national.expected.into()), bar), style),
        ]));
    }
    if national.arrivals.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("no-arrivals")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

/// At most `room` of `all`, evenly, the last among them.
fn thinned(all: &[Arrival], room: usize) -> Vec<&Arrival> {
    let stride = all.len().div_ceil(room.max(1)).max(1);
    let mut kept: Vec<&Arrival> = all.iter().rev().step_by(stride).collect();
    kept.reverse();
    kept
}
