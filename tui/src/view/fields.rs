//! A form drawn: its fields, what is wrong, and the summary before anything is sent.

use super::table;
use super::words::{paragraphs, wrapped};
use super::{Scene, centred, frame_of};
use crate::figures;
use crate::form::{Field, Form, Problem, Stage, Value};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph};

/// The widest form (columns).
const COLUMNS_MAX: u16 = 96;
/// Cells of the names on the left.
const NAME_CELLS: usize = 18;
/// Lines that a free text takes while it is typed.
const TEXT_ROWS: usize = 5;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, form: &Form) {
    let texts = scene.texts;
    let slug = form.purpose.slug();
    let width = area.width.saturating_sub(4).min(COLUMNS_MAX);
    let inner = usize::from(width.saturating_sub(4));
    let title = texts.say_with(&format!("form-{slug}"), &[("subject", form.subject.clone().into())]);
    let (mut lines, cursor) = match form.stage {
        Stage::Filling => filling(scene, form, inner),
        Stage::Confirming | Stage::Sending => (summary(scene, form, inner), 0),
    };
    let ending = ending(scene, form, inner);
    let rows = usize::from(area.height.saturating_sub(4));
    let room = rows.saturating_sub(ending.len());
    let last = lines.len().saturating_sub(room);
    let first = match form.stage {
        Stage::Filling => cursor.saturating_sub(room.saturating_sub(TEXT_ROWS)),
        Stage::Confirming | Stage::Sending => form.scroll,
    };
    let first = first.min(last);
    let position = table::position(&(first..lines.len().min(first + room)), lines.len(), texts);
    lines = lines.into_iter().skip(first).take(room).collect();
    lines.extend(ending);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let place = centred(area, width, height.min(area.height));
    let foot = match form.stage {
        Stage::Filling => texts.say("form-foot"),
        Stage::Confirming if last > 0 => {
            texts.say_with("form-foot-confirm-more", &[("position", position.into())])
        }
        Stage::Confirming => texts.say("form-foot-confirm"),
        Stage::Sending => texts.say("form-foot-sending"),
    };
    frame.render_widget(Clear, place);
    let block = frame_of(scene, table::fit(&title, inner.saturating_sub(2)), foot);
    frame.render_widget(Paragraph::new(Text::from(lines)).block(block), place);
}

/// The fields and the line on which the one in use begins.
fn filling(scene: Scene<'_>, form: &Form, width: usize) -> (Vec<Line<'static>>, usize) {
    let Scene { texts, theme, .. } = scene;
    let intro = texts.say(&format!("form-{}-what", form.purpose.slug()));
    let mut lines: Vec<Line<'static>> =
        wrapped(&intro, width).into_iter().map(|line| Line::styled(line, theme.quiet())).collect();
    lines.push(Line::default());
    lines.extend(facts(scene, form, width));
    let mut cursor = 0;
    for (place, field) in form.fields.iter().enumerate() {
        let in_use = place == form.at;
        if in_use {
            cursor = lines.len();
        }
        field_lines(scene, field, in_use, width, &mut lines);
    }
    (lines, cursor)
}

fn field_lines(scene: Scene<'_>, field: &Field, in_use: bool, width: usize, lines: &mut Vec<Line<'static>>) {
    let Scene { texts, theme, .. } = scene;
    let mark = if in_use { "▌" } else { " " };
    let style = if in_use { theme.accent() } else { theme.quiet() };
    if let Some(label) = &field.label {
        let label = wrapped(label, width.saturating_sub(2));
        lines.extend(label.into_iter().map(|line| Line::styled(format!("{mark}{line}"), style)));
    }
    let name = if field.label.is_some() { String::new() } else { texts.say(&format!("field-{}", field.id)) };
    let name = table::fit(&name, NAME_CELLS - 2);
    let gap = " ".repeat(NAME_CELLS.saturating_sub(1 + table::width(&name)));
    let room = width.saturating_sub(NAME_CELLS);
    for (place, spans) in value_lines(scene, field, in_use, room).into_iter().enumerate() {
        let left = if place == 0 {
            vec![Span::styled(format!("{mark}{name}{gap}"), style)]
        } else {
            vec![Span::styled(format!("{mark}{}", " ".repeat(NAME_CELLS - 1)), style)]
        };
        lines.push(Line::from([left, spans].concat()));
    }
    if in_use && field.label.is_none() {
        let hint = texts.say(&format!("field-{}-hint", field.id));
        for line in wrapped(&hint, room) {
            let left = format!("{mark}{}", " ".repeat(NAME_CELLS - 1));
            lines.push(Line::from(vec![Span::styled(left, style), Span::styled(line, theme.quiet())]));
        }
    }
}

fn value_lines(scene: Scene<'_>, field: &Field, in_use: bool, room: usize) -> Vec<Vec<Span<'static>>> {
    let Scene { texts, theme, .. } = scene;
    let caret = Span::styled(if in_use { "▏" } else { "" }, theme.accent());
    match &field.value {
        Value::Text { typed, .. } => {
            let mut lines = typed_lines(typed, room.saturating_sub(1));
            if !in_use {
                lines.truncate(2);
            }
            let hidden = lines.len().saturating_sub(TEXT_ROWS);
            let mut spans: Vec<Vec<Span<'static>>> =
                lines.into_iter().skip(hidden).map(|line| vec![Span::raw(line)]).collect();
            if let Some(last) = spans.last_mut() {
                last.push(caret);
            }
            spans
        }
        Value::One { options, chosen } => {
            let label =
                options.get(*chosen).map_or_else(|| texts.say("nothing-to-choose"), |o| o.label.clone());
            let shown = if in_use { format!("◂ {label} ▸") } else { label };
            vec![vec![Span::raw(table::fit(&shown, room))]]
        }
        Value::Any { options, chosen, at } => {
            let Some(option) = options.get(*at) else {
                return vec![vec![Span::styled(texts.say("nothing-to-choose"), theme.quiet())]];
            };
            let taken = chosen.iter().filter_map(|at| options.get(*at)).map(|option| option.label.as_str());
            let taken = taken.collect::<Vec<_>>().join(", ");
            let taken = if taken.is_empty() { texts.say("none-chosen") } else { taken };
            let mut lines = vec![vec![Span::raw(table::fit(&taken, room))]];
            if in_use {
                let mark = if chosen.contains(at) { "[x]" } else { "[ ]" };
                let shown = table::fit(&format!("◂ {mark} {} ▸", option.label), room);
                lines.push(vec![Span::styled(shown, theme.accent())]);
            }
            lines
        }
        Value::Level { level, note, .. } => {
            let said = format!("{}{}", "●".repeat(cells(*level)), "○".repeat(4 - cells(*level)));
            let mut first = vec![
                Span::styled(said, theme.accent()),
                Span::raw(format!(" {}", texts.say(&format!("level-{level}")))),
            ];
            if !note.is_empty() || in_use {
                first.push(Span::styled("  ", theme.quiet()));
                first.push(Span::styled(tail(note, room.saturating_sub(27)), theme.quiet()));
                first.push(caret);
            }
            vec![first]
        }
    }
}

fn cells(level: u32) -> usize {
    usize::try_from(level.min(4)).unwrap_or(4)
}

/// Typed text on lines: wrapped at blanks, with the blanks at its end kept so that typing shows.
fn typed_lines(typed: &str, room: usize) -> Vec<String> {
    let mut lines = paragraphs(typed, room);
    let blanks = typed.chars().rev().take_while(|c| *c == ' ').count();
    if let Some(last) = lines.last_mut() {
        last.push_str(&" ".repeat(blanks.min(room.saturating_sub(table::width(last)))));
    }
    lines
}

/// The end of a line that is longer than its place, so that typing shows.
fn tail(text: &str, room: usize) -> String {
    let text = figures::plain(text);
    let mut rest = text.as_str();
    while table::width(rest) > room.saturating_sub(1) {
        let mut characters = rest.chars();
        if characters.next().is_none() {
            break;
        }
        rest = characters.as_str();
    }
    if rest.len() == text.len() { text } else { format!("…{rest}") }
}

/// Everything that will be sent, in words.
fn summary(scene: Scene<'_>, form: &Form, width: usize) -> Vec<Line<'static>> {
    let texts = scene.texts;
    let mut lines = facts(scene, form, width);
    for field in &form.fields {
        let said = match &field.value {
            Value::Text { typed, .. } => typed.trim().to_owned(),
            Value::One { options, chosen } => {
                options.get(*chosen).map_or_else(String::new, |o| o.label.clone())
            }
            Value::Any { options, chosen, .. } => {
                let taken =
                    chosen.iter().filter_map(|at| options.get(*at)).map(|option| option.label.as_str());
                taken.collect::<Vec<_>>().join(", ")
            }
            Value::Level { level: 0, .. } => continue,
            Value::Level { level, note, .. } => {
                format!("{level} · {}  {note}", texts.say(&format!("level-{level}")))
            }
        };
        let said = match said.as_str() {
            "" if field.id == "services" => texts.say("common-services"),
            "" if field.id == "valid-to" => texts.say("twelve-months"),
            "" => texts.say("nothing-said"),
            said => said.to_owned(),
        };
        let name = field.label.clone().unwrap_or_else(|| texts.say(&format!("field-{}", field.id)));
        let name = format!(" {}", table::fit(&name, NAME_CELLS - 3));
        named(scene, &name, &said, width, &mut lines);
    }
    lines
}

/// What the act is about and cannot be changed.
fn facts(scene: Scene<'_>, form: &Form, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (id, words) in &form.facts {
        let name = format!(" {}", table::fit(&scene.texts.say(id), NAME_CELLS - 3));
        named(scene, &name, words, width, &mut lines);
    }
    lines
}

/// Words beside their name.
fn named(scene: Scene<'_>, name: &str, words: &str, width: usize, lines: &mut Vec<Line<'static>>) {
    let room = width.saturating_sub(NAME_CELLS);
    for (place, line) in paragraphs(words, room).into_iter().enumerate() {
        let left = if place == 0 { name.to_owned() } else { String::new() };
        let gap = " ".repeat(NAME_CELLS.saturating_sub(table::width(&left)));
        let left = Span::styled(left, scene.theme.quiet());
        lines.push(Line::from(vec![left, Span::raw(gap), Span::raw(line)]));
    }
}

/// What is wrong, or the question.
fn ending(scene: Scene<'_>, form: &Form, width: usize) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let (words, style) = match (form.stage, &form.problem) {
        (Stage::Filling, None) => return Vec::new(),
        (Stage::Filling, Some(Problem::Field(id))) => (format!("! {}", texts.say(id)), theme.alarm()),
        (Stage::Filling, Some(Problem::Node(reason))) => {
            let words = texts.say_with("problem-node", &[("reason", figures::plain(reason).into())]);
            (format!("! {words}"), theme.alarm())
        }
        (Stage::Filling, Some(Problem::Away)) => (format!("! {}", texts.say("problem-away")), theme.alarm()),
        (Stage::Filling, Some(Problem::Unanswered)) => {
            (format!("! {}", texts.say("problem-unanswered")), theme.alarm())
        }
        (Stage::Confirming, _) => {
            let id = if form.purpose.is_public() { "confirm-publish" } else { "confirm-send" };
            (texts.say(id), theme.accent())
        }
        (Stage::Sending, _) => (texts.say("sending"), theme.quiet()),
    };
    let lines = wrapped(&words, width).into_iter().map(|line| Line::styled(line, style));
    [Line::default()].into_iter().chain(lines).collect()
}
