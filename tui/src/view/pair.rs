//! Two enti side by side over each service × channel: n, shares, difference with Newcombe's interval.

use super::table::{self, Column, Table, cell};
use super::theme::Face;
use super::{Scene, bars, nothing_yet, placeholder, rule, share_cells};
use crate::figures;
use crate::model::Focus;
use crate::names;
use faccina_proto::wire::officer::v1::{self as officer, PairReply, Stratum};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Lines of one stratum as a card, the empty one after it included (rows).
const CARD_ROWS: usize = 4;
/// From here on the two enti stand in columns (columns).
const COLUMNS_SIDE_BY_SIDE: u16 = 108;
/// Differences of the whiskers' scale, to either side (share).
const SCALE: f64 = 0.25;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let Scene { model, texts, theme } = scene;
    let Some(pair) = &model.pair.data else {
        placeholder(frame, area, nothing_yet(&model.pair, texts), theme);
        return;
    };
    let [title, names, list, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
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
    let month = figures::month(pair.month, texts);
    let words = texts.say_with("pair-title", &[("month", month.into())]);
    let in_use = model.lists.twinning_focus == Focus::Second;
    frame.render_widget(rule(&words, &position, title.width, in_use, theme), title);
    who(frame, names, scene, pair);
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
        Span::styled(format!(" {} ", texts.say("expert-mailbox")), theme.quiet()),
        Span::styled(mailbox, theme.accent()),
    ]);
    frame.render_widget(foot_line, foot);
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
            Column::right(texts.say("column-a-green"), 18),
            Column::right(texts.say("column-b-n"), 7),
            Column::right(texts.say("column-b-green"), 18),
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
    [cell(scene.texts.count(n)), share_cells(scene, one.green.as_ref(), Face::Green)]
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

fn why_not(scene: Scene<'_>, stratum: &Stratum, width: usize) -> Line<'static> {
    let why = scene.texts.choose(&stratum.not_comparable_it, &stratum.not_comparable_en);
    let words = scene.texts.say_with("not-comparable-because", &[("reason", why.into())]);
    Line::styled(table::fit(&format!("   {words}"), width), scene.theme.quiet())
}

/// A stratum on a narrow screen: the two enti one below the other, their bars aligned.
fn card(scene: Scene<'_>, width: u16, stratum: &Stratum, selected: bool) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let mark = if selected { "▌" } else { " " };
    let name = table::fit(&stratum_name(scene, stratum), usize::from(width).saturating_sub(56));
    let mut head = vec![Span::styled(format!("{mark}{name}"), theme.strong())];
    let last = match stratum.difference {
        Some(difference) => {
            head.push(Span::raw(format!("   {} ", texts.say("column-difference"))));
            head.extend(difference_cells(scene, difference, stratum.newcombe.as_ref()));
            head.push(Span::raw("  "));
            head.extend(bars::whisker(difference, stratum.newcombe.as_ref(), (-SCALE, SCALE), 13, theme));
            Line::default()
        }
        None => why_not(scene, stratum, usize::from(width)),
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
    spans.push(Span::styled(format!("{} ", Face::Green.shape()), theme.face(Face::Green)));
    let share = share_cells(scene, one.green.as_ref(), Face::Green);
    let taken: usize = share.iter().map(Span::width).sum();
    spans.extend(share);
    spans.push(Span::raw(" ".repeat(20_usize.saturating_sub(taken))));
    spans.extend(bars::faces(&counts, usize::from(width).saturating_sub(41).min(60), theme));
    Line::from(spans)
}
