// A macro below an attribute must not remove the arguments that the attribute reads from the guard.
use auth_runtime::__private::Guard;
use auth_runtime::routing::{GuardedRouter, get};
use auth_runtime::require_org;
use axum::extract::Path;

#[require_org(from = org_id)]
async fn org(Path(org_id): Path<String>) {}

// What such a macro could leave.
async fn stripped(_: Guard<__auth_1s_org>) {}

fn main() {
    let _: GuardedRouter = GuardedRouter::new().route("/", get(stripped));
    let _: axum::Router = axum::Router::new().route("/", axum::routing::get(stripped));
    let _: axum::Router = axum::Router::new().route("/", axum::routing::get(org));
}
