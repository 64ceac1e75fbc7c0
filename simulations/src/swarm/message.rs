//! What goes over the links of the federation, in words and in bytes.

use bytes::Bytes;
use faccina_proto::{
    sync::RequestId,
    wire::sync::v1::{self as wire, request, response},
};
use prost::Message as _;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Request(RequestId, wire::Request),
    Response(RequestId, wire::Response),
    Announcement(wire::Announcement),
}

impl Message {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Request(_, request) => match &request.request {
                Some(request::Request::Open(_)) => "open",
                Some(request::Request::Digests(_)) => "digests wanted",
                Some(request::Request::Want(_)) => "entries wanted",
                None => "empty",
            },
            Self::Response(_, response) => match &response.response {
                Some(response::Response::Opened(_)) => "opened",
                Some(response::Response::Digests(_)) => "digests",
                Some(response::Response::Give(_)) => "entries",
                Some(response::Response::Declined(_)) => "declined",
                None => "empty",
            },
            Self::Announcement(_) => "announcements",
        }
    }

    /// What it says of places in the roster.
    pub(crate) fn heads(&self) -> &[wire::MemberHead] {
        match self {
            Self::Response(_, wire::Response { response: Some(response::Response::Digests(digests)) }) => {
                &digests.heads
            }
            Self::Announcement(announcement) => &announcement.heads,
            Self::Request(..) | Self::Response(..) => &[],
        }
    }

    /// Length without the hello, which is no part of the comparison.
    pub(crate) fn bare_len(&self) -> usize {
        match self {
            Self::Request(_, request) => {
                let mut request = request.clone();
                if let Some(request::Request::Open(open)) = &mut request.request {
                    open.hello.clear();
                }
                request.encoded_len()
            }
            Self::Response(_, response) => match &response.response {
                Some(response::Response::Opened(opened)) => {
                    let opened = wire::Opened { hello: Bytes::new(), ..opened.clone() };
                    wire::Response { response: Some(response::Response::Opened(opened)) }.encoded_len()
                }
                Some(_) | None => response.encoded_len(),
            },
            Self::Announcement(announcement) => announcement.encoded_len(),
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Self::Request(id, wire::Request { request: Some(request::Request::Want(want)) }) => {
                let feeds =
                    want.feeds.iter().map(|feed| format!(" {} from {}", feed.author, feed.from_sequence));
                format!("asks for{} ({})", feeds.collect::<String>(), id.0)
            }
            Self::Request(id, _) => format!("asks {} ({})", self.kind(), id.0),
            Self::Response(id, response) => match &response.response {
                Some(response::Response::Give(give)) => {
                    let (entries, proofs) = (give.entries.len(), give.proofs.len());
                    format!("gives {entries} entries, {proofs} proofs, more: {} ({})", give.more, id.0)
                }
                Some(_) | None => format!("answers {} ({})", self.kind(), id.0),
            },
            Self::Announcement(announcement) => {
                let root = announcement.root.iter().map(|head| format!(" root {}", head.sequence));
                let heads =
                    announcement.heads.iter().map(|head| format!(" {} {}", head.index, head.sequence));
                let heads = root.chain(heads);
                format!("announces{}", heads.collect::<String>())
            }
        }
    }
}

/// Bytes on the wire, by kind of message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) bytes: BTreeMap<&'static str, (u64, u64)>,
}

impl Traffic {
    pub(crate) fn note(&mut self, message: &Message) {
        let (count, sum) = self.bytes.entry(message.kind()).or_default();
        *count += 1;
        *sum += message.bare_len() as u64;
    }
}
