//! The organization that a request selects.

use std::borrow::Cow;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::id::AsOrgId;
use crate::policy::{DenialReason, OrgSource};
use crate::verifier::Verified;

/// The id of an organization, or no id if the attribute selects no organization.
#[derive(Debug)]
pub struct OrgRef<'a>(pub(super) Option<Cow<'a, str>>);

impl OrgRef<'_> {
    /// No organization is selected.
    pub const NONE: Self = Self(None);
    /// An organization without members, because no organization has an empty id. It is used in place of a missing
    /// argument. An argument is never missing, but if one were, the request would be refused.
    pub const UNNAMED: Self = Self(Some(Cow::Borrowed("")));

    /// The id of the selected organization.
    pub(super) fn id(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// An owned copy.
    pub(super) fn into_owned(self) -> OrgRef<'static> {
        OrgRef(self.0.map(|id| Cow::Owned(id.into_owned())))
    }
}

/// The organization that an argument selects.
pub fn select<T: AsOrgId + ?Sized>(id: &T) -> OrgRef<'_> {
    OrgRef(Some(id.as_org_id()))
}

/// The organization that a part of the request, or the token, selects. A value must occur exactly once: if there were
/// several, the handler and a layer before it could read different ones.
pub(super) fn named(
    source: OrgSource,
    parts: &mut Parts,
    verified: Option<&Verified>,
) -> Result<OrgRef<'static>, DenialReason> {
    let id = match source {
        OrgSource::None | OrgSource::Argument { .. } => return Ok(OrgRef::NONE),
        OrgSource::Path(name) => {
            let params = path_params(parts)?;
            only(params.iter().filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()))
        }
        OrgSource::Query(name) => {
            let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
            only(pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()))
        }
        OrgSource::Header(name) => {
            let values = parts.headers.get_all(name).iter().map(|value| value.to_str().map(str::to_owned));
            only(values).and_then(Result::ok)
        }
        OrgSource::Active => {
            let active = verified.and_then(|verified| verified.subject().active_member());
            // No organization has an empty id, so a token without an active organization matches no membership.
            return Ok(OrgRef(Some(active.map_or(Cow::Borrowed(""), |active| Cow::Owned(active.org_id().to_owned())))));
        }
    };
    id.map(|id| OrgRef(Some(Cow::Owned(id)))).ok_or(DenialReason::OrgNotNamed)
}

/// The parameters of the path. axum never waits for them.
fn path_params(parts: &mut Parts) -> Result<RawPathParams, DenialReason> {
    let reading = pin!(RawPathParams::from_request_parts(parts, &()));
    match reading.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(params)) => Ok(params),
        Poll::Ready(Err(RawPathParamsRejection::MissingPathParams(_))) => Err(DenialReason::NoRoute),
        Poll::Ready(Err(_)) | Poll::Pending => Err(DenialReason::OrgNotNamed),
    }
}

fn only<T>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let value = values.next()?;
    values.next().is_none().then_some(value)
}
