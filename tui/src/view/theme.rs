//! Colours and modifiers. The palette follows Okabe and Ito ("Color Universal Design", 2008): bluish
//! green, yellow, vermilion and sky blue stay apart for every common form of colour blindness. Indexed
//! colours (256) only, and no background: light and dark terminals both stay readable.

use ratatui::style::{Color, Modifier, Style};

/// A face, as screens show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Green,
    Yellow,
    Red,
}

impl Face {
    /// Its shape, which stands wherever its colour stands.
    #[must_use]
    pub fn shape(self) -> &'static str {
        match self {
            Self::Green => "▲",
            Self::Yellow => "■",
            Self::Red => "▼",
        }
    }

    /// The texture of its part of a bar.
    #[must_use]
    pub fn texture(self) -> &'static str {
        match self {
            Self::Green => "█",
            Self::Yellow => "░",
            Self::Red => "▓",
        }
    }
}

/// The styles of all screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    colour: bool,
}

impl Theme {
    /// Without colour (`NO_COLOR`), only bold, dim, underlined and reversed remain.
    #[must_use]
    pub fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// The colour of dots that make up a crowd.
    #[must_use]
    pub fn crowd(&self) -> Color {
        if self.colour { Color::Indexed(245) } else { Color::Reset }
    }

    /// The colour of lines drawn through a crowd.
    #[must_use]
    pub fn line(&self) -> Color {
        if self.colour { Color::Indexed(74) } else { Color::Reset }
    }

    fn inked(self, index: u8) -> Style {
        if self.colour { Style::new().fg(Color::Indexed(index)) } else { Style::new() }
    }

    /// A face's colour.
    #[must_use]
    pub fn face(&self, face: Face) -> Style {
        match face {
            Face::Green => self.inked(36),
            Face::Yellow => self.inked(178),
            Face::Red => self.inked(166),
        }
    }

    /// The program's own colour: titles, cursor, the list in use.
    #[must_use]
    pub fn accent(&self) -> Style {
        self.inked(74).add_modifier(Modifier::BOLD)
    }

    /// Figures and names that matter.
    #[must_use]
    pub fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Rules, units, notes.
    #[must_use]
    pub fn quiet(&self) -> Style {
        if self.colour { self.inked(245) } else { Style::new().add_modifier(Modifier::DIM) }
    }

    /// What needs a person.
    #[must_use]
    pub fn alarm(&self) -> Style {
        self.inked(166).add_modifier(Modifier::BOLD)
    }

    /// A heading in a text.
    #[must_use]
    pub fn heading(&self) -> Style {
        self.accent().add_modifier(Modifier::UNDERLINED)
    }

    /// What is in order.
    #[must_use]
    pub fn good(&self) -> Style {
        self.inked(36)
    }

    /// The banner of a lost node.
    #[must_use]
    pub fn banner(&self) -> Style {
        self.alarm().add_modifier(Modifier::REVERSED)
    }

    /// The chosen tab.
    #[must_use]
    pub fn tab(&self) -> Style {
        self.accent().add_modifier(Modifier::REVERSED)
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }
}
