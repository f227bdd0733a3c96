//! Builds an axum type after the verifier is known.

use std::sync::Arc;

use super::enclosing::Enclosing;

type Start<R> = dyn Fn(&Enclosing) -> R + Send + Sync;
type Step<R> = dyn Fn(R, &Enclosing) -> R + Send + Sync;

/// Records the steps to build an axum type, and runs them after the verifier is known.
///
/// A router's verifier may be set after its routes, and each handler gets its verifier when it is built. A layer around
/// all handlers could set the verifier instead, but would cost each request more than its guard does. Some steps of
/// axum can panic, so no step runs before all of them are known to be valid.
pub(super) struct Deferred<R> {
    start: Arc<Start<R>>,
    steps: Vec<Arc<Step<R>>>,
}

impl<R> Clone for Deferred<R> {
    fn clone(&self) -> Self {
        Self { start: Arc::clone(&self.start), steps: self.steps.clone() }
    }
}

impl<R> Deferred<R> {
    pub(super) fn new(start: impl Fn(&Enclosing) -> R + Send + Sync + 'static) -> Self {
        Self { start: Arc::new(start), steps: Vec::new() }
    }

    pub(super) fn step(&mut self, step: impl Fn(R, &Enclosing) -> R + Send + Sync + 'static) {
        self.steps.push(Arc::new(step));
    }

    pub(super) fn make(&self, enclosing: &Enclosing) -> R {
        self.steps.iter().fold((self.start)(enclosing), |made, step| step(made, enclosing))
    }

    /// Builds it and consumes the steps, so that the memory of each step is freed.
    pub(super) fn into_made(self, enclosing: &Enclosing) -> R {
        self.steps.into_iter().fold((self.start)(enclosing), |made, step| step(made, enclosing))
    }

    /// Transforms the result with `turn`.
    pub(super) fn map<Q>(self, turn: impl Fn(R) -> Q + Send + Sync + 'static) -> Deferred<Q>
    where
        R: 'static,
    {
        Deferred::new(move |enclosing| turn(self.make(enclosing)))
    }
}
