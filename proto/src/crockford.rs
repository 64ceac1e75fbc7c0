//! Codes that people read aloud and type: Crockford's alphabet, 5 random bits a character.
//!
//! Source: D. Crockford, Base 32 (crockford.com/base32), without its check symbol.

use std::fmt;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Text that is no such code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedCodeError {
    /// Whoever types it must look again.
    #[error("the code has {typed} characters, expected {expected}")]
    Length {
        /// How many were typed; counting stops after one too many.
        typed: usize,
        /// How many a code has.
        expected: usize,
    },
    /// Whoever types it must look again.
    #[error("the character {0:?} is in no code")]
    Character(char),
}

/// The code of the lowest 5 × `N` bits of `random`, in upper-case ASCII.
pub(crate) fn write<const N: usize>(random: u128) -> [u8; N] {
    let mut code = [b'0'; N];
    for (place, character) in code.iter_mut().rev().enumerate() {
        let digit = usize::try_from(random >> (5 * place) & 31).unwrap_or(0);
        *character = ALPHABET.get(digit).copied().unwrap_or(b'0');
    }
    code
}

/// Reads what a person types: case, spaces and hyphens do not matter, O is 0, I and L are 1.
pub(crate) fn read<const N: usize>(text: &str) -> Result<[u8; N], TypedCodeError> {
    let mut typed = Vec::with_capacity(N + 1);
    for character in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let read = match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let known = u8::try_from(read).ok().filter(|byte| ALPHABET.contains(byte));
        typed.push(known.ok_or(TypedCodeError::Character(character))?);
        if typed.len() > N {
            break;
        }
    }
    typed.try_into().map_err(|typed: Vec<u8>| TypedCodeError::Length { typed: typed.len(), expected: N })
}

/// Shows a code with a hyphen before each of these places.
pub(crate) fn show(code: &[u8], hyphens: &[usize], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    code.iter().enumerate().try_for_each(|(place, byte)| {
        let hyphen = if hyphens.contains(&place) { "-" } else { "" };
        write!(f, "{hyphen}{}", char::from(*byte))
    })
}
