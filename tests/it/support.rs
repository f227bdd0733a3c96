//! What the tests share: keys, tokens written by hand, requests whose body tells whether it was read.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use auth_runtime::{Algorithm, DenialReason, Denied};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature as lc;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http_body_util::BodyExt as _;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// The time of every test that sets it: 2026-01-01, in seconds.
pub const NOW: u64 = 1_767_225_600;

/// A clock that a test sets, in seconds.
pub fn clock(seconds: u64) -> Arc<AtomicU64> {
    Arc::new(AtomicU64::new(seconds * 1000))
}

/// A key pair that signs whatever it is given, well-formed or not.
pub struct Signer {
    pub algorithm: Algorithm,
    pub kid: String,
    pub key: EncodingKey,
}

impl Signer {
    pub fn new(algorithm: Algorithm, kid: &str) -> Self {
        Self { algorithm, kid: kid.to_owned(), key: new_key(algorithm, KeySize::Rsa2048) }
    }

    pub fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        json!(jwk)
    }

    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm, "typ": "JWT", "kid": self.kid })
    }

    /// Signs this header and payload, byte for byte.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    pub fn token(&self, claims: &Value) -> String {
        self.sign(&self.header().to_string(), &claims.to_string())
    }
}

pub fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// An RSA key as PEM would hold it.
pub fn rsa_pem(size: KeySize) -> String {
    let key = lc::RsaKeyPair::generate(size).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
}

pub fn new_key(algorithm: Algorithm, size: KeySize) -> EncodingKey {
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            let mut secret = [0; 64];
            aws_lc_rs::rand::fill(&mut secret).unwrap();
            EncodingKey::from_secret(&secret)
        }
        Algorithm::ES256 => {
            let key = lc::EcdsaKeyPair::generate(&lc::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            EncodingKey::from_ec_der(key.to_pkcs8v1().unwrap().as_ref())
        }
        Algorithm::ES384 => {
            let key = lc::EcdsaKeyPair::generate(&lc::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
            EncodingKey::from_ec_der(key.to_pkcs8v1().unwrap().as_ref())
        }
        Algorithm::EdDSA => {
            EncodingKey::from_ed_der(lc::Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref())
        }
        _ => EncodingKey::from_rsa_pem(rsa_pem(size).as_bytes()).unwrap(),
    }
}

/// A body that remembers whether anybody read it.
pub fn watched(content: &'static str) -> (Body, Arc<AtomicBool>) {
    let polled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&polled);
    let body = Body::from_stream(futures_util::stream::once(async move {
        flag.store(true, Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from_static(content.as_bytes()))
    }));
    (body, polled)
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    pub denied: Option<DenialReason>,
    pub explanation: String,
}

impl Answer {
    pub fn challenge(&self) -> Option<&str> {
        self.headers.get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap())
    }
}

pub async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let denied = response.extensions().get::<Denied>().cloned();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
        denied: denied.as_ref().map(Denied::reason),
        explanation: denied.map(|denied| denied.explain().to_string()).unwrap_or_default(),
    }
}

pub fn get(uri: &str) -> axum::http::request::Builder {
    Request::get(uri)
}

/// `GET uri` with this token.
pub async fn get_with(app: &Router, uri: &str, token: &str) -> Answer {
    let request = get(uri).header(header::AUTHORIZATION, format!("Bearer {token}"));
    send(app, request.body(Body::empty()).unwrap()).await
}

/// `GET uri` with no credentials.
pub async fn get_without(app: &Router, uri: &str) -> Answer {
    send(app, get(uri).body(Body::empty()).unwrap()).await
}

/// How often handlers were entered.
#[derive(Clone, Default)]
pub struct Entered(Arc<AtomicUsize>);

impl Entered {
    pub fn enter(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}
