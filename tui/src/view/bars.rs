//! Bars in eighths of a cell, stacked faces, and intervals on a line.

use super::theme::{Face, Theme};
use crate::figures;
use faccina_proto::wire::officer::v1::{Counts, Interval};
use ratatui::text::Span;

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar for a fraction of `width` cells, in eighths; what is above zero is never invisible.
#[must_use]
pub(super) fn bar(fraction: f64, width: usize) -> String {
    let eighths = eighths(fraction, width);
    let eighths = if eighths == 0 && fraction > 0.0 { 1 } else { eighths };
    let partial = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{partial}", "█".repeat(eighths / 8))
}

/// The three faces in one bar of exactly `width` cells: solid, light and dense texture, so that the parts
/// differ without colour. Only the end of the green part is drawn in eighths.
#[must_use]
pub(super) fn faces(counts: &Counts, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let n = figures::votes(counts);
    if n == 0 {
        return vec![Span::styled("·".repeat(width), theme.quiet())];
    }
    let red = cells(counts.red, n, width);
    let yellow = cells(counts.yellow, n, width.saturating_sub(red));
    let green_room = width.saturating_sub(red + yellow);
    // Cells left over belong to green, which ends where its share ends.
    let green = bar(ratio(counts.green, n) * as_f64(width) / as_f64(green_room.max(1)), green_room);
    let blank = green_room.saturating_sub(green.chars().count());
    vec![
        Span::styled(green, theme.face(Face::Green)),
        Span::styled(Face::Yellow.texture().repeat(yellow + blank), theme.face(Face::Yellow)),
        Span::styled(Face::Red.texture().repeat(red), theme.face(Face::Red)),
    ]
}

/// A share with its interval on a line from `low` to `high`: ──├──●──┤──
#[must_use]
pub(super) fn whisker(
    value: f64,
    bounds: Option<&Interval>,
    scale: (f64, f64),
    width: usize,
    theme: &Theme,
) -> Vec<Span<'static>> {
    let mut line: Vec<(&'static str, bool)> = vec![("·", false); width];
    let place = |x: f64| place(x, scale, width);
    if scale.0 < 0.0 && scale.1 > 0.0 {
        put(&mut line, place(0.0), "│", false);
    }
    if let Some(bounds) = bounds {
        let (low, high) = (place(bounds.low), place(bounds.high));
        for cell in low..=high {
            put(&mut line, cell, "─", true);
        }
        put(&mut line, low, "├", true);
        put(&mut line, high, "┤", true);
    }
    put(&mut line, place(value), "●", true);
    line.into_iter()
        .map(|(symbol, inked)| Span::styled(symbol, if inked { theme.accent() } else { theme.quiet() }))
        .collect()
}

fn put(line: &mut [(&'static str, bool)], cell: usize, symbol: &'static str, inked: bool) {
    if let Some(at) = line.get_mut(cell) {
        *at = (symbol, inked);
    }
}

/// A count's share of a total.
#[must_use]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { precise(part) / precise(whole) }
}

#[expect(clippy::cast_precision_loss, reason = "a bar has some hundred cells; counts below 2^53 are exact")]
fn precise(n: u64) -> f64 {
    n as f64
}

/// A number of cells or dots as a factor.
#[expect(clippy::cast_precision_loss, reason = "a width is below 65536")]
#[must_use]
pub(super) fn as_f64(width: usize) -> f64 {
    width as f64
}

fn cells(part: u64, whole: u64, width: usize) -> usize {
    rounded(ratio(part, whole.max(1)) * as_f64(width), width)
}

fn eighths(fraction: f64, width: usize) -> usize {
    rounded(fraction * as_f64(width) * 8.0, width * 8)
}

fn place(x: f64, (low, high): (f64, f64), width: usize) -> usize {
    let last = width.saturating_sub(1);
    rounded((x - low) / (high - low) * as_f64(last), last)
}

/// The nearest whole number from 0 to `max`; what is no number is 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the width of a screen just before"
)]
#[must_use]
pub(super) fn rounded(value: f64, max: usize) -> usize {
    value.round().clamp(0.0, as_f64(max)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(spans: &[Span<'_>]) -> String {
        spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn bars_grow_in_eighths_and_never_beyond() {
        assert_eq!(bar(0.0, 10), "");
        assert_eq!(bar(0.5, 1), "▌");
        assert_eq!(bar(0.000_1, 10), "▏", "a little is not nothing");
        assert_eq!(bar(1.0, 3), "███");
        assert_eq!(bar(7.0, 3), "███");
        assert_eq!(bar(f64::NAN, 3), "");
    }

    #[test]
    fn stacked_faces_fill_their_width_exactly() {
        let theme = Theme::new(true);
        for (green, yellow, red) in [(97, 2, 1), (0, 0, 1), (1, 1, 1), (0, 5, 0), (333, 333, 334), (1, 0, 0)]
        {
            let drawn = faces(&Counts { green, yellow, red }, 16, &theme);
            assert_eq!(text(&drawn).chars().count(), 16, "{green} {yellow} {red}");
        }
        assert_eq!(text(&faces(&Counts::default(), 4, &theme)), "····", "no votes are no bar");
        assert_eq!(text(&faces(&Counts { green: 2, yellow: 1, red: 1 }, 8, &theme)), "████░░▓▓");
    }

    #[test]
    fn a_whisker_stays_inside_its_line() {
        let theme = Theme::new(false);
        let bounds = Interval { low: -5.0, high: 9.0 };
        assert_eq!(text(&whisker(0.5, Some(&bounds), (0.0, 1.0), 9, &theme)), "├───●───┤");
        assert_eq!(text(&whisker(0.25, None, (-0.5, 0.5), 5, &theme)), "··│●·".to_owned());
        assert_eq!(text(&whisker(f64::NAN, None, (0.0, 1.0), 3, &theme)), "●··");
        assert_eq!(text(&whisker(0.1, None, (0.0, 1.0), 0, &theme)), "");
    }
}
