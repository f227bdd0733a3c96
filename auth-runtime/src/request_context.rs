//! What a request carries with it: from its router the verifier in charge, from its guard who was admitted.

use axum::extract::Extension;
use http::Extensions;

use crate::id::Hierarchy;
use crate::verifier::{self, Verified, Verifier};

/// What a request carries with it. The type is private, so that only a router and a guard can say; one value for both,
/// so that a request pays for one.
#[derive(Clone, Default)]
pub(crate) struct RequestContext {
    /// Of the innermost router that has one.
    verifier: Option<Verifier>,
    admitted: Option<Admitted>,
}

/// How a request entered.
#[derive(Clone)]
pub(crate) enum Admitted {
    /// Nobody was asked who they are.
    Public,
    /// Nobody in particular, where that is allowed.
    Anonymous,
    User(AdmittedUser),
}

/// The user whom a guard admitted, and the organization that it selected.
#[derive(Clone)]
pub(crate) struct AdmittedUser {
    pub(crate) verified: Verified,
    /// The position of the selected membership among the user's.
    pub(crate) member: Option<usize>,
    pub(crate) hierarchy: Hierarchy,
}

impl RequestContext {
    /// A request below a router with this verifier, not admitted yet.
    fn of(verifier: Verifier) -> Self {
        Self { verifier: Some(verifier), admitted: None }
    }

    /// Puts a request below a router with this verifier.
    pub(crate) fn set_verifier(extensions: &mut Extensions, verifier: Verifier) {
        extensions.insert(Self::of(verifier));
    }

    /// As [`enter`](Self::set_verifier), for what is no handler of ours but may hold some.
    pub(crate) fn layer(verifier: &Verifier) -> Extension<Self> {
        Extension(Self::of(verifier.clone()))
    }

    /// Notes that a guard has admitted a request.
    pub(crate) fn admit(extensions: &mut Extensions, admitted: Admitted) {
        extensions.get_or_insert_default::<Self>().admitted = Some(admitted);
    }

    /// How the request was admitted, if it was.
    pub(crate) fn admitted(extensions: &Extensions) -> Option<&Admitted> {
        extensions.get::<Self>()?.admitted.as_ref()
    }

    /// The verifier that a request's guards ask: the innermost router's, else the process's.
    pub(crate) fn verifier(extensions: &Extensions) -> Option<&Verifier> {
        extensions.get::<Self>().and_then(|context| context.verifier.as_ref()).or_else(|| verifier::global())
    }
}
