//! A session belongs to the caller who began it.

#![allow(clippy::expect_used, clippy::unwrap_used)]

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
    let table: HashMap<_, _> = made.iter().map(|(key, owner, limit)| (key.digest(), (*owner, limit.clone()))).collect();
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
    // Like the SDK, it returns the id of the session: the one in the request, or `1` for a new session.
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
    assert_eq!(send(&app, &whole, Some(&sessions[0])).await.1.as_ref(), Some(&sessions[0]), "the SDK got its own id");
}
