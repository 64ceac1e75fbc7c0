//! The connection to the node: TLS to exactly one certificate, known by its SHA-256 fingerprint.

use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use sha2::{Digest, Sha256};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

/// Longest wait for a connection with its handshake: beyond it the next try is better.
const CONNECT_S_MAX: Duration = Duration::from_secs(10);
/// How often an idle connection is tried, so that a pulled cable is noticed before the next vote.
const KEEP_ALIVE_S: Duration = Duration::from_secs(20);
/// Longest wait for the answer to such a try.
const KEEP_ALIVE_ANSWER_S_MAX: Duration = Duration::from_secs(10);

/// Why a certificate cannot be pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Give the node's certificate (`tls.crt` in its keys directory).
    #[error("{} holds no certificate", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// Give the fingerprint as `openssl x509 -noout -fingerprint -sha256` prints it.
    #[error("a fingerprint is SHA-256 in 64 hex digits, with or without colons")]
    Fingerprint,
}

/// SHA-256 of the one certificate that the node may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin([u8; 32]);

impl Pin {
    /// The pin of the first certificate in a PEM file.
    pub fn of_pem_file(path: &Path) -> Result<Self, PinError> {
        let certificate = CertificateDer::from_pem_file(path)
            .map_err(|source| PinError::Certificate { path: path.to_owned(), source })?;
        Ok(Self::of(&certificate))
    }

    fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate.as_ref()).into())
    }
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let digits: String = text.chars().filter(|c| *c != ':').collect();
        let mut pin = [0; 32];
        hex::decode_to_slice(digits, &mut pin).map_err(|_| PinError::Fingerprint)?;
        Ok(Self(pin))
    }
}

/// Host and port of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAddress {
    host: String,
    port: u16,
}

impl FromStr for NodeAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "an address such as https://192.168.1.20:7443";
        let uri: Uri = text.parse().map_err(|_| WANTED)?;
        let (Some("https"), Some(host), Some(port)) = (uri.scheme_str(), uri.host(), uri.port_u16()) else {
            return Err(WANTED);
        };
        Ok(Self { host: host.trim_matches(['[', ']']).to_owned(), port })
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Connects to the node and checks its certificate.
pub async fn connect(node: &NodeAddress, pin: Pin) -> Result<Channel, tonic::transport::Error> {
    let connector = TlsConnector::from(Arc::new(client_config(pin)));
    let node = node.clone();
    let dial = service_fn(move |_: Uri| {
        let (connector, node) = (connector.clone(), node.clone());
        async move { dial(&connector, &node).await.map(TokioIo::new) }
    });
    // The stream handed over is TLS already; the scheme only keeps tonic from wrapping it again.
    Endpoint::from_static("http://node.invalid")
        .connect_timeout(CONNECT_S_MAX)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE_S)
        .keep_alive_timeout(KEEP_ALIVE_ANSWER_S_MAX)
        .keep_alive_while_idle(true)
        .connect_with_connector(dial)
        .await
}

async fn dial(connector: &TlsConnector, node: &NodeAddress) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect((node.host.as_str(), node.port)).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from(node.host.clone())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the host is no name and no address"))?;
    connector.connect(name, stream).await
}

fn client_config(pin: Pin) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(PinnedCertificate { pin, provider: provider.clone() });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring offers the suites of every default version")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Accepts the pinned certificate and no other; name and dates do not matter, the proof of its private key does.
#[derive(Debug)]
struct PinnedCertificate {
    pin: Pin,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if Pin::of(end_entity) == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("the node shows another certificate than the one pinned".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::{ServerConfig, pki_types::PrivateKeyDer};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    async fn handshake(pin_of: impl FnOnce(&CertificateDer<'_>) -> Pin) -> io::Result<()> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["another.name".to_owned()]).unwrap();
        let pin = pin_of(cert.der());
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let node = NodeAddress { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() };
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = TlsAcceptor::from(Arc::new(config)).accept(stream).await;
        };
        let connector = TlsConnector::from(Arc::new(client_config(pin)));
        let (_, outcome) = tokio::join!(server, dial(&connector, &node));
        outcome.map(drop)
    }

    #[tokio::test]
    async fn only_the_pinned_certificate_is_accepted() {
        handshake(Pin::of).await.unwrap();
        let other = handshake(|_| Pin([7; 32])).await.unwrap_err();
        assert!(other.to_string().contains("another certificate"), "{other}");
    }

    #[test]
    fn a_fingerprint_is_read_as_openssl_prints_it() {
        let digits = ["AB"; 32].join(":");
        assert_eq!(digits.parse::<Pin>().unwrap(), Pin([0xab; 32]));
        assert!("AB:CD".parse::<Pin>().is_err());
        assert_eq!("https://[::1]:7443".parse::<NodeAddress>().unwrap().host, "::1");
    }
}
