//! Votes from flags or from a CSV file: all of them, or none.

use super::tap::{SentFace, read_invite};
use faccina_proto::{ballot::Face, names::Code};
use serde::Deserialize;

/// Most votes of one file: half a queue, and one durable batch.
pub const ROWS_MAX: usize = 10_000;
/// Longest file, in bytes: its rows with long codes and invites.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// How many wrong lines are named: the first ones show what is wrong with the others.
const WRONG_LINES_MAX: usize = 20;

/// One vote that is not tapped on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The service judged.
    pub service: Code,
    /// The face.
    pub face: Face,
    /// SHA-256 of the invite, where the terminal's mode needs one.
    pub invite_hash: Option<[u8; 32]>,
}

/// A row before it is checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Code of the service.
    pub service: String,
    /// green, yellow or red.
    pub face: String,
    /// 1 to 4 with red; empty or 0 for none.
    #[serde(default)]
    pub reason: Option<u32>,
    /// 32 hex digits, or a code on paper; empty for none.
    #[serde(default)]
    pub invite: Option<String>,
}

impl Written {
    /// Checks the row.
    pub fn row(&self) -> Result<Row, String> {
        let service: Code = self.service.parse().map_err(|error| format!("service: {error}"))?;
        let face: SentFace = self
            .face
            .parse()
            .map_err(|wanted| format!("face is {:?}, but it must be {wanted}", self.face))?;
        let reason = self.reason.unwrap_or(0);
        let face = face
            .with_reason(reason)
            .ok_or_else(|| format!("reason is {reason}, but only red has one, from 1 to 4"))?;
        let invite_hash = match self.invite.as_deref() {
            None | Some("") => None,
            Some(text) => {
                let hash = read_invite(text).map_err(|error| {
                    format!("invite is neither 32 hex digits nor a code on paper: {error}")
                })?;
                Some(*hash.as_bytes())
            }
        };
        Ok(Row { service, face, invite_hash })
    }
}

/// Why a file is not cast. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// Split the file.
    #[error("the file has {0} bytes, at most {FILE_BYTES_MAX}: split it")]
    TooLong(usize),
    /// Split the file.
    #[error("the file has more than {ROWS_MAX} votes: split it")]
    TooMany,
    /// Correct these lines; nothing was cast.
    #[error("nothing was cast; wrong lines:\n{}", .0.join("\n"))]
    Lines(Vec<String>),
    /// Write at least one vote under the header.
    #[error("the file holds no vote under its header `service,face,reason,invite`")]
    Empty,
}

/// Reads a CSV file with the header `service,face[,reason][,invite]`.
pub fn read(file: &[u8]) -> Result<Vec<Row>, RowsError> {
    if file.len() > FILE_BYTES_MAX {
        return Err(RowsError::TooLong(file.len()));
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let headers = reader.headers().cloned().unwrap_or_default();
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    for record in reader.records().take(ROWS_MAX + 1) {
        let line = |position: Option<&csv::Position>| position.map_or(0, csv::Position::line);
        let (line, row) = match record {
            Err(error) => (line(error.position()), Err(error.to_string())),
            Ok(record) => {
                let written = record.deserialize::<Written>(Some(&headers));
                let row = written.map_err(|error| cause(&error)).and_then(|written| written.row());
                (line(record.position()), row)
            }
        };
        match row {
            Ok(row) => rows.push(row),
            Err(cause) if wrong.len() < WRONG_LINES_MAX => wrong.push(format!("line {line}: {cause}")),
            Err(_) => {}
        }
    }
    match (wrong.is_empty(), rows.len()) {
        (false, _) => Err(RowsError::Lines(wrong)),
        (true, 0) => Err(RowsError::Empty),
        (true, votes) if votes > ROWS_MAX => Err(RowsError::TooMany),
        (true, _) => Ok(rows),
    }
}

/// The cause alone: the line is named by the caller.
fn cause(error: &csv::Error) -> String {
    if let csv::ErrorKind::Deserialize { err, .. } = error.kind() {
        err.to_string()
    } else {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::{ballot::Reason, invites::PaperInvite};

    #[test]
    fn every_row_becomes_a_vote() {
        let rows = read(b"service,face,reason\nurp,green,\ntributi , red,2\nurp,yellow,0\n").unwrap();
        let faces: Vec<_> = rows.iter().map(|row| row.face).collect();
        assert_eq!(faces, [Face::Green, Face::Red(Some(Reason::Second)), Face::Yellow]);
        assert_eq!(rows[1].service.as_str(), "tributi");
        let short = read(b"face,service\ngreen,urp\n").unwrap();
        assert_eq!(short.len(), 1);
        let invited = read(b"service,face,invite\nurp,green,000102030405060708090a0b0c0d0e0f\n").unwrap();
        let paper = read(b"service,face,invite\nurp,green,abcde-fgh0i\n").unwrap();
        let typed = PaperInvite::parse("ABCDE FGH01").unwrap().hash();
        assert_eq!(paper[0].invite_hash, Some(*typed.as_bytes()));
        assert!(invited[0].invite_hash.is_some_and(|hash| hash != *typed.as_bytes()));
    }

    #[test]
    fn wrong_rows_are_named_by_line_and_nothing_is_half_done() {
        let file = b"service,face,reason\nurp,green,\nurp,blue,\nURP,red,\nurp,green,3\nurp\n";
        let Err(RowsError::Lines(lines)) = read(file) else { panic!("accepted") };
        let numbers: Vec<_> = lines.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(numbers, ["line 3", "line 4", "line 5", "line 6"], "{lines:?}");
        assert!(lines[0].contains("green, yellow or red"), "{lines:?}");
    }

    #[test]
    fn unknown_columns_and_empty_files_are_refused() {
        assert!(matches!(read(b"service,face,name\nurp,green,Anna\n"), Err(RowsError::Lines(_))));
        assert!(matches!(read(b"votes\n1\n"), Err(RowsError::Lines(_))));
        assert_eq!(read(b"service,face\n"), Err(RowsError::Empty));
        assert_eq!(read(b""), Err(RowsError::Empty));
        let many = format!("service,face\n{}", "u,red\n".repeat(ROWS_MAX + 1));
        assert_eq!(read(many.as_bytes()), Err(RowsError::TooMany));
    }
}
