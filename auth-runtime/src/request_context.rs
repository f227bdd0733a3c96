//! What a request carries: the verifier of its router and, after the guard, who was admitted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Extension;
use http::Extensions;

use crate::id::Hierarchy;
use crate::policy::DenialReason;
use crate::verifier::{self, NotAuthenticated, Verified, Verifier};

/// The extension of a request. The type is private, so that only a router and a guard can set it. One value has both
/// parts, so that each request pays for one extension.
#[derive(Clone, Default)]
pub(crate) struct RequestContext {
    /// The verifier of the innermost router that has one.
    verifier: Option<Verifier>,
    admitted: Option<Admitted>,
    /// Whether the guard of a handler has admitted it.
    is_guarded: bool,
    /// The verifier's result for the credentials, if a policy around the handler has asked for it, and the maximum age
    /// of the answers that it used.
    authenticated: Option<(Result<Verified, NotAuthenticated>, u64)>,
    /// The innermost policy around the handler that selected an organization.
    around: Option<AdmittedUser>,
    /// How many of the routers around the handler have admitted it, counted from the outermost.
    passed: usize,
    /// Whether a layer around the handler tells caches whether the response is private.
    is_marked: bool,
    /// Set when a request is admitted without a user, if its router asked for this.
    is_anonymous: Option<Arc<AtomicBool>>,
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
        Self { verifier: Some(verifier), ..Self::default() }
    }

    /// Sets the verifier for a request below a router.
    pub(crate) fn set_verifier(extensions: &mut Extensions, verifier: Verifier) {
        extensions.insert(Self::of(verifier));
    }

    /// Sets the verifier for a request, before the policies around its handler decide. Keeps the result for the
    /// credentials if it comes from the same verifier.
    pub(crate) fn put_in_charge(extensions: &mut Extensions, verifier: &Verifier) {
        let known = extensions.get::<Self>().and_then(|context| context.verifier.as_ref());
        if !known.is_some_and(|known| known.is_same(verifier)) {
            Self::set_verifier(extensions, verifier.clone());
        }
    }

    /// Like [`set_verifier`](Self::set_verifier), as a layer for foreign services that may contain guarded handlers.
    pub(crate) fn layer(verifier: &Verifier) -> Extension<Self> {
        Extension(Self::of(verifier.clone()))
    }

    /// Records that a guard has admitted a request.
    pub(crate) fn admit(extensions: &mut Extensions, admitted: Admitted) {
        let context = extensions.get_or_insert_default::<Self>();
        context.tell(&admitted);
        (context.admitted, context.is_guarded) = (Some(admitted), true);
    }

    /// Records that a policy around the handler has admitted a request.
    pub(crate) fn admit_around(extensions: &mut Extensions, admitted: Admitted) {
        let context = extensions.get_or_insert_default::<Self>();
        if let Admitted::User(user) = &admitted
            && user.member.is_some()
        {
            context.around = Some(user.clone());
        }
        context.tell(&admitted);
        context.admitted = Some(admitted);
    }

    /// Records that the policies of a router around the handler have admitted a request. The outermost router has the
    /// number 0.
    pub(crate) fn pass(extensions: &mut Extensions, number: usize) {
        let context = extensions.get_or_insert_default::<Self>();
        context.passed = if number == 0 || context.passed == number { number + 1 } else { 0 };
    }

    /// Records that the policies of a router around the handler were not asked.
    pub(crate) fn bypass(extensions: &mut Extensions) {
        if let Some(context) = extensions.get_mut::<Self>() {
            context.passed = 0;
        }
    }

    /// Makes the guard of a handler refuse the request, unless all routers around the handler have admitted it.
    pub(crate) fn hold(extensions: &mut Extensions, verifier: Option<&Verifier>, routers: usize) {
        if extensions.get::<Self>().is_some_and(|context| context.passed == routers) {
            return;
        }
        let verifier = verifier.or(verifier::global()).cloned();
        let skipped = NotAuthenticated::Unclear(DenialReason::RouterSkipped);
        extensions.insert(Self { verifier, authenticated: Some((Err(skipped), 0)), ..Self::default() });
    }

    /// Whether this is the outermost layer that tells caches whether the response is private.
    pub(crate) fn marks_first(extensions: &mut Extensions) -> bool {
        !std::mem::replace(&mut extensions.get_or_insert_default::<Self>().is_marked, true)
    }

    /// Whether a layer around the handler tells caches whether the response is private.
    pub(crate) fn is_marked(extensions: &Extensions) -> bool {
        extensions.get::<Self>().is_some_and(|context| context.is_marked)
    }

    /// Tells the router of a request, after the guard, whether it was admitted without a user.
    pub(crate) fn watch(extensions: &mut Extensions) -> Arc<AtomicBool> {
        let is_anonymous = Arc::<AtomicBool>::default();
        extensions.get_or_insert_default::<Self>().is_anonymous = Some(Arc::clone(&is_anonymous));
        is_anonymous
    }

    fn tell(&self, admitted: &Admitted) {
        if let Some(is_anonymous) = &self.is_anonymous {
            is_anonymous.store(!matches!(admitted, Admitted::User(_)), Ordering::Relaxed);
        }
    }

    /// Whether the guard of a handler has admitted a request.
    pub(crate) fn is_guarded(extensions: &Extensions) -> bool {
        extensions.get::<Self>().is_some_and(|context| context.is_guarded)
    }

    /// Records the verifier's result for the credentials.
    pub(crate) fn remember(
        extensions: &mut Extensions,
        authenticated: Result<Verified, NotAuthenticated>,
        max_age_ms: u64,
    ) {
        extensions.get_or_insert_default::<Self>().authenticated = Some((authenticated, max_age_ms));
    }

    /// The verifier for a request, and its result for the credentials, if there is one. A result that used answers
    /// older than `max_age_ms` is left out.
    pub(crate) fn authentication(
        extensions: &Extensions,
        max_age_ms: u64,
    ) -> (Option<&Verifier>, Option<&Result<Verified, NotAuthenticated>>) {
        let context = extensions.get::<Self>();
        let verifier = context.and_then(|context| context.verifier.as_ref()).or_else(|| verifier::global());
        let known = context.and_then(|context| context.authenticated.as_ref());
        (verifier, known.filter(|(_, used)| *used <= max_age_ms).map(|(known, _)| known))
    }

    /// The user with the organization that counts: the handler's, or that of the innermost policy around it.
    pub(crate) fn selected(extensions: &Extensions) -> Option<&AdmittedUser> {
        let context = extensions.get::<Self>()?;
        let own = match &context.admitted {
            Some(Admitted::User(user)) => Some(user).filter(|user| user.member.is_some()),
            _ => None,
        };
        own.or(context.around.as_ref())
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
