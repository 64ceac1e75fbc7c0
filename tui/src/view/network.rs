//! *Rete*: every member, how far its feed is here, whether it is connected, how long its key still lives.

use super::table::{self, Column, Table, cell};
use super::{Scene, WIDE_COLUMNS_MIN, bars, nothing_yet, placeholder, rule};
use crate::figures;
use faccina_proto::wire::officer::v1::{Member, NetworkReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// A key this far through its life should be renewed (percent; DESIGN: warn at 70 % of the year).
const KEY_LIFE_WARN_PERCENT: u32 = 70;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let Some(network) = &scene.model.network.data else {
        placeholder(frame, area, nothing_yet(&scene.model.network, scene.texts), scene.theme);
        return;
    };
    let [summary, list, detail] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(4), Constraint::Length(3)]).areas(area);
    frame.render_widget(summed_up(scene, network), summary);
    members(frame, list, scene, network);
    if let Some(member) = network.members.get(scene.model.lists.members.selected) {
        about(frame, detail, scene, member);
    }
}

fn summed_up(scene: Scene<'_>, network: &NetworkReply) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let members = u64::try_from(network.members.len()).unwrap_or(u64::MAX);
    let digest: String = network.digest.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    Line::from(vec![
        Span::raw(format!(" {}", texts.counted("n-members", members))),
        Span::styled(format!(" · {}", texts.counted("n-connected", network.connected.into())), theme.good()),
        Span::styled(format!("   {} {digest}", texts.say("digest")), theme.quiet()),
    ])
}

fn members(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, network: &NetworkReply) {
    let Scene { model, texts, theme } = scene;
    let wide = area.width >= WIDE_COLUMNS_MIN;
    let selected = model.lists.members.selected;
    let found = &network.members;
    let window = table::window(selected, found.len(), usize::from(area.height).saturating_sub(2));
    let position = table::position(&window, found.len(), texts);
    let mut columns = vec![
        Column::left(texts.say("column-member"), 0),
        Column::left(texts.say("column-role"), 12),
        Column::left(texts.say("column-link"), 8),
        Column::left(texts.say("column-feed"), 12),
        Column::right(texts.say("column-entries"), 6),
        Column::right(texts.say("column-last-entry"), 10),
        Column::left(texts.say("column-key"), 11),
    ];
    if wide {
        columns.push(Column::right(texts.say("column-key-until"), 10));
        columns.push(Column::left(texts.say("column-head-id"), 16));
        columns.push(Column::left(texts.say("column-version"), 10));
    }
    let table = Table::new(columns, area.width);
    let mut shown =
        vec![rule(&texts.say("members-title"), &position, area.width, true, theme), table.titles(theme)];
    for (index, member) in found.iter().enumerate().take(window.end).skip(window.start) {
        shown.push(table.row(row(scene, member, wide), index == selected, theme));
    }
    table::lines(frame, area, shown);
}

fn row(scene: Scene<'_>, member: &Member, wide: bool) -> Vec<Vec<Span<'static>>> {
    let Scene { texts, theme, .. } = scene;
    let mut row = vec![
        cell(figures::plain(&member.name)),
        cell(role(scene, &member.role)),
        link(scene, member),
        feed_state(scene, &member.state),
        cell(texts.count(member.head)),
        cell(figures::day(member.last_entry_day, texts)),
        key_life(scene, member.key_life_percent),
    ];
    if wide {
        row.push(cell(figures::day(member.key_valid_to_day, texts)));
        let id: String = member.head_id.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        row.push(vec![Span::styled(id, theme.quiet())]);
        row.push(cell(version(scene, member)));
    }
    row
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

fn feed_state(scene: Scene<'_>, state: &str) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    vec![match state {
        "ok" => Span::styled(format!("✓ {}", texts.say("feed-ok")), theme.good()),
        "forked" | "over-quota" | "revoked" => {
            Span::styled(format!("! {}", texts.say(&format!("feed-{state}"))), theme.alarm())
        }
        "left" => Span::styled(format!("· {}", texts.say("feed-left")), theme.quiet()),
        other => Span::raw(figures::plain(other)),
    }]
}

/// How much of the key's life is over: a bar, the figure, and a mark from the warning on.
fn key_life(scene: Scene<'_>, percent: Option<u32>) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let Some(percent) = percent else { return cell(texts.say("unknown")) };
    let warn = percent >= KEY_LIFE_WARN_PERCENT;
    let style = if warn { theme.alarm() } else { theme.good() };
    let bar = bars::bar(f64::from(percent) / 100.0, 4);
    let fill = " ".repeat(4_usize.saturating_sub(bar.chars().count()));
    let mark = if warn { "!" } else { " " };
    vec![Span::styled(bar, style), Span::raw(fill), Span::styled(format!("{percent:>4} %{mark}"), style)]
}

fn about(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, member: &Member) {
    let Scene { texts, theme, .. } = scene;
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
    let state = match member.state.as_str() {
        "ok" | "forked" | "over-quota" | "revoked" | "left" => {
            texts.say(&format!("feed-{}-why", member.state))
        }
        other => figures::plain(other),
    };
    let wide = usize::from(area.width);
    let lines = [
        title,
        Line::raw(table::fit(&format!(" {key}"), wide)),
        Line::styled(table::fit(&format!(" {state}"), wide), theme.quiet()),
    ];
    table::lines(frame, area, lines);
}

fn version(scene: Scene<'_>, member: &Member) -> String {
    if member.software_version.is_empty() {
        scene.texts.say("version-unknown")
    } else {
        figures::plain(&member.software_version)
    }
}
