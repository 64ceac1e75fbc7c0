//! The funnel: every ente by its n and its share at equal services and channels, between the limits within
//! which chance alone would leave it.

use super::plot::{self, Axis, Curve, Dotted, Plot, SOLID};
use super::theme::Theme;
use super::{Scene, placeholder, rule, table};
use crate::figures;
use crate::texts::Texts;
use faccina_proto::wire::officer::v1::{
    Beyond, ComparisonReply, EnteRow, Funnel, FunnelLimit, Indicator, Interval, Spread,
};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

/// Enti beyond the outer limits that get a mark of their own; the list shows all.
const MARKS_MAX: usize = 200;
/// Up to so many enti each is drawn as a bullet instead of a dot.
const FEW_ENTI_MAX: usize = 150;
/// Share above and below the outermost points that stays free.
const MARGIN: f64 = 0.02;
/// Where n is labelled, in powers of ten.
const STEPS: [f64; 3] = [1.0, 2.0, 5.0];

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>, reply: &ComparisonReply) {
    let Scene { model, texts, theme } = scene;
    let Some(funnel) = &reply.funnel else {
        placeholder(frame, area, texts.say("no-funnel"), theme);
        return;
    };
    let [title, body, legend, meaning] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(6),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    let id = match model.filters.indicator {
        Indicator::Red => "funnel-title-red",
        Indicator::Green | Indicator::Unspecified => "funnel-title-green",
    };
    let selected = model.compared().map_or_else(String::new, |row| figures::plain(&row.name));
    frame.render_widget(rule(&texts.say(id), &selected, title.width, false, theme), title);
    plot::draw(frame, body, &plotted(scene, reply, funnel), theme);
    frame.render_widget(key_line(scene, funnel), legend);
    let spread = match funnel.spread() {
        Spread::Robust | Spread::Moments | Spread::Unspecified => texts.say_with(
            "funnel-spread",
            &[
                ("enti", texts.count(funnel.enti.into()).into()),
                ("rho", figures::number(funnel.rho, 4, texts).into()),
            ],
        ),
        Spread::TooFew => texts.counted("funnel-too-few", funnel.enti.into()),
    };
    let spread = table::fit(&format!(" {spread}"), usize::from(meaning.width));
    frame.render_widget(Line::styled(spread, theme.quiet()), meaning);
}

/// What each sign stands for.
fn key_line(scene: Scene<'_>, funnel: &Funnel) -> Line<'static> {
    let Scene { model, texts, theme } = scene;
    let mut spans = Vec::new();
    let mut say = |mark: &'static str, id: &str, style| {
        spans.push(Span::styled(format!(" {mark}"), style));
        spans.push(Span::styled(format!(" {} ", texts.say(id)), theme.quiet()));
    };
    if !model.votes_nowhere() {
        say("◆", "funnel-own", theme.accent());
    }
    say("◉", "funnel-selected", theme.strong());
    say("×", "funnel-beyond", theme.strong());
    say("━", "funnel-peers", theme.accent());
    say("┅", "funnel-plain", theme.accent());
    let target = format!("┈ {} {}", texts.say("funnel-target"), figures::percent(funnel.target, texts));
    spans.push(Span::styled(format!(" {target}"), theme.quiet()));
    Line::from(spans)
}

/// An ente as a point: the logarithm of n, and its share at equal services and channels.
fn point(row: &EnteRow) -> Option<(f64, f64)> {
    let n = row.votes.as_ref().map(figures::votes).filter(|n| *n > 0)?;
    let adjusted = row.place.as_ref()?.adjusted;
    adjusted.is_finite().then(|| (logarithm(n), adjusted.clamp(0.0, 1.0)))
}

#[expect(clippy::cast_precision_loss, reason = "a count below 2^53 is exact, and a dot is coarser than any")]
fn logarithm(n: u64) -> f64 {
    (n.max(1) as f64).log10()
}

fn plotted(scene: Scene<'_>, reply: &ComparisonReply, funnel: &Funnel) -> Plot {
    let Scene { model, texts, theme } = scene;
    let crowd: Vec<(f64, f64)> = reply.rows.iter().filter_map(point).collect();
    let (x, y) = axes(&crowd, funnel, texts);
    let bold = |mark: &'static str| Span::styled(mark, theme.strong());
    let outside = |row: &&EnteRow| {
        let peers = row.place.as_ref().map_or(Beyond::Unspecified, |place| place.peers());
        matches!(peers, Beyond::Low998 | Beyond::High998)
    };
    let beyond = reply.rows.iter().filter(outside).filter_map(point).take(MARKS_MAX);
    // A few dots alone would be lost among the lines.
    let few = if crowd.len() <= FEW_ENTI_MAX { &crowd[..] } else { &[] };
    let mut marks: Vec<(f64, f64, Span<'static>)> =
        few.iter().map(|(x, y)| (*x, *y, Span::styled("•", theme.quiet()))).collect();
    marks.extend(beyond.map(|(x, y)| (x, y, bold("×"))));
    let own = reply.rows.iter().find(|row| row.ipa_code == model.own_code()).and_then(point);
    marks.extend(own.map(|(x, y)| (x, y, Span::styled("◆", theme.accent()))));
    let selected = model.compared().filter(|row| row.ipa_code != model.own_code()).and_then(point);
    marks.extend(selected.map(|(x, y)| (x, y, bold("◉"))));
    Plot { curves: curves(funnel, &x, theme), x, y, crowd, marks }
}

/// Both limits of chance, and the network's value between them.
fn curves(funnel: &Funnel, x: &Axis, theme: &Theme) -> Vec<Curve> {
    let edge = |of: fn(&FunnelLimit) -> Option<&Interval>, high: bool| {
        let ends = funnel.limits.iter().filter_map(|limit| Some((logarithm(limit.n), of(limit)?)));
        ends.map(|(x, bounds)| (x, if high { bounds.high } else { bounds.low })).collect::<Vec<_>>()
    };
    let plain: fn(&FunnelLimit) -> Option<&Interval> = |limit| limit.plain998.as_ref();
    let peers: fn(&FunnelLimit) -> Option<&Interval> = |limit| limit.peers998.as_ref();
    let target = vec![(x.low, funnel.target), (x.high, funnel.target)];
    let mut curves =
        vec![Curve { points: target, dotted: Dotted { drawn: 1, left_out: 4 }, colour: theme.crowd() }];
    for high in [false, true] {
        let (drawn, left_out) = (3, 3);
        let points = edge(plain, high);
        curves.push(Curve { points, dotted: Dotted { drawn, left_out }, colour: theme.line() });
        curves.push(Curve { points: edge(peers, high), dotted: SOLID, colour: theme.line() });
    }
    curves
}

/// From the smallest n to the largest, and from the lowest share to the highest, with some air.
fn axes(crowd: &[(f64, f64)], funnel: &Funnel, texts: &Texts) -> (Axis, Axis) {
    let span = |values: &mut dyn Iterator<Item = f64>| {
        values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (low, high) = span(&mut crowd.iter().map(|(x, _)| *x));
    let (left, right) = if low <= high { (low - 0.05, high + 0.05) } else { (0.0, 4.0) };
    let (low, high) = span(&mut crowd.iter().map(|(_, y)| *y).chain([funnel.target]));
    let step = if high - low > 0.4 {
        0.2
    } else if high - low > 0.15 {
        0.1
    } else {
        0.05
    };
    let bottom = (((low - MARGIN) / step).floor() * step).max(0.0);
    let top = (((high + MARGIN) / step).ceil() * step).min(1.0);
    let mut ticks = Vec::new();
    let mut value = bottom;
    while value <= top + step / 2.0 {
        ticks.push((value.min(1.0), format!("{:.0} %", value * 100.0)));
        value += step;
    }
    // A share of exactly 0 or 1 is drawn inside, not on the edge.
    let y = Axis { low: bottom - step / 20.0, high: top + step / 20.0, ticks };
    (Axis { low: left, high: right, ticks: counts(left, right, texts) }, y)
}

/// 1, 2, 5, 10, 20 … within the axis; only powers of ten where it spans many.
fn counts(low: f64, high: f64, texts: &Texts) -> Vec<(f64, String)> {
    let mut ticks = Vec::new();
    let mut power: u64 = 1;
    for exponent in 0..=9_u32 {
        for step in STEPS {
            let at = f64::from(exponent) + step.log10();
            let crowded = high - low > 3.5 && step > 1.0;
            if (low..=high).contains(&at) && !crowded {
                let times = if step > 4.0 {
                    5
                } else if step > 1.0 {
                    2
                } else {
                    1
                };
                ticks.push((at, texts.count(power * times)));
            }
        }
        power = power.saturating_mul(10);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn counts_are_labelled_at_round_numbers() {
        let texts = Texts::new(Language::Italian);
        let labels: Vec<String> = counts(1.2, 3.4, &texts).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["20", "50", "100", "200", "500", "1.000", "2.000"]);
        assert_eq!(counts(0.0, 4.0, &texts).len(), 5, "only powers of ten");
    }

    #[test]
    fn an_axis_holds_every_point_and_the_target() {
        let texts = Texts::new(Language::Italian);
        let funnel = Funnel { target: 0.93, ..Funnel::default() };
        let (x, y) = axes(&[(1.0, 1.0), (3.0, 0.71)], &funnel, &texts);
        assert!(x.low < 1.0 && x.high > 3.0);
        assert!(y.low < 0.71 && y.high > 1.0);
        let (_, y) = axes(&[], &funnel, &texts);
        assert!((y.low..y.high).contains(&0.93));
    }
}
