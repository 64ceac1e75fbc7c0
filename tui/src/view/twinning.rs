//! *Gemellaggio*: the twinnings, what the two enti said to each other, and the two side by side.

use super::table::{self, Column, Table, cell};
use super::words::{marked, paragraphs};
use super::{Scene, WIDE_COLUMNS_MIN, nothing_yet, pair, placeholder, rule};
use crate::actions;
use crate::figures;
use crate::model::Focus;
use crate::names;
use faccina_proto::wire::officer::v1::{Outcome, Twinning, TwinningMessage, TwinningState, TwinningsReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Rows of the list above the messages.
const LIST_ROWS_MAX: u16 = 7;
/// Cells of list and messages beside the comparison: a share of the screen, and at least these.
const LEFT_COLUMNS_MIN: u16 = 56;
/// From here on the list of two names says until when, too (columns).
const UNTIL_COLUMNS_MIN: u16 = 80;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let focus = scene.model.lists.twinning_focus;
    if area.width >= WIDE_COLUMNS_MIN {
        let left = LEFT_COLUMNS_MIN.max(area.width * 2 / 5);
        let [left, _, right] =
            Layout::horizontal([Constraint::Length(left), Constraint::Length(2), Constraint::Min(56)])
                .areas(area);
        agreements(frame, left, scene);
        pair::draw(frame, right, scene);
    } else if focus == Focus::Third {
        pair::draw(frame, area, scene);
    } else {
        agreements(frame, area, scene);
    }
}

fn agreements(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let Scene { model, texts, theme } = scene;
    let Some(reply) = &model.twinnings.data else {
        placeholder(frame, area, nothing_yet(&model.twinnings, texts), theme);
        return;
    };
    let Some(twinning) = model.twinning() else {
        let id = if model.votes_nowhere() { "no-twinnings-anywhere" } else { "no-twinnings" };
        placeholder(frame, area, texts.say(id), theme);
        return;
    };
    let rows = u16::try_from(reply.twinnings.len()).unwrap_or(u16::MAX).saturating_add(2);
    let [list, said] =
        Layout::vertical([Constraint::Length(rows.min(LIST_ROWS_MAX)), Constraint::Min(5)]).areas(area);
    listed(frame, list, scene, reply);
    about(frame, said, scene, twinning);
}

fn listed(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &TwinningsReply) {
    let Scene { model, texts, theme } = scene;
    let found = &reply.twinnings;
    let selected = model.lists.twinnings.selected;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, found.len(), texts);
    let in_use = model.lists.twinning_focus == Focus::First;
    let title = rule(&texts.say("twinnings-title"), &position, area.width, in_use, theme);
    let first = texts.say(if model.votes_nowhere() { "column-learner" } else { "column-ente" });
    let second = texts.say(if model.votes_nowhere() { "column-expert" } else { "column-part" });
    // Two names need the room of the last column, which the lines below tell again.
    let until = !model.votes_nowhere() || area.width >= UNTIL_COLUMNS_MIN;
    let rest = usize::from(area.width).saturating_sub(if until { 32 } else { 17 });
    let second_width = if model.votes_nowhere() { rest / 2 } else { 9 };
    let mut columns = vec![
        Column::left(first, 0),
        Column::left(second, second_width),
        Column::left(texts.say("column-state"), 13),
    ];
    columns.extend(until.then(|| Column::left(texts.say("column-until"), 14)));
    let table = Table::new(columns, area.width);
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in found.iter().enumerate().take(window.end).skip(window.start) {
        let learns = one.learner == model.own_code();
        let (first, second) = if model.votes_nowhere() {
            (figures::plain(&one.learner_name), figures::plain(&one.expert_name))
        } else {
            let part = if learns { "part-learner" } else { "part-expert" };
            (figures::plain(actions::other_name(model, one)), texts.say(part))
        };
        let mut row = vec![cell(first), cell(second), vec![state(scene, one.state())]];
        row.extend(until.then(|| cell(figures::month(one.to_month, texts))));
        shown.push(table.row(row, index == selected, theme));
    }
    table::lines(frame, area, shown);
}

fn state(scene: Scene<'_>, state: TwinningState) -> Span<'static> {
    let Scene { texts, theme, .. } = scene;
    let (mark, style) = match state {
        TwinningState::Proposed => ("○", theme.accent()),
        TwinningState::Accepted => ("◐", theme.accent()),
        TwinningState::Concluded => ("●", theme.good()),
        TwinningState::Declined | TwinningState::Withdrawn => ("✗", theme.quiet()),
        TwinningState::Ended => ("✓", theme.quiet()),
        TwinningState::Unspecified => ("?", theme.quiet()),
    };
    Span::styled(
        format!("{mark} {}", texts.say(&format!("twinning-{}", names::twinning_state(state)))),
        style,
    )
}

/// What can be done now, what it is about, and everything said; the last of it is in sight at first.
fn about(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, twinning: &Twinning) {
    let Scene { model, texts, theme } = scene;
    let in_use = model.lists.twinning_focus == Focus::Second;
    let id = if model.votes_nowhere() { "published-title" } else { "messages-title" };
    let mut head = vec![rule(&texts.say(id), &figures::day(twinning.day, texts), area.width, in_use, theme)];
    if let Some(next) = &twinning.next {
        let next = texts.choose(&next.it, &next.en);
        head.extend(marked(Span::styled(" › ", theme.accent()), &next, area.width, theme.strong()));
    }
    if twinning.undelivered > 0 {
        let waiting = texts.counted("undelivered", twinning.undelivered.into());
        head.extend(marked(Span::styled(" … ", theme.quiet()), &waiting, area.width, theme.quiet()));
    }
    let services: Vec<String> =
        twinning.services.iter().map(|code| names::service(model.about.data.as_ref(), code, texts)).collect();
    let services = if services.is_empty() { texts.say("common-services") } else { services.join(", ") };
    let period = figures::period(twinning.from_month, twinning.to_month, texts);
    for (id, words) in
        [("field-services", services), ("field-topics", twinning.topics.join(", ")), ("field-period", period)]
    {
        let name = Span::styled(format!(" {:<13}", table::fit(&texts.say(id), 12)), theme.quiet());
        head.extend(marked(name, &figures::plain(&words), area.width, Style::new()));
    }
    head.push(Line::default());
    let mut lines = Vec::new();
    let told = model.twinning_read();
    for message in told.map_or(&[][..], |told| &told.messages) {
        said(scene, twinning, message, area.width, &mut lines);
    }
    for outcome in told.map_or(&[][..], |told| &told.outcomes) {
        ended(scene, twinning, outcome, area.width, &mut lines);
    }
    let rows = u16::try_from(head.len()).unwrap_or(u16::MAX).min(area.height);
    let [above, below] = Layout::vertical([Constraint::Length(rows), Constraint::Min(0)]).areas(area);
    table::lines(frame, above, head);
    // Newest last, as one reads a correspondence; scrolling goes back from there.
    let hidden = lines.len().saturating_sub(usize::from(below.height));
    let first = hidden.saturating_sub(model.lists.messages.selected);
    table::lines(frame, below, lines.into_iter().skip(first));
}

fn name_of<'a>(twinning: &'a Twinning, code: &str) -> &'a str {
    if code == twinning.learner { &twinning.learner_name } else { &twinning.expert_name }
}

fn said(
    scene: Scene<'_>,
    twinning: &Twinning,
    message: &TwinningMessage,
    width: u16,
    lines: &mut Vec<Line<'static>>,
) {
    let Scene { model, texts, theme } = scene;
    let own = message.from == model.own_code();
    let from = if own { texts.say("we") } else { figures::plain(name_of(twinning, &message.from)) };
    let kind = message.kind.as_ref().map_or_else(String::new, |kind| texts.choose(&kind.it, &kind.en));
    let waiting = match (message.untaken.as_str(), own && !message.delivered) {
        ("", false) => String::new(),
        ("", true) => format!(" · … {}", texts.say("not-delivered")),
        (code, _) => format!(" · ✗ {} ({})", texts.say("not-taken"), figures::plain(code)),
    };
    let day = format!(" {} ", figures::day(message.day, texts));
    let kind = format!("{kind} · ");
    let taken = table::width(&day) + table::width(&kind) + table::width(&waiting);
    let from = table::fit(&from, usize::from(width).saturating_sub(taken));
    lines.push(Line::from(vec![
        Span::styled(day, theme.quiet()),
        Span::raw(kind),
        Span::styled(from, if own { theme.strong() } else { theme.accent() }),
        Span::styled(waiting, theme.alarm()),
    ]));
    let room = usize::from(width).saturating_sub(4);
    if !message.text.is_empty() {
        lines.extend(paragraphs(&message.text, room).into_iter().map(|line| Line::raw(format!("   {line}"))));
    }
    for answer in &message.answers {
        let level = usize::try_from(answer.level.min(4)).unwrap_or(4);
        let dots = format!("   {}{} ", "●".repeat(level), "○".repeat(4 - level));
        let note = if answer.note.is_empty() { String::new() } else { format!(" – {}", answer.note) };
        let words = figures::plain(&format!("{}{note}", item(scene, &answer.item)));
        lines.extend(marked(Span::styled(dots, theme.accent()), &words, width, Style::new()));
    }
}

/// The words of an item of the checklist; its code where this node has none.
fn item(scene: Scene<'_>, code: &str) -> String {
    let items = scene.model.twinnings.data.as_ref().map_or(&[][..], |reply| &reply.checklist);
    let words = items.iter().find(|item| item.code == code).and_then(|item| item.words.as_ref());
    words.map_or_else(|| code.to_owned(), |words| scene.texts.choose(&words.it, &words.en))
}

fn ended(
    scene: Scene<'_>,
    twinning: &Twinning,
    outcome: &Outcome,
    width: u16,
    lines: &mut Vec<Line<'static>>,
) {
    let Scene { texts, theme, .. } = scene;
    let result = match outcome.result {
        result @ 1..=4 => texts.say(&format!("result-{result}")),
        _ => texts.say("unknown"),
    };
    lines.push(Line::from(vec![
        Span::styled(format!(" {} ", figures::day(outcome.day, texts)), theme.quiet()),
        Span::styled(format!("{}: {result}", texts.say("outcome")), theme.good()),
        Span::styled(format!(" · {}", figures::plain(name_of(twinning, &outcome.ipa_code))), theme.accent()),
    ]));
    let room = usize::from(width).saturating_sub(4);
    let text = paragraphs(&outcome.text, room);
    lines.extend(text.into_iter().map(|line| Line::raw(format!("   {line}"))));
}
