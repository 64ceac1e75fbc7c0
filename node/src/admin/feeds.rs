//! The feeds by hand: entries signed with the root key, heads, bundles.

use super::{AdminService, blocking, internal, invalid, stopped, wrong};
use crate::{federation::dialable, tokens::Caller};
use bytes::Bytes;
use faccina_proto::{
    envelope::{Envelope, Kind},
    feed::Entry,
    names::Author,
    wire::admin::v1 as wire,
};
use std::pin::Pin;
use tokio_stream::{Stream, StreamExt};
use tonic::{Status, Streaming};

/// Members named for a look from outside.
const DIALABLE_MAX: usize = 3;
/// Bytes of a bundle in one message.
const CHUNK_BYTES: usize = 256 * 1024;
/// Largest bundle taken in over gRPC, in bytes: ten years of a federation of hundreds.
const BUNDLE_BYTES_MAX: usize = 512 << 20;

impl AdminService {
    /// Takes an entry that the command line signed with the root key. It must follow the head exactly: two root entries
    /// at one place would be a fork that nobody can rule on.
    pub(super) async fn append_root_entry(
        &self,
        caller: Caller,
        bytes: Bytes,
    ) -> Result<wire::PublishReply, Status> {
        let envelope = Envelope::parse(bytes.clone()).map_err(|error| invalid(&error))?;
        let entry = Entry::decode(envelope.payload()).map_err(|error| invalid(&error))?;
        if entry.author != Author::Root {
            return Err(wrong("only entries of the root feed are taken in here"));
        }
        let id = envelope.id(Kind::Entry, &self.federation.file().id());
        let head = self.federation.snapshot().replica.root().head();
        let known = self.federation.snapshot().replica.root().link(entry.sequence).map(|link| link.id);
        if known != Some(id)
            && (entry.sequence, entry.prev) != (head.map_or(1, |it| it.sequence + 1), head.map(|it| it.id))
        {
            return Err(Status::failed_precondition(format!(
                "the root feed stands at {}, this entry is number {}: sign it again on the newest head",
                head.map_or(0, |head| head.sequence),
                entry.sequence
            )));
        }
        self.board.record(caller, "append root entry", format!("{} {id}", entry.body.name())).await?;
        let imported = self.federation.import(vec![bytes]).await.map_err(|error| stopped(&error))?;
        match imported.refused.first() {
            Some((_, refusal)) => Err(invalid(refusal)),
            None if imported.added + imported.known == 1 => {
                Ok(wire::PublishReply { sequence: entry.sequence, id: Bytes::copy_from_slice(id.as_bytes()) })
            }
            None => Err(Status::failed_precondition(
                "the entry is not signed with this federation's root key, or its day is to come",
            )),
        }
    }

    pub(super) fn dialable_now(&self) -> wire::DialableReply {
        let (snapshot, today) = (self.federation.snapshot(), self.clock.today());
        let from = rand::random_range(0..usize::MAX);
        let found =
            dialable(&snapshot.replica, &snapshot.log, &self.config.ipa_code, today, from, DIALABLE_MAX);
        let members = found.into_iter().map(|member| wire::DialableMember {
            ipa_code: member.code.to_string(),
            address: member.address,
        });
        wire::DialableReply { members: members.collect() }
    }

    pub(super) fn heads_now(&self) -> wire::HeadsReply {
        let snapshot = self.federation.snapshot();
        let heads = snapshot.replica.feeds().filter_map(|(author, feed)| {
            let head = feed.head()?;
            Some(wire::FeedHead {
                author: author.to_string(),
                sequence: head.sequence,
                id: Bytes::copy_from_slice(head.id.as_bytes()),
            })
        });
        wire::HeadsReply { heads: heads.collect(), digest: hex::encode(snapshot.replica.digest()) }
    }

    pub(super) async fn export(
        &self,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<wire::Chunk, Status>> + Send>>, Status> {
        let snapshot = self.federation.snapshot();
        let bundle = blocking(move || snapshot.export()).await?.map_err(|error| internal(&error))?;
        let bundle = Bytes::from(bundle);
        let starts = (0..bundle.len()).step_by(CHUNK_BYTES);
        let chunks = starts
            .map(move |at| Ok(wire::Chunk { data: bundle.slice(at..bundle.len().min(at + CHUNK_BYTES)) }));
        Ok(Box::pin(tokio_stream::iter(chunks)))
    }

    pub(super) async fn import(
        &self,
        caller: Caller,
        mut chunks: Streaming<wire::Chunk>,
    ) -> Result<wire::ImportFeedsReply, Status> {
        let mut bundle = Vec::new();
        while let Some(chunk) = chunks.next().await {
            bundle.extend_from_slice(&chunk?.data);
            if bundle.len() > BUNDLE_BYTES_MAX {
                return Err(Status::resource_exhausted("the bundle is larger than 512 MiB"));
            }
        }
        self.board.record(caller, "import feeds", format!("{} bytes", bundle.len())).await?;
        let imported = self.federation.import_bundle(bundle.into()).await.map_err(|error| invalid(&error))?;
        let refused = imported.refused.iter().map(|(at, refusal)| format!("entry {}: {refusal}", at + 1));
        let mut refused: Vec<String> = refused.collect();
        if imported.waiting > 0 {
            refused.push(format!(
                "{} entries left out for now: something before them is missing",
                imported.waiting
            ));
        }
        if imported.withheld > 0 {
            refused.push(format!("{} entries of this node's own feed withheld", imported.withheld));
        }
        Ok(wire::ImportFeedsReply {
            added: u64::try_from(imported.added).unwrap_or(u64::MAX),
            known: u64::try_from(imported.known).unwrap_or(u64::MAX),
            refused,
        })
    }
}
