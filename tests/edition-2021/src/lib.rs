//! Handlers of every attribute, compiled as edition 2021.

use auth_runtime::{
    optional_user, public, require_org, require_permission, require_user, routing, GuardedRouter, OrgMember, User,
};
use axum::extract::{Path, State};

#[public(reason = "probe")]
async fn health() -> &'static str {
    "ok"
}

#[optional_user]
async fn hello(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

#[require_user(check = user.id() == id)]
async fn own(State(()): State<()>, user: User, Path(id): Path<String>) -> String {
    format!("{} {id}", user.id())
}

#[require_org(role >= "Admin", from = org_id)]
#[require_permission("can_view_billing")]
async fn billing(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id} {}", org.role().unwrap_or_default())
}

/// `/health`, `/hello`, `/users/{id}`, `/orgs/{org_id}/billing`.
pub fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/health", routing::get(health))
        .route("/hello", routing::get(hello))
        .route("/users/{id}", routing::get(own))
        .route("/orgs/{org_id}/billing", routing::get(billing))
}
