//! The step between selecting the organization and deciding: asks the directory about the user.

use super::org::OrgRef;
use super::refusal::Unmet;
use crate::authority::Asks;
use crate::policy::Combined;
use crate::verifier::Verified;

/// Whether there is a user, and a directory to ask about them.
pub(super) fn is_asked(verified: Option<&Verified>) -> bool {
    verified.is_some_and(Verified::has_directory)
}

/// The token of the request with the directory's answers about its user. Without a directory, the token itself.
pub(super) async fn ask(
    verified: Option<Verified>,
    org: &OrgRef<'_>,
    combined: &'static Combined,
) -> Result<Option<Verified>, Unmet> {
    let Some(verified) = verified else { return Ok(None) };
    let asks = Asks {
        org: org.id(),
        grants: combined.asks_grants(),
        max_age_ms: combined.max_age_ms,
        permissions: combined.role_permissions,
    };
    match verified.ask(asks).await {
        Ok(verified) => Ok(Some(verified)),
        Err((verified, reason)) => Err(Unmet::new(reason, Some(verified), org.id())),
    }
}
