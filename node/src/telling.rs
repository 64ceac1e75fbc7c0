//! How an error is told to a person: once, where it is handled, with everything that caused it.

use std::error::Error;
use std::io::{self, Write};
use std::panic;
use std::process;

/// Exit code of a program whose reader has gone, as of one that a signal ended: 128 + 13.
const UNREAD_CODE: i32 = 141;

/// Ends the program when its output cannot be written, as on a full disk: with one line, or, where its reader has gone
/// (`| head`), without a word.
pub fn end_unheard() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        let words = panicked.payload_as_str().unwrap_or_default();
        match words.strip_prefix("failed printing to stdout: ") {
            Some(why) if why.starts_with("Broken pipe") => process::exit(UNREAD_CODE),
            Some(why) => {
                // Where this cannot be said either, the exit code says it.
                let _ = writeln!(io::stderr(), "what was done cannot be said here: {why}");
                process::exit(1);
            }
            None => before(panicked),
        }
    }));
}

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
