//! Passes the router's verifier to a handler, checks that the policies of the routers around it have admitted the
//! request, and marks its response for caches.

use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use http::Extensions;

use super::enclosing::Enclosing;
use super::guarded_handler::{Answering, GuardedHandler};
use super::mounted::Entry;
use crate::cache_headers::{Admits, Marked, Marks};
use crate::policy::Need;
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

/// A guarded handler of any type, so that axum's services and the code here are compiled once, and not for each
/// handler.
pub(super) struct AnyHandler<S> {
    call: Arc<dyn Fn(Request, S) -> Answering + Send + Sync>,
    pub(super) need: &'static Need,
    pub(super) has_second: Option<fn() -> bool>,
}

impl<S> Clone for AnyHandler<S> {
    fn clone(&self) -> Self {
        let Self { need, has_second, .. } = *self;
        Self { call: Arc::clone(&self.call), need, has_second }
    }
}

impl<S> AnyHandler<S> {
    pub(super) fn new<H, T>(handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
    {
        Self {
            call: Arc::new(move |request, state| handler.clone().answer(request, state)),
            need: H::NEED,
            has_second: H::HAS_SECOND,
        }
    }

    /// For the table of routes.
    pub(super) fn entry(&self) -> Entry {
        Entry::Guarded(self.need)
    }
}

/// A handler whose guard uses this verifier, if there is one, and otherwise the verifier of the process. axum clones it
/// twice for each request, so it is one pointer.
pub(super) struct WithVerifier<S>(Arc<(AnyHandler<S>, Within)>);

impl<S> Clone for WithVerifier<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// What surrounds a handler.
struct Within {
    verifier: Option<Verifier>,
    holds: Holds,
    admits: Admits,
}

#[derive(Clone, Copy)]
enum Holds {
    /// No router around it requires a policy.
    Nothing,
    /// Routers around it require policies, but the handler has `despite_router`.
    Exempt,
    /// The number of routers around it that require a policy.
    Routers(usize),
}

impl<S> WithVerifier<S> {
    pub(super) fn new(handler: &AnyHandler<S>, enclosing: &Enclosing) -> Self {
        Self(Arc::new((handler.clone(), Within::new(handler.need, enclosing))))
    }
}

// Not generic, so that it is compiled once for all handlers.
impl Within {
    fn new(need: &Need, enclosing: &Enclosing) -> Self {
        let holds = if enclosing.is_open() {
            Holds::Nothing
        } else if need.is_exempt() {
            Holds::Exempt
        } else {
            Holds::Routers(enclosing.routers())
        };
        Self { verifier: enclosing.verifier.clone(), holds, admits: Admits::of(need) }
    }

    fn prepare(&self, request: &mut Request) -> Option<Box<Marks>> {
        self.put_in_charge(request.extensions_mut());
        let verifier = match self.holds {
            Holds::Nothing | Holds::Exempt => self.verifier.as_ref(),
            Holds::Routers(_) => None,
        };
        Marks::of(self.admits, verifier, request)
    }

    fn put_in_charge(&self, extensions: &mut Extensions) {
        match (self.holds, &self.verifier) {
            (Holds::Nothing, Some(verifier)) => RequestContext::set_verifier(extensions, verifier.clone()),
            (Holds::Exempt, Some(verifier)) => RequestContext::put_in_charge(extensions, verifier),
            (Holds::Nothing | Holds::Exempt, None) => {}
            // Layers of the application run before this. They may remove what the policies recorded, or change the
            // method, which decides whether the policies apply.
            (Holds::Routers(routers), verifier) => RequestContext::hold(extensions, verifier.as_ref(), routers),
        }
    }
}

impl<S: Send + Sync + 'static> Handler<(), S> for WithVerifier<S> {
    type Future = Marked<Answering>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let (handler, within) = &*self.0;
        let marks = within.prepare(&mut request);
        Marked::new((handler.call)(request, state), marks)
    }
}
