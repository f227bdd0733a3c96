//! The refusals of a guard, and what is logged about them.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::error::InvalidTokenReason;
use crate::policy::{DenialReason, Denied, Need, OwnResponse, Responder};
use crate::reply;
use crate::request_context::{Admitted, RequestContext};
use crate::verifier::{Verified, Verifier};

/// Why a policy does not admit a request. Nothing is logged or noted until it is [refused](Self::refuse).
pub(super) struct Unmet {
    reason: DenialReason,
    verified: Option<Verified>,
    org: Option<String>,
}

impl Unmet {
    /// `org` is the organization that the request selects, and `verified` is the user, if they are known.
    #[cold]
    pub(super) fn new(reason: DenialReason, verified: Option<Verified>, org: Option<&str>) -> Self {
        Self { reason, verified, org: org.map(str::to_owned) }
    }

    /// Refuses the request.
    #[cold]
    pub(super) fn refuse(self, need: &'static Need, parts: &Parts) -> Response {
        refuse(self.reason, need, self.verified.as_ref(), self.org.as_deref(), parts)
    }
}

/// Refuses a request. `org` is the organization that it selects, and `user` is the verified user, if they are known.
#[cold]
pub(super) fn refuse(
    reason: DenialReason,
    need: &'static Need,
    verified: Option<&Verified>,
    org: Option<&str>,
    parts: &Parts,
) -> Response {
    let verifier = RequestContext::verifier(&parts.extensions);
    let denied = denied(reason, need, verified, org, parts);
    let denied = match verifier {
        Some(verifier) => of_signer(explained(denied, verifier, parts), verifier, parts),
        None => denied,
    };
    reply::refuse(denied, verifier, parts)
}

/// Refuses a request because of its `load` or `check`. With `hidden`, the response is a plain 404.
#[cold]
pub(super) fn refused_by_expression(
    reason: DenialReason,
    hidden: bool,
    need: &'static Need,
    parts: &Parts,
) -> Response {
    let (verified, org) = admitted(parts);
    let denied = denied(reason, need, verified, org, parts);
    let denied = if hidden { denied.hidden() } else { denied };
    reply::refuse(denied, RequestContext::verifier(&parts.extensions), parts)
}

/// The extractor of the argument in `from` has refused the request with its own response.
#[cold]
pub(super) fn refused_by_extractor(
    response: Response,
    need: &'static Need,
    verified: Option<&Verified>,
    parts: &Parts,
) -> Response {
    passed_on(response, Responder::Extractor, denied(DenialReason::OrgNotNamed, need, verified, None, parts), parts)
}

/// The `load` or `check` of an admitted request, or the extractor of one of their arguments, has refused with its own
/// response.
#[cold]
pub(super) fn refused_by_application(
    response: Response,
    by: Responder,
    reason: DenialReason,
    need: &'static Need,
    parts: &Parts,
) -> Response {
    let (verified, org) = admitted(parts);
    passed_on(response, by, denied(reason, need, verified, org, parts), parts)
}

fn passed_on(response: Response, by: Responder, denied: Denied, parts: &Parts) -> Response {
    let status: StatusCode = response.status();
    reply::pass_on(response, denied.answered(OwnResponse { by, status }), parts)
}

fn denied(
    reason: DenialReason,
    need: &'static Need,
    verified: Option<&Verified>,
    org: Option<&str>,
    parts: &Parts,
) -> Denied {
    let now = RequestContext::verifier(&parts.extensions).map_or(0, Verifier::now);
    let user = verified.map(|verified| Arc::clone(verified.subject()));
    Denied::by_guard(reason, need, user, org.map(str::to_owned), now)
}

/// The admitted user and organization.
fn admitted(parts: &Parts) -> (Option<&Verified>, Option<&str>) {
    let Some(Admitted::User(user)) = RequestContext::admitted(&parts.extensions) else { return (None, None) };
    let member = user.member.and_then(|position| user.verified.subject().member_at(position));
    (Some(&user.verified), member.map(crate::id::MemberRef::org_id))
}

/// Adds what was expected of the credentials and what the token has, if it may be logged.
fn explained(denied: Denied, verifier: &Verifier, parts: &Parts) -> Denied {
    match denied.reason() {
        DenialReason::NoCredentials => denied.because("credentials".to_owned(), verifier.why_none(parts)),
        DenialReason::InvalidToken(InvalidTokenReason::Issuer) => of_unknown_issuer(denied, verifier),
        // A key can also be unknown because it belongs to another issuer.
        DenialReason::InvalidToken(InvalidTokenReason::UnknownKey) if verifier.is_of_unknown_issuer(parts) => {
            of_unknown_issuer(denied, verifier)
        }
        DenialReason::InvalidToken(reason @ (InvalidTokenReason::Audience | InvalidTokenReason::Claim(_))) => {
            match verifier.wrong_audience(reason, parts) {
                Some(wrong) => denied.because(format!("{} is one of {}", wrong.claim, wrong.accepted), &wrong.came),
                None => denied,
            }
        }
        _ => denied,
    }
}

/// Adds the issuer whose key signed the refused token, or whose endpoint was asked about it, if there is one.
fn of_signer(denied: Denied, verifier: &Verifier, parts: &Parts) -> Denied {
    let DenialReason::InvalidToken(reason) = denied.reason() else { return denied };
    match verifier.signed_by(reason, parts) {
        Some(issuer) => denied.with_issuer(issuer),
        None => denied,
    }
}

/// The token's value is unverified. The verifier logs it at level debug.
fn of_unknown_issuer(denied: Denied, verifier: &Verifier) -> Denied {
    denied.because(format!("iss is one of {}", verifier.known_issuers()), "another")
}
