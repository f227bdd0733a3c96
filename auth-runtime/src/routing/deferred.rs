//! How something of axum's is made, once it is known which verifier is in charge.

use std::sync::Arc;

use super::enclosing::Enclosing;

type Start<R> = dyn Fn(&Enclosing) -> R + Send + Sync;
type Step<R> = dyn Fn(R, &Enclosing) -> R + Send + Sync;

/// How something of axum's is made, once it is known which verifier is in charge: the steps, noted as they are called
/// for.
///
/// A router's verifier may be named after its routes, and each handler is to be given it when it is made: a layer
/// around them all would cost every request more than its guard does. Nor would axum take all of the steps: about some
/// it panics, so none is carried out before all are known to be good.
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

    /// Makes it for the last time: each step's memory is free for those that follow.
    pub(super) fn into_made(self, enclosing: &Enclosing) -> R {
        self.steps.into_iter().fold((self.start)(enclosing), |made, step| step(made, enclosing))
    }

    /// What `turn` makes of it.
    pub(super) fn map<Q>(self, turn: impl Fn(R) -> Q + Send + Sync + 'static) -> Deferred<Q>
    where
        R: 'static,
    {
        Deferred::new(move |enclosing| turn(self.make(enclosing)))
    }
}
