//! Making a backup: one part after the other, from the databases of the running node into the seal.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use faccina_proto::calendar::{CivilDay, Month};
use faccina_proto::envelope::FederationId;

use super::record::{self, FORMAT, Held, Manifest, Opening, Part, Piece, Row, Sum};
use super::sealed::{Passphrase, Sealed, SealedError};
use super::{CONFIG, FEDERATION};
use crate::audit;
use crate::config::Config;
use crate::intake::{Archive, BoxError};
use crate::keys;
use crate::store::{self, Scan, Store, StoreError};

/// Bytes of a file in one record.
const FILE_PIECE_BYTES: u64 = 64 * 1024;

/// Why there is no backup. The node goes on as before; what was written of the backup does not open.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("a database cannot be read")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Box(#[from] BoxError),
    #[error("the backup")]
    Sealed(#[from] SealedError),
    #[error("cannot read {}", .path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Free space where the backup is written, or another connection.
    #[error("the backup cannot be written on")]
    Write(#[source] io::Error),
}

/// What a backup is made of. Clones share it.
#[derive(Clone, Debug)]
pub struct Source {
    pub(crate) config: Arc<Config>,
    pub(crate) federation: FederationId,
    /// The node's own database.
    pub(crate) node: Arc<dyn Store>,
    /// That of all feeds.
    pub(crate) feeds: Arc<dyn Store>,
    /// The ballot boxes; only on an ente.
    pub(crate) archive: Option<Archive>,
}

impl Source {
    /// Writes a backup of `today` into `out`. No month may be closed or destroyed meanwhile; votes are taken in. Blocks.
    pub fn write(
        &self,
        today: CivilDay,
        passphrase: &Passphrase,
        out: impl Write,
    ) -> Result<Manifest, BackupError> {
        let mut writing = Writing { out: Sealed::begin(out, passphrase)?, held: Vec::new() };
        writing.put(Piece::Opening(Opening {
            format: FORMAT,
            ipa_code: self.config.ipa_code.to_string(),
            federation: Bytes::copy_from_slice(self.federation.as_bytes()),
            day: today.yyyymmdd(),
            software_version: env!("CARGO_PKG_VERSION").to_owned(),
        }))?;
        writing.file(CONFIG, &self.config.path)?;
        writing.file(FEDERATION, &self.config.federation_file)?;
        // Those that wait come first: one that takes its place meanwhile is there twice, never lost.
        for name in keys::NEXT_FILES {
            let path = self.config.keys_dir.join(name);
            if let Some(file) = waiting(&path)? {
                writing.put_file(&format!("data/keys/{name}"), &path, &file)?;
            }
        }
        for name in keys::SECRET_FILES.iter().chain([&keys::CERTIFICATE_FILE]) {
            writing.file(&format!("data/keys/{name}"), &self.config.keys_dir.join(name))?;
        }
        writing.file(&format!("data/{}", audit::FILE), &self.config.data_dir.join(audit::FILE))?;
        // The feeds first: what a box says of a close is never behind them.
        writing.database(&format!("data/{}", store::FEEDS_DIR), self.feeds.snapshot()?)?;
        writing.database(&format!("data/{}", store::NODE_DIR), self.node.snapshot()?)?;
        if let Some(archive) = &self.archive {
            for month in archive.months() {
                self.ballot_box(archive, month, &mut writing)?;
            }
            archive.shut();
        }
        let manifest = Manifest { parts: std::mem::take(&mut writing.held) };
        writing.put(Piece::Manifest(manifest.clone()))?;
        writing.out.end().map_err(BackupError::Write)?;
        Ok(manifest)
    }

    fn ballot_box<W: Write>(
        &self,
        archive: &Archive,
        month: Month,
        writing: &mut Writing<W>,
    ) -> Result<(), BackupError> {
        let Some(ballot_box) = archive.existing(month)? else { return Ok(()) };
        let key = format!("box-{:06}.key", month.yyyymm());
        writing.file(&format!("data/keys/{key}"), &self.config.keys_dir.join(&key))?;
        writing.database(&format!("data/{}", store::box_dir(month)), ballot_box.snapshot()?)
    }
}

/// A key on its way, if there is one.
fn waiting(path: &Path) -> Result<Option<File>, BackupError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BackupError::Unreadable { path: path.to_owned(), source }),
    }
}

struct Writing<W> {
    out: Sealed<W>,
    held: Vec<Held>,
}

impl<W: Write> Writing<W> {
    fn put(&mut self, piece: Piece) -> Result<(), BackupError> {
        record::write(&mut self.out, piece).map_err(BackupError::Write)
    }

    fn file(&mut self, name: &str, path: &Path) -> Result<(), BackupError> {
        let file = File::open(path);
        let file = file.map_err(|source| BackupError::Unreadable { path: path.to_owned(), source })?;
        self.put_file(name, path, &file)
    }

    /// A file as long as it is now: what is appended meanwhile is left out.
    fn put_file(&mut self, name: &str, path: &Path, file: &File) -> Result<(), BackupError> {
        let unreadable = |source| BackupError::Unreadable { path: path.to_owned(), source };
        let mut left = file.metadata().map_err(unreadable)?.len();
        self.put(Piece::Part(Part { name: name.to_owned(), is_database: false }))?;
        let mut sum = Sum::of(name);
        while left > 0 {
            let mut piece = Vec::new();
            file.take(left.min(FILE_PIECE_BYTES)).read_to_end(&mut piece).map_err(unreadable)?;
            if piece.is_empty() {
                return Err(unreadable(io::ErrorKind::UnexpectedEof.into()));
            }
            left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(left));
            sum.add(&[&piece]);
            self.put(Piece::Bytes(piece.into()))?;
        }
        self.held.push(sum.end());
        Ok(())
    }

    fn database(&mut self, name: &str, records: Scan<'_>) -> Result<(), BackupError> {
        self.put(Piece::Part(Part { name: name.to_owned(), is_database: true }))?;
        let mut sum = Sum::of(name);
        for record in records {
            let (key, value) = record?;
            sum.add(&[&key, &value]);
            self.put(Piece::Row(Row { key, value }))?;
        }
        self.held.push(sum.end());
        Ok(())
    }
}
