//! What a request carries: the verifier of its router and, after the guard, who was admitted.

use axum::extract::Extension;
use http::Extensions;

use crate::id::Hierarchy;
use crate::verifier::{self, Verified, Verifier};

/// The extension of a request. The type is private, so that only a router and a guard can set it. One value has both
/// parts, so that each request pays for one extension.
#[derive(Clone, Default)]
pub(crate) struct RequestContext {
    /// The verifier of the innermost router that has one.
    verifier: Option<Verifier>,
    admitted: Option<Admitted>,
}

/// How a request was admitted.
#[derive(Clone)]
pub(crate) enum Admitted {
    /// Without authentication.
    Public,
    /// Anonymously, under `optional_user`.
    Anonymous,
    User(AdmittedUser),
}

/// The user that a guard admitted, and the organization that it selected.
#[derive(Clone)]
pub(crate) struct AdmittedUser {
    pub(crate) verified: Verified,
    /// The position of the selected membership in the user's memberships.
    pub(crate) member: Option<usize>,
    pub(crate) hierarchy: Hierarchy,
}

impl RequestContext {
    /// The context of a request below a router with this verifier, before its guard.
    fn of(verifier: Verifier) -> Self {
        Self { verifier: Some(verifier), admitted: None }
    }

    /// Sets the verifier for a request below a router.
    pub(crate) fn set_verifier(extensions: &mut Extensions, verifier: Verifier) {
        extensions.insert(Self::of(verifier));
    }

    /// Like [`set_verifier`](Self::set_verifier), as a layer for foreign services that may contain guarded handlers.
    pub(crate) fn layer(verifier: &Verifier) -> Extension<Self> {
        Extension(Self::of(verifier.clone()))
    }

    /// Records that a guard has admitted a request.
    pub(crate) fn admit(extensions: &mut Extensions, admitted: Admitted) {
        extensions.get_or_insert_default::<Self>().admitted = Some(admitted);
    }

    /// How the request was admitted, if it was.
    pub(crate) fn admitted(extensions: &Extensions) -> Option<&Admitted> {
        extensions.get::<Self>()?.admitted.as_ref()
    }

    /// The verifier for a request: the innermost router's, or the verifier of the process.
    pub(crate) fn verifier(extensions: &Extensions) -> Option<&Verifier> {
        extensions.get::<Self>().and_then(|context| context.verifier.as_ref()).or_else(|| verifier::global())
    }
}
