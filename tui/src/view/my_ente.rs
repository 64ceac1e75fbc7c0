//! *Il mio ente*: votes received, the last closed month by service and channel, reasons, commitments.

use super::bars;
use super::table::{self, Column, Table, cell};
use super::terminals;
use super::theme::Face;
use super::{Scene, WIDE_COLUMNS_MIN, faces_block, nothing_yet, placeholder, rule, share_cells};
use crate::figures;
use crate::model::Focus;
use crate::names;
use faccina_proto::wire::officer::v1::{self as officer, ClosedMonth, Commitment, MyEnteReply, State};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    if scene.model.votes_nowhere() {
        placeholder(frame, area, scene.texts.say("no-votes-here-why"), scene.theme);
        return;
    }
    let Some(mine) = &scene.model.my_ente.data else {
        placeholder(frame, area, nothing_yet(&scene.model.my_ente, scene.texts), scene.theme);
        return;
    };
    if area.width >= WIDE_COLUMNS_MIN {
        wide(frame, area, scene, mine)
    } else {
        narrow(frame, area, scene, mine)
    }
}

fn narrow(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, mine: &MyEnteReply) {
    let [today, listening, month, kept, list, reasons] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(4),
        Constraint::Length(3),
        Constraint::Min(4),
        Constraint::Length(3),
    ])
    .areas(area);
    frame.render_widget(received(scene, mine, today.width), today);
    frame.render_widget(terminals::listening(scene, mine, listening.width, true), listening);
    closed(frame, month, scene, mine);
    table::lines(frame, kept, commitments(scene, mine, kept.width));
    match scene.model.lists.my_ente_focus {
        Focus::First => cells(frame, list, scene, mine),
        Focus::Second => live(frame, list, scene, mine),
        Focus::Third => terminals::to_verify(frame, list, scene, mine),
    }
    why(frame, reasons, scene, mine, 2);
}

fn wide(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, mine: &MyEnteReply) {
    let [left, _, right] =
        Layout::horizontal([Constraint::Fill(3), Constraint::Length(2), Constraint::Fill(2)]).areas(area);
    let [month, _, list, _, reasons] = Layout::vertical([
        Constraint::Length(4),
        Constraint::Length(1),
        Constraint::Min(5),
        Constraint::Length(1),
        Constraint::Length(5),
    ])
    .areas(left);
    closed(frame, month, scene, mine);
    cells(frame, list, scene, mine);
    why(frame, reasons, scene, mine, 1);
    let [title, kept, _, today, lively, listening, suspects] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(6),
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(2),
        Constraint::Fill(1),
    ])
    .areas(right);
    frame.render_widget(rule(&scene.texts.say("commitments"), "", title.width, false, scene.theme), title);
    table::lines(frame, kept, commitments_and_words(scene, mine, kept.width));
    frame.render_widget(received(scene, mine, today.width), today);
    live(frame, lively, scene, mine);
    frame.render_widget(terminals::listening(scene, mine, listening.width, false), listening);
    terminals::to_verify(frame, suspects, scene, mine);
}

fn received(scene: Scene<'_>, mine: &MyEnteReply, columns: u16) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    Line::from(vec![
        Span::raw(format!(" {}  ", texts.say("received-today"))),
        Span::styled(texts.count(mine.received_today), theme.strong()),
        Span::styled(
            table::fit(&format!("  {}", texts.say("received-note")), usize::from(columns).saturating_sub(36)),
            theme.quiet(),
        ),
    ])
}

fn closed(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, mine: &MyEnteReply) {
    let Scene { texts, theme, .. } = scene;
    let Some(last) = &mine.last else {
        placeholder(frame, area, texts.say("no-closed-month"), theme);
        return;
    };
    let counts = last.total.unwrap_or_default();
    let mut title = vec![Span::styled(format!(" {}", figures::month(last.month, texts)), theme.strong())];
    if last.carried {
        title.push(Span::raw(format!("  {}", texts.say("month-carried"))));
    } else {
        title.push(Span::raw(format!("  {}", texts.counted("n-votes", figures::votes(&counts)))));
    }
    if !last.carried_from.is_empty() {
        let months: Vec<String> = last.carried_from.iter().map(|m| figures::month(*m, texts)).collect();
        let words = texts.say_with("includes-carried", &[("months", months.join(", ").into())]);
        title.push(Span::styled(format!("  {words}"), theme.quiet()));
    }
    if last.edition > 1 {
        title.push(Span::styled(format!("  {}", texts.say("corrected")), theme.accent()));
    }
    let mut shown = vec![Line::from(title)];
    if !last.carried {
        let shares = [last.green.as_ref(), last.yellow.as_ref(), last.red.as_ref()];
        shown.extend(faces_block(scene, shares, &counts, area.width));
    }
    table::lines(frame, area, shown);
}

fn commitments(scene: Scene<'_>, mine: &MyEnteReply, columns: u16) -> Vec<Line<'static>> {
    let kept = mine.commitments.clone().unwrap_or_default();
    let all = [
        ("commitment-plan", kept.plan),
        ("commitment-survey", kept.survey),
        ("commitment-publication", kept.publication),
    ];
    all.into_iter().map(|(id, kept)| commitment(scene, id, kept.as_ref(), columns)).collect()
}

/// Each commitment on two lines: its state, and beneath it why.
fn commitments_and_words(scene: Scene<'_>, mine: &MyEnteReply, columns: u16) -> Vec<Line<'static>> {
    let kept = mine.commitments.clone().unwrap_or_default();
    let why = [kept.plan, kept.survey, kept.publication].map(|one| {
        let said = one.map_or_else(String::new, |one| scene.texts.choose(&one.it, &one.en));
        Line::styled(table::fit(&format!("   {said}"), usize::from(columns)), scene.theme.quiet())
    });
    commitments(scene, mine, 0).into_iter().zip(why).flat_map(|(state, why)| [state, why]).collect()
}

fn commitment(scene: Scene<'_>, id: &str, kept: Option<&Commitment>, columns: u16) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let state = kept.map_or(State::Unspecified, Commitment::state);
    let (mark, word, style) = match state {
        State::Met => ("✓", texts.say("state-met"), theme.good()),
        State::Due => ("○", texts.say("state-due"), theme.accent()),
        State::Missed => ("✗", texts.say("state-missed"), theme.alarm()),
        State::Unspecified => ("?", texts.say("unknown"), theme.quiet()),
    };
    let name = format!("{:<14}", texts.say(id));
    let said = kept.map_or_else(String::new, |kept| texts.choose(&kept.it, &kept.en));
    let word = format!("{mark} {word:<10}");
    let room = usize::from(columns).saturating_sub(3 + table::width(&name) + table::width(&word));
    Line::from(vec![
        Span::raw(format!(" {name}")),
        Span::styled(word, style),
        Span::styled(format!(" {}", table::fit(&said, room)), theme.quiet()),
    ])
}

fn cells(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, mine: &MyEnteReply) {
    let Scene { model, texts, theme } = scene;
    let found = mine.last.as_ref().map_or(&[][..], |last| &last.cells);
    let roomy = area.width >= 90;
    let selected = model.lists.cells.selected;
    let rows = usize::from(area.height).saturating_sub(2);
    let window = table::window(selected, found.len(), rows);
    let title = rule(
        &texts.say("services-and-channels"),
        &table::position(&window, found.len(), texts),
        area.width,
        model.lists.my_ente_focus == Focus::First,
        theme,
    );
    let table = cell_table(scene, area.width, roomy, true);
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in found.iter().enumerate().take(window.end).skip(window.start) {
        shown.push(cell_row(scene, &table, one, index == selected, roomy, true));
    }
    if found.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("nothing-published")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

/// From here on a table of groups has room for a bar of the three faces (columns).
const FACES_COLUMNS_MIN: u16 = 78;

/// The columns of a table of published groups, here and in *Nazionale*.
pub(super) fn cell_table(scene: Scene<'_>, width: u16, roomy: bool, served: bool) -> Table {
    let texts = scene.texts;
    let mut columns = vec![
        Column::left(texts.say("column-service"), 0),
        Column::left(texts.say("column-channel"), if roomy { 14 } else { 10 }),
        Column::right(texts.say("column-n"), 7),
        Column::right(texts.say("column-green"), 18),
        Column::right(texts.say("column-yellow-votes"), 5),
        Column::right(texts.say("column-red-votes"), 5),
    ];
    // Without room the bar gives way to the name of the service.
    if width >= FACES_COLUMNS_MIN {
        columns.push(Column::left(String::new(), if roomy { 16 } else { 10 }));
    }
    if roomy && served {
        columns.push(Column::right(texts.say("column-served"), 9));
    }
    Table::new(columns, width)
}

/// One published group.
pub(super) fn cell_row(
    scene: Scene<'_>,
    table: &Table,
    one: &officer::Cell,
    selected: bool,
    roomy: bool,
    served: bool,
) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let about = model.about.data.as_ref();
    let counts = one.votes.unwrap_or_default();
    let mut row = vec![
        cell(names::service(about, &one.service, texts)),
        cell(names::channel(about, &one.channel, texts)),
        cell(texts.count(figures::votes(&counts))),
        share_cells(scene, one.green.as_ref(), Face::Green),
        vec![Span::styled(texts.count(counts.yellow), theme.face(Face::Yellow))],
        vec![Span::styled(texts.count(counts.red), theme.face(Face::Red))],
    ];
    if table.width_of(6) > 0 {
        row.push(bars::faces(&counts, table.width_of(6), theme));
    }
    if roomy && served {
        row.push(cell(one.served.map_or_else(|| texts.say("unknown"), |served| texts.count(served.into()))));
    }
    table.row(row, selected, theme)
}

fn live(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, mine: &MyEnteReply) {
    let Scene { model, texts, theme } = scene;
    let selected = model.lists.live.selected;
    let rows = usize::from(area.height).saturating_sub(2);
    let window = table::window(selected, mine.live.len(), rows);
    let month = figures::month(mine.open_month, texts);
    let title = rule(
        &texts.say_with("live-title", &[("month", month.into())]),
        &table::position(&window, mine.live.len(), texts),
        area.width,
        model.lists.my_ente_focus == Focus::Second,
        theme,
    );
    let table = Table::new(
        vec![
            Column::left(texts.say("column-service"), 0),
            Column::left(texts.say("column-branch"), 16),
            Column::right(texts.say("column-green-votes"), 6),
            Column::right(texts.say("column-yellow-votes"), 6),
            Column::right(texts.say("column-red-votes"), 6),
            Column::left(String::new(), 8),
        ],
        area.width,
    );
    let mut shown = vec![title, table.titles(theme)];
    for (index, one) in mine.live.iter().enumerate().take(window.end).skip(window.start) {
        let counts = one.votes.unwrap_or_default();
        let row = vec![
            cell(names::service(model.about.data.as_ref(), &one.service, texts)),
            // Two months are open until the older one closes.
            cell(if one.month == mine.open_month {
                figures::plain(&one.branch)
            } else {
                format!("{} {}", figures::month(one.month, texts), figures::plain(&one.branch))
            }),
            vec![Span::styled(texts.count(counts.green), theme.face(Face::Green))],
            vec![Span::styled(texts.count(counts.yellow), theme.face(Face::Yellow))],
            vec![Span::styled(texts.count(counts.red), theme.face(Face::Red))],
            bars::faces(&counts, 8, theme),
        ];
        shown.push(table.row(row, index == selected && model.lists.my_ente_focus == Focus::Second, theme));
    }
    if mine.live.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("live-none")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

/// The reasons of the selected group, or those published for small groups together.
fn why(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, mine: &MyEnteReply, columns: usize) {
    let Scene { model, texts, theme } = scene;
    let Some(last) = &mine.last else { return };
    let selected = last.cells.get(model.lists.cells.selected);
    let (title, channel, reasons) = match (selected, &last.pooled) {
        (Some(cell), _) if cell.reasons.len() == 4 => {
            let about = model.about.data.as_ref();
            let name = names::service(about, &cell.service, texts);
            let title = texts.say_with("reasons-of", &[("service", name.into())]);
            (title, Some(cell.channel.as_str()), cell.reasons.as_slice())
        }
        (_, Some(pooled)) if pooled.reasons.len() == 4 => {
            (texts.counted("reasons-pooled", pooled.reds), pooled_channel(last), pooled.reasons.as_slice())
        }
        _ => (texts.say("reasons-none"), None, &[][..]),
    };
    let mut shown = vec![rule(&title, "", area.width, false, theme)];
    let room = usize::from(area.width) / columns;
    let most = reasons.iter().copied().max().unwrap_or(0).max(1);
    let drawn: Vec<Vec<Span<'static>>> = reasons
        .iter()
        .enumerate()
        .map(|(index, n)| {
            let words = names::reason(model.about.data.as_ref(), channel, index, texts);
            reason_cell(scene, &words, *n, most, room)
        })
        .collect();
    shown.extend(drawn.chunks(columns).map(|line| Line::from(line.concat())));
    table::lines(frame, area, shown);
}

/// Pooled reasons have the words of a channel only where all groups share one.
fn pooled_channel(last: &ClosedMonth) -> Option<&str> {
    let first = last.cells.first()?;
    last.cells.iter().all(|cell| cell.channel == first.channel).then_some(first.channel.as_str())
}

fn reason_cell(scene: Scene<'_>, words: &str, n: u64, most: u64, room: usize) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let name_room = room.saturating_sub(19).min(34);
    let name = table::fit(words, name_room);
    let gap = name_room.saturating_sub(table::width(&name));
    let bar_room = room.saturating_sub(name_room + 9).min(40);
    let bar = bars::bar(bars::ratio(n, most), bar_room);
    let fill = room.saturating_sub(name_room + 9 + bar.chars().count());
    vec![
        Span::raw(format!(" {name}{} ", " ".repeat(gap))),
        Span::styled(format!("{:>6} ", texts.count(n)), theme.strong()),
        Span::styled(bar, theme.face(Face::Red)),
        Span::raw(" ".repeat(fill)),
    ]
}
