//! QR codes of addresses, as a path for a page and as characters for a terminal.

use qrcode::{EcLevel, QrCode, types::QrError as Refused};
use std::fmt::Write;

/// Light modules around a code, which readers need to find it (ISO/IEC 18004).
const QUIET_MODULES: usize = 4;
/// Black on white, whatever the colours of the terminal.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// Why there is no code: the text is longer than any code holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address has {bytes} bytes, more than a QR code holds")]
pub struct QrError {
    bytes: usize,
}

/// A QR code with its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// Modules of one side, quiet zone included.
    pub side: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The code of a text; a quarter of it may be dirty or torn.
    pub fn of(text: &str) -> Result<Self, QrError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::Q);
        let code = code.map_err(|_: Refused| QrError { bytes: text.len() })?;
        let inner = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
        let bare = Self { side: inner, dark };
        let side = inner + 2 * QUIET_MODULES;
        let place = |at: usize| at.checked_sub(QUIET_MODULES).filter(|at| *at < inner);
        let dark = (0..side * side)
            .map(|at| place(at % side).zip(place(at / side)).is_some_and(|(x, y)| bare.is_dark(x, y)));
        Ok(Self { side, dark: dark.collect() })
    }

    /// The dark modules as a path for SVG, one unit a module.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.side {
            let mut x = 0;
            while x < self.side {
                let run = (x..self.side).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run.max(1);
            }
        }
        path
    }

    /// Two rows a line, for a terminal.
    pub fn half_blocks(&self) -> String {
        let mut lines = String::new();
        for y in (0..self.side).step_by(2) {
            lines.push_str(BLACK_ON_WHITE);
            lines.extend((0..self.side).map(|x| match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            lines.push_str(RESET);
            lines.push('\n');
        }
        lines
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.side + x).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_quiet_zone_and_its_corners() {
        let qr = Qr::of("https://voto.comune.example.it/#00112233445566778899aabbccddeeff").unwrap();
        assert_eq!(qr.side, 37 + 2 * QUIET_MODULES);
        assert!((0..qr.side).all(|x| !qr.is_dark(x, 3) && !qr.is_dark(3, x)));
        assert!(qr.path().starts_with("M4 4h7v1h-7zM"), "{}", qr.path());
        let lines = qr.half_blocks();
        assert_eq!(lines.lines().count(), qr.side.div_ceil(2));
        assert!(lines.lines().nth(2).unwrap().contains("█▀▀▀▀▀█"), "{lines}");
    }

    #[test]
    fn what_no_code_holds_is_refused() {
        assert_eq!(Qr::of(&"a".repeat(3_000)), Err(QrError { bytes: 3_000 }));
    }
}
