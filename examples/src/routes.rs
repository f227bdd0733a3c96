//! Every route of the API. A handler without a guard does not compile here.

use auth_runtime::routing::get;
use auth_runtime::{Claims, GuardedRouter, public, require_user};
use axum::Json;
use serde_json::{Value, json};

use crate::app::App;
use crate::{accounts, docs, issuers, orgs, posts};

pub(crate) fn all(app: App) -> GuardedRouter {
    GuardedRouter::new()
        .route("/health", get(health))
        .route("/api/public", get(open))
        .route("/api/private", get(private))
        .merge(orgs::routes())
        .merge(posts::routes())
        .merge(accounts::routes())
        .merge(issuers::routes())
        .merge(docs::routes())
        .with_state(app)
}

#[public(reason = "load balancer probe")]
async fn health() -> &'static str {
    "ok"
}

/// After Auth0's article: open to everybody.
#[public(reason = "shows a route without a guard")]
async fn open() -> Json<Value> {
    Json(json!({ "status": "success", "msg": "Hello from a public endpoint" }))
}

/// After Auth0's article: shows a token's claims to its bearer.
#[require_user]
async fn private(Claims(claims): Claims<Value>) -> Json<Value> {
    Json(claims)
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod tests;
