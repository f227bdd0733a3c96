//! The other of two crates that share a vocabulary. The file declares no roles, so any role is allowed.

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
