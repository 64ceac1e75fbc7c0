//! The connection of a device (terminal, staff PC) to its node: TLS to exactly one key, and no authority or name. The
//! device learns which key in the pairing, where both sides prove that they hold a code and see the same key; a renewed
//! certificate of that key stays trusted.

use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem, pem::PemObject},
    server::ParsedCertificate,
};
use sha2::{Digest, Sha256};
use std::{
    fmt, io,
    str::FromStr,
    sync::{Arc, OnceLock},
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

/// Why there is no key to trust.
#[derive(Debug, thiserror::Error)]
pub enum TlsKeyError {
    /// The file is no certificate: restore it.
    #[error("it holds no certificate")]
    Pem(#[from] pem::Error),
    /// The certificate is damaged: restore it.
    #[error("its certificate cannot be read")]
    Certificate(#[from] Error),
    /// Whoever wrote it must write 64 hex digits.
    #[error("a TLS key is named by 64 hex digits")]
    Hex,
    /// The other side has shown no certificate.
    #[error("no certificate was shown")]
    None,
}

/// Names a TLS key: SHA-256 of its DER SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsKey([u8; 32]);

impl TlsKey {
    /// The key of the first certificate in a PEM text.
    pub fn of_pem(certificate: &str) -> Result<Self, TlsKeyError> {
        Ok(Self::of(&CertificateDer::from_pem_slice(certificate.as_bytes())?)?)
    }

    fn of(certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        Ok(Self(Sha256::digest(parsed.subject_public_key_info().as_ref()).into()))
    }

    /// As 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TlsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for TlsKey {
    type Err = TlsKeyError;

    fn from_str(digits: &str) -> Result<Self, TlsKeyError> {
        let mut key = [0; 32];
        hex::decode_to_slice(digits, &mut key).map_err(|_| TlsKeyError::Hex)?;
        Ok(Self(key))
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
        let host = &self.host;
        if host.contains(':') {
            write!(f, "https://[{host}]:{}", self.port)
        } else {
            write!(f, "https://{host}:{}", self.port)
        }
    }
}

/// Connects to the node, which must show this key.
pub async fn connect(node: &NodeAddress, key: TlsKey) -> Result<Channel, tonic::transport::Error> {
    dialled(node, Arc::new(OnceLock::from(key))).await
}

/// Connects to whoever answers, and says which key was shown. Trust it only after its proof of the pairing; the connection
/// stays with that key.
pub async fn connect_unproven(
    node: &NodeAddress,
) -> Result<(Channel, Option<TlsKey>), tonic::transport::Error> {
    let shown = Arc::new(OnceLock::new());
    let channel = dialled(node, Arc::clone(&shown)).await?;
    Ok((channel, shown.get().copied()))
}

async fn dialled(node: &NodeAddress, key: Arc<OnceLock<TlsKey>>) -> Result<Channel, tonic::transport::Error> {
    let connector = TlsConnector::from(Arc::new(client_config(key)));
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

fn client_config(key: Arc<OnceLock<TlsKey>>) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(OneKey { key, provider: provider.clone() });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring offers the suites of every default version")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Accepts one key and no other, where none is known yet the first one shown; name and dates do not matter, the proof that
/// the other side holds its private half does.
#[derive(Debug)]
struct OneKey {
    key: Arc<OnceLock<TlsKey>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OneKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = TlsKey::of(end_entity)?;
        if *self.key.get_or_init(|| shown) == shown {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("the node shows another key than the one it was paired with".to_owned()))
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

    async fn handshake(known: impl FnOnce(TlsKey) -> OnceLock<TlsKey>) -> io::Result<Option<TlsKey>> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["another.name".to_owned()]).unwrap();
        let key_shown = TlsKey::of(cert.der()).unwrap();
        assert_eq!(TlsKey::of_pem(&cert.pem()).unwrap(), key_shown);
        let known = Arc::new(known(key_shown));
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
        let connector = TlsConnector::from(Arc::new(client_config(Arc::clone(&known))));
        let (_, outcome) = tokio::join!(server, dial(&connector, &node));
        outcome.map(|_| known.get().copied().filter(|key| *key == key_shown))
    }

    #[tokio::test]
    async fn only_the_key_of_the_pairing_is_accepted() {
        assert!(handshake(OnceLock::from).await.unwrap().is_some());
        let other = handshake(|_| OnceLock::from(TlsKey([7; 32]))).await.unwrap_err();
        assert!(other.to_string().contains("another key"), "{other}");
        assert!(handshake(|_| OnceLock::new()).await.unwrap().is_some(), "the first one shown is noted");
    }

    #[test]
    fn keys_and_addresses_are_read_as_written() {
        let key = TlsKey([0xab; 32]);
        assert_eq!(key.to_string().parse::<TlsKey>().unwrap(), key);
        assert!("AB:CD".parse::<TlsKey>().is_err());
        assert_eq!("https://[::1]:7443".parse::<NodeAddress>().unwrap().host, "::1");
    }
}
