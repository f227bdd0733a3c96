//! The step between selecting the organization and deciding: asks the directory about the user.

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

/// The token of the request with the directory's answers about its user. Without a directory, the token itself.
pub(super) async fn ask(
    verified: Option<Verified>,
    org: &OrgRef<'_>,
    need: &'static Need,
    combined: &'static Combined,
    parts: &Parts,
) -> Result<Option<Verified>, Response> {
    let Some(verified) = verified else { return Ok(None) };
    let asks = Asks {
        org: org.id(),
        grants: combined.asks_grants(),
        max_age_ms: combined.max_age_ms,
        permissions: combined.role_permissions,
    };
    match verified.ask(asks).await {
        Ok(verified) => Ok(Some(verified)),
        Err((verified, reason)) => Err(refuse(reason, need, Some(&verified), org.id(), parts)),
    }
}
