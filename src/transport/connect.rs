//! From an origin to a connection: names, TCP, TLS.

use super::fault::{chain, fault};
use super::origin::Origin;
use super::wire::TransportError;
use crate::recording::{WireError, WireErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, InvalidMessage, RootCertStore, crypto,
};

/// An address that isn't the last one to try gets this long.
const TRY: Duration = Duration::from_secs(3);

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(super) async fn connect(
    origin: &Origin,
    tls: &Arc<ClientConfig>,
) -> Result<Box<dyn Stream>, WireError> {
    let tcp = connect_tcp(origin).await?;
    // A delayed last segment would be in the timings.
    let _ = tcp.set_nodelay(true);
    if !origin.is_tls() {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(origin.host().to_owned()).map_err(|_| {
        fault(
            WireErrorKind::Tls,
            format!("`{}` is no name that a certificate can hold", origin.host()),
        )
    })?;
    let stream = TlsConnector::from(tls.clone())
        .connect(name, tcp)
        .await
        .map_err(|error| fault(WireErrorKind::Tls, of_tls(&error)))?;
    Ok(Box::new(stream))
}

/// Why there is no TLS; the common reasons in words that say what to do.
fn of_tls(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "what answers there is no TLS; is it meant to be http://?".to_owned()
        }
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "nobody whom this machine trusts signed its certificate; the profile's `ca_file` can name who did"
                .to_owned()
        }
        _ => chain(error),
    }
}

async fn connect_tcp(origin: &Origin) -> Result<TcpStream, WireError> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((origin.host(), origin.port()))
        .await
        .map_err(|error| {
            fault(
                WireErrorKind::Resolve,
                format!("`{}`: {error}", origin.host()),
            )
        })?
        .collect();
    let mut failed = Vec::new();
    for (at, address) in addresses.iter().enumerate() {
        let attempt = TcpStream::connect(address);
        let result = if at + 1 == addresses.len() {
            attempt.await.map_err(|error| error.to_string())
        } else {
            match tokio::time::timeout(TRY, attempt).await {
                Ok(result) => result.map_err(|error| error.to_string()),
                Err(_) => Err(format!("no answer within {} s", TRY.as_secs())),
            }
        };
        match result {
            Ok(stream) => return Ok(stream),
            Err(why) => failed.push(format!("{address}: {why}")),
        }
    }
    if failed.is_empty() {
        let detail = format!("`{}` has no address", origin.host());
        return Err(fault(WireErrorKind::Resolve, detail));
    }
    Err(fault(WireErrorKind::Connect, failed.join("; ")))
}

/// The system's roots and those of `ca_file`. HTTP/1.1 only.
pub(super) fn tls_config(ca_file: Option<PathBuf>) -> Result<Arc<ClientConfig>, TransportError> {
    let mut roots = RootCertStore::empty();
    // Single unreadable certificates of the system are its owner's matter; without any root a handshake says so.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let unreadable = |why: String| TransportError::CaFile {
            path: path.clone(),
            why,
        };
        let certificates: Vec<_> = CertificateDer::pem_file_iter(&path)
            .and_then(Iterator::collect)
            .map_err(|error| unreadable(error.to_string()))?;
        if certificates.is_empty() {
            return Err(unreadable("it holds no certificate in PEM form".to_owned()));
        }
        for certificate in certificates {
            roots
                .add(certificate)
                .map_err(|error| unreadable(error.to_string()))?;
        }
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
