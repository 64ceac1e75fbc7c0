//! The charts, drawn so that letters keep their size on every screen: lengths in percent of the width, heights in pixels.

use super::counted;
use crate::{
    publication::{
        ente::{Point, State},
        figures::{Face, Faces, Rate, Share},
        fixed_mix::FixedMix,
        reasons::Reasons,
    },
    words::{Value, Voice},
};
use maud::{Markup, html};

/// Height of one row of bars, its name and its figures included, in pixels.
const ROW_PX: usize = 84;
/// Fewest votes of a percentage that stands without its interval (STATISTICS 1.2).
const BARE_PERCENT_MIN: u64 = 300;
/// Longest name in a chart on a narrow screen and on a wide one, in characters; the table has it whole.
const NAME_NARROW_CHARS: usize = 20;
const NAME_WIDE_CHARS: usize = 64;

/// The series: height of the plot and where it begins, in pixels; its margins in percent of the width.
const PLOT_PX: f64 = 200.0;
const PLOT_TOP_PX: f64 = 12.0;
const PLOT_LEFT: f64 = 13.0;
const PLOT_WIDTH: f64 = 86.0;
/// The axis begins at a multiple of this below the lowest limit, in percent.
const AXIS_STEP: f64 = 10.0;

/// What the charts of a page share: the shape of each face, and its pattern.
pub(super) fn shapes() -> Markup {
    html! {
        svg.shapes aria-hidden="true" focusable="false" width="0" height="0" {
            defs {
                symbol #shape-green viewBox="0 0 24 24" { circle cx="12" cy="12" r="11" {} }
                symbol #shape-yellow viewBox="0 0 24 24" { rect x="2" y="2" width="20" height="20" rx="5" {} }
                symbol #shape-red viewBox="0 0 24 24" {
                    rect x="-8" y="-8" width="16" height="16" rx="3" transform="translate(12 12) rotate(45)" {}
                }
                pattern #pattern-yellow width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.ground width="8" height="8" {} rect.mark width="3" height="8" {}
                }
                pattern #pattern-red width="8" height="8" patternUnits="userSpaceOnUse" {
                    rect.ground width="8" height="8" {} circle.mark cx="4" cy="4" r="1.8" {}
                }
            }
        }
    }
}

/// The face itself, as on the terminals.
pub(super) fn face(face: Face) -> Markup {
    let mouth = match face {
        Face::Green => "M6.2 14c1.2 3.2 3.4 4.6 5.8 4.6s4.6-1.4 5.8-4.6",
        Face::Yellow => "M7.3 16h9.4",
        Face::Red => "M8 17c.7-2 2.2-3 4-3s3.3 1 4 3",
    };
    html! {
        svg.face viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            use href={ "#shape-" (face.name()) } width="24" height="24" {}
            g.features {
                circle cx="8.4" cy="9.8" r="1.3" {} circle cx="15.6" cy="9.8" r="1.3" {}
                path d=(mouth) {}
            }
        }
    }
}

/// A chart with its title and its description in words, which stand for it where it is not seen.
fn figure(id: &str, title: &str, description: &str, height_px: usize, drawing: &Markup) -> Markup {
    html! {
        figure {
            svg.chart role="img" aria-labelledby={ (id) "-t " (id) "-d" } width="100%" height=(height_px) {
                title id={ (id) "-t" } { (title) }
                desc id={ (id) "-d" } { (description) }
                (drawing)
            }
        }
    }
}

/// A name no longer than the chart has room for, once for each width.
fn name(text: &str, y: usize) -> Markup {
    let cut = |chars_max: usize| {
        let mut name: String = text.chars().take(chars_max).collect();
        if text.chars().count() > chars_max {
            name.push('…');
        }
        name
    };
    html! {
        text.name.narrow x="0" y=(y) { (cut(NAME_NARROW_CHARS)) }
        text.name.large x="0" y=(y) { (cut(NAME_WIDE_CHARS)) }
    }
}

/// One bar of the three faces for each name.
pub(super) fn bars(voice: &Voice, id: &str, title: &str, rows: &[(&str, Faces)]) -> Markup {
    let in_words = |(name, faces): &(&str, Faces)| {
        let shares: Vec<String> = Face::ALL
            .into_iter()
            .filter_map(|face| {
                let rate = faces.rate(face)?;
                let (share, interval) = (voice.percent(rate), voice.interval(rate));
                Some(format!("{} {share} ({interval})", voice.face(face)))
            })
            .collect();
        let values = [
            ("name", Value::Text(name)),
            ("n", Value::Count(faces.n())),
            ("shares", Value::Text(&shares.join(", "))),
        ];
        voice.say("page-bar-words", &values)
    };
    let description = rows.iter().map(in_words).collect::<Vec<_>>().join(" ");
    let drawing = html! {
        @for (row, (of, faces)) in rows.iter().enumerate() { (bar(voice, row * ROW_PX, of, *faces)) }
    };
    figure(id, title, &description, rows.len() * ROW_PX, &drawing)
}

fn bar(voice: &Voice, top: usize, of: &str, faces: Faces) -> Markup {
    let mut begin = 0.0;
    let segments: Vec<(Face, Rate, f64)> = Face::ALL
        .into_iter()
        .filter_map(|face| {
            let rate = faces.rate(face)?;
            let at = begin;
            begin += rate.percent.number();
            Some((face, rate, at))
        })
        .collect();
    html! {
        (name(of, top + 16))
        text.n x="100%" y=(top + 16) text-anchor="end" { "n = " (voice.language.count(faces.n())) }
        @for (face, rate, at) in &segments {
            @if rate.count > 0 {
                rect class={ "bar " (face.name()) } x={ (place(*at)) } y=(top + 26) height="24"
                    width={ (place(rate.percent.number())) } {}
            }
        }
        @for (place, (face, rate, _)) in segments.iter().enumerate() {
            use class=(face.name()) href={ "#shape-" (face.name()) } x={ (place * 33) "%" } y=(top + 56) width="12" height="12" {}
            svg x={ (place * 33) "%" } y=(top + 56) overflow="visible" {
                text x="17" y="11" { (short(voice, *rate)) }
            }
        }
    }
}

/// What a drawing has room for: of few votes a percentage says nothing without its interval, so the counts stand there.
fn short(voice: &Voice, rate: Rate) -> String {
    if rate.n < BARE_PERCENT_MIN {
        voice.say("page-count-of", &counted(rate.count, rate.n))
    } else {
        voice.percent(rate)
    }
}

/// One bar for each reason, as a share of the reds that the reasons belong to.
pub(super) fn reasons(voice: &Voice, id: &str, title: &str, reasons: &Reasons) -> Markup {
    let rows: Vec<(&str, u64, Option<Rate>)> = reasons.each().collect();
    let in_words = |(text, count, rate): &(&str, u64, Option<Rate>)| {
        let Some(rate) = *rate else {
            return voice
                .say("page-reason-count", &[("reason", Value::Text(text)), ("n", Value::Count(*count))]);
        };
        let (share, interval) = (voice.percent(rate), voice.interval(rate));
        let values = [
            ("reason", Value::Text(text)),
            ("n", Value::Count(rate.count)),
            ("reds", Value::Count(rate.n)),
            ("share", Value::Text(&share)),
            ("interval", Value::Text(&interval)),
        ];
        voice.say("page-reason-words", &values)
    };
    let description = rows.iter().map(in_words).collect::<Vec<_>>().join(" ");
    let drawing = html! {
        @for (row, (text, count, rate)) in rows.iter().enumerate() {
            @let top = row * ROW_PX * 2 / 3;
            (name(text, top + 16))
            text.n x="100%" y=(top + 16) text-anchor="end" { (voice.language.count(*count)) }
            rect.track x="0" y=(top + 26) width="100%" height="14" {}
            @if let Some(rate) = rate {
                rect.bar.reason x="0" y=(top + 26) width={ (place(rate.percent.number())) } height="14" {}
            }
        }
    };
    figure(id, title, &description, rows.len() * ROW_PX * 2 / 3, &drawing)
}

/// The share of greens month by month, with its interval as a band; nationally a second line at the fixed mix.
pub(super) fn series(
    voice: &Voice,
    id: &str,
    title: &str,
    points: &[Point],
    fixed: Option<&FixedMix>,
) -> Markup {
    let at_fixed_mix: Vec<Option<Share>> =
        points.iter().map(|point| fixed?.at(point.month)?.green()).collect();
    let axis = Axis::of(points, &at_fixed_mix);
    let in_words = |point: &Point| {
        let month = ("month", Value::Month(point.month));
        match (point.green(), point.state) {
            (Some(rate), _) => {
                let (share, interval) = (voice.percent(rate), voice.interval(rate));
                let values = [
                    month,
                    ("share", Value::Text(&share)),
                    ("interval", Value::Text(&interval)),
                    ("n", Value::Count(rate.n)),
                ];
                voice.say("page-point-words", &values)
            }
            (None, State::Carried) => voice.say("page-point-carried", &[month]),
            (None, State::Counted | State::Gap | State::Missing) => voice.say("page-point-none", &[month]),
        }
    };
    let fixed_in_words = |point: &Point| {
        let point = fixed?.at(point.month)?;
        let share = point.green()?;
        let (percent, interval) = (voice.percent(share), voice.interval(share));
        let values = [
            ("month", Value::Month(point.month)),
            ("share", Value::Text(&percent)),
            ("interval", Value::Text(&interval)),
            ("covered", Value::Count(point.covered)),
            ("n", Value::Count(point.n)),
        ];
        Some(voice.say("page-fixed-point-words", &values))
    };
    let words = points.iter().map(in_words).chain(points.iter().filter_map(fixed_in_words));
    let description = words.collect::<Vec<_>>().join(" ");
    let drawing = html! {
        (axis.grid(voice))
        (axis.band(points))
        (axis.fixed_line(&at_fixed_mix))
        @for (at, point) in points.iter().enumerate() {
            @if let Some(rate) = point.green() { (axis.mark(points, at, &rate)) }
            @if let Some(Some(share)) = at_fixed_mix.get(at) { (axis.fixed_mark(at, share)) }
            (axis.month(voice, at, point))
        }
    };
    figure(id, title, &description, 260, &drawing)
}

/// Where percentages and months lie in the plot.
struct Axis {
    /// Percentage at the foot.
    low: f64,
    months: usize,
}

impl Axis {
    fn of(points: &[Point], at_fixed_mix: &[Option<Share>]) -> Self {
        let crude = points.iter().filter_map(|point| Some(point.green()?.low.number()));
        let lows = crude.chain(at_fixed_mix.iter().flatten().map(|share| share.percent.number()));
        let lowest = lows.fold(100.0 - AXIS_STEP, f64::min);
        Self { low: (lowest / AXIS_STEP).floor() * AXIS_STEP, months: points.len().max(1) }
    }

    fn y(&self, percent: f64) -> f64 {
        PLOT_TOP_PX + PLOT_PX * (100.0 - percent) / (100.0 - self.low)
    }

    /// The middle of a month, in percent of the width.
    fn x(&self, at: usize) -> f64 {
        PLOT_LEFT + PLOT_WIDTH * (real(at) + 0.5) / real(self.months)
    }

    fn grid(&self, voice: &Voice) -> Markup {
        let steps = [self.low, f64::midpoint(self.low, 100.0), 100.0];
        html! {
            @for step in steps {
                @let y = format!("{:.1}", self.y(step));
                line.grid x1={ (place(PLOT_LEFT)) } x2={ (place(PLOT_LEFT + PLOT_WIDTH)) } y1=(y) y2=(y) {}
                text.axis x={ (place(PLOT_LEFT - 1.5)) } y=(y) dy="4" text-anchor="end" {
                    (voice.language.decimal(&step.to_string())) " %"
                }
            }
        }
    }

    /// The intervals of neighbouring months as one shape, and the line through their shares.
    fn band(&self, points: &[Point]) -> Markup {
        let shares: Vec<Option<Share>> = points.iter().map(|point| point.green().map(Share::from)).collect();
        let drawn = self.runs(&shares);
        plot(&html! {
            @for run in &drawn {
                @let above = run.iter().map(|(x, share)| self.corner(*x, share.high.number()));
                @let below = run.iter().rev().map(|(x, share)| self.corner(*x, share.low.number()));
                polygon.band points={ (above.chain(below).collect::<Vec<_>>().join(" ")) } {}
                polyline.line points=(self.line(run)) {}
            }
        })
    }

    /// The line through the shares at the fixed mix.
    fn fixed_line(&self, at_fixed_mix: &[Option<Share>]) -> Markup {
        let drawn = self.runs(at_fixed_mix);
        plot(&html! { @for run in &drawn { polyline.line.fixed points=(self.line(run)) {} } })
    }

    /// Neighbouring months that have a share, each with its place: a month alone makes no line.
    fn runs(&self, shares: &[Option<Share>]) -> Vec<Vec<(f64, Share)>> {
        let mut drawn = Vec::new();
        let mut at = 0;
        for run in shares.split(Option::is_none) {
            let run_of: Vec<(f64, Share)> =
                (at..).zip(run).filter_map(|(at, share)| Some((self.inner(at), (*share)?))).collect();
            at += run.len() + 1;
            if run_of.len() > 1 {
                drawn.push(run_of);
            }
        }
        drawn
    }

    fn line(&self, run: &[(f64, Share)]) -> String {
        let corners = run.iter().map(|(x, share)| self.corner(*x, share.percent.number()));
        corners.collect::<Vec<_>>().join(" ")
    }

    fn corner(&self, x: f64, percent: f64) -> String {
        format!("{x:.1},{:.1}", self.y(percent) - PLOT_TOP_PX)
    }

    /// The middle of a month within the plot, of 1000.
    fn inner(&self, at: usize) -> f64 {
        1000.0 * (real(at) + 0.5) / real(self.months)
    }

    fn mark(&self, points: &[Point], at: usize, rate: &Rate) -> Markup {
        let x = place(self.x(at));
        let last = at + 1 == points.len();
        html! {
            line.limits x1=(x) x2=(x) y1={ (px(self.y(rate.high.number()))) } y2={ (px(self.y(rate.low.number()))) } {}
            circle.point cx=(x) cy={ (px(self.y(rate.percent.number()))) } r=(if last { 6 } else { 4 }) {}
        }
    }

    /// A diamond, so that the two lines differ by shape too.
    fn fixed_mark(&self, at: usize, share: &Share) -> Markup {
        html! {
            svg x={ (place(self.x(at))) } y={ (px(self.y(share.percent.number()))) } overflow="visible" {
                path.fixed-point d="M0-6 6 0 0 6-6 0z" {}
            }
        }
    }

    fn month(&self, voice: &Voice, at: usize, point: &Point) -> Markup {
        let short: String = voice.language.month_name(point.month).chars().take(3).collect();
        // Counted from the last, which is always named.
        let spare = (self.months - at).is_multiple_of(2);
        html! {
            text.axis.spare[spare] x={ (place(self.x(at))) } y="232" text-anchor="middle" { (short) }
            text.axis.spare[spare] x={ (place(self.x(at))) } y="250" text-anchor="middle" {
                @if point.faces.is_some() { (format!("{:02}", point.month.year() % 100)) } @else { "–" }
            }
        }
    }
}

/// What is stretched over the months, in a width of 1000.
fn plot(content: &Markup) -> Markup {
    html! {
        svg x={ (place(PLOT_LEFT)) } y=(PLOT_TOP_PX) width={ (place(PLOT_WIDTH)) } height=(PLOT_PX)
            viewBox={ "0 0 1000 " (PLOT_PX) } preserveAspectRatio="none" { (content) }
    }
}

/// A length in percent of the width.
fn place(percent: f64) -> String {
    format!("{percent:.2}%")
}

fn px(length: f64) -> String {
    format!("{length:.1}")
}

/// Places of at most a few rows: exact.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
