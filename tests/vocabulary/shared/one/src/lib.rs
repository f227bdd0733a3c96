//! One of two crates with one vocabulary.

use auth_runtime::{GuardedRouter, require_permission, routing};

#[require_permission("read")]
async fn read() -> &'static str {
    "read"
}

/// `/read`.
pub fn routes() -> GuardedRouter {
    GuardedRouter::new().route("/read", routing::get(read))
}
