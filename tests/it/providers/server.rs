//! One server on loopback for every host that the providers' documentation names: over TLS, with its own certificate
//! authority. Issuers reach it at their real URLs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use auth_runtime::{Issuer, reqwest};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Authority, KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// Status and body by `host/path`.
type Documents = HashMap<String, (u16, String)>;

/// The server. It lives as long as the runtime of its test.
pub(crate) struct Server {
    address: SocketAddr,
    authority: Vec<u8>,
    hosts: Vec<String>,
    documents: Arc<Mutex<Documents>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Responds for these hosts.
    pub(crate) async fn start(hosts: &[&str]) -> Self {
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let certificate = CertificateParams::new(hosts.clone()).unwrap();
        let certificate = certificate.signed_by(&key, &Authority::new(ca, ca_key)).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            authority: ca_certificate.der().to_vec(),
            hosts,
            documents: Arc::default(),
            asked: Arc::default(),
        };
        tokio::spawn(serve(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            Arc::clone(&server.documents),
            Arc::clone(&server.asked),
        ));
        server
    }

    /// Sets the response at this URL, which is given without `https://`.
    pub(crate) fn answers(&self, address: &str, status: u16, body: impl ToString) {
        self.documents.lock().unwrap().insert(address.to_owned(), (status, body.to_string()));
    }

    /// Publishes these keys at this address.
    pub(crate) fn keys(&self, address: &str, keys: &[Value]) {
        self.answers(address, 200, json!({ "keys": keys }));
    }

    /// Publishes a metadata document at this address.
    pub(crate) fn metadata(&self, address: &str, issuer: &str, jwks_uri: &str) {
        self.answers(address, 200, json!({ "issuer": issuer, "jwks_uri": format!("https://{jwks_uri}") }));
    }

    /// The requested URLs, as `host/path`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The issuer, which finds its provider here.
    pub(crate) fn reached_by(&self, issuer: Issuer) -> Issuer {
        let authority = reqwest::Certificate::from_der(&self.authority).unwrap();
        let (address, hosts) = (self.address, self.hosts.clone());
        issuer.http_client(move |http| {
            let http = http.tls_certs_only([authority.clone()]);
            hosts.iter().fold(http, |http, host| http.resolve(host, address))
        })
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    documents: Arc<Mutex<Documents>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1).unwrap();
        let host = request.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
        let address = format!("{}{path}", host.unwrap());
        let found = documents.lock().unwrap().get(&address).cloned();
        asked.lock().unwrap().push(address);
        let (status, body) = found.unwrap_or((404, String::new()));
        let head = format!("HTTP/1.1 {status} .\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.unwrap();
        let _ = stream.shutdown().await;
    }
}
