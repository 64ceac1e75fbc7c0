//! *Confronto*: all enti of a month, one row each, never in the order of their results.

use super::bars;
use super::table::{self, Column, Table, cell};
use super::theme::Face;
use super::{Scene, nothing_yet, placeholder, rule, share_cells, state_cell};
use crate::figures;
use crate::names;
use crate::selection;
use faccina_proto::wire::officer::v1::{ComparisonReply, EnteRow, SummaryState};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let Some(reply) = &scene.model.comparison.data else {
        placeholder(frame, area, nothing_yet(&scene.model.comparison, scene.texts), scene.theme);
        return;
    };
    let [chosen, total, list, detail] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(4),
        Constraint::Length(4),
    ])
    .areas(area);
    frame.render_widget(filters(scene, reply), chosen);
    frame.render_widget(totals(scene, reply), total);
    rows(frame, list, scene, reply);
    if let Some(row) = scene.model.compared() {
        about_row(frame, detail, scene, row);
    }
}

/// The month and the filters, always in words: a screen copied on paper says what it shows.
fn filters(scene: Scene<'_>, reply: &ComparisonReply) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let about = model.about.data.as_ref();
    let filters = &model.filters;
    let service = filters.service.as_ref().map(|code| names::service(about, code, texts));
    let channel = filters.channel.as_ref().map(|code| names::channel(about, code, texts));
    let mut spans = vec![Span::styled(format!(" {}", figures::month(reply.month, texts)), theme.strong())];
    let parts = [
        (service, "all-services"),
        (channel, "all-channels"),
        (filters.region.as_deref().map(figures::plain), "all-regions"),
    ];
    for (value, all) in parts {
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

/// From here on the list also shows kind, whiskers and the other two faces (columns).
const RICH_COLUMNS_MIN: u16 = 148;

fn rows(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &ComparisonReply) {
    let Scene { model, texts, theme } = scene;
    let wide = area.width >= RICH_COLUMNS_MIN;
    let found = &model.comparison_rows;
    let selected = model.lists.comparison.selected;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let order = texts.say(&format!("order-{}", model.order.slug()));
    let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let title = format!("{} {order}", texts.counted("n-enti", count));
    let title = rule(&title, &table::position(&window, found.len(), texts), area.width, true, theme);
    let table = columns(scene, area.width, wide);
    let mut shown = vec![title, table.titles(theme)];
    let in_sight = found.iter().enumerate().take(window.end).skip(window.start);
    for (place, index) in in_sight {
        if let Some(row) = reply.rows.get(*index) {
            shown.push(table.row(row_cells(scene, &table, row, wide), place == selected, theme));
        }
    }
    if found.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("nothing-matches")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

fn columns(scene: Scene<'_>, width: u16, wide: bool) -> Table {
    let texts = scene.texts;
    let mut columns = vec![Column::left(texts.say("column-ente"), 0)];
    if wide {
        columns.push(Column::left(texts.say("column-category"), 14));
    }
    columns.push(Column::left(texts.say("column-region"), if wide { 16 } else { 11 }));
    columns.push(Column::right(texts.say("column-population"), 9));
    columns.push(Column::right(texts.say("column-n"), 8));
    columns.push(Column::right(texts.say("column-green"), 18));
    if wide {
        columns.push(Column::left("0 ····· 50 ····· 100".to_owned(), 20));
        columns.push(Column::right(texts.say("column-yellow"), 17));
        columns.push(Column::right(texts.say("column-red"), 17));
    } else {
        columns.push(Column::left(String::new(), 8));
    }
    Table::new(columns, width)
}

fn row_cells(scene: Scene<'_>, table: &Table, row: &EnteRow, wide: bool) -> Vec<Vec<Span<'static>>> {
    let Scene { texts, theme, .. } = scene;
    let n = selection::n(row);
    let star = if row.expert { "★ " } else { "" };
    let mut cells = vec![cell(format!("{star}{}", figures::plain(&row.name)))];
    if wide {
        cells.push(cell(names::category(&row.category, texts)));
    }
    cells.push(cell(figures::plain(&row.region)));
    cells.push(cell(row.population.map_or_else(|| "–".to_owned(), |p| texts.count(p.into()))));
    if n == 0 {
        cells.push(vec![Span::styled("–", theme.quiet())]);
        cells.push(state_cell(scene, row.state()));
        return cells;
    }
    cells.push(cell(texts.count(n)));
    cells.push(share_cells(scene, row.green.as_ref(), Face::Green));
    if wide {
        let drawn = row.green.as_ref().map(|share| {
            bars::whisker(share.value, share.wilson.as_ref(), (0.0, 1.0), table.width_of(6), theme)
        });
        cells.push(drawn.unwrap_or_default());
        cells.push(share_cells(scene, row.yellow.as_ref(), Face::Yellow));
        cells.push(share_cells(scene, row.red.as_ref(), Face::Red));
    } else {
        cells.push(bars::faces(&row.votes.unwrap_or_default(), table.width_of(5), theme));
    }
    cells
}

/// The selected ente in words.
fn about_row(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, row: &EnteRow) {
    let Scene { model, texts, theme } = scene;
    let about = model.about.data.as_ref();
    let title = rule(&figures::plain(&row.name), &figures::plain(&row.ipa_code), area.width, false, theme);
    let mut first = vec![Span::raw(format!(" {}", names::category(&row.category, texts)))];
    first.push(Span::styled(format!(" · {} · ", figures::plain(&row.region)), theme.quiet()));
    first.push(Span::raw(row.population.map_or_else(
        || texts.say("population-unknown"),
        |population| texts.counted("population", population.into()),
    )));
    if row.expert {
        first.push(Span::styled(format!("  ★ {}", texts.say("is-expert")), theme.accent()));
    }
    let mut second = vec![Span::raw(" ")];
    second.extend(state_cell(scene, row.state()));
    let why = texts.choose(&row.reason_it, &row.reason_en);
    if !why.is_empty() {
        second.push(Span::raw(format!(": {why}")));
    }
    if row.state() == SummaryState::Counted {
        let counts = row.votes.unwrap_or_default();
        let n = figures::votes(&counts);
        second.push(Span::styled(format!("  {}", texts.counted("n-votes", n)), theme.quiet()));
        for (face, count) in
            [(Face::Green, counts.green), (Face::Yellow, counts.yellow), (Face::Red, counts.red)]
        {
            second
                .push(Span::styled(format!("   {} {}", face.shape(), texts.count(count)), theme.face(face)));
        }
    }
    let services: Vec<String> =
        row.services.iter().take(24).map(|code| names::service(about, code, texts)).collect();
    let services = if services.is_empty() { texts.say("unknown") } else { services.join(", ") };
    let third = format!(" {} {services}", texts.say("services-label"));
    let third = Line::styled(table::fit(&third, usize::from(area.width)), theme.quiet());
    table::lines(frame, area, [title, Line::from(first), Line::from(second), third]);
}
