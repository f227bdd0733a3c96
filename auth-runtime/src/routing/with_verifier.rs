//! Passes the router's verifier to a handler, and says to caches whether its answer is private.

use axum::extract::Request;
use axum::handler::Handler;

use super::cached::{Admits, Marked, Marks};
use super::enclosing::Enclosing;
use super::guarded_handler::GuardedHandler;
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

/// A handler whose guard uses this verifier, if there is one, and otherwise the verifier of the process.
#[derive(Clone)]
pub(super) struct WithVerifier<H> {
    handler: H,
    verifier: Option<Verifier>,
    admits: Admits,
}

impl<H> WithVerifier<H> {
    pub(super) fn new<T, S>(handler: &H, enclosing: &Enclosing) -> Self
    where
        H: GuardedHandler<T, S>,
    {
        let verifier = enclosing.verifier_of_handler().cloned();
        Self { handler: handler.clone(), verifier, admits: Admits::of(H::NEED) }
    }
}

impl<H: Handler<T, S>, T, S> Handler<T, S> for WithVerifier<H> {
    type Future = Marked<H::Future>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        if let Some(verifier) = self.verifier {
            RequestContext::set_verifier(request.extensions_mut(), verifier);
        }
        let marks = Marks::of(self.admits, &mut request);
        Marked::new(self.handler.call(request, state), marks)
    }
}
