//! Passes the router's verifier to a handler, checks that the policies of the routers around it have admitted the request,
//! and marks its response for caches.

use axum::extract::Request;
use axum::handler::Handler;
use http::Extensions;

use super::cached::{Admits, Marked, Marks};
use super::enclosing::Enclosing;
use super::guarded_handler::GuardedHandler;
use crate::policy::Need;
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

/// A handler whose guard uses this verifier, if there is one, and otherwise the verifier of the process.
#[derive(Clone)]
pub(super) struct WithVerifier<H> {
    handler: H,
    within: Within,
}

/// What surrounds a handler.
#[derive(Clone)]
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

impl<H> WithVerifier<H> {
    pub(super) fn new<T, S>(handler: &H, enclosing: &Enclosing) -> Self
    where
        H: GuardedHandler<T, S>,
    {
        Self { handler: handler.clone(), within: Within::new(H::NEED, enclosing) }
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

    fn prepare(self, request: &mut Request) -> Option<Marks> {
        self.put_in_charge(request.extensions_mut());
        Marks::of(self.admits, request)
    }

    fn put_in_charge(&self, extensions: &mut Extensions) {
        match (self.holds, &self.verifier) {
            (Holds::Nothing, Some(verifier)) => RequestContext::set_verifier(extensions, verifier.clone()),
            (Holds::Exempt, Some(verifier)) => RequestContext::put_in_charge(extensions, verifier),
            (Holds::Nothing | Holds::Exempt, None) => {}
            // Layers of the application run before this. They may remove what the policies recorded, or change the method,
            // which decides whether the policies apply.
            (Holds::Routers(routers), verifier) => RequestContext::hold(extensions, verifier.as_ref(), routers),
        }
    }
}

impl<H: Handler<T, S>, T, S> Handler<T, S> for WithVerifier<H> {
    type Future = Marked<H::Future>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let marks = self.within.prepare(&mut request);
        Marked::new(self.handler.call(request, state), marks)
    }
}
