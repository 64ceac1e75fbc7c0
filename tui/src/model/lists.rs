//! Where the cursors stand, and which part of each screen the arrows move.

use super::Screen;

/// Where the cursor of a list stands, or the first line in sight of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub selected: usize,
}

impl Cursor {
    /// Moves by whole rows within a list of `length`.
    pub fn step(&mut self, rows: isize, length: usize) {
        let moved = self.selected.saturating_add_signed(rows);
        self.selected = moved.min(length.saturating_sub(1));
    }
}

/// Which part of a screen the arrows move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    #[default]
    First,
    Second,
    Third,
}

impl Focus {
    /// The part after this one of `parts`, round the end.
    #[must_use]
    pub fn next(self, parts: usize) -> Self {
        match (self, parts) {
            (Self::First, 2..) => Self::Second,
            (Self::Second, 3..) => Self::Third,
            (Self::First | Self::Second | Self::Third, _) => Self::First,
        }
    }

    /// The part before this one of `parts`, round the beginning.
    #[must_use]
    pub fn previous(self, parts: usize) -> Self {
        match (self, parts) {
            (Self::First, 3..) => Self::Third,
            (Self::First, 2) | (Self::Third, _) => Self::Second,
            (Self::First | Self::Second, _) => Self::First,
        }
    }
}

/// Cursors of all lists, and the part in use of the screens that have several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    pub cells: Cursor,
    pub live: Cursor,
    pub to_verify: Cursor,
    pub comparison: Cursor,
    pub ente_strata: Cursor,
    pub neighbours: Cursor,
    pub experts: Cursor,
    pub twinnings: Cursor,
    pub messages: Cursor,
    pub strata: Cursor,
    pub cards: Cursor,
    pub card: Cursor,
    pub transmissions: Cursor,
    pub national_cells: Cursor,
    pub publications: Cursor,
    pub members: Cursor,
    pub my_ente_focus: Focus,
    pub comparison_focus: Focus,
    pub twinning_focus: Focus,
    pub cards_focus: Focus,
    pub national_focus: Focus,
}

impl Lists {
    /// The part in use of a screen; the first where there is only one.
    #[must_use]
    pub fn focus(&self, screen: Screen) -> Focus {
        match screen {
            Screen::MyEnte => self.my_ente_focus,
            Screen::Comparison => self.comparison_focus,
            Screen::Twinning => self.twinning_focus,
            Screen::Cards => self.cards_focus,
            Screen::National => self.national_focus,
            Screen::Neighbours | Screen::Experts | Screen::Network => Focus::First,
        }
    }

    /// Goes to a part of a screen.
    pub fn focus_on(&mut self, screen: Screen, focus: Focus) {
        match screen {
            Screen::MyEnte => self.my_ente_focus = focus,
            Screen::Comparison => self.comparison_focus = focus,
            Screen::Twinning => self.twinning_focus = focus,
            Screen::Cards => self.cards_focus = focus,
            Screen::National => self.national_focus = focus,
            Screen::Neighbours | Screen::Experts | Screen::Network => {}
        }
    }
}
