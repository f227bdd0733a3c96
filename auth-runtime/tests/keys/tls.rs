//! Keys over TLS: an untrusted certificate, and one of a private authority.

use std::sync::Arc;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, reqwest};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Authority, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::support::{AUDIENCE, Signer, set, try_verifier, verifier};

/// Serves `body` at any path. Returns the URL, and the certificate of the authority that signed the server's
/// certificate.
async fn serve(body: String) -> (String, Vec<u8>) {
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &Authority::new(ca, ca_key)).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate disconnects.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    (url, ca_certificate.der().to_vec())
}

#[tokio::test]
async fn a_custom_certificate_authority_is_trusted_if_configured() {
    let clock = TestClock::now();
    let signer = Signer::new("one");
    let (url, ca) = serve(set([&signer]).to_string()).await;
    let error = try_verifier(&clock, Issuer::jwks_url(&*url, AUDIENCE, &url)).await.err().unwrap().to_string();
    assert!(error.contains("ertificate") && error.contains(".start_without_keys()"), "{error}");

    let ca = reqwest::Certificate::from_der(&ca).unwrap();
    let issuer = Issuer::jwks_url(&*url, AUDIENCE, &url).http_client(move |http| http.tls_certs_only([ca.clone()]));
    let app = verifier(&clock, issuer).await;
    assert_eq!(app.status(&signer.token(&url)).await, 200);
}
