//! A backup of the running node, streamed as it is made; and taking over what a store has lost.

use super::{AdminService, blocking, internal, invalid, wrong};
use crate::{
    backup::Passphrase,
    board::caller,
    federation::NetworkState,
    loss::Stage,
    telling::sentence,
    tokens::Caller,
    words::{Words, say},
};
use bytes::Bytes;
use faccina_proto::{sync::Alarm, wire::admin::v1 as wire};
use std::{
    io::{self, Write},
    time::Duration,
};
use tokio::{runtime::Handle, sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status};

/// Bytes in one message.
const CHUNK_BYTES: usize = 64 * 1024;
/// Messages that wait for the reader.
const CHUNKS_MAX: usize = 4;
/// A reader that takes nothing for so long has gone: no month can be closed while a backup is made.
const SEND_MAX: Duration = Duration::from_secs(60);

type Chunks = mpsc::Sender<Result<wire::Chunk, Status>>;

impl AdminService {
    /// Over the Unix socket only: a backup holds every key, and an administrator's token must not become one.
    pub(super) async fn back_up(
        &self,
        request: Request<wire::BackupRequest>,
    ) -> Result<ReceiverStream<Result<wire::Chunk, Status>>, Status> {
        let caller = caller(&request);
        if caller != Caller::on_socket() {
            return Err(Status::permission_denied(
                "a backup holds the node's keys: make it on the node's own machine, with `faccina backup`",
            ));
        }
        let passphrase =
            Passphrase::new(&request.into_inner().passphrase).map_err(|error| invalid(&error))?;
        self.board.record(caller, "back up", self.clock.today().to_string()).await?;
        let (chunks, taken) = mpsc::channel(CHUNKS_MAX);
        let (source, today, closer) = (self.backup.clone(), self.clock.today(), self.closer.clone());
        tokio::spawn(async move {
            let _no_close = match &closer {
                Some(closer) => Some(closer.pause().await),
                None => None,
            };
            let (out, runtime) = (chunks.clone(), Handle::current());
            let made = tokio::task::spawn_blocking(move || {
                let mut out = ChunkWriter { chunks: out, runtime, chunk: Vec::new() };
                source.write(today, &passphrase, &mut out)
            });
            let failed = match made.await {
                Ok(Ok(_)) => {
                    tracing::info!("backup made");
                    return;
                }
                Ok(Err(error)) => sentence(&error),
                Err(_) => "the node is stopping".to_owned(),
            };
            tracing::warn!(reason = %failed, "no backup was made");
            // A reader that has gone needs no telling.
            let _ = timeout(SEND_MAX, chunks.send(Err(Status::aborted(failed)))).await;
        });
        Ok(ReceiverStream::new(taken))
    }

    pub(super) async fn adopt_own(
        &self,
        caller: Caller,
        asked: wire::AdoptRequest,
    ) -> Result<wire::AdoptReply, Status> {
        let network = self.federation.network();
        let words = match (self.loss.stage(), asked.offline) {
            (Stage::PutBack | Stage::Asking, true) => {
                self.board.record(caller, "adopt", "nobody can be asked".to_owned()).await?;
                let next = if self.closer.is_some() { Stage::Untold } else { Stage::Whole };
                self.keep_stage(next).await?;
                say("adopt-alone", &[])
            }
            (Stage::PutBack | Stage::Asking, false) => say("adopt-asking", &[]),
            (Stage::Whole | Stage::Untold, _) => {
                expect_loss(&network)?;
                self.board.record(caller, "adopt", "own entries of other nodes".to_owned()).await?;
                self.keep_stage(Stage::PutBack).await?;
                say("adopt-begun", &[])
            }
        };
        let Words { it, en } = words;
        Ok(wire::AdoptReply { words_it: it, words_en: en })
    }

    async fn keep_stage(&self, stage: Stage) -> Result<(), Status> {
        let loss = self.loss.clone();
        blocking(move || loss.set(stage)).await?.map_err(|error| internal(&error))
    }
}

/// Only own entries that are missing here can be taken over.
fn expect_loss(network: &NetworkState) -> Result<(), Status> {
    match &network.alarm {
        Some(Alarm::OwnEntryElsewhere { .. }) => Ok(()),
        Some(alarm @ (Alarm::OtherRun { .. } | Alarm::ForeignEntry { .. })) => {
            Err(Status::failed_precondition(format!("adopting does not help here: {alarm}")))
        }
        None => Err(wrong(
            "there is nothing to adopt: no other node holds an entry of this one that is missing here",
        )),
    }
}

/// Hands on what is written, as fast as the reader takes it.
struct ChunkWriter {
    chunks: Chunks,
    runtime: Handle,
    chunk: Vec<u8>,
}

impl Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend(bytes.iter().take(taken));
        if self.chunk.len() == CHUNK_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let data = Bytes::from(std::mem::take(&mut self.chunk));
        let sent = self.runtime.block_on(timeout(SEND_MAX, self.chunks.send(Ok(wire::Chunk { data }))));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}
