//! The readiness probe: reports whether guarded routes can verify tokens.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::request::Parts;

use crate::keys::Health;
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

impl<S: Send + Sync> FromRequestParts<S> for Health {
    type Rejection = Infallible;

    /// The health of the verifier that guards on this route use.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(RequestContext::verifier(&parts.extensions).map_or_else(Self::without_verifier, Verifier::health))
    }
}

impl IntoResponse for Health {
    /// 200 or 503. The text does not name an issuer, because anyone who can reach the port can read it.
    fn into_response(self) -> Response {
        let (status, text) =
            if self.is_ready() { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
        (status, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))], text).into_response()
    }
}

/// The handler of [`GuardedRouter::readiness`](crate::GuardedRouter::readiness).
#[auth_macros::public(reason = "readiness probe")]
pub(crate) async fn readiness(health: Health) -> Health {
    health
}
