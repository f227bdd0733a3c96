//! The other of two crates with one vocabulary; it declares no roles, so that any will do.

use auth_runtime::{GuardedRouter, require_permission, require_user, routing};

#[require_permission("write")]
#[require_user(role == "whatever")]
async fn write() -> &'static str {
    "write"
}

/// `/write`.
pub fn routes() -> GuardedRouter {
    GuardedRouter::new().route("/write", routing::get(write))
}
