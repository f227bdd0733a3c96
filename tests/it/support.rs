//! Shared by the tests: requests, responses, and bodies that record whether they were read.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use auth_runtime::{DenialReason, Denied};
pub use auth_test_support::{Recorded, RsaPem, Secrets, Signer, encode, pem};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// The time in every test that sets it: 2026-01-01, in seconds.
pub const NOW: u64 = 1_767_225_600;

/// A clock that a test sets, in seconds.
pub fn clock(seconds: u64) -> Arc<AtomicU64> {
    Arc::new(AtomicU64::new(seconds * 1000))
}

/// A body that records whether it was read.
pub fn watched(content: &'static str) -> (Body, Arc<AtomicBool>) {
    let polled = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&polled);
    let body = Body::from_stream(futures_util::stream::once(async move {
        flag.store(true, Ordering::SeqCst);
        Ok::<_, Infallible>(Bytes::from_static(content.as_bytes()))
    }));
    (body, polled)
}

/// The response.
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

/// `GET uri` without credentials.
pub async fn get_without(app: &Router, uri: &str) -> Answer {
    send(app, get(uri).body(Body::empty()).unwrap()).await
}

/// How often handlers ran.
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
