//! Making a node of a backup: all of it is read and held against its manifest before anything is written, then the node's
//! directory is built beside its place and takes it at the end.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use faccina_proto::calendar::CivilDay;

use super::record::{self, FORMAT, Held, Manifest, Opening, PARTS_MAX, Part, Piece, Sum};
use super::sealed::{Opened, Passphrase, SealedError};
use super::{CONFIG, FEDERATION, Kind, kind_of};
use crate::config::{Config, ConfigError};
use crate::loss::{self, LossError, Stage};
use crate::store::{self, Batch, NODE_DIR, SledStore, Store, StoreError};

/// Records in one durable batch of a database that is being written.
const BATCH_RECORDS_MAX: usize = 1_024;
/// Bytes in one.
const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The configuration is held in memory while it is adapted.
const CONFIG_BYTES_MAX: usize = 256 * 1024;

/// Why nothing was restored. What existed is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("cannot use {}", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Name the right file, the right passphrase, or another copy.
    #[error("the backup {} cannot be opened", .path.display())]
    Sealed {
        path: PathBuf,
        #[source]
        source: SealedError,
    },
    #[error("the backup {} cannot be read", .path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Install a newer version.
    #[error("the backup has format {found}, this version knows {FORMAT}: install a newer version")]
    Newer { found: u32 },
    /// Use another backup.
    #[error("the backup is not in order: {what}")]
    Order { what: &'static str },
    /// Use another backup.
    #[error("the part {name:?} of the backup belongs to no node")]
    Part { name: String },
    /// Use another backup: what it holds is not what was put into it.
    #[error("the part {name:?} of the backup is not what its manifest says")]
    Manifest { name: String },
    /// Name a directory that does not exist, or is empty.
    #[error(
        "{} is not empty: a backup is restored into a new directory only; move the old one away first, and do not run both",
        .path.display()
    )]
    NotEmpty { path: PathBuf },
    #[error(
        "a restore that was interrupted has left {}, with the keys of the node: if none runs now, remove it and restore again", .path.display()
    )]
    Interrupted { path: PathBuf },
    #[error("a database cannot be written")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Loss(#[from] LossError),
    #[error("the configuration in the backup")]
    Config(#[from] ConfigError),
}

/// A backup that has been read to its end and is what its manifest says.
#[derive(Debug)]
pub struct Backup {
    path: PathBuf,
    file: File,
    passphrase: Passphrase,
    pub opening: Opening,
    pub manifest: Manifest,
}

impl Backup {
    /// Opens a backup and reads all of it. Blocks.
    pub fn open(path: &Path, passphrase: Passphrase) -> Result<Self, RestoreError> {
        let file = File::open(path).map_err(|source| RestoreError::File { path: path.to_owned(), source })?;
        let (opening, manifest) = walk(path, &file, &passphrase, &mut Unwritten)?;
        Ok(Self { path: path.to_owned(), file, passphrase, opening, manifest })
    }

    /// The day on which it was made, by the clock of the node.
    pub fn day(&self) -> Option<CivilDay> {
        CivilDay::from_yyyymmdd(self.opening.day).ok()
    }

    /// Makes the node's directory of it, whole or not at all. Gives the configuration. Blocks.
    pub fn restore(&self, dir: &Path) -> Result<Config, RestoreError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| RestoreError::File { path, source }
        };
        let is_empty = match fs::read_dir(dir) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(source) => return Err(io(dir)(source)),
        };
        if !is_empty {
            return Err(RestoreError::NotEmpty { path: dir.to_owned() });
        }
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(io(parent))?;
        let name = format!(".restoring-{}", dir.file_name().unwrap_or_default().display());
        // One name: what a killed restore has left holds the node's keys, and is found again.
        let draft = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempdir_in(parent);
        let draft = draft.map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                RestoreError::Interrupted { path: parent.join(&name) }
            } else {
                io(parent)(source)
            }
        })?;
        self.build(draft.path())?;
        // Only the configuration that is about to be used says where things are.
        Config::load(&draft.path().join(CONFIG))?;
        let draft = draft.keep();
        let placed = fs::rename(&draft, dir).and_then(|()| File::open(parent)?.sync_all());
        if let Err(source) = placed {
            // The draft is of no use; the error that counts is the first one.
            let _removed = fs::remove_dir_all(&draft);
            return Err(io(dir)(source));
        }
        Ok(Config::load(&dir.join(CONFIG))?)
    }

    fn build(&self, draft: &Path) -> Result<(), RestoreError> {
        let mut file = &self.file;
        let unreadable = |source| RestoreError::Unreadable { path: self.path.clone(), source };
        file.rewind().map_err(unreadable)?;
        let mut building = Building { dir: draft, open: Open::Nothing };
        for dir in ["data", "data/keys"] {
            let path = draft.join(dir);
            let made = DirBuilder::new().mode(0o700).create(&path);
            made.map_err(|source| RestoreError::File { path, source })?;
        }
        let (_, manifest) = walk(&self.path, file, &self.passphrase, &mut building)?;
        if manifest != self.manifest {
            return Err(RestoreError::Order { what: "it was changed while it was read" });
        }
        let node = store::open(&draft.join("data").join(NODE_DIR))?;
        Ok(loss::mark(&node, Stage::PutBack)?)
    }
}

/// Where the pieces of a backup go.
trait Sink {
    fn begin(&mut self, name: &str, kind: Kind) -> Result<(), RestoreError>;
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), RestoreError>;
    fn row(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), RestoreError>;
    fn end(&mut self) -> Result<(), RestoreError>;
}

/// Nowhere: the backup is only read.
struct Unwritten;

impl Sink for Unwritten {
    fn begin(&mut self, _: &str, _: Kind) -> Result<(), RestoreError> {
        Ok(())
    }

    fn bytes(&mut self, _: &[u8]) -> Result<(), RestoreError> {
        Ok(())
    }

    fn row(&mut self, _: Vec<u8>, _: Vec<u8>) -> Result<(), RestoreError> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), RestoreError> {
        Ok(())
    }
}

/// Reads a backup to its end and holds it against its manifest.
fn walk(
    path: &Path,
    file: &File,
    passphrase: &Passphrase,
    sink: &mut dyn Sink,
) -> Result<(Opening, Manifest), RestoreError> {
    let sealed = |source| RestoreError::Sealed { path: path.to_owned(), source };
    let unreadable = |source| RestoreError::Unreadable { path: path.to_owned(), source };
    let mut plain = Opened::begin(BufReader::new(file), passphrase).map_err(sealed)?;
    let order = |what| RestoreError::Order { what };
    let opening = match record::read(&mut plain).map_err(unreadable)? {
        Some(Piece::Opening(opening)) if opening.format == FORMAT => opening,
        Some(Piece::Opening(opening)) => return Err(RestoreError::Newer { found: opening.format }),
        Some(_) | None => return Err(order("it does not begin with its opening")),
    };
    let mut held: Vec<Held> = Vec::new();
    let mut part: Option<(Part, Sum)> = None;
    loop {
        match record::read(&mut plain).map_err(unreadable)? {
            Some(Piece::Part(next)) => {
                end_part(part.take(), &mut held, sink)?;
                let kind = kind_of(&next.name).filter(|kind| (*kind == Kind::Database) == next.is_database);
                let again = held.iter().any(|before| before.name == next.name);
                let kind = kind.filter(|_| !again && held.len() < PARTS_MAX);
                sink.begin(&next.name, kind.ok_or_else(|| RestoreError::Part { name: next.name.clone() })?)?;
                let sum = Sum::of(&next.name);
                part = Some((next, sum));
            }
            Some(Piece::Bytes(bytes)) => match &mut part {
                Some((Part { is_database: false, .. }, sum)) => {
                    sum.add(&[&bytes]);
                    sink.bytes(&bytes)?;
                }
                Some(_) | None => return Err(order("bytes stand outside a file")),
            },
            Some(Piece::Row(row)) => match &mut part {
                Some((Part { is_database: true, .. }, sum)) => {
                    sum.add(&[&row.key, &row.value]);
                    sink.row(row.key, row.value)?;
                }
                Some(_) | None => return Err(order("a record stands outside a database")),
            },
            Some(Piece::Manifest(manifest)) => {
                end_part(part.take(), &mut held, sink)?;
                if record::read(&mut plain).map_err(unreadable)?.is_some() {
                    return Err(order("something follows its manifest"));
                }
                expect_held(&manifest, &held)?;
                return Ok((opening, manifest));
            }
            Some(Piece::Opening(_)) => return Err(order("it opens twice")),
            None => return Err(order("its manifest is missing")),
        }
    }
}

fn end_part(
    part: Option<(Part, Sum)>,
    held: &mut Vec<Held>,
    sink: &mut dyn Sink,
) -> Result<(), RestoreError> {
    if let Some((_, sum)) = part {
        sink.end()?;
        held.push(sum.end());
    }
    Ok(())
}

fn expect_held(manifest: &Manifest, held: &[Held]) -> Result<(), RestoreError> {
    for (said, found) in manifest.parts.iter().zip(held) {
        if said != found {
            return Err(RestoreError::Manifest { name: found.name.clone() });
        }
    }
    if manifest.parts.len() != held.len() {
        return Err(RestoreError::Order { what: "its manifest names other parts than it holds" });
    }
    Ok(())
}

/// A node's directory that is being written.
struct Building<'a> {
    dir: &'a Path,
    open: Open,
}

enum Open {
    Nothing,
    Config(Vec<u8>),
    File { path: PathBuf, file: BufWriter<File> },
    Database { store: SledStore, batch: Batch, records: usize, bytes: usize },
}

impl Sink for Building<'_> {
    fn begin(&mut self, name: &str, kind: Kind) -> Result<(), RestoreError> {
        let path = self.dir.join(name);
        self.open = match kind {
            Kind::Public if name == CONFIG => Open::Config(Vec::new()),
            Kind::Database => {
                Open::Database { store: store::open(&path)?, batch: Batch::new(), records: 0, bytes: 0 }
            }
            Kind::Secret | Kind::Public => {
                let mode = if kind == Kind::Secret { 0o600 } else { 0o644 };
                let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
                let file = file.map_err(|source| RestoreError::File { path: path.clone(), source })?;
                Open::File { path, file: BufWriter::new(file) }
            }
        };
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        match &mut self.open {
            Open::Config(text) if text.len() + bytes.len() <= CONFIG_BYTES_MAX => {
                text.extend_from_slice(bytes);
                Ok(())
            }
            Open::Config(_) => Err(RestoreError::Order { what: "its configuration is too long" }),
            Open::File { path, file } => {
                file.write_all(bytes).map_err(|source| RestoreError::File { path: path.clone(), source })
            }
            Open::Nothing | Open::Database { .. } => Ok(()),
        }
    }

    fn row(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), RestoreError> {
        if let Open::Database { store, batch, records, bytes } = &mut self.open {
            *records += 1;
            *bytes += key.len() + value.len();
            batch.put(key, value);
            if *records >= BATCH_RECORDS_MAX || *bytes >= BATCH_BYTES_MAX {
                store.commit(std::mem::take(batch))?;
                (*records, *bytes) = (0, 0);
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), RestoreError> {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing => Ok(()),
            Open::Database { store, batch, .. } => Ok(store.commit(batch)?),
            Open::File { path, file } => {
                let synced = file.into_inner().map_err(io::IntoInnerError::into_error);
                let synced = synced.and_then(|file| file.sync_all());
                synced.map_err(|source| RestoreError::File { path, source })
            }
            Open::Config(text) => {
                let path = self.dir.join(CONFIG);
                let text = placed(&String::from_utf8_lossy(&text));
                let written = File::create(&path).and_then(|mut file| {
                    file.write_all(text.as_bytes())?;
                    file.sync_all()
                });
                written.map_err(|source| RestoreError::File { path, source })
            }
        }
    }
}

/// A configuration whose files are where a restored directory has them; all else stays as it was.
fn placed(text: &str) -> String {
    let places = [("data_dir", "data"), ("keys_dir", "data/keys"), ("federation", FEDERATION)];
    let mut in_section = false;
    let line = |line: &str| {
        in_section |= line.trim_start().starts_with('[');
        let key = line.split_once('=').map(|(key, _)| key.trim());
        let place = places.iter().find(|(name, _)| !in_section && key == Some(*name));
        place.map_or_else(|| format!("{line}\n"), |(name, place)| format!("{name} = \"{place}\"\n"))
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_finds_its_files_where_they_are_restored() {
        let text = "# data_dir = \"x\"\ndata_dir = \"/var/lib/faccina\"\nfederation = \"/etc/f.toml\"\nname = \"data_dir = 1\"\n\
                    [listen]\nfederation = \"no key of this section\"\n";
        assert_eq!(
            placed(text),
            "# data_dir = \"x\"\ndata_dir = \"data\"\nfederation = \"federation.toml\"\nname = \"data_dir = 1\"\n\
             [listen]\nfederation = \"no key of this section\"\n"
        );
    }
}
