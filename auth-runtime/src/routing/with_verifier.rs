//! Passes the router's verifier to a handler.

use axum::extract::Request;
use axum::handler::Handler;

use super::enclosing::Enclosing;
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

/// A handler whose guard uses this verifier, if there is one, and otherwise the verifier of the process.
#[derive(Clone)]
pub(super) struct WithVerifier<H> {
    handler: H,
    verifier: Option<Verifier>,
}

impl<H: Clone> WithVerifier<H> {
    pub(super) fn new(handler: &H, enclosing: &Enclosing) -> Self {
        Self { handler: handler.clone(), verifier: enclosing.verifier_of_handler().cloned() }
    }
}

impl<H: Handler<T, S>, T, S> Handler<T, S> for WithVerifier<H> {
    type Future = H::Future;

    fn call(self, mut request: Request, state: S) -> H::Future {
        if let Some(verifier) = self.verifier {
            RequestContext::set_verifier(request.extensions_mut(), verifier);
        }
        self.handler.call(request, state)
    }
}
