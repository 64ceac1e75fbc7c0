//! One ente against the network: what its place means in words, its series, its strata, the evidence.

use super::plot::{self, Axis, Curve, Dotted, Plot, SOLID};
use super::table::{self, Column, Table, cell};
use super::theme::Face;
use super::words::{folded, marked};
use super::{Scene, nothing_yet, rule, share_cells, state_cell};
use crate::figures;
use crate::model::Focus;
use crate::names;
use crate::ties;
use faccina_proto::wire::officer::v1::{
    self as officer, EnteReply, EnteRow, Indicator, SeriesPoint, SummaryState,
};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Rows of the series with its axes.
const SERIES_ROWS: u16 = 8;
/// With fewer rows a series would be a smear.
const SERIES_ROWS_MIN: u16 = 5;
/// Rows that the groups keep: title, columns, one group.
const STRATA_ROWS_MIN: u16 = 3;
/// Months that are labelled below a series: every sixth.
const LABEL_EVERY: u32 = 6;

/// The face that the indicator counts.
pub(super) fn face(indicator: Indicator) -> Face {
    match indicator {
        Indicator::Red => Face::Red,
        Indicator::Green | Indicator::Unspecified => Face::Green,
    }
}

/// Name, kind, place and state: three lines where the width allows.
pub(super) fn facts(scene: Scene<'_>, row: &EnteRow, width: u16, in_use: bool) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let title = rule(&figures::plain(&row.name), &figures::plain(&row.ipa_code), width, in_use, theme);
    let mut first = vec![Span::raw(format!(" {}", names::category(&row.category, texts)))];
    first.push(Span::styled(format!(" · {} · ", figures::plain(&row.region)), theme.quiet()));
    first.push(Span::raw(row.population.map_or_else(
        || texts.say("population-unknown"),
        |population| texts.counted("population", population.into()),
    )));
    if let Some(distance) = row.distance.filter(|_| row.ipa_code != scene.model.own_code()) {
        let alike = format!(" · {} {}", texts.say("likeness"), figures::likeness(distance, texts));
        first.push(Span::styled(alike, theme.quiet()));
    }
    if row.expert {
        first.push(Span::styled(format!("  ★ {}", texts.say("is-expert")), theme.accent()));
    }
    let mut second = vec![Span::raw(" ")];
    second.extend(state_cell(scene, row.state()));
    let why = texts.choose(&row.reason_it, &row.reason_en);
    if !why.is_empty() {
        second.push(Span::raw(format!(": {why}")));
    }
    if row.state() == SummaryState::Counted || row.votes.is_some() {
        let counts = row.votes.unwrap_or_default();
        second.push(Span::styled(
            format!("  {}", texts.counted("n-votes", figures::votes(&counts))),
            theme.quiet(),
        ));
        for (face, count) in
            [(Face::Green, counts.green), (Face::Yellow, counts.yellow), (Face::Red, counts.red)]
        {
            second
                .push(Span::styled(format!("   {} {}", face.shape(), texts.count(count)), theme.face(face)));
        }
    }
    [vec![title], folded(first, width), folded(second, width)].concat()
}

/// The sentences of the node, one below the other.
pub(super) fn sentences(scene: Scene<'_>, width: u16) -> Vec<Line<'static>> {
    let Scene { model, texts, theme } = scene;
    let Some(ente) = model.compared_ente() else {
        let words = match model.ente.waiting {
            Some(_) => texts.say("loading"),
            None => nothing_yet(&model.ente, texts),
        };
        return marked(Span::raw(" "), &words, width, theme.quiet());
    };
    let said = ente.sentences.iter().map(|one| texts.choose(&one.it, &one.en));
    said.flat_map(|words| marked(Span::styled(" › ", theme.accent()), &words, width, Style::new())).collect()
}

/// From here on words, series and groups stand below each other (rows); with fewer, one after the other.
const WHOLE_ROWS_MIN: u16 = 20;

/// Everything about the selected ente, in one column; on a small screen its groups are a page of their own.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, row: &EnteRow) {
    let focus = scene.model.lists.comparison_focus;
    let whole = area.height >= WHOLE_ROWS_MIN;
    let on_groups = focus == Focus::Third;
    let mut above = facts(scene, row, area.width, focus == Focus::Second);
    if let (true, false, Some(ente)) = (on_groups, whole, scene.model.compared_ente()) {
        let rows = u16::try_from(above.len()).unwrap_or(u16::MAX);
        let [top, bottom] = Layout::vertical([Constraint::Length(rows), Constraint::Min(3)]).areas(area);
        table::lines(frame, top, above);
        strata(frame, bottom, scene, ente, true);
        return;
    }
    above.extend(sentences(scene, area.width));
    let Some(ente) = scene.model.compared_ente() else {
        table::lines(frame, area, above);
        return;
    };
    above.extend(evidence(scene, &ente.evidence, area.width));
    above.extend(asides(scene, ente, area.width));
    above.extend(tied(scene, row, area.width));
    let below = if whole { STRATA_ROWS_MIN } else { 0 };
    let words = u16::try_from(above.len()).unwrap_or(u16::MAX).min(area.height.saturating_sub(below + 2));
    let left = area.height.saturating_sub(words);
    let series_rows = left.saturating_sub(below).min(SERIES_ROWS);
    let series_rows = if series_rows >= SERIES_ROWS_MIN { series_rows } else { 0 };
    let [top, middle, bottom] = Layout::vertical([
        Constraint::Length(words),
        Constraint::Length(series_rows),
        Constraint::Min(below),
    ])
    .areas(area);
    table::lines(frame, top, above);
    if series_rows > 0 {
        series(frame, middle, scene, &ente.series);
    }
    if whole {
        strata(frame, bottom, scene, ente, on_groups);
    }
}

/// The evidence of a notable result, area by area, in the node's words; the mark says whether all is there.
pub(super) fn evidence(scene: Scene<'_>, all: &[officer::Evidence], width: u16) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let mut lines = Vec::new();
    for one in all.iter().filter(|one| one.notable || one.volume) {
        let (mark, style) = if one.notable { (" ✓ ", theme.good()) } else { (" · ", theme.quiet()) };
        let said = one.words.as_ref().map_or_else(String::new, |words| texts.choose(&words.it, &words.en));
        let words = format!("{}: {said}", figures::plain(&one.area));
        lines.extend(marked(Span::styled(mark, style), &words, width, style));
    }
    lines
}

/// Participation, cards and availability, each on a line where it is known.
fn asides(scene: Scene<'_>, ente: &EnteReply, width: u16) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let mut said = Vec::new();
    if let Some(votes) = ente.participation_tenths {
        said.push(texts.counted("participation", votes.into()));
    }
    if !ente.cards.is_empty() {
        let count = u64::try_from(ente.cards.len()).unwrap_or(u64::MAX);
        said.push(texts.counted("cards-published", count));
    }
    if let Some(availability) = &ente.availability {
        said.push(texts.say(if availability.available { "available-yes" } else { "available-no" }));
    }
    if said.is_empty() {
        return Vec::new();
    }
    vec![Line::styled(table::fit(&format!("   {}", said.join(" · ")), usize::from(width)), theme.quiet())]
}

/// Unioni, what is handed over to them, mergers: why a service may be missing here.
fn tied(scene: Scene<'_>, row: &EnteRow, width: u16) -> Vec<Line<'static>> {
    let Scene { model, texts, theme } = scene;
    let Some(network) = &model.network.data else { return Vec::new() };
    let said = ties::sentences(network, model.about.data.as_ref(), &row.ipa_code, texts);
    let mark = || Span::styled(" · ", theme.quiet());
    said.into_iter().flat_map(|words| marked(mark(), &words, width, theme.quiet())).collect()
}

/// Months since year 0, so that a year has twelve steps.
fn place_of(yyyymm: u32) -> f64 {
    f64::from(yyyymm / 100 * 12 + yyyymm % 100)
}

/// The ente's share month by month, with the network's beside it.
fn series(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, points: &[SeriesPoint]) {
    let Scene { model, texts, theme } = scene;
    let [title, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(4)]).areas(area);
    let note = format!("━ {}  ┅ {}", texts.say("series-ente"), texts.say("series-network"));
    frame.render_widget(rule(&texts.say("series-title"), &note, title.width, false, theme), title);
    let own: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|point| Some((place_of(point.month), point.share.as_ref()?.value)))
        .collect();
    let network: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|point| Some((place_of(point.month), point.network.as_ref()?.value)))
        .collect();
    let all = || own.iter().chain(&network).map(|(_, y)| *y).filter(|y| y.is_finite());
    let (low, high) = (all().fold(1.0, f64::min), all().fold(0.0, f64::max));
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    if low > high {
        frame.render_widget(
            Line::styled(format!("  {}", texts.say("nothing-published")), theme.quiet()),
            body,
        );
        return;
    }
    let air = ((high - low) * 0.1).max(0.01);
    let label = |value: f64| figures::percent(value, texts);
    let y = Axis {
        low: (low - air).max(0.0),
        high: (high + air).min(1.0),
        ticks: vec![(low, label(low)), (high, label(high))],
    };
    let ticks = points.iter().filter(|point| point.month % 100 % LABEL_EVERY == 1 || points.len() <= 6).map(
        |point| (place_of(point.month), format!("{:02}/{:02}", point.month % 100, point.month / 100 % 100)),
    );
    let x =
        Axis { low: place_of(first.month) - 0.5, high: place_of(last.month) + 0.5, ticks: ticks.collect() };
    let style = theme.face(face(model.filters.indicator));
    let marks = own.iter().map(|(x, y)| (*x, *y, Span::styled("●", style))).collect();
    let curves = vec![
        Curve { points: network, dotted: Dotted { drawn: 2, left_out: 2 }, colour: theme.crowd() },
        Curve { points: own, dotted: SOLID, colour: theme.line() },
    ];
    plot::draw(frame, body, &Plot { x, y, crowd: Vec::new(), curves, marks }, theme);
}

/// The groups of the window, each with the network's share in the same group.
fn strata(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, ente: &EnteReply, in_use: bool) {
    let Scene { model, texts, theme } = scene;
    let about = model.about.data.as_ref();
    let selected = model.lists.ente_strata.selected;
    let window = table::window(selected, ente.strata.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, ente.strata.len(), texts);
    let colour = face(model.filters.indicator);
    let share = format!("{} %", colour.shape());
    let table = Table::new(
        vec![
            Column::left(texts.say("column-service"), 0),
            Column::left(texts.say("column-channel"), 10),
            Column::right(texts.say("column-n"), 7),
            Column::right(share, 18),
            Column::right(texts.say("column-network"), 8),
        ],
        area.width,
    );
    let title = rule(&texts.say("services-and-channels"), &position, area.width, in_use, theme);
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in ente.strata.iter().enumerate().take(window.end).skip(window.start) {
        let n = figures::votes(&one.votes.unwrap_or_default());
        let network = one.network.map_or_else(|| "–".to_owned(), |value| figures::percent_bare(value, texts));
        let row = vec![
            cell(names::service(about, &one.service, texts)),
            cell(names::channel(about, &one.channel, texts)),
            cell(texts.count(n)),
            share_cells(scene, one.share.as_ref(), colour),
            cell(network),
        ];
        shown.push(table.row(row, index == selected && in_use, theme));
    }
    if ente.strata.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("nothing-published")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}
