//! The methods of a path and their guarded handlers.

use std::convert::Infallible;
use std::fmt;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{self, MethodFilter, Route};
use tower::{Layer, Service};

use super::bounds::RouteLayer;
use super::deferred::Deferred;
use super::fault::RouteFault;
use super::guarded_handler::GuardedHandler;
use super::mounted::{MethodEntry, SourceLocation, here};
use super::paths::twice;
use super::with_verifier::{AnyHandler, WithVerifier};

/// The guarded handlers of one path, by method. Like `axum::routing::MethodRouter`, but an axum one cannot be
/// converted, because its handlers may have no guard.
pub struct MethodRouter<S = ()> {
    pub(super) inner: Deferred<routing::MethodRouter<S>>,
    pub(super) handled: Vec<MethodEntry>,
    /// Errors. The path is not known yet.
    pub(super) faults: Vec<RouteFault>,
}

impl<S> Clone for MethodRouter<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), handled: self.handled.clone(), faults: self.faults.clone() }
    }
}

impl<S> fmt::Debug for MethodRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods: Vec<_> = self.handled.iter().map(|handled| handled.method).collect();
        f.debug_struct("MethodRouter").field("methods", &methods).finish_non_exhaustive()
    }
}

pub(super) const METHODS: [(MethodFilter, &str); 9] = [
    (MethodFilter::GET, "GET"),
    (MethodFilter::HEAD, "HEAD"),
    (MethodFilter::POST, "POST"),
    (MethodFilter::PUT, "PUT"),
    (MethodFilter::PATCH, "PATCH"),
    (MethodFilter::DELETE, "DELETE"),
    (MethodFilter::OPTIONS, "OPTIONS"),
    (MethodFilter::TRACE, "TRACE"),
    (MethodFilter::CONNECT, "CONNECT"),
];

/// The methods of a filter, by name.
fn names(filter: MethodFilter) -> impl Iterator<Item = &'static str> {
    METHODS.into_iter().filter(move |(method, _)| filter.or(*method) == filter).map(|(_, name)| name)
}

// The bounds are passed to the macro, so that errors point at them and not into the macro.
macro_rules! verb {
    ($verb:ident $filter:ident where $($bounds:tt)*) => {
        #[doc = concat!("Sends ", stringify!($filter), " requests to a guarded handler.")]
        #[track_caller]
        pub fn $verb<H, T, S>(handler: H) -> MethodRouter<S>
        where
            S: Clone + Send + Sync + 'static,
            $($bounds)*
        {
            MethodRouter::of(MethodFilter::$filter, &AnyHandler::new(handler), here())
        }

        impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
            #[doc = concat!("Sends ", stringify!($filter), " requests to a guarded handler too.")]
            #[must_use]
            #[track_caller]
            pub fn $verb<H, T>(self, handler: H) -> Self
            where
                $($bounds)*
            {
                self.with(MethodFilter::$filter, AnyHandler::new(handler), here())
            }
        }
    };
}

verb!(get GET where H: GuardedHandler<T, S>, T: 'static);
verb!(post POST where H: GuardedHandler<T, S>, T: 'static);
verb!(put PUT where H: GuardedHandler<T, S>, T: 'static);
verb!(patch PATCH where H: GuardedHandler<T, S>, T: 'static);
verb!(delete DELETE where H: GuardedHandler<T, S>, T: 'static);
verb!(head HEAD where H: GuardedHandler<T, S>, T: 'static);
verb!(options OPTIONS where H: GuardedHandler<T, S>, T: 'static);
verb!(trace TRACE where H: GuardedHandler<T, S>, T: 'static);
verb!(connect CONNECT where H: GuardedHandler<T, S>, T: 'static);

/// Sends requests of these methods to a guarded handler.
#[track_caller]
pub fn on<H, T, S>(filter: MethodFilter, handler: H) -> MethodRouter<S>
where
    H: GuardedHandler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::of(filter, &AnyHandler::new(handler), here())
}

/// Sends requests of every method to a guarded handler, except methods for which a chained call sets another handler.
#[track_caller]
pub fn any<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: GuardedHandler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::of_any(AnyHandler::new(handler), here())
}

impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
    /// Creates a method router without handlers.
    pub fn new() -> Self {
        Self { inner: Deferred::new(|_| routing::MethodRouter::new()), handled: Vec::new(), faults: Vec::new() }
    }

    /// Also sends requests of these methods to a guarded handler.
    ///
    /// If a method already has a handler, [`build`](super::GuardedRouter::build) returns an error.
    #[must_use]
    #[track_caller]
    pub fn on<H, T>(self, filter: MethodFilter, handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
        T: 'static,
    {
        self.with(filter, AnyHandler::new(handler), here())
    }

    /// Sends requests of all other methods to a guarded handler. As in axum, it replaces an earlier one.
    #[must_use]
    #[track_caller]
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
        T: 'static,
    {
        self.with_fallback(AnyHandler::new(handler), here())
    }

    /// Adds the handlers of another method router.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for handled in other.handled {
            self.add(handled);
        }
        self.faults.extend(other.faults);
        self.inner.step(move |inner, enclosing| inner.merge(other.inner.make(enclosing)));
        self
    }

    /// Wraps the handlers added so far in a layer, which runs before their guards.
    #[must_use]
    pub fn layer(mut self, layer: impl RouteLayer) -> Self {
        self.inner.step(move |inner, _| inner.layer(layer.clone()));
        self
    }

    /// Wraps the handlers added so far, but not the fallback, in a layer, which runs before their guards.
    ///
    /// If there is no handler yet, [`build`](super::GuardedRouter::build) returns an error.
    #[must_use]
    #[track_caller]
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        if !self.handled.iter().any(|known| known.method != "*") {
            self.faults.push(RouteFault::new(
                None,
                "",
                "this `route_layer` has no effect: add handlers before it",
                here(),
            ));
        }
        self.inner.step(move |inner, _| inner.route_layer(layer.clone()));
        self
    }

    /// Sets the state of the handlers.
    pub fn with_state<S2>(self, state: S) -> MethodRouter<S2> {
        let inner = self.inner.map(move |inner| inner.with_state(state.clone()));
        MethodRouter { inner, handled: self.handled, faults: self.faults }
    }

    // Not generic over the handler, so that they are compiled once for all handlers.

    fn of(filter: MethodFilter, handler: &AnyHandler<S>, at: SourceLocation) -> Self {
        let made = handler.clone();
        let inner = Deferred::new(move |enclosing| routing::on(filter, WithVerifier::new(&made, enclosing)));
        let mut router = Self { inner, handled: Vec::new(), faults: Vec::new() };
        router.add_each(filter, handler, at);
        router
    }

    fn of_any(handler: AnyHandler<S>, at: SourceLocation) -> Self {
        let handled = MethodEntry::new("*", handler.entry(), at).ask_second(handler.has_second);
        let inner = Deferred::new(move |enclosing| routing::any(WithVerifier::new(&handler, enclosing)));
        Self { inner, handled: vec![handled], faults: Vec::new() }
    }

    fn with(mut self, filter: MethodFilter, handler: AnyHandler<S>, at: SourceLocation) -> Self {
        self.add_each(filter, &handler, at);
        self.inner.step(move |inner, enclosing| inner.on(filter, WithVerifier::new(&handler, enclosing)));
        self
    }

    fn with_fallback(mut self, handler: AnyHandler<S>, at: SourceLocation) -> Self {
        self.handled.retain(|known| known.method != "*");
        self.add(MethodEntry::new("*", handler.entry(), at).ask_second(handler.has_second));
        self.inner.step(move |inner, enclosing| inner.fallback(WithVerifier::new(&handler, enclosing)));
        self
    }

    fn add_each(&mut self, filter: MethodFilter, handler: &AnyHandler<S>, at: SourceLocation) {
        for method in names(filter) {
            self.add(MethodEntry::new(method, handler.entry(), at).ask_second(handler.has_second));
        }
    }

    fn add(&mut self, new: MethodEntry) {
        match twice(&self.handled, &new) {
            Some(problem) => self.faults.push(RouteFault::new(Some(new.method), "", problem, new.place())),
            None => self.handled.push(new),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Default for MethodRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}
