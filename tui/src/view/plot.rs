//! Points and lines in braille dots inside labelled axes: for the funnel and for series of months.

use super::theme::Theme;
use super::{bars, table};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::canvas::{Canvas, Points};

/// Dots that a braille cell has from left to right.
const DOTS_ACROSS: usize = 2;
/// Samples of a line for each dot across, so that its steep parts have no holes.
const SAMPLES_PER_DOT: usize = 8;

/// One axis: what it spans, and where it is labelled.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// The cell of a value among `cells`; `None` outside.
    fn cell(&self, value: f64, cells: u16) -> Option<u16> {
        let inside = (self.low..=self.high).contains(&value) && self.high > self.low;
        let place = (value - self.low) / (self.high - self.low) * f64::from(cells.saturating_sub(1));
        inside.then(|| cell_of(place, cells))
    }
}

fn cell_of(place: f64, cells: u16) -> u16 {
    let last = usize::from(cells.saturating_sub(1));
    u16::try_from(bars::rounded(place, last)).unwrap_or(cells)
}

/// How a line is dotted: dots drawn and dots left out, in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dotted {
    pub(super) drawn: usize,
    pub(super) left_out: usize,
}

/// Without holes.
pub(super) const SOLID: Dotted = Dotted { drawn: 1, left_out: 0 };

/// A line through points ascending in x.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) dotted: Dotted,
    pub(super) colour: Color,
}

/// What is drawn, in this order: the crowd, the curves over it, the marks over both.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plot {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) crowd: Vec<(f64, f64)>,
    pub(super) curves: Vec<Curve>,
    pub(super) marks: Vec<(f64, f64, Span<'static>)>,
}

/// Draws axes and all within; nothing where there is no room.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, plot: &Plot, theme: &Theme) {
    let labels = plot.y.ticks.iter().map(|(_, label)| table::width(label)).max().unwrap_or(0);
    let Ok(left) = u16::try_from(labels + 1) else { return };
    if area.width < left + 8 || area.height < 4 {
        return;
    }
    let inner =
        Rect { x: area.x + left + 1, y: area.y, width: area.width - left - 1, height: area.height - 2 };
    y_axis(frame, area, inner, &plot.y, labels, theme);
    x_axis(frame, area, inner, &plot.x, theme);
    let dots = usize::from(inner.width) * DOTS_ACROSS;
    let canvas = Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([plot.x.low, plot.x.high])
        .y_bounds([plot.y.low, plot.y.high])
        .paint(|context| {
            context.draw(&Points::new(&plot.crowd, theme.crowd()));
            for curve in &plot.curves {
                context.draw(&Points::new(&sampled(curve, &plot.x, dots), curve.colour));
            }
            for (x, y, mark) in &plot.marks {
                context.print(*x, *y, mark.clone());
            }
        });
    frame.render_widget(canvas, inner);
}

fn y_axis(frame: &mut Frame<'_>, area: Rect, inner: Rect, axis: &Axis, labels: usize, theme: &Theme) {
    let mut rows: Vec<(String, &str)> = vec![(String::new(), "│"); usize::from(inner.height)];
    for (value, label) in &axis.ticks {
        let Some(cell) = axis.cell(*value, inner.height) else { continue };
        let from_top = usize::from(inner.height.saturating_sub(1) - cell);
        if let Some(row) = rows.get_mut(from_top) {
            *row = (label.clone(), "┤");
        }
    }
    for ((label, line), row) in rows.into_iter().zip(area.rows()) {
        let text = format!("{label:>labels$} {line}");
        frame.render_widget(Line::styled(text, theme.quiet()), row);
    }
}

fn x_axis(frame: &mut Frame<'_>, area: Rect, inner: Rect, axis: &Axis, theme: &Theme) {
    let wide = usize::from(inner.width);
    let mut line: Vec<&str> = vec!["─"; wide];
    let mut labels = String::new();
    for (value, label) in &axis.ticks {
        let Some(cell) = axis.cell(*value, inner.width).map(usize::from) else { continue };
        let start =
            cell.saturating_sub(table::width(label) / 2).min(wide.saturating_sub(table::width(label)));
        let taken = table::width(&labels);
        // A label that would touch the one before is left out, and so is its tick.
        if taken > 0 && start < taken + 1 {
            continue;
        }
        if let Some(mark) = line.get_mut(cell) {
            *mark = "┴";
        }
        labels.push_str(&" ".repeat(start - taken));
        labels.push_str(label);
    }
    let below = |row: u16| Rect { x: inner.x, y: inner.bottom() + row, width: inner.width, height: 1 };
    let corner = Rect { x: inner.x - 1, y: inner.bottom(), width: 1, height: 1 };
    frame.render_widget(Line::styled("└", theme.quiet()), corner.intersection(area));
    frame.render_widget(Line::styled(line.concat(), theme.quiet()), below(0).intersection(area));
    frame.render_widget(Line::styled(labels, theme.quiet()), below(1).intersection(area));
}

/// A curve as dots: straight between its points, with its holes.
fn sampled(curve: &Curve, x: &Axis, dots: usize) -> Vec<(f64, f64)> {
    let samples = dots * SAMPLES_PER_DOT;
    let step = (x.high - x.low) / bars::as_f64(samples.max(1));
    let period = curve.dotted.drawn + curve.dotted.left_out;
    let mut found = Vec::with_capacity(samples);
    let mut at = x.low;
    let mut sample = 0;
    for (from, to) in curve.points.iter().zip(curve.points.iter().skip(1)) {
        while at <= to.0 && sample <= samples {
            if at >= from.0 && (sample / SAMPLES_PER_DOT) % period.max(1) < curve.dotted.drawn {
                let part = if to.0 > from.0 { (at - from.0) / (to.0 - from.0) } else { 0.0 };
                found.push((at, from.1 + part * (to.1 - from.1)));
            }
            sample += 1;
            at = x.low + step * bars::as_f64(sample);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_straight_between_its_points_and_keeps_its_holes() {
        let axis = Axis { low: 0.0, high: 4.0, ticks: Vec::new() };
        let points = vec![(1.0, 10.0), (3.0, 30.0)];
        let whole = Curve { points: points.clone(), dotted: SOLID, colour: Color::Reset };
        let drawn = sampled(&whole, &axis, 4);
        assert!(drawn.iter().all(|(x, y)| (y - 10.0 * x).abs() < 1e-9 && (1.0..=3.0).contains(x)));
        let holed = Curve { points, dotted: Dotted { drawn: 1, left_out: 1 }, colour: Color::Reset };
        assert!(sampled(&holed, &axis, 4).len() * 2 <= drawn.len() + SAMPLES_PER_DOT);
    }

    #[test]
    fn a_value_outside_the_axis_has_no_cell() {
        let axis = Axis { low: 0.0, high: 1.0, ticks: Vec::new() };
        assert_eq!(axis.cell(0.5, 11), Some(5));
        assert_eq!(axis.cell(1.5, 11), None);
        assert_eq!(axis.cell(f64::NAN, 11), None);
    }
}
