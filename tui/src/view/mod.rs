//! The views: the model drawn. Each panel is a file; nothing here changes the model.
//!
//! From 80×24 up; narrow screens show the list in use, wide ones (from [`WIDE_COLUMNS_MIN`]) both.
//! A colour never stands alone: each face has a letter, a shape and a texture too.

pub mod theme;
mod bars;
mod table;
mod words;
mod plot;
mod parts;
mod chrome;
mod fields;
mod terminals;
mod my_ente;
mod funnel;
mod ente;
mod comparison;
mod neighbours;
mod experts;
mod pair;
mod twinning;
mod cards;
mod publications;
mod national;
mod member;
mod network;
mod overlay;

use crate::model::{Model, Screen};
use crate::texts::Texts;
use ratatui::Frame;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Padding, Paragraph, Wrap};
use theme::Theme;

/// The smallest screen that is drawn (columns).
pub const COLUMNS_MIN: u16 = 80;
/// The smallest screen that is drawn (rows).
pub const ROWS_MIN: u16 = 24;
/// From here on both lists of a screen stand side by side (columns).
pub const WIDE_COLUMNS_MIN: u16 = 120;

use parts::{beyond_cell, faces_block, rule, share_cells, state_cell};

/// What every panel needs.
#[derive(Clone, Copy)]
struct Scene<'a> {
    model: &'a Model,
    texts: &'a Texts,
    theme: &'a Theme,
}

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, model: &Model, texts: &Texts, theme: &Theme) {
    let scene = Scene { model, texts, theme };
    let area = frame.area();
    if area.width < COLUMNS_MIN || area.height < ROWS_MIN {
        too_small(frame, area, scene);
        return;
    }
    let body = chrome::draw(frame, area, scene);
    match model.screen {
        Screen::MyEnte => my_ente::draw(frame, body, scene),
        Screen::Comparison => comparison::draw(frame, body, scene),
        Screen::Neighbours => neighbours::draw(frame, body, scene),
        Screen::Experts => experts::draw(frame, body, scene),
        Screen::Twinning => twinning::draw(frame, body, scene),
        Screen::Cards => cards::draw(frame, body, scene),
        Screen::National => national::draw(frame, body, scene),
        Screen::Network => network::draw(frame, body, scene),
    }
    overlay::draw(frame, area, scene);
}

fn too_small(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let text = scene.texts.say_with(
        "too-small",
        &[
            ("columns", area.width.into()),
            ("rows", area.height.into()),
            ("columns-min", COLUMNS_MIN.into()),
            ("rows-min", ROWS_MIN.into()),
        ],
    );
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
}

/// A message in the middle of an empty panel.
fn placeholder(frame: &mut Frame<'_>, area: Rect, text: String, theme: &Theme) {
    let [_, middle, _] =
        Layout::vertical([Constraint::Percentage(35), Constraint::Min(3), Constraint::Percentage(35)])
            .areas(area);
    let [_, middle, _] =
        Layout::horizontal([Constraint::Length(4), Constraint::Min(20), Constraint::Length(4)]).areas(middle);
    frame.render_widget(
        Paragraph::new(text).style(theme.quiet()).centered().wrap(Wrap { trim: true }),
        middle,
    );
}

/// What a panel without data says: refused and why, or not answered yet.
fn nothing_yet<T>(panel: &crate::model::Panel<T>, texts: &Texts) -> String {
    match &panel.refusal {
        Some(reason) => {
            texts.say_with("refused-by-node", &[("reason", crate::figures::plain(reason).into())])
        }
        None => texts.say("waiting-for-node"),
    }
}

/// A place of this size in the middle.
fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let [across] = Layout::horizontal([Constraint::Length(width)]).flex(Flex::Center).areas(area);
    let [place] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(across);
    place
}

/// The frame of what lies over a screen.
fn frame_of(scene: Scene<'_>, title: String, foot: String) -> Block<'static> {
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(scene.theme.quiet())
        .title(Line::styled(format!(" {title} "), scene.theme.accent()))
        .title_bottom(Line::styled(format!(" {foot} "), scene.theme.quiet()).right_aligned())
        .padding(Padding::horizontal(1))
}
