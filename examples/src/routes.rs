//! Every route of the API. A handler without a guard does not compile here.

use auth_runtime::{Claims, GuardedRouter, Health, public, require_user, routes};
use axum::Json;
use serde_json::{Value, json};

use crate::app::App;
use crate::{Failure, accounts, docs, issuers, orgs, posts, revoke};

pub(crate) fn all(app: App) -> Result<GuardedRouter, Failure> {
    let routes = GuardedRouter::new()
        .routes(routes!(open))
        .merge(orgs::routes())
        .routes(routes!(private))
        .merge(posts::routes())
        .merge(accounts::routes())
        .merge(revoke::routes())
        .merge(issuers::routes())
        .routes(routes!(health))
        .account_for_parameters();
    Ok(docs::describe(routes)?.with_state(app))
}

/// Ask whether tokens can be verified
///
/// 503 until there is a verifier, and while an issuer has no usable keys.
#[utoipa::path(
    get, path = "/health", tag = "service",
    responses((status = 200, body = String), (status = 503, body = String))
)]
#[public(reason = "load balancer probe")]
async fn health(health: Health) -> Health {
    health
}

/// Say hello to everyone
///
/// From Auth0's article.
#[utoipa::path(get, path = "/api/public", tag = "start here", responses((status = 200, body = Value)))]
#[public(reason = "shows a route without a guard")]
async fn open() -> Json<Value> {
    Json(json!({ "status": "success", "msg": "Hello from a public endpoint" }))
}

/// Show the claims of my token
///
/// From Auth0's article.
#[utoipa::path(get, path = "/api/private", tag = "start here", responses((status = 200, body = Value)))]
#[require_user]
async fn private(Claims(claims): Claims<Value>) -> Json<Value> {
    Json(claims)
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod tests;
