//! A bundle of feeds on a disk or a stick.

use faccina_proto::bundle;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Largest bundle, in bytes: all feeds of a national federation for ten years hold about 1.5 GiB.
const BUNDLE_BYTES_MAX: u64 = 4 << 30;

/// Bytes with which every bundle begins.
const MAGIC_BYTES: u64 = bundle::MAGIC.len() as u64;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BundleFileError {
    #[error("cannot read {}", .path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is no bundle of feeds: see whether it is the right file", .path.display())]
    NoBundle { path: PathBuf },
    #[error("{} has more than {BUNDLE_BYTES_MAX} bytes: it is no bundle of feeds", .path.display())]
    TooLarge { path: PathBuf },
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, BundleFileError> {
    let unreadable = |source| BundleFileError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(unreadable)?;
    // A disk image, or a device that never ends, is not read into memory to find out.
    (&mut file).take(MAGIC_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes != bundle::MAGIC {
        return Err(BundleFileError::NoBundle { path: path.to_owned() });
    }
    file.take(BUNDLE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > BUNDLE_BYTES_MAX {
        Err(BundleFileError::TooLarge { path: path.to_owned() })
    } else {
        Ok(bytes)
    }
}
