//! The step between selecting the organization and deciding: asks the directory about the user.

use super::org::OrgRef;
use super::refusal::Unmet;
use crate::authority::Asks;
use crate::clock::Moment;
use crate::policy::Combined;
use crate::verifier::Verified;

/// The token of the request with the directory's answers about its user, if they are known already. Without a
/// directory, the token itself. Otherwise, `Err` with the token: the directory must be asked.
pub(super) fn known(
    verified: Option<Verified>,
    org: &OrgRef<'_>,
    combined: &Combined,
    arrived: Moment,
) -> Result<Option<Verified>, Verified> {
    match verified {
        Some(verified) if verified.has_directory() => verified.known(&asks(org, combined), arrived).map(Some),
        verified => Ok(verified),
    }
}

/// The token of the request with the directory's answers about its user.
pub(super) async fn ask(verified: Verified, org: &OrgRef<'_>, combined: &Combined) -> Result<Verified, Unmet> {
    verified.ask(asks(org, combined)).await.map_err(|(verified, reason)| Unmet::new(reason, Some(verified), org.id()))
}

fn asks<'a>(org: &'a OrgRef<'_>, combined: &Combined) -> Asks<'a> {
    Asks {
        org: org.id(),
        grants: combined.asks_grants(),
        max_age_ms: combined.max_age_ms,
        permissions: combined.role_permissions,
    }
}
