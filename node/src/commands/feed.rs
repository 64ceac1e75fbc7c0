//! `faccina feed`: all feeds as one file, for a node that no network reaches, an auditor, a backup.

use super::{ConfigPath, Outcome, client::answered};
use bytes::Bytes;
use clap::{Args, Subcommand};
use faccina_proto::wire::admin::v1::{Chunk, ExportFeedsRequest};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use tokio_stream::StreamExt;

/// Bytes of a file in one message.
const CHUNK_BYTES: usize = 256 * 1024;
/// Messages under way while a file is read.
const CHUNKS_IN_FLIGHT: usize = 4;

/// Carry all feeds in a file
#[derive(Debug, Args)]
pub struct Feed {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Export(Export),
    Import(Import),
}

/// Write all feeds that this node holds into a file
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina feed export federation.faccina")]
struct Export {
    #[command(flatten)]
    node: ConfigPath,
    /// The file; must not exist
    file: PathBuf,
}

/// Take over the entries of a file, verified as if they came from a peer
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina feed import /media/usb/federation.faccina")]
struct Import {
    #[command(flatten)]
    node: ConfigPath,
    file: PathBuf,
}

/// Why a file could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {}", .path.display())]
struct FileError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// What was taken in stays; the lines above say what was not, and why.
#[derive(Debug, thiserror::Error)]
#[error("not every entry of the file was taken in: see the lines marked with !")]
struct NotAll;

impl Feed {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Export(export) => export.run(),
            Act::Import(import) => import.run(),
        }
    }
}

impl Export {
    fn run(self) -> Outcome {
        let path = self.file;
        self.node.with_node(|mut admin| async move {
            let mut chunks = answered(admin.export_feeds(ExportFeedsRequest {}).await)?;
            let failed = |source| FileError { path: path.clone(), source };
            let mut file = File::create_new(&path).map_err(failed)?;
            let mut bytes = 0;
            while let Some(chunk) = chunks.next().await {
                let Chunk { data } = chunk.map_err(|status| status.message().to_owned())?;
                file.write_all(&data).map_err(failed)?;
                bytes += data.len();
            }
            file.sync_all().map_err(failed)?;
            println!("{bytes} bytes written to {}", path.display());
            Ok(())
        })
    }
}

impl Import {
    fn run(self) -> Outcome {
        let path = self.file;
        self.node.with_node(|mut admin| async move {
            let file = File::open(&path).map_err(|source| FileError { path: path.clone(), source })?;
            let (sender, receiver) = tokio::sync::mpsc::channel(CHUNKS_IN_FLIGHT);
            let reading = read_chunks(&path, file, sender);
            let importing = admin.import_feeds(tokio_stream::wrappers::ReceiverStream::new(receiver));
            let (read, imported) = tokio::join!(reading, importing);
            read?;
            let reply = answered(imported)?;
            println!("{} entries added, {} were known", reply.added, reply.known);
            for refused in &reply.refused {
                println!("! {refused}");
            }
            if !reply.refused.is_empty() {
                return Err(NotAll.into());
            }
            Ok(())
        })
    }
}

async fn read_chunks(
    path: &Path,
    mut file: File,
    chunks: tokio::sync::mpsc::Sender<Chunk>,
) -> Result<(), FileError> {
    loop {
        let mut data = Vec::with_capacity(CHUNK_BYTES);
        let limit = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
        let read = Read::by_ref(&mut file).take(limit).read_to_end(&mut data);
        let read = read.map_err(|source| FileError { path: path.to_owned(), source })?;
        // The node ends a call it refuses; its answer says why.
        if read == 0 || chunks.send(Chunk { data: Bytes::from(data) }).await.is_err() {
            return Ok(());
        }
    }
}
