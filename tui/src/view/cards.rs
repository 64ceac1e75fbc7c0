//! *Buone pratiche*: the library of practice cards, and the one under the cursor to read.

use super::table::{self, Column, Table, cell};
use super::words;
use super::{Scene, WIDE_COLUMNS_MIN, nothing_yet, placeholder, rule};
use crate::figures;
use crate::markdown;
use crate::model::Focus;
use crate::names;
use faccina_proto::wire::officer::v1::{CardTitle, CardsReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let model = scene.model;
    let Some(reply) = &model.cards.data else {
        placeholder(frame, area, nothing_yet(&model.cards, scene.texts), scene.theme);
        return;
    };
    let [chosen, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(4)]).areas(area);
    frame.render_widget(filters(scene), chosen);
    if body.width >= WIDE_COLUMNS_MIN {
        let [list, _, text] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Fill(1)]).areas(body);
        rows(frame, list, scene, reply);
        read(frame, text, scene);
    } else if model.lists.cards_focus == Focus::First {
        rows(frame, body, scene, reply);
    } else {
        read(frame, body, scene);
    }
}

fn filters(scene: Scene<'_>) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let library = &model.library;
    let service = library.service.as_ref().map(|code| names::service(model.about.data.as_ref(), code, texts));
    let mut spans = vec![Span::raw(" ")];
    let parts = [(service, "all-services"), (library.topic.as_deref().map(figures::plain), "all-topics")];
    for (place, (value, all)) in parts.into_iter().enumerate() {
        if place > 0 {
            spans.push(Span::styled(" · ", theme.quiet()));
        }
        spans.push(match value {
            Some(value) => Span::styled(value, theme.accent()),
            None => Span::styled(texts.say(all), theme.quiet()),
        });
    }
    if !library.text.is_empty() {
        spans.push(Span::styled(format!(" · «{}»", figures::plain(&library.text)), theme.accent()));
    }
    if model.cards.waiting.is_some() {
        spans.push(Span::styled(format!("  {}", texts.say("loading")), theme.quiet()));
    }
    Line::from(spans)
}

fn rows(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &CardsReply) {
    let Scene { model, texts, theme } = scene;
    let found = &reply.cards;
    let selected = model.lists.cards.selected;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let title = texts.counted("n-cards", count);
    let in_use = model.lists.cards_focus == Focus::First;
    let title = rule(&title, &table::position(&window, found.len(), texts), area.width, in_use, theme);
    let table = Table::new(
        vec![
            Column::left(texts.say("column-title"), 0),
            Column::left(texts.say("column-ente"), 24),
            Column::left(texts.say("column-topics"), 16),
        ],
        area.width,
    );
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in found.iter().enumerate().take(window.end).skip(window.start) {
        let own = if one.ipa_code == model.own_code() { "◆ " } else { "" };
        let row = vec![
            cell(figures::plain(&one.title)),
            cell(format!("{own}{}", figures::plain(&one.name))),
            cell(figures::plain(&one.topics.join(", "))),
        ];
        shown.push(table.row(row, index == selected, theme));
    }
    if found.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("no-cards")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

/// The card: who, for what, since when, and its text.
fn read(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let Scene { model, texts, theme } = scene;
    let Some(title) = model.card_title() else { return };
    let in_use = model.lists.cards_focus == Focus::Second;
    let [head, body] = Layout::vertical([Constraint::Length(4), Constraint::Min(2)]).areas(area);
    let name = figures::plain(&format!("{}/{}", title.ipa_code, title.number));
    let mut above = vec![rule(&figures::plain(&title.title), &name, area.width, in_use, theme)];
    above.extend(about(scene, title, area.width));
    table::lines(frame, head, above);
    let Some(card) = model.card_read() else {
        let words = match model.card.waiting {
            Some(_) => texts.say("loading"),
            None => nothing_yet(&model.card, texts),
        };
        frame.render_widget(Line::styled(format!(" {words}"), theme.quiet()), body);
        return;
    };
    let [_, body] = Layout::horizontal([Constraint::Length(1), Constraint::Min(1)]).areas(body);
    let lines = words::read(&markdown::blocks(&card.markdown), body.width, theme);
    let last = lines.len().saturating_sub(usize::from(body.height));
    let first = model.lists.card.selected.min(last);
    table::lines(frame, body, lines.into_iter().skip(first));
}

fn about(scene: Scene<'_>, title: &CardTitle, width: u16) -> Vec<Line<'static>> {
    let Scene { model, texts, theme } = scene;
    let about = model.about.data.as_ref();
    let services: Vec<String> =
        title.services.iter().map(|code| names::service(about, code, texts)).collect();
    let services = if services.is_empty() { texts.say("any-service") } else { services.join(", ") };
    let mailbox =
        model.card_read().map(|card| figures::plain(&card.mailbox)).filter(|mailbox| !mailbox.is_empty());
    let mut who = vec![
        Span::styled(format!(" {}", figures::plain(&title.name)), theme.strong()),
        Span::styled(format!(" · {}", figures::day(title.day, texts)), theme.quiet()),
    ];
    if let Some(mailbox) = mailbox {
        who.push(Span::styled(format!(" · {mailbox}"), theme.accent()));
    }
    let named = if title.nameable { format!(" · {}", texts.say("card-nameable")) } else { String::new() };
    let what = figures::plain(&format!(" {services} · {}{named}", title.topics.join(", ")));
    vec![Line::from(who), Line::styled(table::fit(&what, usize::from(width)), theme.quiet())]
}
