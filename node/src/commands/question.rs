//! The question before what cannot be taken back.

use std::io::{self, BufRead, IsTerminal, Write};

/// Nobody said yes. Nothing has happened.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unconfirmed {
    #[error("not confirmed, nothing was changed: answer `si` at the question")]
    No,
    /// In a script nobody reads what it is about.
    #[error(
        "not confirmed, nothing was changed: run the command on a terminal and answer its question, or pass --yes"
    )]
    NobodyToAsk,
}

/// Asks on the terminal; anything but yes, an empty line included, is no.
pub(super) fn confirmed(question: &str) -> Result<(), Unconfirmed> {
    if !io::stdin().is_terminal() {
        return Err(Unconfirmed::NobodyToAsk);
    }
    print!("{question} [si/no] ");
    let mut answer = String::new();
    let asked = io::stdout().flush().and_then(|()| io::stdin().lock().read_line(&mut answer));
    let yes = ["si", "sì", "s", "yes", "y"].contains(&answer.trim().to_lowercase().as_str());
    if asked.is_ok() && yes { Ok(()) } else { Err(Unconfirmed::No) }
}
