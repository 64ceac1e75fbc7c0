//! Short files of text, read whole: configurations, keys, what a device keeps. None is read beyond its bound, whatever
//! lies under its name: a disk image in the place of the settings, or a device that never ends.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Bytes of a file that a person or a device has written; the longest sample has a fortieth.
pub(crate) const SHORT_BYTES_MAX: u64 = 256 * 1024;

/// Correct the path, or bring the right file back.
#[derive(Debug, thiserror::Error)]
#[error(
    "the file has more than {bytes_max} bytes, which none of its kind has: see whether it is the right one"
)]
struct TooLong {
    bytes_max: u64,
}

/// Reads a file of at most so many bytes.
pub(crate) fn text(path: &Path, bytes_max: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    // A byte more is enough to know.
    File::open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, TooLong { bytes_max }));
    }
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_no_further() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "più").unwrap();
        assert_eq!(text(&path, 4).unwrap(), "più");
        // Also where the bound falls into a letter.
        for bytes_max in [2, 3] {
            let refused = text(&path, bytes_max).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::FileTooLarge);
            assert!(refused.to_string().contains(&format!("more than {bytes_max} bytes")), "{refused}");
        }
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(text(&path, 4).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
