//! Names that cannot be wrong: IPA codes, the codes of services, channels and branches, the authors of feeds.

use crate::limits::{CODE_BYTES_MAX, IPA_CODE_BYTES_MAX};
use std::{borrow::Borrow, fmt, str::FromStr};

/// A string that is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The writer must shorten it.
    #[error("{what} has {bytes} bytes, at most {bytes_max}")]
    TooLong {
        /// What the string was to be.
        what: &'static str,
        /// Its length, in bytes.
        bytes: usize,
        /// The longest allowed, in bytes.
        bytes_max: usize,
    },
    /// The writer must use the allowed characters.
    #[error("{what} {text:?} may hold only lower-case letters, digits, '_' and '-', and must not be empty")]
    Characters {
        /// What the string was to be.
        what: &'static str,
        /// The string.
        text: String,
    },
    /// The writer must take another: this one names the root feed.
    #[error("\"root\" is the name of the root feed and no IPA code")]
    Reserved,
}

fn checked(what: &'static str, text: &str, bytes_max: usize) -> Result<(), NameError> {
    if text.len() > bytes_max {
        return Err(NameError::TooLong { what, bytes: text.len(), bytes_max });
    }
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err(NameError::Characters { what, text: text.to_owned() });
    }
    Ok(())
}

/// The code of an ente in the IndicePA, in lower case: `c_h361`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpaCode(String);

impl IpaCode {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IpaCode {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        checked("IPA code", text, IPA_CODE_BYTES_MAX)?;
        if text == ROOT { Err(NameError::Reserved) } else { Ok(Self(text.to_owned())) }
    }
}

const ROOT: &str = "root";

/// Whose feed it is: the federation's root, or a member's. Ordered with the root first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Author {
    /// The root feed: roster, revocations, rulings.
    Root,
    /// The feed of a member (an ente, the observer, a hub).
    Member(IpaCode),
}

impl Author {
    /// As text, the form on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Root => ROOT,
            Self::Member(code) => code.as_str(),
        }
    }

    /// The member's code; `None` for the root feed.
    pub fn member(&self) -> Option<&IpaCode> {
        match self {
            Self::Root => None,
            Self::Member(code) => Some(code),
        }
    }
}

impl FromStr for Author {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == ROOT { Ok(Self::Root) } else { text.parse().map(Self::Member) }
    }
}

/// The code of a service, a channel or a branch. The empty code is ALTRI, "other services", and names a group only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

impl Code {
    /// The code of the group "altri servizi": the empty one, which sorts first.
    pub const fn altri() -> Self {
        Self(String::new())
    }

    /// Whether it is ALTRI.
    pub fn is_altri(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads the code of a group: like [`str::parse`], with ALTRI allowed.
    pub fn of_group(text: &str) -> Result<Self, NameError> {
        if text.is_empty() { Ok(Self::altri()) } else { text.parse() }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        checked("code", text, CODE_BYTES_MAX)?;
        Ok(Self(text.to_owned()))
    }
}

macro_rules! text_like {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }
    )*};
}
text_like!(IpaCode, Author, Code);

impl Borrow<str> for Code {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for IpaCode {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<IpaCode> for Author {
    fn from(code: IpaCode) -> Self {
        Self::Member(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_other_characters_are_refused() {
        for wrong in ["", "C_H361", "c h361", "c\u{e0}", "a/b", "a\0"] {
            assert!(matches!(wrong.parse::<IpaCode>(), Err(NameError::Characters { .. })), "{wrong:?}");
        }
        assert!(matches!(
            "x".repeat(33).parse::<Code>(),
            Err(NameError::TooLong { bytes: 33, bytes_max: 32, .. })
        ));
        assert_eq!("root".parse::<IpaCode>(), Err(NameError::Reserved));
        assert_eq!("root".parse::<Author>(), Ok(Author::Root));
        assert_eq!("c_h361".parse::<Author>().unwrap().as_str(), "c_h361");
    }

    #[test]
    fn altri_sorts_before_every_code() {
        assert!(Code::altri() < "-".parse().unwrap());
        assert_eq!(Code::of_group(""), Ok(Code::altri()));
    }
}
