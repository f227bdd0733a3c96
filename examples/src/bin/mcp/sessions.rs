//! A session belongs to the caller who began it: the user of an issuer, with the limit of their credential.
//!
//! The SDK accepts a session id from every caller who knows it. So clients get the id with a seal: a MAC over the id
//! and its owner. Nothing is stored, so nothing must be removed when the SDK ends a session. Newer versions of MCP have
//! no sessions (2026-07-28); the SDK keeps them for older clients.

use auth_runtime::{User, Verified};
use aws_lc_rs::hmac;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt as _;

const SESSION: &str = "mcp-session-id";
const LAST_EVENT: &str = "last-event-id";

/// Seals the ids of sessions with a key of this process: the sessions are in its memory, too.
#[derive(Clone)]
pub(crate) struct Seals(hmac::Key);

impl Seals {
    pub(crate) fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key).map_err(|_| "the operating system has no random numbers")?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    fn seal(&self, id: &str, owner: &User) -> String {
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &sealed(id, owner))))
    }

    /// The id that the SDK knows, if the seal shows that the session belongs to this caller.
    fn open(&self, value: &HeaderValue, caller: &User) -> Option<HeaderValue> {
        let (id, seal) = value.to_str().ok()?.split_once('.')?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        hmac::verify(&self.0, &sealed(id, caller), &seal).ok()?;
        HeaderValue::from_str(id).ok()
    }
}

/// What a seal is computed over. Each part is preceded by its length, so that no two owners have the same bytes.
fn sealed(id: &str, owner: &User) -> Vec<u8> {
    let (issuer, user) = owner.key();
    let mut limit = owner.limit().map(<[String]>::to_vec);
    if let Some(permissions) = &mut limit {
        permissions.sort_unstable();
    }
    let is_limited = if limit.is_some() { "limited" } else { "unlimited" };
    let mut bytes = Vec::new();
    for part in [id, issuer, user, is_limited].into_iter().chain(limit.iter().flatten().map(String::as_str)) {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

/// A layer around the SDK: a session that is not the caller's does not exist, and a stream ends with the credential of
/// the caller.
pub(crate) async fn owned(
    State(seals): State<Seals>,
    caller: User,
    verified: Verified,
    mut request: Request,
    next: Next,
) -> Response {
    let mut ids = request.headers().get_all(SESSION).iter();
    match (ids.next(), ids.next()) {
        (None, _) if request.headers().contains_key(LAST_EVENT) => return unknown_session(),
        (None, _) => {}
        (Some(_), Some(_)) => return unknown_session(),
        (Some(id), None) => match seals.open(id, &caller) {
            Some(id) => drop(request.headers_mut().insert(SESSION, id)),
            None => return unknown_session(),
        },
    }
    let mut response = next.run(request).await;
    if let Some(id) = response.headers().get(SESSION) {
        let seal = id.to_str().ok().and_then(|id| HeaderValue::from_str(&seals.seal(id, &caller)).ok());
        match seal {
            Some(seal) => drop(response.headers_mut().insert(SESSION, seal)),
            None => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
    if response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
        return response.map(|body| {
            Body::from_stream(body.into_data_stream().take_until(Box::pin(async move { verified.ended().await })))
        });
    }
    response
}

/// The SDK's own answer to an id that it does not know.
fn unknown_session() -> Response {
    (StatusCode::NOT_FOUND, "Not Found: Session not found").into_response()
}

#[cfg(test)]
#[path = "sessions/tests.rs"]
mod tests;
