//! What this node sends and receives: bytes on its sockets, below Noise, and entries that peers gave. Counters only; what
//! is lost when the process ends was no record of anything.

use libp2p::futures::{AsyncRead, AsyncWrite};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

/// Counts since the start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
    entries: AtomicU64,
    entry_bytes: AtomicU64,
}

/// What a node has sent and received since its start. Not in the bytes: the choice of Noise at the start of a
/// connection (some sixty bytes), and what TCP and IP add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub sent_bytes: u64,
    pub received_bytes: u64,
    /// Entries that peers gave, those known already included.
    pub entries: u64,
    /// Bytes of their envelopes.
    pub entry_bytes: u64,
}

impl Counters {
    pub(super) fn read(&self) -> Traffic {
        Traffic {
            sent_bytes: self.sent_bytes.load(Ordering::Relaxed),
            received_bytes: self.received_bytes.load(Ordering::Relaxed),
            entries: self.entries.load(Ordering::Relaxed),
            entry_bytes: self.entry_bytes.load(Ordering::Relaxed),
        }
    }

    /// A peer gave an entry of so many bytes.
    pub(super) fn given(&self, bytes: usize) {
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
    use libp2p::futures::{AsyncReadExt, AsyncWriteExt, io::Cursor};

    #[tokio::test]
    async fn what_passes_the_socket_is_counted_both_ways() {
        let counters = Arc::new(Counters::default());
        let mut socket = Counted::new(Cursor::new(vec![7; 5]), Arc::clone(&counters));
        socket.read_exact(&mut [0; 3]).await.unwrap();
        socket.write_all(&[1, 2]).await.unwrap();
        counters.given(40);
        let seen = Traffic { sent_bytes: 2, received_bytes: 3, entries: 1, entry_bytes: 40 };
        assert_eq!(counters.read(), seen);
    }
}
