//! The step between naming the organization and deciding: what the directory says of the user.

use axum::response::Response;
use http::request::Parts;

use super::org::OrgRef;
use super::refusal::refuse;
use crate::authority::Asks;
use crate::policy::{Combined, Need};
use crate::verifier::Verified;

/// Whether there is a user, and a directory to ask about them.
pub(super) fn is_asked(verified: Option<&Verified>) -> bool {
    verified.is_some_and(Verified::has_directory)
}

/// The token of the request with what the directory says of its user; without a directory, the token as it is.
pub(super) async fn ask(
    verified: Option<Verified>,
    org: &OrgRef<'_>,
    need: &'static Need,
    combined: &'static Combined,
    parts: &Parts,
) -> Result<Option<Verified>, Response> {
    let Some(verified) = verified.as_ref().filter(|verified| verified.has_directory()) else { return Ok(verified) };
    let asks = Asks {
        org: org.id(),
        grants: combined.asks_grants(),
        max_age_ms: combined.max_age_ms,
        permissions: combined.role_permissions,
    };
    if let Some(known) = verified.known(&asks) {
        return Ok(Some(known));
    }
    // Boxed, so that what waiting needs is no part of every handler's future.
    match Box::pin(verified.asked(asks)).await {
        Ok(asked) => Ok(Some(asked)),
        Err(reason) => Err(refuse(reason, need, Some(verified), asks.org, parts)),
    }
}
