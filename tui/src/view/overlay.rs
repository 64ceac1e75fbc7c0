//! What lies over a screen: the help that explains every number, the picker, the form.

use super::words::wrapped;
use super::{Scene, centred, fields, frame_of, member, table};
use crate::model::{Overlay, Picker};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph, Wrap};

/// Cells of the terms on the left of the help.
const TERM_CELLS: usize = 18;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    match &scene.model.overlay {
        Overlay::None | Overlay::Search { .. } => {}
        Overlay::Help { scroll } => help(frame, area, scene, *scroll),
        Overlay::Picker(picker) => pick(frame, area, scene, picker),
        Overlay::Form(form) => fields::draw(frame, area, scene, form),
        Overlay::Member { code, scroll } => member::card(frame, area, scene, code, *scroll),
    }
}

fn help(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, scroll: u16) {
    let texts = scene.texts;
    let slug = scene.model.screen.slug();
    let place = centred(area, area.width.saturating_sub(4).min(110), area.height.saturating_sub(2));
    let title = texts.say_with("help-title", &[("screen", texts.say(&format!("screen-{slug}")).into())]);
    let inner_width = usize::from(place.width.saturating_sub(4));
    let mut lines = Vec::new();
    for source in [texts.say(&format!("help-{slug}")), texts.say("help-everywhere")] {
        for paragraph in source.lines() {
            explain(scene, paragraph, inner_width, &mut lines);
        }
        lines.push(Line::default());
    }
    let rows = usize::from(place.height.saturating_sub(2));
    let last = lines.len().saturating_sub(rows);
    let first = usize::from(scroll).min(last);
    let shown: Vec<Line<'static>> = lines.into_iter().skip(first).take(rows).collect();
    let foot = if last > 0 { texts.say("help-foot-more") } else { texts.say("help-foot") };
    frame.render_widget(Clear, place);
    let block = frame_of(scene, title, foot);
    frame.render_widget(Paragraph::new(Text::from(shown)).block(block), place);
}

/// "term | explanation" becomes a term on the left and wrapped words on the right.
fn explain(scene: Scene<'_>, paragraph: &str, width: usize, lines: &mut Vec<Line<'static>>) {
    let Some((term, words)) = paragraph.split_once('|') else {
        lines.extend(
            wrapped(paragraph, width).into_iter().map(|line| Line::styled(line, scene.theme.strong())),
        );
        return;
    };
    let term = table::fit(term.trim(), TERM_CELLS - 1);
    for (index, part) in wrapped(words.trim(), width.saturating_sub(TERM_CELLS)).into_iter().enumerate() {
        let left = if index == 0 { term.clone() } else { String::new() };
        let gap = " ".repeat(TERM_CELLS.saturating_sub(table::width(&left)));
        lines.push(Line::from(vec![
            Span::styled(left, scene.theme.accent()),
            Span::raw(gap),
            Span::raw(part),
        ]));
    }
}

fn pick(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, picker: &Picker) {
    let texts = scene.texts;
    let title = texts.say(picker.choice.title());
    let matching = picker.matching();
    let height = u16::try_from(matching.len()).unwrap_or(u16::MAX).saturating_add(4);
    let place = centred(area, area.width.min(56), height.clamp(6, area.height.saturating_sub(4)));
    let rows = usize::from(place.height.saturating_sub(4));
    let window = table::window(picker.cursor.selected, matching.len(), rows);
    let mut lines = vec![Line::from(vec![
        Span::styled("› ", scene.theme.accent()),
        Span::raw(picker.text.clone()),
        Span::styled("▏", scene.theme.accent()),
        Span::styled(
            if picker.text.is_empty() { texts.say("pick-type") } else { String::new() },
            scene.theme.quiet(),
        ),
    ])];
    lines.push(Line::default());
    for (place, index) in matching.iter().enumerate().take(window.end).skip(window.start) {
        let label = picker.labels.get(*index).cloned().unwrap_or_default();
        lines.push(if place == picker.cursor.selected {
            Line::styled(format!("▌ {label}"), scene.theme.accent())
        } else {
            Line::raw(format!("  {label}"))
        });
    }
    if matching.is_empty() {
        lines.push(Line::styled(texts.say("nothing-matches"), scene.theme.quiet()));
    }
    frame.render_widget(Clear, place);
    let block = frame_of(scene, title, texts.say("pick-foot"));
    frame.render_widget(Paragraph::new(Text::from(lines)).block(block).wrap(Wrap { trim: false }), place);
}
