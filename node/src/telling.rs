//! How an error is told to a person: once, where it is handled, with everything that caused it.

use std::error::Error;

/// An error and its sources as one line.
pub fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line = format!("{line}: {error}");
        source = error.source();
    }
    line.replace('\n', " ")
}
