//! Whether the method bites: a writer that promises too early must be caught, one that syncs first must not.

use super::disk::{self, Disk, DiskError};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Records written by each of the two.
pub(crate) const RECORDS: usize = 1_000;
const RECORD_BYTES: usize = 4096;

/// Promised records that a cut left, of [`RECORDS`] each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) promised_early: usize,
    pub(crate) synced_first: usize,
}

impl Control {
    /// Whether the early writer lost records, and the other none.
    pub(crate) fn bites(self) -> bool {
        self.promised_early < RECORDS && self.synced_first == RECORDS
    }
}

/// Runs both writers, each on a disk of its own under `place`.
pub(crate) fn run(place: &Path) -> Result<Control, DiskError> {
    Ok(Control { promised_early: survivors(place, false)?, synced_first: survivors(place, true)? })
}

fn survivors(place: &Path, sync: bool) -> Result<usize, DiskError> {
    let (image, cut, root) =
        (place.join("control.img"), place.join("control-cut.img"), place.join("control"));
    disk::format(&image)?;
    let whole = Disk::mount(image, &root)?;
    let path = whole.root().join("records");
    let file = |source| DiskError::File { path: path.clone(), source };
    write(&path, sync).map_err(file)?;
    whole.as_cut(&cut)?;
    whole.discard()?;
    let left = Disk::mount(cut, &root)?;
    let found = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(file)?,
    };
    left.discard()?;
    let records = found.chunks_exact(RECORD_BYTES).zip(0..);
    Ok(records.take_while(|(record, number)| *record == self::record(*number)).count())
}

/// Each record counts as promised when this has gone past it.
fn write(path: &Path, sync: bool) -> io::Result<()> {
    let mut file = File::create(path)?;
    for number in 0..RECORDS {
        file.write_all(&record(number))?;
        if sync {
            file.sync_data()?;
        }
    }
    if sync {
        file.sync_all()?;
        File::open(path.parent().unwrap_or(path))?.sync_all()?;
    }
    Ok(())
}

fn record(number: usize) -> Vec<u8> {
    number.to_be_bytes().into_iter().cycle().take(RECORD_BYTES).collect()
}
