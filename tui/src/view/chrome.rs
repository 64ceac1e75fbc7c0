//! What surrounds every screen: who speaks, the tabs, the sentence on top, the state of the link, the keys.

use super::{Scene, table};
use crate::figures;
use crate::headline::headline;
use crate::message::Loss;
use crate::model::{Link, Notice, Overlay, Screen};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

/// Draws the surroundings and returns what is left for the screen.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) -> Rect {
    let [name, tabs, link, sentence, body, rule, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(name_line(scene, name.width), name);
    frame.render_widget(tab_line(scene, tabs.width), tabs);
    frame.render_widget(link_line(scene, link.width), link);
    let [_, sentence] = Layout::horizontal([Constraint::Length(1), Constraint::Min(1)]).areas(sentence);
    let words = Paragraph::new(headline(scene.model, scene.texts)).style(scene.theme.strong());
    frame.render_widget(words.wrap(Wrap { trim: true }), sentence);
    frame.render_widget(bottom_line(scene, rule.width), rule);
    frame.render_widget(key_line(scene, keys.width), keys);
    body
}

fn name_line(scene: Scene<'_>, columns: u16) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let about = model.about.data.as_ref();
    let (symbol, state, style) = match &model.link {
        Link::Connecting => ("○", texts.say("link-connecting"), theme.quiet()),
        Link::Up => ("●", texts.say("link-up"), theme.good()),
        Link::Lost { .. } => ("○", texts.say("link-lost"), theme.alarm()),
    };
    let mut right = vec![Span::styled(format!("{symbol} {state}"), style)];
    if about.is_some_and(|about| about.demo) {
        right.insert(0, Span::styled(format!("{}  ", texts.say("demo")), theme.accent()));
    }
    let today = about.map_or_else(String::new, |about| figures::day(about.today, texts));
    right.push(Span::styled(format!("  {today} "), theme.quiet()));
    let right_width: usize = right.iter().map(Span::width).sum();
    let name = about.map_or_else(String::new, |about| figures::plain(&about.name));
    let room = usize::from(columns).saturating_sub(right_width + 13);
    let name = table::fit(&name, room);
    let fill = room.saturating_sub(table::width(&name)) + 1;
    let mut spans = vec![
        Span::styled(" faccina", theme.accent()),
        Span::styled(" │ ", theme.quiet()),
        Span::styled(name, theme.strong()),
        Span::raw(" ".repeat(fill)),
    ];
    spans.extend(right);
    Line::from(spans)
}

/// From here on the tabs carry whole names (columns).
const WHOLE_NAMES_COLUMNS_MIN: u16 = 120;

fn tab_line(scene: Scene<'_>, columns: u16) -> Line<'static> {
    let whole = columns >= WHOLE_NAMES_COLUMNS_MIN;
    let mut spans = vec![Span::raw(" ")];
    for (place, screen) in Screen::ALL.into_iter().enumerate() {
        let id = if whole { "screen" } else { "tab" };
        let title = scene.texts.say(&format!("{id}-{}", screen.slug()));
        let chosen = screen == scene.model.screen;
        let style = if chosen { scene.theme.tab() } else { scene.theme.quiet() };
        let name = if whole { format!(" {} {title} ", place + 1) } else { format!("{} {title}", place + 1) };
        spans.push(Span::styled(name, style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// A quiet rule while all is well; otherwise what is wrong, in words: with the link first, then at the node.
fn link_line(scene: Scene<'_>, columns: u16) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let wide = usize::from(columns);
    let Link::Lost { loss, seconds } = &model.link else {
        if model.shows_old() {
            return Line::styled(format!(" {}", texts.say("old-refreshing")), theme.alarm());
        }
        if let Some(reason) = model.refused_anew() {
            let refused = texts.say_with("refused-by-node", &[("reason", figures::plain(reason).into())]);
            return Line::styled(
                table::fit(&format!(" {} {refused}", texts.say("old")), wide),
                theme.alarm(),
            );
        }
        // That nothing is published comes before what will want attention.
        let stopped = model.network.data.as_ref().and_then(|network| network.stopped.as_ref());
        let stopped = stopped.map(|stopped| (&stopped.it, &stopped.en));
        let warning = model.about.data.as_ref().and_then(|about| about.warnings.first());
        return match stopped.or(warning.map(|warning| (&warning.it, &warning.en))) {
            Some((it, en)) => banner(scene, &texts.choose(it, en), wide),
            None => Line::styled("─".repeat(wide), theme.quiet()),
        };
    };
    let id = match loss {
        Loss::Unreachable(_) => "lost-unreachable",
        Loss::TokenRefused(_) => "lost-token",
        Loss::File { .. } => "lost-file",
    };
    let said = texts.say_with(
        id,
        &[("seconds", texts.count(*seconds).into()), ("reason", figures::plain(&loss.to_string()).into())],
    );
    let old = if model.shows_old() { format!("{} ", texts.say("old")) } else { String::new() };
    banner(scene, &format!("{old}{said}"), wide)
}

/// A line that nobody overlooks.
fn banner(scene: Scene<'_>, said: &str, wide: usize) -> Line<'static> {
    let text = table::fit(&format!(" {said}"), wide);
    let fill = wide.saturating_sub(table::width(&text));
    Line::styled(format!("{text}{}", " ".repeat(fill)), scene.theme.banner())
}

/// The search while it is typed, what an act or an export came to, else a quiet rule.
fn bottom_line(scene: Scene<'_>, columns: u16) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    if matches!(model.overlay, Overlay::Search { .. }) {
        let sought = match model.screen {
            Screen::Cards => &model.library.text,
            Screen::Network => &model.members.text,
            Screen::MyEnte
            | Screen::Comparison
            | Screen::Neighbours
            | Screen::Experts
            | Screen::Twinning
            | Screen::National => &model.filters.text,
        };
        return Line::from(vec![
            Span::styled(format!(" {} ", texts.say("search")), theme.accent()),
            Span::raw(sought.clone()),
            Span::styled("▏", theme.accent()),
            Span::styled(format!("  {}", texts.say("search-keys")), theme.quiet()),
        ]);
    }
    let wide = usize::from(columns);
    match &model.notice {
        Some(notice) => {
            let (mark, words, style) = noticed(scene, notice);
            let text = table::fit(&format!(" {mark} {words} "), wide);
            let fill = "─".repeat(wide.saturating_sub(table::width(&text)));
            Line::from(vec![Span::styled(text, style), Span::styled(fill, theme.quiet())])
        }
        None => Line::styled("─".repeat(wide), theme.quiet()),
    }
}

fn noticed(scene: Scene<'_>, notice: &Notice) -> (&'static str, String, Style) {
    let Scene { texts, theme, .. } = scene;
    match notice {
        Notice::Done { it, en } => {
            let words = texts.choose(it, en);
            ("✓", if words.is_empty() { texts.say("act-done") } else { words }, theme.good())
        }
        Notice::Written(path) => {
            ("✓", texts.say_with("export-written", &[("path", figures::plain(path).into())]), theme.good())
        }
        Notice::NotWritten(reason) => (
            "✗",
            texts.say_with("export-failed", &[("reason", figures::plain(reason).into())]),
            theme.alarm(),
        ),
        Notice::NothingToWrite => ("○", texts.say("export-nothing"), theme.quiet()),
        Notice::NothingToDo => ("○", texts.say("act-nothing"), theme.quiet()),
    }
}

fn key_line(scene: Scene<'_>, columns: u16) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let hints = texts.say(&format!("keys-{}", model.screen.slug()));
    let mut spans = Vec::new();
    let mut taken = 1;
    // A node without votes of its own puts nobody beside itself and proposes nothing.
    let nowhere = model.votes_nowhere();
    let idle = |hint: &&str| nowhere && (hint.starts_with("v ") || hint.starts_with("p "));
    for hint in hints.split('|').map(str::trim).filter(|hint| !idle(hint)) {
        let (key, what) = hint.split_once(' ').unwrap_or((hint, ""));
        taken += table::width(hint) + 2;
        if taken > usize::from(columns) {
            break;
        }
        spans.push(Span::styled(format!(" {key}"), theme.accent()));
        spans.push(Span::styled(format!(" {what}"), theme.quiet()));
    }
    Line::from(spans)
}
