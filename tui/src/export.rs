//! Writes a sheet into a file of a new name: nothing that is there is ever replaced.

use crate::message::Export;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Files of one name that are tried before giving up: a person clears the folder long before.
const SAME_NAME_MAX: u32 = 999;

/// Writes into `folder` and tells the path, or why not.
///
/// # Errors
/// One line that a person can act on: the folder is missing, full, not writable, or holds too many.
pub fn write(folder: &Path, export: &Export) -> Result<String, String> {
    for number in 1..=SAME_NAME_MAX {
        let name = match number {
            1 => format!("{}.{}", export.stem, export.ending),
            _ => format!("{}-{number}.{}", export.stem, export.ending),
        };
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(export.content.as_bytes()).and_then(|()| file.sync_all());
                return written
                    .map(|()| path.display().to_string())
                    .map_err(|error| format!("{}: {error}", path.display()));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    Err(format!("{}: {SAME_NAME_MAX} files of this name already", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_file_has_a_new_name_and_the_first_stays() {
        let folder = tempfile::tempdir().unwrap();
        let export =
            |content: &str| Export { stem: "a".to_owned(), ending: "csv", content: content.to_owned() };
        let first = write(folder.path(), &export("1")).unwrap();
        let second = write(folder.path(), &export("2")).unwrap();
        assert!(first.ends_with("a.csv") && second.ends_with("a-2.csv"), "{first} {second}");
        assert_eq!(std::fs::read_to_string(first).unwrap(), "1");
        let lost = write(&folder.path().join("none"), &export("3")).unwrap_err();
        assert!(lost.contains("none"), "{lost}");
    }
}
