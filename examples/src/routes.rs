//! Every route of the API. A handler without a guard does not compile here.

use auth_runtime::routing::get;
use auth_runtime::{Claims, GuardedRouter, public, require_user};
use axum::Json;
use serde_json::{Value, json};

use crate::orgs;

pub(crate) fn all() -> GuardedRouter {
    let org = GuardedRouter::new()
        .route("/check", get(orgs::check))
        .route("/admin_only", get(orgs::admin_only))
        .route("/admin_or_owner", get(orgs::admin_or_owner))
        .route("/billing", get(orgs::billing));
    GuardedRouter::new()
        .route("/health", get(health))
        .route("/api/whoami", get(orgs::whoami))
        .route("/api/whoami_optional", get(orgs::whoami_optional))
        .route("/api/public", get(open))
        .route("/api/private", get(private))
        .nest("/api/org/{org_id}", org)
}

#[public(reason = "load balancer probe")]
async fn health() -> &'static str {
    "ok"
}

#[public(reason = "shows a route without a guard")]
async fn open() -> Json<Value> {
    Json(json!({ "status": "success", "msg": "Hello from a public endpoint" }))
}

#[require_user]
async fn private(Claims(claims): Claims<Value>) -> Json<Value> {
    Json(claims)
}
