//! What administrators did: one JSON line for each act in `audit.jsonl`, appended and synced before the act is answered,
//! never rewritten. It holds acts of administration only, no ballot and nothing that a citizen did.

use crate::{clock::Clock, tokens::Caller};
use serde::Serialize;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The file's name in the data directory.
pub const FILE: &str = "audit.jsonl";

/// Why the act could not be recorded; it was then not done.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the audit log {}: check its permissions and the free space", .path.display())]
pub struct AuditError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// The open audit log.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    file: Mutex<File>,
    clock: Clock,
}

#[derive(Serialize)]
struct Line<'a> {
    day: String,
    unix_s: u64,
    role: &'a str,
    caller: &'a str,
    act: &'a str,
    what: &'a str,
}

impl Audit {
    /// Opens the log in the data directory.
    pub fn open(data_dir: &Path, clock: Clock) -> Result<Self, AuditError> {
        let path = data_dir.join(FILE);
        match OpenOptions::new().append(true).create(true).mode(0o600).open(&path) {
            Ok(file) => Ok(Self { path, file: Mutex::new(file), clock }),
            Err(source) => Err(AuditError { path, source }),
        }
    }

    /// Records an act before it is done. Blocks for a disk flush.
    pub fn record(&self, caller: &Caller, act: &str, what: &str) -> Result<(), AuditError> {
        let now = self.clock.now();
        let line = Line {
            day: now.day.to_string(),
            unix_s: now.unix_s,
            role: caller.role.as_str(),
            caller: &caller.id,
            act,
            what,
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = serde_json::to_string(&line).map_err(io::Error::other).and_then(|line| {
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        });
        written.map_err(|source| AuditError { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_appended_across_restarts() {
        let dir = tempfile::tempdir().unwrap();
        for act in ["create token", "revoke token"] {
            let audit = Audit::open(dir.path(), Clock::system().unwrap()).unwrap();
            audit.record(&Caller::on_socket(), act, "officer \"x\"\n").unwrap();
        }
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        let acts: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            acts.iter().map(|line| line["act"].as_str().unwrap()).collect::<Vec<_>>(),
            ["create token", "revoke token"]
        );
    }
}
