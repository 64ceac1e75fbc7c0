//! One member of the network: below the list in a few lines, and as a card with all that is known of it, what DFP can do
//! and, for DFP, the message that reminds it of what it owes.

use super::{Scene, centred, frame_of, rule, table, words};
use crate::attention::{self, Condition};
use crate::figures;
use crate::sheet;
use crate::ties;
use faccina_proto::wire::officer::v1::{Delivery, Member, ReminderReply};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Text};
use ratatui::widgets::{Clear, Paragraph};

/// All that holds of a member, what weighs most first.
pub(super) fn conditions(scene: Scene<'_>, member: &Member) -> Vec<Condition> {
    attention::conditions(member, scene.model.latecomer(&member.ipa_code).is_some())
}

pub(super) fn role(scene: Scene<'_>, member: &Member) -> String {
    match member.role.as_str() {
        role @ ("ente" | "observer" | "hub") => scene.texts.say(&format!("role-{role}")),
        other => figures::plain(other),
    }
}

/// What it runs, else what made its last summary.
pub(super) fn version(scene: Scene<'_>, member: &Member) -> String {
    let known = [&member.running_version, &member.software_version];
    match known.into_iter().find(|version| !version.is_empty()) {
        Some(version) => figures::plain(version),
        None => scene.texts.say("version-unknown"),
    }
}

/// The member under the cursor: its months, for each thing to look at what can be done, its ties, its key.
pub(super) fn about(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, member: &Member) {
    let theme = scene.theme;
    let wide = usize::from(area.width);
    let title =
        rule(&figures::plain(&member.name), &figures::plain(&member.ipa_code), area.width, false, theme);
    let mut card = Card { lines: vec![title], room: wide.saturating_sub(2), mark: " " };
    card.say(&months(scene, member), Style::new());
    for condition in conditions(scene, member) {
        let style = if condition.alarms() { theme.alarm() } else { theme.quiet() };
        card.say(&scene.texts.say(&format!("condition-{}-why", condition.slug())), style);
    }
    for tie in tied(scene, member) {
        card.say(&tie, Style::new());
    }
    card.say(&key(scene, member), theme.quiet());
    table::lines(frame, area, words::first(usize::from(area.height), card.lines, wide));
}

/// The card of a member over the screen. A member that has gone from the roster leaves an empty one.
pub(super) fn card(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, code: &str, scroll: u16) {
    let Scene { model, texts, .. } = scene;
    let place = centred(area, area.width.saturating_sub(4).min(110), area.height.saturating_sub(2));
    let room = usize::from(place.width.saturating_sub(4));
    let (title, lines) = match model.member_of(code) {
        Some(member) => (figures::plain(&member.name), read(scene, member, room)),
        None => (figures::plain(code), vec![Line::raw(texts.say("nothing-matches"))]),
    };
    let rows = usize::from(place.height.saturating_sub(2));
    let last = lines.len().saturating_sub(rows);
    let mut keys = vec!["card-foot"];
    keys.extend((last > 0).then_some("card-foot-more"));
    keys.extend(model.reminder_of(code).and_then(Result::ok).map(|_| "card-foot-reminder"));
    let foot = keys.into_iter().map(|id| texts.say(id)).collect::<Vec<_>>().join(" · ");
    let shown: Vec<Line<'static>> =
        lines.into_iter().skip(usize::from(scroll).min(last)).take(rows).collect();
    frame.render_widget(Clear, place);
    let title = table::fit(&title, room);
    frame.render_widget(Paragraph::new(Text::from(shown)).block(frame_of(scene, title, foot)), place);
}

/// Lines, each wrapped.
struct Card {
    lines: Vec<Line<'static>>,
    room: usize,
    mark: &'static str,
}

impl Card {
    fn say(&mut self, words: &str, style: Style) {
        let wrapped = words::wrapped(words, self.room);
        self.lines
            .extend(wrapped.into_iter().map(|line| Line::styled(format!("{}{line}", self.mark), style)));
    }

    /// A heading with what stands below it; nothing where there is nothing.
    fn part(&mut self, scene: Scene<'_>, heading: &str, said: &[(String, Style)]) {
        if said.is_empty() {
            return;
        }
        self.lines.push(Line::default());
        self.lines.push(Line::styled(scene.texts.say(heading), scene.theme.accent()));
        for (words, style) in said {
            self.say(words, *style);
        }
    }

    /// Who it goes to, its subject, and the text as it will be saved.
    fn reminder(&mut self, scene: Scene<'_>, reminder: &ReminderReply) {
        let quiet = scene.theme.quiet();
        let head = sheet::addressed(reminder, scene.texts).map(|line| (line, quiet));
        self.part(scene, "card-reminder", &head);
        self.lines.push(Line::default());
        self.lines.extend(words::paragraphs(&reminder.text, self.room).into_iter().map(Line::raw));
    }
}

fn read(scene: Scene<'_>, member: &Member, room: usize) -> Vec<Line<'static>> {
    let Scene { model, texts, theme } = scene;
    let plain = |words: String| (words, Style::new());
    let mut card = Card { lines: Vec::new(), room, mark: "" };
    let mut known = vec![figures::plain(&member.ipa_code), role(scene, member)];
    known.extend((!member.mailbox.is_empty()).then(|| figures::plain(&member.mailbox)));
    card.say(&known.join(" · "), theme.quiet());
    let what = |condition: &Condition| {
        let (slug, mark) = (condition.slug(), if condition.alarms() { "!" } else { "·" });
        let (name, why) =
            (texts.say(&format!("condition-{slug}")), texts.say(&format!("condition-{slug}-why")));
        let style = if condition.alarms() { theme.alarm() } else { theme.good() };
        (format!("{mark} {name}: {why}"), style)
    };
    card.part(scene, "card-state", &conditions(scene, member).iter().map(what).collect::<Vec<_>>());
    let late = model.latecomer(&member.ipa_code);
    let lacks = late.iter().flat_map(|late| &late.lacks);
    let lacks: Vec<_> = lacks.map(|lack| plain(format!("– {}", texts.choose(&lack.it, &lack.en)))).collect();
    card.part(scene, "card-lacks", &lacks);
    let mut said = vec![plain(months(scene, member))];
    if member.refused > 0 || member.not_understood > 0 {
        let values = [("refused", member.refused.into()), ("not-understood", member.not_understood.into())];
        said.push(plain(texts.say_with("card-unusable", &values)));
    }
    card.part(scene, "card-months", &said);
    card.part(scene, "card-ties", &tied(scene, member).into_iter().map(plain).collect::<Vec<_>>());
    card.part(scene, "card-node", &node(scene, member).into_iter().map(plain).collect::<Vec<_>>());
    match model.reminder_of(&member.ipa_code) {
        Some(Ok(reminder)) => card.reminder(scene, reminder),
        Some(Err(reason)) => {
            let refused = texts.say_with("refused-by-node", &[("reason", figures::plain(reason).into())]);
            card.part(scene, "card-reminder", &[(refused, theme.alarm())]);
        }
        None => {}
    }
    card.lines
}

fn tied(scene: Scene<'_>, member: &Member) -> Vec<String> {
    let Scene { model, texts, .. } = scene;
    let network = model.network.data.as_ref();
    network.map_or_else(Vec::new, |network| {
        ties::sentences(network, model.about.data.as_ref(), &member.ipa_code, texts)
    })
}

/// Connection, entries, versions, key.
fn node(scene: Scene<'_>, member: &Member) -> Vec<String> {
    let texts = scene.texts;
    let itself = member.ipa_code == scene.model.own_code();
    let link = match (itself, member.connected) {
        (true, _) => "card-itself",
        (false, true) => "card-connected",
        (false, false) => "card-apart",
    };
    let entries = match member.head {
        0 => texts.say("card-no-entries"),
        head => {
            let day = figures::day(member.last_entry_day, texts);
            let count = texts.count(head);
            texts
                .say_with("card-entries", &[("n", head.into()), ("count", count.into()), ("day", day.into())])
        }
    };
    let mut said = vec![texts.say(link)];
    if member.behind_hours > 0 {
        let values = [("hours", member.behind_hours.into()), ("root", member.behind_root_entries.into())];
        said.push(texts.say_with("card-behind", &values));
    }
    said.push(entries);
    if !member.running_version.is_empty() {
        let version = figures::plain(&member.running_version);
        said.push(texts.say_with("card-running", &[("version", version.into())]));
    }
    if let Some(rules) = member.rules_version {
        let version = figures::plain(&member.software_version);
        said.push(texts.say_with("card-closed", &[("version", version.into()), ("rules", rules.into())]));
    }
    said.push(key(scene, member));
    said
}

/// Until when the transport key holds.
fn key(scene: Scene<'_>, member: &Member) -> String {
    let texts = scene.texts;
    let day = ("day", figures::day(member.key_valid_to_day, texts).into());
    match member.key_days_left {
        None => texts.say("card-key-unknown"),
        Some(days) if days < 0 => {
            texts.say_with("card-key-expired", &[day, ("days", days.unsigned_abs().into())])
        }
        Some(days) => texts.say_with("card-key", &[day, ("days", days.into())]),
    }
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
