//! Parts that several panels share: titled rules, a share in its colour, a state in words.

use super::theme::{Face, Theme};
use super::{Scene, bars, table};
use crate::figures;
use faccina_proto::wire::officer::v1::{Beyond, Counts, Share, SummaryState};
use ratatui::text::{Line, Span};

/// A titled rule: ── Title ───────── 1–12 di 40 ──
pub(super) fn rule(title: &str, note: &str, width: u16, in_use: bool, theme: &Theme) -> Line<'static> {
    let style = if in_use { theme.accent() } else { theme.strong() };
    let marker = if in_use { "▸ " } else { "" };
    let note = if note.is_empty() { String::new() } else { format!(" {note} ") };
    let room = usize::from(width).saturating_sub(table::width(&note) + 7);
    let title = table::fit(&format!("{marker}{title}"), room);
    let fill = usize::from(width).saturating_sub(table::width(&title) + table::width(&note) + 6);
    Line::from(vec![
        Span::styled("── ", theme.quiet()),
        Span::styled(title, style),
        Span::styled(format!(" {}{note}──", "─".repeat(fill)), theme.quiet()),
    ])
}

/// The three faces, one bar each, with letter, shape and percentage; the interval where n asks for it.
pub(super) fn faces_block(
    scene: Scene<'_>,
    shares: [Option<&Share>; 3],
    counts: &Counts,
    width: u16,
) -> Vec<Line<'static>> {
    let Scene { texts, theme, .. } = scene;
    let n = figures::votes(counts);
    let always = width >= 90;
    let faces = [
        (Face::Green, "face-green", counts.green),
        (Face::Yellow, "face-yellow", counts.yellow),
        (Face::Red, "face-red", counts.red),
    ];
    let mut lines = Vec::with_capacity(3);
    for ((face, id, count), share) in faces.into_iter().zip(shares) {
        let said = figures::share(share, n, always, texts);
        let room = usize::from(width).saturating_sub(46);
        let bar = share.map_or_else(String::new, |share| bars::bar(share.value, room));
        lines.push(Line::from(vec![
            Span::styled(format!(" {} {:<8}", face.shape(), texts.say(id)), theme.face(face)),
            Span::raw(format!("{:>9}  ", texts.count(count))),
            Span::styled(format!("{said:<22}  "), theme.strong()),
            Span::styled(bar, theme.face(face)),
        ]));
    }
    lines
}

/// A share with its interval, in the colour of its face; the sign % stands in the column's title.
pub(super) fn share_cells(scene: Scene<'_>, share: Option<&Share>, face: Face) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let Some(share) = share else {
        return vec![Span::styled(texts.say("unknown"), theme.quiet())];
    };
    let mut spans = vec![Span::styled(figures::percent_bare(share.value, texts), theme.face(face))];
    if let Some(bounds) = &share.wilson {
        spans.push(Span::styled(format!(" {}", figures::interval(bounds, texts)), theme.quiet()));
    }
    spans
}

/// What became of a summary, with a mark and a word.
pub(super) fn state_cell(scene: Scene<'_>, state: SummaryState) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let (mark, id, style) = match state {
        SummaryState::Counted => ("✓", "summary-counted", theme.good()),
        SummaryState::Carried => ("→", "summary-carried", theme.quiet()),
        SummaryState::Refused => ("✗", "summary-refused", theme.alarm()),
        SummaryState::NotUnderstood => ("?", "summary-not-understood", theme.accent()),
        SummaryState::Forked => ("⑂", "summary-forked", theme.alarm()),
        SummaryState::Missing => ("!", "summary-missing", theme.alarm()),
        SummaryState::NotDue => ("·", "summary-not-due", theme.quiet()),
        SummaryState::Unspecified => ("?", "unknown", theme.quiet()),
    };
    vec![Span::styled(format!("{mark} {}", texts.say(id)), style)]
}

/// Where an ente stands among its peers: arrows, one beyond the 95 % limits and two beyond the 99.8 % ones,
/// and a word.
pub(super) fn beyond_cell(scene: Scene<'_>, beyond: Beyond) -> Vec<Span<'static>> {
    let Scene { texts, theme, .. } = scene;
    let (mark, id) = match beyond {
        Beyond::Unspecified => return vec![Span::styled("–", theme.quiet())],
        Beyond::Inside => {
            return vec![Span::styled(format!("·  {}", texts.say("place-inside")), theme.quiet())];
        }
        Beyond::Low95 => ("↓ ", "place-low"),
        Beyond::High95 => ("↑ ", "place-high"),
        Beyond::Low998 => ("↓↓", "place-low"),
        Beyond::High998 => ("↑↑", "place-high"),
    };
    let alarming = matches!(beyond, Beyond::Low998 | Beyond::High998);
    let style = if alarming { theme.strong() } else { ratatui::style::Style::new() };
    vec![Span::styled(format!("{mark} {}", texts.say(id)), style)]
}
