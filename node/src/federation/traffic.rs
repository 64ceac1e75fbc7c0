//! What this node sends and receives: bytes on its sockets, below Noise, what they are for, and what peers said and gave.
//! Counters only; what is lost when the process ends was no record of anything.

use super::frames::Part;
use faccina_proto::wire::sync::v1::{Announcement, Request, Response, request, response};
use libp2p::futures::{AsyncRead, AsyncWrite};
use prost::Message;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

/// What a connection's ends write to choose Noise, before it is there: `/multistream/1.0.0` and `/noise`.
const CHOICE_BYTES: usize = 20 + 8;

/// Counts since the start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
    entries: AtomicU64,
    entry_bytes: AtomicU64,
    parts: [AtomicU64; Part::ALL.len()],
    heard: [(AtomicU64, AtomicU64); Said::ALL.len()],
}

/// A kind of message of the synchronisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Open,
    Opened,
    DigestWant,
    Digests,
    Want,
    Give,
    Declined,
    Announcement,
}

impl Said {
    pub const ALL: [Self; 8] = [
        Self::Open,
        Self::Opened,
        Self::DigestWant,
        Self::Digests,
        Self::Want,
        Self::Give,
        Self::Declined,
        Self::Announcement,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Opened => "opened",
            Self::DigestWant => "digest want",
            Self::Digests => "digests",
            Self::Want => "want",
            Self::Give => "give",
            Self::Declined => "declined",
            Self::Announcement => "announcement",
        }
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|said| *said == self).unwrap_or_default()
    }
}

/// How many messages, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub number: u64,
    pub bytes: u64,
}

/// What a node has sent and received since its start. Not in the bytes: what TCP and IP add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub sent_bytes: u64,
    pub received_bytes: u64,
    /// Entries that peers gave, those known already included.
    pub entries: u64,
    /// Bytes of their envelopes.
    pub entry_bytes: u64,
    /// Bytes sent, by what they are for, in the order of [`Part::ALL`].
    pub parts: [u64; Part::ALL.len()],
    /// What peers said, in the order of [`Said::ALL`].
    pub heard: [Heard; Said::ALL.len()],
}

impl Counters {
    pub(super) fn read(&self) -> Traffic {
        let sent_bytes = self.sent_bytes.load(Ordering::Relaxed);
        let mut parts = self.parts.each_ref().map(|bytes| bytes.load(Ordering::Relaxed));
        // What is not followed is Noise's own.
        let followed: u64 = parts.iter().sum();
        if let Some(noise) = parts.get_mut(Part::Noise.place()) {
            *noise = sent_bytes.saturating_sub(followed);
        }
        Traffic {
            parts,
            heard: self.heard.each_ref().map(|(number, bytes)| Heard {
                number: number.load(Ordering::Relaxed),
                bytes: bytes.load(Ordering::Relaxed),
            }),
            sent_bytes,
            received_bytes: self.received_bytes.load(Ordering::Relaxed),
            entries: self.entries.load(Ordering::Relaxed),
            entry_bytes: self.entry_bytes.load(Ordering::Relaxed),
        }
    }

    /// A connection begins with the choice of Noise.
    pub(super) fn begun(&self) {
        add(&self.sent_bytes, CHOICE_BYTES);
        add(&self.received_bytes, CHOICE_BYTES);
        self.written(Part::Negotiation, CHOICE_BYTES);
    }

    pub(super) fn written(&self, part: Part, bytes: usize) {
        if let Some(counter) = self.parts.get(part.place()) {
            add(counter, bytes);
        }
    }

    fn heard(&self, said: Said, bytes: usize) {
        if let Some((number, total)) = self.heard.get(said.place()) {
            add(number, 1);
            add(total, bytes);
        }
    }

    pub(super) fn asked(&self, request: &Request) {
        let said = match &request.request {
            Some(request::Request::Open(_)) => Said::Open,
            Some(request::Request::Digests(_)) => Said::DigestWant,
            Some(request::Request::Want(_)) => Said::Want,
            None => return,
        };
        self.heard(said, request.encoded_len());
    }

    pub(super) fn announced(&self, announcement: &Announcement) {
        self.heard(Said::Announcement, announcement.encoded_len());
    }

    /// A peer answered, perhaps with entries.
    pub(super) fn answered(&self, response: &Response) {
        let said = match &response.response {
            Some(response::Response::Opened(_)) => Said::Opened,
            Some(response::Response::Digests(_)) => Said::Digests,
            Some(response::Response::Give(give)) => {
                give.entries.iter().for_each(|entry| self.given(entry.len()));
                Said::Give
            }
            Some(response::Response::Declined(_)) => Said::Declined,
            None => return,
        };
        self.heard(said, response.encoded_len());
    }

    /// A peer gave an entry of so many bytes.
    fn given(&self, bytes: usize) {
        self.entries.fetch_add(1, Ordering::Relaxed);
        add(&self.entry_bytes, bytes);
    }
}

fn add(counter: &AtomicU64, bytes: usize) {
    counter.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// A socket whose bytes are counted.
#[derive(Debug)]
pub(super) struct Counted<S> {
    socket: S,
    counters: Arc<Counters>,
}

impl<S> Counted<S> {
    pub(super) fn new(socket: S, counters: Arc<Counters>) -> Self {
        Self { socket, counters }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        add(&self.counters.received_bytes, read);
        Poll::Ready(Ok(read))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.socket).poll_write(cx, bytes))?;
        add(&self.counters.sent_bytes, written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faccina_proto::wire::sync::v1::Give;
    use libp2p::futures::{AsyncReadExt, AsyncWriteExt, io::Cursor};

    #[tokio::test]
    async fn what_passes_the_socket_is_counted_both_ways() {
        let counters = Arc::new(Counters::default());
        let mut socket = Counted::new(Cursor::new(vec![7; 5]), Arc::clone(&counters));
        socket.read_exact(&mut [0; 3]).await.unwrap();
        socket.write_all(&[1, 2]).await.unwrap();
        counters.written(Part::Sync, 1);
        let give = Give { entries: vec![vec![0; 40].into()], ..Give::default() };
        let response = Response { response: Some(response::Response::Give(give)) };
        counters.answered(&response);
        let seen = counters.read();
        let bytes = (seen.sent_bytes, seen.received_bytes, seen.entries, seen.entry_bytes);
        assert_eq!(bytes, (2, 3, 1, 40));
        assert_eq!((seen.parts[Part::Sync.place()], seen.parts[Part::Noise.place()]), (1, 1));
        let given = Heard { number: 1, bytes: u64::try_from(response.encoded_len()).unwrap() };
        assert_eq!(seen.heard[Said::Give.place()], given);
    }
}
