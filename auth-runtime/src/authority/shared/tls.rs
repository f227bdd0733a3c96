//! TLS to Redis, with the same cryptography and trusted roots as for fetching keys.

use std::io;
use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig};

use super::fault::Fault;

/// A connection to this host. The certificate must name the host.
pub(super) async fn connect(host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, Fault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let fault = |_| Fault::new("TLS cannot be set up");
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(fault)?;
    let config = config.with_platform_verifier().map_err(fault)?.with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Fault::new("the host name cannot be used for TLS"))?;
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|error| why_none(&error).unwrap_or_else(|| error.into()))
}

/// The reason of a failure, if the operator can fix it.
fn why_none(error: &io::Error) -> Option<Fault> {
    match error.get_ref()?.downcast_ref()? {
        rustls::Error::InvalidCertificate(_) => {
            Some(Fault::new("its certificate is not trusted, or does not name the host of the URL"))
        }
        _ => None,
    }
}
