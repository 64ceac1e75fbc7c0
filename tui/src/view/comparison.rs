//! *Confronto*: all enti of a month or twelve, the funnel they stand in, and what the place of one means.

use super::table::{self, Column, Table, cell};
use super::theme::Face;
use super::{Scene, beyond_cell, ente, funnel, nothing_yet, placeholder, rule, share_cells, state_cell};
use crate::figures;
use crate::model::{Focus, Order};
use crate::names;
use crate::selection;
use faccina_proto::wire::officer::v1::{Beyond, ComparisonReply, EnteRow, Indicator, Window};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// From here on list, funnel and detail stand side by side (columns).
const RICH_COLUMNS_MIN: u16 = 148;
/// Rows that the words about the selected ente take below the list.
const WORDS_ROWS: u16 = 8;
/// Cells of the list where all three stand side by side.
const LIST_COLUMNS: u16 = 80;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let model = scene.model;
    let Some(reply) = &model.comparison.data else {
        placeholder(frame, area, nothing_yet(&model.comparison, scene.texts), scene.theme);
        return;
    };
    let [chosen, total, body] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(4)]).areas(area);
    frame.render_widget(filters(scene, reply), chosen);
    frame.render_widget(totals(scene, reply), total);
    if model.funnel_alone {
        funnel::draw(frame, body, scene, reply);
    } else if body.width >= RICH_COLUMNS_MIN {
        rich(frame, body, scene, reply);
    } else if model.lists.comparison_focus == Focus::First {
        narrow(frame, body, scene, reply);
    } else if let Some(row) = model.compared() {
        ente::draw(frame, body, scene, row);
    }
}

fn narrow(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &ComparisonReply) {
    let [list, words] = Layout::vertical([Constraint::Min(4), Constraint::Length(WORDS_ROWS)]).areas(area);
    rows(frame, list, scene, reply);
    if let Some(row) = scene.model.compared() {
        let mut lines = ente::facts(scene, row, words.width, false);
        lines.extend(ente::sentences(scene, words.width));
        table::lines(frame, words, lines);
    }
}

fn rich(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &ComparisonReply) {
    let [left, _, right] =
        Layout::horizontal([Constraint::Length(LIST_COLUMNS), Constraint::Length(2), Constraint::Min(60)])
            .areas(area);
    rows(frame, left, scene, reply);
    let [above, _, below] =
        Layout::vertical([Constraint::Fill(2), Constraint::Length(1), Constraint::Fill(3)]).areas(right);
    funnel::draw(frame, above, scene, reply);
    if let Some(row) = scene.model.compared() {
        ente::draw(frame, below, scene, row);
    }
}

/// The period and the filters, always in words: a screen copied on paper says what it shows.
fn filters(scene: Scene<'_>, reply: &ComparisonReply) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let about = model.about.data.as_ref();
    let filters = &model.filters;
    let service = filters.service.as_ref().map(|code| names::service(about, code, texts));
    let channel = filters.channel.as_ref().map(|code| names::channel(about, code, texts));
    let period = match filters.window {
        Window::Twelve => figures::period(reply.from_month, reply.month, texts),
        Window::Month | Window::Unspecified => figures::month(reply.month, texts),
    };
    let mut spans = vec![Span::styled(format!(" {period}"), theme.strong())];
    let parts = [
        (service, "all-services"),
        (channel, "all-channels"),
        (filters.region.as_deref().map(figures::plain), "all-regions"),
    ];
    let unfiltered = parts.iter().all(|(value, _)| value.is_none());
    if unfiltered {
        spans.push(Span::styled(format!(" · {}", texts.say("all-of-all")), theme.quiet()));
    }
    for (value, all) in parts.into_iter().filter(|_| !unfiltered) {
        spans.push(Span::styled(" · ", theme.quiet()));
        spans.push(match value {
            Some(value) => Span::styled(value, theme.accent()),
            None => Span::styled(texts.say(all), theme.quiet()),
        });
    }
    if !filters.text.is_empty() {
        spans.push(Span::styled(format!(" · «{}»", figures::plain(&filters.text)), theme.accent()));
    }
    if model.comparison.waiting.is_some() {
        spans.push(Span::styled(format!("  {}", texts.say("loading")), theme.quiet()));
    }
    Line::from(spans)
}

/// All enti of the question together: pooled by votes, whatever region or text narrows the list.
fn totals(scene: Scene<'_>, reply: &ComparisonReply) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let n = figures::votes(&reply.total.unwrap_or_default());
    let mut spans = vec![Span::styled(format!(" {}", texts.counted("all-together", n)), theme.quiet())];
    let parts = [(Face::Green, &reply.green), (Face::Yellow, &reply.yellow), (Face::Red, &reply.red)];
    for (face, share) in parts {
        spans.push(Span::styled(format!("   {} ", face.shape()), theme.face(face)));
        spans.push(Span::raw(figures::share(share.as_ref(), n, false, texts)));
    }
    Line::from(spans)
}

fn rows(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &ComparisonReply) {
    let Scene { model, texts, theme } = scene;
    let found = &model.comparison_rows;
    let selected = model.lists.comparison.selected;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let order = texts.say(&format!("order-{}", model.order.slug()));
    let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let title = format!("{} {order}", texts.counted("n-enti", count));
    let in_use = model.lists.comparison_focus == Focus::First;
    let title = rule(&title, &table::position(&window, found.len(), texts), area.width, in_use, theme);
    let table = columns(scene, area.width);
    let mut shown = vec![title, table.titles(theme)];
    let in_sight = found.iter().enumerate().take(window.end).skip(window.start);
    for (place, index) in in_sight {
        if let Some(row) = reply.rows.get(*index) {
            shown.push(table.row(row_cells(scene, row), place == selected, theme));
        }
    }
    if found.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("nothing-matches")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

/// One column follows the order, so that a list in an order shows what it is ordered by.
fn columns(scene: Scene<'_>, width: u16) -> Table {
    let Scene { model, texts, .. } = scene;
    let context = match model.order {
        Order::Likeness => Column::right(texts.say("column-likeness"), 11),
        Order::Size | Order::Votes => Column::right(texts.say("column-population"), 11),
        Order::Name | Order::Region | Order::Estimate => Column::left(texts.say("column-region"), 11),
    };
    let face = ente::face(model.filters.indicator);
    let share = match (model.order, model.filters.indicator) {
        (Order::Estimate, _) => format!("{} {}", face.shape(), texts.say("column-estimate")),
        (_, Indicator::Red) => texts.say("column-red"),
        (_, Indicator::Green | Indicator::Unspecified) => texts.say("column-green"),
    };
    Table::new(
        vec![
            Column::left(texts.say("column-ente"), 0),
            context,
            Column::right(texts.say("column-n"), 8),
            Column::right(share, 18),
            Column::left(texts.say("column-peers"), 12),
        ],
        width,
    )
}

fn row_cells(scene: Scene<'_>, row: &EnteRow) -> Vec<Vec<Span<'static>>> {
    let Scene { model, texts, theme } = scene;
    let n = selection::n(row);
    let own = if row.ipa_code == model.own_code() { "◆ " } else { "" };
    let star = if row.expert { "★ " } else { "" };
    let context = match model.order {
        Order::Likeness => row.distance.map_or_else(|| "–".to_owned(), |far| figures::likeness(far, texts)),
        Order::Size | Order::Votes => {
            row.population.map_or_else(|| "–".to_owned(), |p| texts.count(p.into()))
        }
        Order::Name | Order::Region | Order::Estimate => figures::plain(&row.region),
    };
    let mut cells = vec![cell(format!("{own}{star}{}", figures::plain(&row.name))), cell(context)];
    if n == 0 {
        cells.push(vec![Span::styled("–", theme.quiet())]);
        cells.push(state_cell(scene, row.state()));
        return cells;
    }
    cells.push(cell(texts.count(n)));
    cells.push(share_or_estimate(scene, row));
    let peers = row.place.as_ref().map_or(Beyond::Unspecified, |place| place.peers());
    cells.push(beyond_cell(scene, peers));
    cells
}

/// The share with Wilson's interval; in the order of the estimate, the estimate with its own.
fn share_or_estimate(scene: Scene<'_>, row: &EnteRow) -> Vec<Span<'static>> {
    let Scene { model, texts, theme } = scene;
    let face = ente::face(model.filters.indicator);
    if model.order != Order::Estimate {
        let share = if face == Face::Red { row.red.as_ref() } else { row.green.as_ref() };
        return share_cells(scene, share, face);
    }
    let Some(place) = &row.place else { return vec![Span::styled("–", theme.quiet())] };
    let mut spans = vec![Span::styled(figures::percent_bare(place.estimate, texts), theme.face(face))];
    if let Some(bounds) = &place.estimate_interval {
        spans.push(Span::styled(format!(" {}", figures::interval(bounds, texts)), theme.quiet()));
    }
    spans
}
