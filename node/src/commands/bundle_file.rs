//! A bundle of feeds on a disk or a stick.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Largest bundle, in bytes: all feeds of a national federation for ten years hold about 1.5 GiB.
const BUNDLE_BYTES_MAX: u64 = 4 << 30;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BundleFileError {
    #[error("cannot read {}", .path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} has more than {BUNDLE_BYTES_MAX} bytes: it is no bundle of feeds", .path.display())]
    TooLarge { path: PathBuf },
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, BundleFileError> {
    let unreadable = |source| BundleFileError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(BUNDLE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > BUNDLE_BYTES_MAX {
        Err(BundleFileError::TooLarge { path: path.to_owned() })
    } else {
        Ok(bytes)
    }
}
