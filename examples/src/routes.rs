//! Every route of the API. A handler without a guard does not compile here.

use auth_runtime::routing::get;
use auth_runtime::{Claims, GuardedRouter, Health, public, require_user};
use axum::Json;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::app::App;
use crate::{Failure, accounts, docs, issuers, orgs, posts, revoke};

#[derive(OpenApi)]
#[openapi(paths(health, open, private))]
pub(crate) struct Documented;

pub(crate) fn all(app: App) -> Result<GuardedRouter, Failure> {
    let routes = GuardedRouter::new()
        .route("/health", get(health))
        .route("/api/public", get(open))
        .route("/api/private", get(private))
        .merge(orgs::routes())
        .merge(posts::routes())
        .merge(accounts::routes())
        .merge(revoke::routes())
        .merge(issuers::routes())
        .account_for_parameters();
    Ok(docs::describe(routes)?.with_state(app))
}

/// Whether guarded routes can verify tokens: 503 until there is a verifier, and while an issuer has no usable keys.
#[utoipa::path(get, path = "/health", responses((status = 200, body = String), (status = 503, body = String)))]
#[public(reason = "load balancer probe")]
async fn health(health: Health) -> Health {
    health
}

/// From Auth0's article: open to everyone.
#[utoipa::path(get, path = "/api/public", responses((status = 200, body = Value)))]
#[public(reason = "shows a route without a guard")]
async fn open() -> Json<Value> {
    Json(json!({ "status": "success", "msg": "Hello from a public endpoint" }))
}

/// From Auth0's article: returns the claims of the token.
#[utoipa::path(get, path = "/api/private", responses((status = 200, body = Value)))]
#[require_user]
async fn private(Claims(claims): Claims<Value>) -> Json<Value> {
    Json(claims)
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod tests;
