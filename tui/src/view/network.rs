//! *Rete*: every member, those to look at first: whether it keeps up with its months, whether its feed is sound, whether
//! it is connected, how long its key still lives, and what DFP can do.

use super::table::{self, Column, Table, cell};
use super::{Scene, WIDE_COLUMNS_MIN, bars, nothing_yet, placeholder, rule, words};
use crate::attention::{Condition, conditions};
use crate::figures;
use faccina_proto::wire::officer::v1::{Delivery, Member, NetworkReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Lines of the panel about the member under the cursor.
const ABOUT_ROWS: u16 = 6;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let model = scene.model;
    let Some(network) = &model.network.data else {
        placeholder(frame, area, nothing_yet(&model.network, scene.texts), scene.theme);
        return;
    };
    let [summary, counts, list, detail] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(4),
        Constraint::Length(ABOUT_ROWS),
    ])
    .areas(area);
    frame.render_widget(summed_up(scene, network), summary);
    frame.render_widget(counted(scene, network, counts.width), counts);
    members(frame, list, scene, network);
    if let Some(member) = model.member() {
        about(frame, detail, scene, member);
    }
}

fn summed_up(scene: Scene<'_>, network: &NetworkReply) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let members = u64::try_from(network.members.len()).unwrap_or(u64::MAX);
    let digest: String = network.digest.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    let mut spans = vec![
        Span::raw(format!(" {}", texts.counted("n-members", members))),
        Span::styled(format!(" · {}", texts.counted("n-connected", network.connected.into())), theme.good()),
        Span::styled(format!("   {} {digest}", texts.say("digest")), theme.quiet()),
    ];
    if let Some(condition) = &model.members.condition {
        spans.push(Span::styled(
            format!(" · {}", texts.say(&format!("condition-{condition}"))),
            theme.accent(),
        ));
    }
    if !model.members.text.is_empty() {
        spans.push(Span::styled(format!(" · «{}»", figures::plain(&model.members.text)), theme.accent()));
    }
    Line::from(spans)
}

/// "3 in ritardo, 1 silenzioso, 1 sdoppiato"; only what there is.
fn counted(scene: Scene<'_>, network: &NetworkReply, width: u16) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let Some(counts) = &network.counts else { return Line::default() };
    let parts = [
        (counts.late, "count-late"),
        (counts.silent, "count-silent"),
        (counts.never, "count-never"),
        (counts.forked, "count-split"),
        (counts.over_quota, "count-over-quota"),
        (counts.revoked, "count-revoked"),
        (counts.unusable, "count-unusable"),
        (counts.keys, "count-keys"),
    ];
    let said: Vec<String> =
        parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, id)| texts.counted(id, n.into())).collect();
    let wide = usize::from(width);
    if said.is_empty() {
        Line::styled(table::fit(&format!(" ✓ {}", texts.say("nothing-to-look-at")), wide), theme.good())
    } else {
        Line::styled(table::fit(&format!(" ! {}", said.join(", ")), wide), theme.alarm())
    }
}

fn members(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, network: &NetworkReply) {
    let Scene { model, texts, theme } = scene;
    let wide = area.width >= WIDE_COLUMNS_MIN;
    let selected = model.lists.members.selected;
    let found = &model.member_rows;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, found.len(), texts);
    let mut columns = vec![
        Column::left(texts.say("column-member"), 0),
        Column::left(texts.say("column-state"), 17),
        Column::left(texts.say("column-last-month"), 14),
        Column::left(texts.say("column-link"), 8),
        Column::left(texts.say("column-key"), 11),
    ];
    if wide {
        columns.push(Column::left(texts.say("column-role"), 12));
        columns.push(Column::right(texts.say("column-entries"), 6));
        columns.push(Column::right(texts.say("column-last-entry"), 10));
        columns.push(Column::left(texts.say("column-version"), 10));
    }
    let table = Table::new(columns, area.width);
    let mut shown =
        vec![rule(&texts.say("members-title"), &position, area.width, true, theme), table.titles(theme)];
    for (place, index) in found.iter().enumerate().take(window.end).skip(window.start) {
        let Some(member) = network.members.get(*index) else { continue };
        shown.push(table.row(row(scene, member, wide), place == selected, theme));
    }
    if found.is_empty() {
        shown.push(Line::styled(format!("  {}", texts.say("no-member-here")), theme.quiet()));
    }
    table::lines(frame, area, shown);
}

fn row(scene: Scene<'_>, member: &Member, wide: bool) -> Vec<Vec<Span<'static>>> {
    let Scene { texts, .. } = scene;
    let last = match (member.delivery(), member.last_month) {
        (Delivery::Unspecified, _) => String::new(),
        (_, 0) => texts.say("unknown"),
        (_, month) => figures::month(month, texts),
    };
    let mut row = vec![
        cell(figures::plain(&member.name)),
        state(scene, member),
        cell(last),
        link(scene, member),
        key_life(scene, member),
    ];
    if wide {
        row.push(cell(role(scene, &member.role)));
        row.push(cell(texts.count(member.head)));
        row.push(cell(figures::day(member.last_entry_day, texts)));
        row.push(cell(version(scene, member)));
    }
    row
}

/// What weighs most; a late ente with its days, a silent one with its months.
fn state(scene: Scene<'_>, member: &Member) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let Some(first) = conditions(member).first().copied() else { return cell(String::new()) };
    let said = texts.say(&format!("condition-{}", first.slug()));
    let said = match first {
        Condition::Late => format!("{said} {}", texts.counted("short-days", member.late_days.into())),
        Condition::Silent => {
            format!("{said} {}", texts.counted("short-months", member.missing_months.into()))
        }
        Condition::Forked
        | Condition::Revoked
        | Condition::OverQuota
        | Condition::Never
        | Condition::Unusable
        | Condition::Key
        | Condition::Fine
        | Condition::Left => said,
    };
    vec![match first {
        Condition::Fine => Span::styled(format!("✓ {said}"), theme.good()),
        Condition::Left => Span::styled(format!("· {said}"), theme.quiet()),
        Condition::Forked
        | Condition::Revoked
        | Condition::OverQuota
        | Condition::Silent
        | Condition::Never
        | Condition::Late
        | Condition::Unusable
        | Condition::Key => Span::styled(format!("! {said}"), theme.alarm()),
    }]
}

fn link(scene: Scene<'_>, member: &Member) -> Vec<Span<'static>> {
    let Scene { model, texts, theme } = scene;
    let itself = model.about.data.as_ref().is_some_and(|about| about.ipa_code == member.ipa_code);
    vec![match (itself, member.connected) {
        (true, _) => Span::styled(format!("◆ {}", texts.say("link-itself")), theme.accent()),
        (false, true) => Span::styled(format!("● {}", texts.say("yes")), theme.good()),
        (false, false) => Span::styled(format!("○ {}", texts.say("no")), theme.quiet()),
    }]
}

fn role(scene: Scene<'_>, role: &str) -> String {
    match role {
        "ente" | "observer" | "hub" => scene.texts.say(&format!("role-{role}")),
        other => figures::plain(other),
    }
}

/// How much of the key's life is over: a bar, the figure, and a mark once it is to be renewed.
fn key_life(scene: Scene<'_>, member: &Member) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let Some(percent) = member.key_life_percent else { return cell(texts.say("unknown")) };
    let style = if member.key_ageing { theme.alarm() } else { theme.good() };
    let bar = bars::bar(f64::from(percent) / 100.0, 4);
    let fill = " ".repeat(4_usize.saturating_sub(bar.chars().count()));
    let mark = if member.key_ageing { "!" } else { " " };
    vec![Span::styled(bar, style), Span::raw(fill), Span::styled(format!("{percent:>4} %{mark}"), style)]
}

/// The member under the cursor: its months, its key, and for each thing to look at what can be done.
fn about(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, member: &Member) {
    let Scene { texts, theme, .. } = scene;
    let wide = usize::from(area.width);
    let title =
        rule(&figures::plain(&member.name), &figures::plain(&member.ipa_code), area.width, false, theme);
    let key = texts.say_with(
        "key-until",
        &[
            ("day", figures::day(member.key_valid_to_day, texts).into()),
            ("head", texts.count(member.head).into()),
            ("version", version(scene, member).into()),
        ],
    );
    let said = |words: &str, style| {
        let lines = words::wrapped(words, wide.saturating_sub(2));
        lines.into_iter().map(move |line| Line::styled(format!(" {line}"), style)).collect::<Vec<_>>()
    };
    let mut lines = vec![title];
    lines.extend(said(&months(scene, member), Style::new()));
    lines.extend(said(&key, theme.quiet()));
    for condition in conditions(member) {
        let why = texts.say(&format!("condition-{}-why", condition.slug()));
        let style = if condition.alarms() { theme.alarm() } else { theme.quiet() };
        lines.extend(said(&why, style));
    }
    table::lines(frame, area, words::first(usize::from(area.height), lines, wide));
}

/// How the member stands with its months, in a sentence.
fn months(scene: Scene<'_>, member: &Member) -> String {
    let texts = scene.texts;
    let last = match member.last_month {
        0 => texts.say("unknown"),
        month => figures::month(month, texts),
    };
    let values = [
        ("last", last.into()),
        ("day", figures::day(member.last_month_day, texts).into()),
        ("due", figures::month(member.due_month, texts).into()),
        ("since", figures::month(member.missing_since_month, texts).into()),
        ("days", member.late_days.into()),
        ("months", member.missing_months.into()),
    ];
    let id = match member.delivery() {
        Delivery::Unspecified => "delivery-none",
        Delivery::NotDue => "delivery-not-due",
        Delivery::InTime if member.last_month == 0 => "delivery-unusable",
        Delivery::InTime if member.late_days > 0 => "delivery-came-late",
        Delivery::InTime => "delivery-in-time",
        Delivery::Late => "delivery-late",
        Delivery::Silent => "delivery-silent",
        Delivery::Never => "delivery-never",
    };
    texts.say_with(id, &values)
}

/// What it runs, else what made its last summary.
fn version(scene: Scene<'_>, member: &Member) -> String {
    let known = [&member.running_version, &member.software_version];
    match known.into_iter().find(|version| !version.is_empty()) {
        Some(version) => figures::plain(version),
        None => scene.texts.say("version-unknown"),
    }
}
