//! Connections from outside, over TLS: one that says nothing may not hold a place, and all together may not use up the files
//! that the administrator's socket and the databases need. Addresses are known only while they are connected.

use crate::keys::TlsPair;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    collections::BTreeMap,
    fs, io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tonic::transport::server::Connected;

/// Longest time from the connection to the first bytes of HTTP/2, with the TLS handshake.
pub(super) const GREETING_MAX: Duration = Duration::from_secs(15);
/// Connections that have greeted and wait to be served.
const READY_MAX: usize = 64;
/// Rest after the system gave no connection, most likely for want of files.
const REST: Duration = Duration::from_millis(100);
/// Most connections, whatever the system allows.
const PLACES_MAX: usize = 4_096;
/// Files that a process may open where the system does not tell.
const FILES: usize = 1_024;
/// What every HTTP/2 client says first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Who connects, once the first bytes are there.
#[derive(Debug)]
pub(super) struct Guest {
    stream: TlsStream<TcpStream>,
    /// Bytes of [`PREFACE`] that are still to be read again.
    heard: &'static [u8],
    _place: Place,
}

/// TLS as this door speaks it.
pub(super) fn acceptor(tls: &TlsPair) -> Result<TlsAcceptor, rustls::Error> {
    let unreadable = |error: rustls::pki_types::pem::Error| rustls::Error::General(error.to_string());
    let chain = CertificateDer::pem_slice_iter(tls.certificate_pem.as_bytes()).collect::<Result<_, _>>();
    let key = PrivateKeyDer::from_pem_slice(tls.key_pem.as_bytes()).map_err(unreadable)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain.map_err(unreadable)?, key)?;
    config.alpn_protocols.push(b"h2".to_vec());
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A queue for those who have greeted.
pub(super) fn queue() -> (mpsc::Sender<io::Result<Guest>>, mpsc::Receiver<io::Result<Guest>>) {
    mpsc::channel(READY_MAX)
}

/// Lets guests in for as long as it is polled; each has `greeting` to say the first bytes.
pub(super) async fn receive(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<io::Result<Guest>>,
    greeting: Duration,
) {
    let places = Places::of_this_machine();
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                sleep(REST).await;
                continue;
            }
        };
        // Whoever finds no place is not answered: an answer would need one.
        let Some(place) = places.take(from.ip()) else { continue };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            if let Ok(Ok(guest)) = timeout(greeting, greeted(stream, acceptor, place)).await {
                // Nobody takes it while the node stops.
                let _ = ready.send(Ok(guest)).await;
            }
        });
    }
}

async fn greeted(stream: TcpStream, acceptor: TlsAcceptor, place: Place) -> io::Result<Guest> {
    stream.set_nodelay(true)?;
    let mut stream = acceptor.accept(stream).await?;
    let mut heard = [0; PREFACE.len()];
    stream.read_exact(&mut heard).await?;
    if heard == *PREFACE {
        Ok(Guest { stream, heard: PREFACE, _place: place })
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

/// The places of all connections, and how many each network holds.
#[derive(Clone, Debug)]
struct Places {
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    most: usize,
    /// Of one network: generous, for all terminals of a building may share an address.
    most_of_one: usize,
}

impl Places {
    /// Half of the files that this process may open.
    fn of_this_machine() -> Self {
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let files = files.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(FILES);
        Self::of(files / 2)
    }

    fn of(most: usize) -> Self {
        let most = most.clamp(1, PLACES_MAX);
        Self { taken: Arc::default(), most, most_of_one: (most * 3 / 4).max(1) }
    }

    fn take(&self, from: IpAddr) -> Option<Place> {
        let network = network_of(from);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let of_one = taken.get(&network).copied().unwrap_or_default();
        if all >= self.most || of_one >= self.most_of_one {
            return None;
        }
        taken.insert(network, of_one + 1);
        Some(Place { places: self.clone(), network })
    }
}

/// An IPv4 address, or the /64 of an IPv6 one, of which one host may have all addresses.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

/// One place, given back when it is dropped.
#[derive(Debug)]
struct Place {
    places: Places,
    network: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.network) {
            Some(held) if *held > 1 => *held -= 1,
            Some(_) | None => {
                taken.remove(&self.network);
            }
        }
    }
}

impl Connected for Guest {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let (now, later) = self.heard.split_at(self.heard.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.heard = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::draw_certificate;

    #[tokio::test]
    async fn who_connects_and_says_nothing_is_let_go() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = draw_certificate("c_zz01", &["localhost".to_owned()]).unwrap();
        let (ready, _waiting) = queue();
        tokio::spawn(receive(listener, acceptor(&tls).unwrap(), ready, Duration::from_millis(50)));
        let mut silent = TcpStream::connect(address).await.unwrap();
        assert_eq!(silent.read(&mut [0; 1]).await.unwrap(), 0, "closed without a word");
    }

    #[test]
    fn one_network_leaves_places_to_others_and_gives_them_back() {
        let places = Places::of(4);
        let from = |text: &str| text.parse::<IpAddr>().unwrap();
        let held: Vec<Place> = (0..3).filter_map(|_| places.take(from("2001:db8::1"))).collect();
        assert_eq!(held.len(), 3);
        assert!(places.take(from("2001:db8::2")).is_none(), "the same /64");
        let other = places.take(from("192.0.2.1"));
        assert!(other.is_some() && places.take(from("192.0.2.2")).is_none(), "all are taken");
        drop((held, other));
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
