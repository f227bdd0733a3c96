//! Another issuer, on loopback: it publishes a key, and signs any claims for a test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use auth_test_support::{RsaPem, Signer};
use aws_lc_rs::rsa::KeySize;
use serde_json::{Value, json};

pub struct Standin {
    pub url: String,
    pub public_key: String,
    signer: Signer,
}

impl Standin {
    /// An issuer whose discovery document has this `issuer`: its own address and this suffix.
    pub fn start(suffix: &str) -> Self {
        let (standin, answer) = Self::start_silent(suffix);
        answer.send(()).unwrap();
        standin
    }

    /// An issuer that responds to no request until it is released.
    pub fn start_silent(suffix: &str) -> (Self, mpsc::Sender<()>) {
        let (answer, may_answer) = mpsc::channel();
        let pem = RsaPem::new(KeySize::Rsa2048);
        let signer = Signer::with_key("RS256", "theirs", pem.signing_key());
        let jwk = signer.jwk();

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let issuer = format!("{url}{suffix}");
        let discovery = json!({ "issuer": issuer, "jwks_uri": format!("{url}/keys") });
        let discovery_path = format!("{}/.well-known/openid-configuration", suffix.trim_end_matches('/'));
        std::thread::spawn(move || {
            // Connections wait in the listener's queue. After the end of a test, no response is needed.
            let Ok(()) = may_answer.recv() else { return };
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut request = String::new();
                while stream.read_line(&mut request).is_ok_and(|read| read > 2) {}
                let path = request.split(' ').nth(1).unwrap_or_default();
                let (status, body) = match path {
                    "/keys" => ("200 OK", json!({ "keys": [jwk] }).to_string()),
                    _ if path == discovery_path => ("200 OK", discovery.to_string()),
                    _ => ("404 Not Found", String::new()),
                };
                let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json");
                let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = stream.get_mut().write_all(answer.as_bytes());
            }
        });
        (Self { url: issuer, public_key: pem.public, signer }, answer)
    }

    /// Signs these claims, and adds `iss` and `exp` if they are missing.
    pub fn sign(&self, claims: &Value) -> String {
        let mut all = json!({ "iss": self.url, "exp": crate::server::now() + 600 });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        self.signer.token(&all)
    }
}
