//! *Gemellaggio*: the administrations that DFP designated, and this ente beside the chosen one.

use super::table::{self, Column, Table, cell};
use super::{Scene, WIDE_COLUMNS_MIN, nothing_yet, pair, placeholder, rule};
use crate::figures;
use crate::model::Focus;
use crate::names;
use faccina_proto::wire::officer::v1::{Expert, ExpertsReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Text};
use ratatui::widgets::{Paragraph, Wrap};

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
    if area.width >= WIDE_COLUMNS_MIN {
        let [left, _, right] =
            Layout::horizontal([Constraint::Length(44), Constraint::Length(2), Constraint::Min(60)])
                .areas(area);
        experts(frame, left, scene, reply);
        pair::draw(frame, right, scene);
    } else if model.lists.twinning_focus == Focus::First {
        experts(frame, area, scene, reply);
    } else {
        pair::draw(frame, area, scene);
    }
}

fn experts(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &ExpertsReply) {
    let Scene { model, texts, theme } = scene;
    let [list, detail] = Layout::vertical([Constraint::Min(4), Constraint::Length(9)]).areas(area);
    let selected = model.lists.experts.selected;
    let found = &reply.experts;
    let window = table::window(selected, found.len(), usize::from(list.height).saturating_sub(2));
    let title = rule(
        &texts.say("experts-title"),
        &table::position(&window, found.len(), texts),
        list.width,
        model.lists.twinning_focus == Focus::First,
        theme,
    );
    let table = Table::new(
        vec![
            Column::left(texts.say("column-ente"), 0),
            Column::left(texts.say("column-region"), 11),
            Column::right(texts.say("column-population"), 9),
        ],
        list.width,
    );
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in found.iter().enumerate().take(window.end).skip(window.start) {
        let row = vec![
            cell(figures::plain(&one.name)),
            cell(figures::plain(&one.region)),
            cell(one.population.map_or_else(|| "–".to_owned(), |p| texts.count(p.into()))),
        ];
        shown.push(table.row(row, index == selected, theme));
    }
    table::lines(frame, list, shown);
    if let Some(expert) = model.expert() {
        about(frame, detail, scene, expert);
    }
}

fn about(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, expert: &Expert) {
    let Scene { texts, theme, .. } = scene;
    let [title, words] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    frame.render_widget(rule(&figures::plain(&expert.name), "", title.width, false, theme), title);
    let available = match expert.available {
        Some(true) => texts.say("available-yes"),
        Some(false) => texts.say("available-no"),
        None => texts.say("available-unknown"),
    };
    let areas = if expert.areas.is_empty() { texts.say("unknown") } else { expert.areas.join(", ") };
    let lines = vec![
        Line::from(format!("{} · {available}", names::category(&expert.category, texts))),
        labelled(scene, "expert-areas", &areas, Style::new()),
        labelled(scene, "expert-reason", &known(scene, &expert.reason), Style::new()),
        labelled(scene, "expert-mailbox", &known(scene, &expert.mailbox), theme.accent()),
        labelled(scene, "expert-until", &figures::day(expert.valid_to_day, texts), Style::new()),
    ];
    let [_, words] = Layout::horizontal([Constraint::Length(1), Constraint::Min(1)]).areas(words);
    frame.render_widget(Paragraph::new(Text::from(lines)).wrap(Wrap { trim: true }), words);
}

fn labelled(scene: Scene<'_>, id: &str, value: &str, style: Style) -> Line<'static> {
    use ratatui::text::Span;
    Line::from(vec![
        Span::styled(format!("{} ", scene.texts.say(id)), scene.theme.quiet()),
        Span::styled(figures::plain(value), style),
    ])
}

fn known(scene: Scene<'_>, value: &str) -> String {
    if value.is_empty() { scene.texts.say("unknown") } else { figures::plain(value) }
}
