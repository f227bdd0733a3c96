//! One of two crates that share a vocabulary.

use auth_runtime::{GuardedRouter, require_permission, routing};

#[require_permission("read")]
async fn read() -> &'static str {
    "read"
}

/// `/read`.
pub fn routes() -> GuardedRouter {
    GuardedRouter::new().route("/read", routing::get(read))
}
