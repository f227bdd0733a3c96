//! The verbs: which method of a path goes to which guarded handler.

use std::convert::Infallible;
use std::fmt;

use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{self, MethodFilter, Route};
use http::Request;
use tower::{Layer, Service};

use super::args::GuardedArgs;
use crate::decide::Need;

/// The guarded handlers of one path, by method. As `axum::routing::MethodRouter`.
#[derive(Clone)]
pub struct MethodRouter<S = ()> {
    pub(super) inner: routing::MethodRouter<S>,
    pub(super) guarded: Vec<Guarded>,
}

/// What is known of one method of a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guarded {
    /// `*` where every method goes there.
    pub(super) method: &'static str,
    pub(super) need: &'static Need,
}

impl<S> fmt::Debug for MethodRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodRouter").field("guarded", &self.guarded).finish_non_exhaustive()
    }
}

const METHODS: [(MethodFilter, &str); 9] = [
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

macro_rules! verbs {
    ($($verb:ident $filter:ident),*) => {
        $(
            #[doc = concat!("Sends ", stringify!($filter), " requests to a guarded handler.")]
            pub fn $verb<H, T, S>(handler: H) -> MethodRouter<S>
            where
                H: Handler<T, S>,
                T: GuardedArgs + 'static,
                S: Clone + Send + Sync + 'static,
            {
                on(MethodFilter::$filter, handler)
            }
        )*

        impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
            $(
                #[doc = concat!("Sends ", stringify!($filter), " requests to a guarded handler too.")]
                #[must_use]
                pub fn $verb<H, T>(self, handler: H) -> Self
                where
                    H: Handler<T, S>,
                    T: GuardedArgs + 'static,
                {
                    self.on(MethodFilter::$filter, handler)
                }
            )*
        }
    };
}

verbs!(
    get GET, post POST, put PUT, patch PATCH, delete DELETE, head HEAD, options OPTIONS, trace TRACE, connect CONNECT
);

/// Sends requests of these methods to a guarded handler.
pub fn on<H, T, S>(filter: MethodFilter, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: GuardedArgs + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(filter, handler)
}

/// Sends requests of every method to a guarded handler.
pub fn any<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: GuardedArgs + 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter { inner: routing::any(handler), guarded: vec![Guarded { method: "*", need: T::NEED }] }
}

impl<S: Clone + Send + Sync + 'static> MethodRouter<S> {
    /// Without any handler yet.
    pub fn new() -> Self {
        Self { inner: routing::MethodRouter::new(), guarded: Vec::new() }
    }

    /// Sends requests of these methods to a guarded handler too.
    #[must_use]
    pub fn on<H, T>(mut self, filter: MethodFilter, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: GuardedArgs + 'static,
    {
        self.guarded.extend(names(filter).map(|method| Guarded { method, need: T::NEED }));
        Self { inner: self.inner.on(filter, handler), guarded: self.guarded }
    }

    /// Wraps the handlers added so far in a layer; it runs before their guards.
    #[must_use]
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request<axum::body::Body>, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Future: Send + 'static,
    {
        Self { inner: self.inner.layer(layer), guarded: self.guarded }
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> MethodRouter<S2> {
        MethodRouter { inner: self.inner.with_state(state), guarded: self.guarded }
    }
}

impl<S: Clone + Send + Sync + 'static> Default for MethodRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}
