//! A session belongs to the caller who began it: the user of an issuer, with the limit of their credential.
//!
//! The SDK serves whoever knows the id of a session. So clients get the id with a seal: a MAC over the id and its owner.
//! Nothing is stored, so nothing must be removed when the SDK ends a session. Newer versions of MCP have no sessions
//! (2026-07-28); the SDK keeps them for older clients.

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

    /// The id that the SDK knows, if this caller has got it.
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

/// A layer around the SDK: a session that is not the caller's does not exist, and a stream ends with the credential of the
/// caller.
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
#[allow(clippy::expect_used, clippy::unwrap_used)]
mod tests {
    use std::collections::HashMap;

    use auth_runtime::{ApiKey, ApiKeys, GuardedRouter, Identity, Limit, Verifier};
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::any;
    use tower::ServiceExt as _;

    use super::*;
    use crate::Caller;

    /// A source of API keys, and a key for each of these users with these permissions.
    fn source<const N: usize>(prefix: &'static str, rows: [(&'static str, &[&str]); N]) -> (ApiKeys, [String; N]) {
        let made = rows.map(|(owner, permissions)| {
            let limit = if permissions.is_empty() { Limit::none() } else { Limit::permissions(permissions.to_vec()) };
            (ApiKey::generate(prefix), owner, limit)
        });
        let keys = made.each_ref().map(|(key, ..)| key.key().to_owned());
        let table: HashMap<_, _> =
            made.iter().map(|(key, owner, limit)| (key.digest(), (*owner, limit.clone()))).collect();
        let find = move |digest: [u8; 32]| {
            let row = table.get(&digest).cloned();
            async move { Ok::<_, &str>(row.map(|(owner, limit)| ApiKey::new("key", Identity::new(owner), limit))) }
        };
        (ApiKeys::header("x-api-key").prefix(prefix).find(find), keys)
    }

    async fn send(app: &Router, key: &str, session: Option<&str>) -> (StatusCode, Option<String>) {
        let request = Request::builder().uri("/mcp").header("x-api-key", key);
        let request = if let Some(session) = session { request.header(SESSION, session) } else { request };
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let session = response.headers().get(SESSION).map(|id| id.to_str().unwrap().to_owned());
        (response.status(), session)
    }

    #[tokio::test]
    async fn a_session_is_for_one_user_of_one_issuer_with_one_limit() {
        let rows: [(_, &[&str]); 5] =
            [("ada", &[]), ("ada", &["a", "b"]), ("ada", &["b", "a"]), ("ada", &["a"]), ("grace", &[])];
        let (one, [whole, limited, same, less, grace]) = source("one_", rows);
        let (two, [elsewhere]) = source("two_", [("ada", &[])]);
        let verifier = Verifier::builder().authenticator("one", one).authenticator("two", two).build().await.unwrap();
        // Like the SDK: it names a session, and says which one it was asked for.
        let sdk = any(|request: Request| async move {
            let id = request.headers().get(SESSION).cloned().unwrap_or(HeaderValue::from_static("1"));
            ([(SESSION, id)], "")
        });
        let sdk = sdk.layer(from_fn_with_state(Seals::new().unwrap(), owned));
        let app = GuardedRouter::new().guarded_service::<Caller>("/mcp", sdk).guarded_by(verifier).into_router();

        let sessions = [send(&app, &whole, None).await.1.unwrap(), send(&app, &limited, None).await.1.unwrap()];
        let mut found = Vec::new();
        for key in [&whole, &limited, &same, &less, &grace, &elsewhere] {
            found.push([send(&app, key, Some(&sessions[0])).await.0, send(&app, key, Some(&sessions[1])).await.0]);
        }
        let (yes, no) = (StatusCode::OK, StatusCode::NOT_FOUND);
        assert_eq!(found, [[yes, no], [no, yes], [no, yes], [no, no], [no, no], [no, no]]);
        assert_eq!(
            send(&app, &whole, Some(&sessions[0])).await.1.as_ref(),
            Some(&sessions[0]),
            "the SDK got its own id"
        );
    }
}
