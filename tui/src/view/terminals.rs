//! The terminals as a whole, in *Il mio ente*: whether they listen, which services are to be verified and why, which votes
//! were refused. Never which terminal.

use super::words::wrapped;
use super::{Scene, rule, table};
use crate::figures;
use crate::model::Focus;
use crate::names;
use faccina_proto::wire::officer::v1::{Check, Listening, MyEnteReply, RefusedVotes, ToVerify};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Code of a count that is known only to be small.
const FEWER_THAN_FIVE: u32 = 1;
/// Cells before a line that goes on.
const INDENT_CELLS: usize = 3;

/// "12 terminali, uno silenzioso; ascolto 9 decimi dell’orario". `and_marks` also says how many services are to be verified,
/// where the list of them is not in sight.
pub(super) fn listening(
    scene: Scene<'_>,
    mine: &MyEnteReply,
    columns: u16,
    and_marks: bool,
) -> Line<'static> {
    let Scene { texts, theme, .. } = scene;
    let Some(found) = &mine.listening else {
        return Line::styled(format!(" {}", texts.say("terminals-none")), theme.quiet());
    };
    let Listening { terminals, silent, wrong_clock, listened_tenths, .. } = *found;
    let mut shown = vec![Span::raw(format!(" {}", texts.counted("terminals-active", terminals.into())))];
    for (id, number) in [("terminals-silent", silent), ("terminals-wrong-clock", wrong_clock)] {
        if number > 0 {
            let words = texts.counted(id, number.into());
            shown.push(Span::styled(format!(", {words}"), theme.alarm()));
        }
    }
    let to_verify = u64::try_from(mine.to_verify.len()).unwrap_or(u64::MAX);
    if and_marks && to_verify > 0 {
        shown.push(Span::styled(format!("; {}", texts.counted("to-verify-some", to_verify)), theme.accent()));
    }
    let listened = listened_tenths.map_or_else(
        || texts.say("terminals-listened-unknown"),
        |tenths| texts.counted("terminals-listened", tenths.into()),
    );
    shown.push(Span::styled(format!("; {listened}"), theme.quiet()));
    clipped(shown, usize::from(columns))
}

/// Services to be verified with the reasons, then refused votes with theirs; what no terminal has said yet is not known.
pub(super) fn to_verify(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, mine: &MyEnteReply) {
    let Scene { model, texts, theme } = scene;
    let width = usize::from(area.width);
    let mut lines = Vec::new();
    for one in &mine.to_verify {
        let words = marked(scene, one);
        lines.extend(hanging("▲ ", &words, width).map(|line| Line::styled(line, theme.accent())));
    }
    let quiet = |words: String| Line::styled(format!("  {words}"), theme.quiet());
    if mine.to_verify.is_empty() {
        lines.push(quiet(texts.say(if mine.reported { "to-verify-nothing" } else { "not-known-yet" })));
    }
    lines.push(Line::styled(format!(" {}", texts.say("refused-title")), theme.strong()));
    for one in &mine.refused {
        lines.extend(hanging("  ", &refused(scene, one), width).map(Line::raw));
    }
    let (heard, terminals) = mine.listening.map_or((0, 0), |found| (found.heard, found.terminals));
    if mine.refused.is_empty() {
        lines.push(quiet(texts.say(if heard > 0 { "refused-nothing" } else { "not-known-yet" })));
    }
    if heard > 0 && heard < terminals {
        let values =
            [("heard", texts.count(heard.into()).into()), ("n", texts.count(terminals.into()).into())];
        lines.push(quiet(texts.say_with("refused-heard", &values)));
    }
    let rows = usize::from(area.height).saturating_sub(1);
    let first = model.lists.to_verify.selected.min(lines.len().saturating_sub(rows));
    let window = first..lines.len().min(first + rows);
    let title = rule(
        &texts.say("to-verify-title"),
        &table::position(&window, lines.len(), texts),
        area.width,
        model.lists.my_ente_focus == Focus::Third,
        theme,
    );
    table::lines(frame, area, std::iter::once(title).chain(lines.into_iter().skip(first)));
}

/// "Anagrafe e stato civile, maggio 2026: troppi voti in un minuto; voti fuori dall'orario di apertura".
fn marked(scene: Scene<'_>, one: &ToVerify) -> String {
    let Scene { model, texts, .. } = scene;
    let checks: Vec<String> = one.checks().map(|check| texts.say(word(check))).collect();
    let service = names::service(model.about.data.as_ref(), &one.service, texts);
    format!("{service}, {}: {}", figures::month(one.month, texts), checks.join("; "))
}

fn word(check: Check) -> &'static str {
    match check {
        Check::OutsideHours => "check-outside-hours",
        Check::OverServed => "check-over-served",
        Check::ShortGaps => "check-short-gaps",
        Check::Burst => "check-burst",
        Check::EndLoading => "check-end-loading",
        Check::FastGreens => "check-fast-greens",
        Check::Participation => "check-participation",
        // A newer node knows more of them.
        Check::Unspecified => "check-other",
    }
}

/// "invito già usato: meno di 5".
fn refused(scene: Scene<'_>, one: &RefusedVotes) -> String {
    let texts = scene.texts;
    let votes = match one.votes {
        FEWER_THAN_FIVE => texts.say("fewer-than-five"),
        votes => texts.say_with("at-least", &[("n", texts.count(votes.into()).into())]),
    };
    format!("{}: {votes}", figures::plain(&texts.choose(&one.it, &one.en)))
}

fn hanging(mark: &'static str, words: &str, width: usize) -> impl Iterator<Item = String> {
    let lines = wrapped(words, width.saturating_sub(INDENT_CELLS)).into_iter().enumerate();
    lines.map(move |(index, line)| {
        let lead = if index == 0 { mark } else { "  " };
        format!(" {lead}{line}")
    })
}

/// The line, cut where there is no room.
fn clipped(spans: Vec<Span<'static>>, columns: usize) -> Line<'static> {
    let mut room = columns;
    let mut cut = Vec::new();
    for span in spans {
        let whole = table::width(&span.content) <= room;
        let words = table::fit(&span.content, room);
        room = room.saturating_sub(table::width(&words));
        cut.push(Span::styled(words, span.style));
        if !whole {
            break;
        }
    }
    Line::from(cut)
}
