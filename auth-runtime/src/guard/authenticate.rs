//! Finds the verified token of a request.

use http::request::Parts;

use super::soon::Soon;
use crate::clock::Moment;
use crate::policy::{DenialReason, Need};
use crate::request_context::RequestContext;
use crate::verifier::{NotAuthenticated, Verified};

/// A verified token, `None` for an allowed anonymous request, and when this was known.
type Authenticated = Result<(Option<Verified>, Moment), DenialReason>;

/// The verified token of a request. Does not wait if the token is cached.
pub(super) fn authenticate<'a>(parts: &'a mut Parts, need: &'static Need, max_age_ms: u64) -> Soon<'a, Authenticated> {
    let (verifier, known) = RequestContext::authentication(&parts.extensions, max_age_ms);
    let Some(verifier) = verifier else { return Soon::now(Err(DenialReason::NoVerifier)) };
    let moment = verifier.moment();
    let authenticated = if let Some(known) = known {
        known.clone()
    } else if let Some(verified) = verifier.recognize(parts, moment) {
        Ok(verified)
    } else {
        let verifier = verifier.clone();
        return Soon::Later(Box::pin(async move {
            let authenticated = verifier.authenticate(parts, max_age_ms, moment).await;
            let hides = verifier.locations().has_to_hide();
            Ok((identified(authenticated, hides, parts, need)?, verifier.moment()))
        }));
    };
    let hides = verifier.locations().has_to_hide();
    Soon::now(identified(authenticated, hides, parts, need).map(|verified| (verified, moment)))
}

/// The verified token of an authenticated request, `None` for an allowed anonymous one.
fn identified(
    authenticated: Result<Verified, NotAuthenticated>,
    hides: bool,
    parts: &mut Parts,
    need: &'static Need,
) -> Result<Option<Verified>, DenialReason> {
    let verified = match authenticated {
        Ok(verified) => verified,
        Err(NotAuthenticated::Nobody) if need.admits_anonymous() => return Ok(None),
        Err(NotAuthenticated::Stranger(_)) if need.takes_invalid_for_anonymous() => return Ok(None),
        Err(refused) => return Err(refused.reason()),
    };
    if hides && let Some(verifier) = RequestContext::verifier(&parts.extensions).cloned() {
        verifier.locations().hide(parts);
    }
    Ok(Some(verified))
}
