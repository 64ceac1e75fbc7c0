//! `faccina backup` and `faccina restore`: a running node in one encrypted file, and a node made of it.

use super::{
    ConfigPath, Outcome, block_on,
    client::{ClientError, answered, connect},
};
use crate::{
    backup::{Backup, NoPassphrase, PASSPHRASE_BYTES_MAX, Passphrase},
    config::{Config, Role},
};
use clap::Args;
use faccina_proto::wire::admin::v1::{BackupRequest, Chunk};
use std::{
    env,
    error::Error,
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tonic::Streaming;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Name another file.
    #[error("{} exists already, and a backup never replaces a file", .path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {}", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot read the passphrase from {}", .path.display())]
    PassphraseFile {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// `chmod 600`.
    #[error("{} can be read by others: run `chmod 600 {}`", .path.display(), .path.display())]
    Open { path: PathBuf },
    #[error(transparent)]
    Passphrase(#[from] NoPassphrase),
    #[error("the two passphrases are not the same: nothing was done")]
    Differ,
    /// Give it in a file where there is no terminal.
    #[error("the passphrase cannot be typed here: give it with --passphrase-file")]
    NoTerminal(#[source] io::Error),
}

#[derive(Debug, Args)]
struct PassphraseArgs {
    /// File with the passphrase on its first line, readable by the owner only; a bare name is a systemd credential. Typed
    /// if not given
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    fn read(&self, twice: bool) -> Result<Passphrase, FileError> {
        let Some(file) = &self.passphrase_file else { return typed(twice) };
        let credentials = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let is_bare = file.components().count() == 1;
        let path = match credentials {
            Some(dir) if is_bare => dir.join(file),
            Some(_) | None => file.clone(),
        };
        let unreadable = |source| FileError::PassphraseFile { path: path.clone(), source };
        let opened = File::open(&path).map_err(unreadable)?;
        if opened.metadata().map_err(unreadable)?.permissions().mode() & 0o077 != 0 {
            return Err(FileError::Open { path });
        }
        let mut text = String::new();
        let most = u64::try_from(PASSPHRASE_BYTES_MAX + 2).unwrap_or(u64::MAX);
        opened.take(most).read_to_string(&mut text).map_err(unreadable)?;
        Ok(Passphrase::new(text.lines().next().unwrap_or_default())?)
    }
}

fn typed(twice: bool) -> Result<Passphrase, FileError> {
    let first = rpassword::prompt_password("Passphrase: ").map_err(FileError::NoTerminal)?;
    let passphrase = Passphrase::new(&first)?;
    if twice {
        let second = rpassword::prompt_password("The same again: ").map_err(FileError::NoTerminal)?;
        if second != first {
            return Err(FileError::Differ);
        }
    }
    Ok(passphrase)
}

/// Back the running node up into one encrypted file
///
/// Holds the databases, ballot boxes, configuration and keys. Without the passphrase nobody can open it, its owner
/// included: write it down and keep it apart from the file. Votes go on being taken in while the backup is made. It is read
/// back to its end before the command says that it is made.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina backup /media/usb/faccina-2026-11.backup\n\n\
    Old backups hold ballots of months that the node has destroyed since: delete them after the retention of those months.")]
pub struct BackUp {
    #[command(flatten)]
    node: ConfigPath,
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl BackUp {
    pub(super) fn run(self) -> Outcome {
        let config = Config::load(&self.node.config).map_err(ClientError::Config)?;
        if self.file.exists() {
            return Err(FileError::Exists { path: self.file }.into());
        }
        let passphrase = self.passphrase.read(true)?;
        let request = BackupRequest { passphrase: passphrase.as_str().to_owned() };
        let file = self.file.clone();
        let backup: Result<Backup, Box<dyn Error + Send + Sync>> = block_on(async move {
            let mut admin = connect(&config.listen.admin_socket).await?;
            let chunks = answered(admin.backup(request).await)?;
            written(chunks, &file, passphrase).await
        })
        .map_err(ClientError::Runtime)?;
        let backup = backup?;
        let (parts, bytes) = (backup.manifest.parts.len(), backup.manifest.parts.iter().map(|it| it.bytes));
        println!("Backup of {} in {}", backup.opening.ipa_code, self.file.display());
        println!("{parts} parts with {} bytes, read back and found whole.", bytes.sum::<u64>());
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a backup whole or not at all: under another name first, read back, then linked to its own name, which fails if that
/// exists.
async fn written(
    mut chunks: Streaming<Chunk>,
    file: &Path,
    passphrase: Passphrase,
) -> Result<Backup, Box<dyn Error + Send + Sync>> {
    let io = |source| FileError::Io { path: file.to_owned(), source };
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Readable by the owner only, and removed unless it is linked.
    let mut draft = tempfile::Builder::new().prefix(".backup-").tempfile_in(dir).map_err(io)?;
    while let Some(chunk) =
        chunks.message().await.map_err(|status| ClientError::Refused(status.message().to_owned()))?
    {
        draft.write_all(&chunk.data).map_err(io)?;
    }
    draft.as_file().sync_all().map_err(io)?;
    let backup = Backup::open(draft.path(), passphrase)?;
    let kept = draft.persist_noclobber(file);
    kept.map_err(|error| {
        if error.error.kind() == io::ErrorKind::AlreadyExists {
            FileError::Exists { path: file.to_owned() }
        } else {
            io(error.error)
        }
    })?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
    Ok(backup)
}

/// Make a node of a backup
///
/// The backup is read to its end before anything is written, and only into a new directory. The old node must never run
/// again beside the restored one: if it lives, both stop publishing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  faccina restore /media/usb/faccina-2026-11.backup --dir /var/lib/faccina"
)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Directory of the restored node; it must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl Restore {
    pub(super) fn run(self) -> Outcome {
        let backup = Backup::open(&self.file, self.passphrase.read(false)?)?;
        let config = backup.restore(&self.dir)?;
        println!("Node       {} in {}", config.ipa_code, self.dir.display());
        if let Some(day) = backup.day() {
            println!("As of      {day}");
        }
        println!("Start it   faccina run --config {}", config.path.display());
        println!();
        println!("Make sure that the old node never runs again: two nodes with one key stop each other.");
        println!(
            "At its first start it asks the other nodes what it has published since, and takes that over."
        );
        if config.role == Role::Ente {
            println!(
                "Until they have told, votes wait on the terminals; those that wait there come by themselves."
            );
            println!(
                "Votes that the old node had confirmed since that day are lost. Invites given out before are void:"
            );
            println!(
                "give out new ones. Terminals, desks and tokens of that day go on; newer ones are enrolled anew."
            );
            println!("The next summary says that the data were restored.");
        }
        Ok(ExitCode::SUCCESS)
    }
}
