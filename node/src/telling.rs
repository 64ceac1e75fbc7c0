//! How an error is told to a person: once, where it is handled, with everything that caused it.

use std::error::Error;

/// An error and its sources as one line. Libraries repeat their source in their own words: what the line ends with
/// already is not said again.
pub fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let words = error.to_string();
        if !line.ends_with(&words) {
            line = format!("{line}: {words}");
        }
        source = error.source();
    }
    line.replace('\n', " ")
}
