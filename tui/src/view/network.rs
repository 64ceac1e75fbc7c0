//! *Rete*: how far the federation is from its targets, and every member, those to look at first: whether it keeps up with
//! its months, whether its feed is sound, whether it is connected, how long its key still lives, and what DFP can do.

use super::table::{self, Column, Table, cell};
use super::{Scene, WIDE_COLUMNS_MIN, bars, member, nothing_yet, placeholder, rule};
use crate::attention::Condition;
use crate::figures;
use faccina_proto::wire::officer::v1::{AdhesionReply, Delivery, Member, NetworkReply};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Lines of the panel about the member under the cursor; on a large screen more of it is read.
const ABOUT_ROWS: u16 = 6;
const ABOUT_ROWS_MAX: u16 = 9;
/// From here on the panel has all its lines (rows of the screen's own part).
const ROOMY_ROWS_MIN: u16 = 26;
/// Cells of the bar beside a target.
const TARGET_BAR: usize = 10;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let model = scene.model;
    let Some(network) = &model.network.data else {
        placeholder(frame, area, nothing_yet(&model.network, scene.texts), scene.theme);
        return;
    };
    let about = if area.height >= ROOMY_ROWS_MIN { ABOUT_ROWS_MAX } else { ABOUT_ROWS };
    let [summary, targets, counts, list, detail] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(4),
        Constraint::Length(about),
    ])
    .areas(area);
    frame.render_widget(summed_up(scene, network), summary);
    frame.render_widget(adhesion(scene, usize::from(targets.width)), targets);
    frame.render_widget(counted(scene, network, counts.width), counts);
    members(frame, list, scene, network);
    if let Some(under) = model.member() {
        member::about(frame, detail, scene, under);
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

/// "adesione 87 enti su 100 ███▌ · 214 servizi su 300 ██▊ · 3 enti da sollecitare".
fn adhesion(scene: Scene<'_>, width: usize) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let mut spans = vec![Span::styled(format!(" {} ", texts.say("adhesion")), theme.quiet())];
    let Some(reply) = &model.adhesion.data else {
        spans.push(Span::styled(nothing_yet(&model.adhesion, texts), theme.quiet()));
        return Line::from(spans);
    };
    let AdhesionReply { enti, services, enti_target, services_target, latecomers, .. } = reply;
    for (id, reached, target) in
        [("adhesion-enti", enti, enti_target), ("adhesion-services", services, services_target)]
    {
        let bar = if width >= usize::from(WIDE_COLUMNS_MIN) { TARGET_BAR } else { 0 };
        spans.extend(towards(scene, id, (*reached, *target), bar));
        spans.push(Span::styled(" · ", theme.quiet()));
    }
    let late = u64::try_from(latecomers.len()).unwrap_or(u64::MAX);
    let (said, style) = match late {
        0 => (format!("✓ {}", texts.say("nobody-owes")), theme.good()),
        late => (format!("! {}", texts.counted("count-owing", late)), theme.alarm()),
    };
    let taken: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::styled(table::fit(&said, width.saturating_sub(taken)), style));
    Line::from(spans)
}

/// What is reached, and of what target where there is one.
fn towards(
    scene: Scene<'_>,
    id: &str,
    (reached, target): (u32, Option<u32>),
    bar: usize,
) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let said = texts.counted(id, reached.into());
    let Some(target) = target else { return vec![Span::styled(said, theme.strong())] };
    let said = texts
        .say_with("adhesion-of", &[("reached", said.into()), ("target", texts.count(target.into()).into())]);
    let mut spans = vec![Span::styled(said, theme.strong())];
    if bar > 0 {
        let filled = bars::bar(bars::ratio(reached.into(), target.into()).min(1.0), bar);
        spans.push(Span::styled(format!(" {filled}"), theme.good()));
    }
    spans
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
        (counts.behind, "count-behind"),
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
        row.push(cell(member::role(scene, member)));
        row.push(cell(texts.count(member.head)));
        row.push(cell(figures::day(member.last_entry_day, texts)));
        row.push(cell(member::version(scene, member)));
    }
    row
}

/// What weighs most; a late ente with its days, a silent one with its months.
fn state(scene: Scene<'_>, member: &Member) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let Some(first) = member::conditions(scene, member).first().copied() else { return cell(String::new()) };
    let said = texts.say(&format!("condition-{}", first.slug()));
    let said = match first {
        Condition::Late => format!("{said} {}", texts.counted("short-days", member.late_days.into())),
        Condition::Silent => {
            format!("{said} {}", texts.counted("short-months", member.missing_months.into()))
        }
        Condition::Behind => format!("{said} {}", texts.counted("short-hours", member.behind_hours.into())),
        Condition::Forked
        | Condition::Revoked
        | Condition::OverQuota
        | Condition::Never
        | Condition::Unusable
        | Condition::Key
        | Condition::Owing
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
        | Condition::Behind
        | Condition::Key
        | Condition::Owing => Span::styled(format!("! {said}"), theme.alarm()),
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
