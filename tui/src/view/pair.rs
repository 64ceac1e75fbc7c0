//! Two enti side by side: all common groups together (Mantel-Haenszel), then each service × channel with n,
//! shares and difference (Newcombe's interval), also those that only one of them has.

use super::table::{self, Column, Table, cell};
use super::theme::Face;
use super::words::marked;
use super::{Scene, bars, ente, nothing_yet, placeholder, rule, share_cells};
use crate::figures;
use crate::model::Focus;
use crate::names;
use faccina_proto::wire::officer::v1::{self as officer, PairReply, Pooled, Stratum};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Lines of one stratum as a card, the empty one after it included (rows).
const CARD_ROWS: usize = 4;
/// From here on the two enti stand in columns (columns).
const COLUMNS_SIDE_BY_SIDE: u16 = 108;
/// Differences of the whiskers' scale, to either side (share).
const SCALE: f64 = 0.25;
/// From here on a stratum's name and its difference stand on one line (cells).
const CARD_WITH_DIFFERENCE_CELLS: usize = 76;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let Scene { model, texts, theme } = scene;
    if model.sides().is_none() {
        placeholder(frame, area, texts.say("nobody-beside"), theme);
        return;
    }
    let Some(pair) = &model.pair.data else {
        placeholder(frame, area, nothing_yet(&model.pair, texts), theme);
        return;
    };
    let together = together(scene, pair, area.width);
    let together_rows = u16::try_from(together.len()).unwrap_or(u16::MAX).min(area.height / 2);
    let [title, names, words, list, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(together_rows),
        Constraint::Min(4),
        Constraint::Length(1),
    ])
    .areas(area);
    let side_by_side = area.width >= COLUMNS_SIDE_BY_SIDE;
    let room = usize::from(list.height).saturating_sub(usize::from(side_by_side) * 2);
    let rows = if side_by_side { room } else { (room + 1) / CARD_ROWS };
    let selected = model.lists.strata.selected;
    let window = table::window(selected, pair.strata.len(), rows.max(1));
    let position = table::position(&window, pair.strata.len(), texts);
    let period = figures::period(pair.from_month, pair.month, texts);
    let heading = texts.say_with("pair-title", &[("month", period.into())]);
    let in_use = model.lists.twinning_focus == Focus::Third;
    frame.render_widget(rule(&heading, &position, title.width, in_use, theme), title);
    who(frame, names, scene, pair);
    table::lines(frame, words, together);
    let in_sight = pair.strata.iter().enumerate().take(window.end).skip(window.start);
    let shown: Vec<Line<'static>> = if pair.strata.is_empty() {
        vec![Line::styled(format!("  {}", texts.say("nothing-in-common")), theme.quiet())]
    } else if side_by_side {
        columns(scene, list.width, in_sight, selected)
    } else {
        in_sight.flat_map(|(index, stratum)| card(scene, list.width, stratum, index == selected)).collect()
    };
    table::lines(frame, list, shown);
    let mailbox = if pair.mailbox.is_empty() { texts.say("unknown") } else { figures::plain(&pair.mailbox) };
    let foot_line = Line::from(vec![
        Span::styled(format!(" {} B ", texts.say("expert-mailbox")), theme.quiet()),
        Span::styled(mailbox, theme.accent()),
    ]);
    frame.render_widget(foot_line, foot);
}

/// All common groups together: what it means, the figures behind it, and the same within each channel.
fn together(scene: Scene<'_>, pair: &PairReply, width: u16) -> Vec<Line<'static>> {
    let Scene { model, texts, theme } = scene;
    let Some(pooled) = &pair.pooled else {
        return marked(
            Span::styled(" › ", theme.accent()),
            &texts.say("nothing-to-pool"),
            width,
            theme.quiet(),
        );
    };
    let mut lines = Vec::new();
    if let Some(words) = &pooled.words {
        let words = texts.choose(&words.it, &words.en);
        lines.extend(marked(Span::styled(" › ", theme.accent()), &words, width, theme.strong()));
    }
    let line = |name: &str, one: &Pooled| pooled_line(scene, name, one, usize::from(width));
    lines.push(line(&texts.say("pooled-same"), pooled));
    if pair.channels.len() > 1 {
        let named = |one: &Pooled| names::channel(model.about.data.as_ref(), &one.channel, texts);
        lines.extend(pair.channels.iter().map(|one| line(&named(one), one)));
    }
    lines
}

/// One pooled difference with its interval; its crude one and the votes it rests on where there is room for them whole.
fn pooled_line(scene: Scene<'_>, name: &str, pooled: &Pooled, width: usize) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let name_cells = (width * 3 / 8).min(24);
    let name = format!("   {:<name_cells$}", table::fit(name, name_cells.saturating_sub(1)));
    let mut spans = vec![Span::styled(name, theme.quiet())];
    spans.extend(difference_cells(scene, pooled.difference, pooled.interval.as_ref()));
    let crude = texts.say_with("pooled-crude", &[("points", figures::points(pooled.crude, texts).into())]);
    let votes = format!("n {} / {}", texts.count(pooled.left_n), texts.count(pooled.right_n));
    let mut taken: usize = spans.iter().map(Span::width).sum();
    for more in [crude, votes] {
        taken += 2 + table::width(&more);
        if taken > width {
            break;
        }
        spans.push(Span::styled(format!("  {more}"), theme.quiet()));
    }
    Line::from(spans)
}

/// Which letter stands for whom.
fn who(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, pair: &PairReply) {
    let Scene { texts, theme, .. } = scene;
    let line = |letter: &'static str, row: Option<&officer::EnteRow>| {
        let (name, where_) = row.map_or_else(
            || (texts.say("unknown"), String::new()),
            |row| {
                let population = row
                    .population
                    .map_or_else(String::new, |p| format!(" · {}", texts.counted("population", p.into())));
                (figures::plain(&row.name), format!("  {}{population}", figures::plain(&row.region)))
            },
        );
        Line::from(vec![
            Span::styled(format!(" {letter} "), theme.accent()),
            Span::styled(name, theme.strong()),
            Span::styled(where_, theme.quiet()),
        ])
    };
    table::lines(frame, area, [line("A", pair.left.as_ref()), line("B", pair.right.as_ref())]);
}

fn columns<'a>(
    scene: Scene<'_>,
    width: u16,
    strata: impl Iterator<Item = (usize, &'a Stratum)>,
    selected: usize,
) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let table = Table::new(
        vec![
            Column::left(texts.say("column-stratum"), 0),
            Column::right(texts.say("column-a-n"), 7),
            Column::right(format!("{} A", share_title(scene)), 18),
            Column::right(texts.say("column-b-n"), 7),
            Column::right(format!("{} B", share_title(scene)), 18),
            Column::right(texts.say("column-difference"), 19),
            Column::left("−25   0   +25".to_owned(), 13),
        ],
        width,
    );
    let mut shown = vec![table.titles(theme)];
    for (index, stratum) in strata {
        let mut row = vec![cell(stratum_name(scene, stratum))];
        row.extend(side(scene, stratum.left.as_ref()));
        row.extend(side(scene, stratum.right.as_ref()));
        match (stratum.difference, &stratum.newcombe) {
            (Some(difference), bounds) => {
                row.push(difference_cells(scene, difference, bounds.as_ref()));
                row.push(bars::whisker(difference, bounds.as_ref(), (-SCALE, SCALE), 13, theme));
            }
            (None, _) => {
                // The reason stands in a line of its own beneath.
                row.push(vec![Span::styled("–", theme.quiet())]);
                row.push(vec![Span::raw(String::new())]);
            }
        }
        shown.push(table.row(row, index == selected, theme));
        if stratum.difference.is_none() {
            shown.push(why_not(scene, stratum, usize::from(width)));
        }
    }
    shown
}

fn side(scene: Scene<'_>, side: Option<&officer::Cell>) -> [Vec<Span<'static>>; 2] {
    let Some(one) = side else {
        return [vec![Span::styled("–", scene.theme.quiet())], vec![Span::styled("–", scene.theme.quiet())]];
    };
    let n = figures::votes(&one.votes.unwrap_or_default());
    let (face, share) = counted(scene, one);
    [cell(scene.texts.count(n)), share_cells(scene, share, face)]
}

/// The face that the indicator counts, and its share in a group.
fn counted<'a>(scene: Scene<'_>, one: &'a officer::Cell) -> (Face, Option<&'a officer::Share>) {
    match ente::face(scene.model.filters.indicator) {
        Face::Red => (Face::Red, one.red.as_ref()),
        face @ (Face::Green | Face::Yellow) => (face, one.green.as_ref()),
    }
}

fn share_title(scene: Scene<'_>) -> String {
    match ente::face(scene.model.filters.indicator) {
        Face::Red => scene.texts.say("column-red"),
        Face::Green | Face::Yellow => scene.texts.say("column-green"),
    }
}

fn stratum_name(scene: Scene<'_>, stratum: &Stratum) -> String {
    let about = scene.model.about.data.as_ref();
    format!(
        "{} · {}",
        names::service(about, &stratum.service, scene.texts),
        names::channel(about, &stratum.channel, scene.texts)
    )
}

fn difference_cells(
    scene: Scene<'_>,
    difference: f64,
    bounds: Option<&officer::Interval>,
) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let mut spans = vec![Span::styled(figures::points(difference, texts), theme.strong())];
    if let Some(bounds) = bounds {
        spans.push(Span::styled(format!(" {}", figures::points_interval(bounds, texts)), theme.quiet()));
    }
    spans
}

/// Why a stratum is not compared; that it is not is left out where both do not fit.
fn why_not(scene: Scene<'_>, stratum: &Stratum, width: usize) -> Line<'static> {
    let why = figures::plain(&scene.texts.choose(&stratum.not_comparable_it, &stratum.not_comparable_en));
    let words = scene.texts.say_with("not-comparable-because", &[("reason", why.clone().into())]);
    let words = if table::width(&words) + 3 > width { why } else { words };
    Line::styled(table::fit(&format!("   {words}"), width), scene.theme.quiet())
}

/// A stratum on a narrow screen: the two enti one below the other, their bars aligned, and the difference beside the
/// name or, where that leaves no name, beneath.
fn card(scene: Scene<'_>, width: u16, stratum: &Stratum, selected: bool) -> Vec<Line<'static>> {
    let theme = scene.theme;
    let mark = if selected { "▌" } else { " " };
    let width_cells = usize::from(width);
    let beside = width_cells >= CARD_WITH_DIFFERENCE_CELLS;
    let name_cells = width_cells.saturating_sub(if beside { 56 } else { 1 });
    let name = format!("{mark}{}", table::fit(&stratum_name(scene, stratum), name_cells));
    let mut head = vec![Span::styled(name, theme.strong())];
    let last = match stratum.difference {
        Some(difference) => {
            let mut told = vec![Span::raw(format!("   {} ", scene.texts.say("column-difference")))];
            told.extend(difference_cells(scene, difference, stratum.newcombe.as_ref()));
            told.push(Span::raw("  "));
            told.extend(bars::whisker(difference, stratum.newcombe.as_ref(), (-SCALE, SCALE), 13, theme));
            if beside {
                head.append(&mut told);
            }
            Line::from(told)
        }
        None => why_not(scene, stratum, width_cells),
    };
    vec![
        Line::from(head),
        card_side(scene, width, "A", stratum.left.as_ref()),
        card_side(scene, width, "B", stratum.right.as_ref()),
        last,
    ]
}

fn card_side(scene: Scene<'_>, width: u16, letter: &str, side: Option<&officer::Cell>) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let mut spans = vec![Span::styled(format!("   {letter} "), theme.accent())];
    let Some(one) = side else {
        spans.push(Span::styled(texts.say("no-such-group"), theme.quiet()));
        return Line::from(spans);
    };
    let counts = one.votes.unwrap_or_default();
    spans.push(Span::raw(format!("n {:>7}  ", texts.count(figures::votes(&counts)))));
    let (face, share) = counted(scene, one);
    spans.push(Span::styled(format!("{} ", face.shape()), theme.face(face)));
    let share = share_cells(scene, share, face);
    let taken: usize = share.iter().map(Span::width).sum();
    spans.extend(share);
    spans.push(Span::raw(" ".repeat(20_usize.saturating_sub(taken))));
    spans.extend(bars::faces(&counts, usize::from(width).saturating_sub(41).min(60), theme));
    Line::from(spans)
}
