//! Revokes tokens before they expire.

use auth_runtime::{GuardedRouter, Verified, require_user, routes};
use axum::extract::State;
use axum::http::StatusCode;

use crate::answer::{Detail, Refusal};
use crate::app::App;

pub(crate) fn routes() -> GuardedRouter<App> {
    GuardedRouter::new().routes(routes!(revoke))
}

/// Revoke my token
///
/// With `REDIS_URL`, all processes that share the Redis refuse it within a second;
/// 503 if the revocation cannot be sent to them.
#[utoipa::path(post, path = "/api/revoke", tag = "accounts", responses((status = 204), (status = 503, body = Detail)))]
#[require_user]
async fn revoke(State(app): State<App>, verified: Verified) -> Result<StatusCode, Refusal> {
    match app.revocations.revoke(&verified).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => {
            tracing::error!(%error, "a token could not be revoked in every process");
            Err(Refusal::unavailable())
        }
    }
}
