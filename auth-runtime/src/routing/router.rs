//! `axum::Router`, for guarded handlers.

use std::convert::Infallible;
use std::fmt;

use axum::Router;
use axum::extract::Extension;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::Route;
use http::Request;
use tower::{Layer, Service};

use super::args::GuardedArgs;
use super::method::{Guarded, MethodRouter};
use super::table::Table;
use crate::decide::{Need, OrgSource};
use crate::guard::ScopedVerifier;
use crate::verifier::Verifier;

/// A router on which every handler carries a guard, and which knows them all.
///
/// Its verbs are those of `axum::Router`. What they take must be guarded; [`into_router`](Self::into_router) gives the
/// `axum::Router` to serve.
pub struct GuardedRouter<S = ()> {
    inner: Router<S>,
    routes: Vec<RouteInfo>,
    verifier: Option<Verifier>,
    faults: Vec<String>,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub(super) struct RouteInfo {
    pub(super) path: String,
    pub(super) guarded: Guarded,
}

impl<S> fmt::Debug for GuardedRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedRouter").field("routes", &self.routes).finish_non_exhaustive()
    }
}

impl<S: Clone + Send + Sync + 'static> Default for GuardedRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// Without any route yet.
    pub fn new() -> Self {
        Self { inner: Router::new(), routes: Vec::new(), verifier: None, faults: Vec::new() }
    }

    /// Adds a path and its guarded handlers.
    #[must_use]
    pub fn route(mut self, path: &str, handlers: MethodRouter<S>) -> Self {
        let mut clashes = false;
        for guarded in &handlers.guarded {
            if self.routes.iter().any(|known| known.path == path && known.guarded.method == guarded.method) {
                self.faults.push(format!("{} {path}: the route exists already", guarded.method));
                clashes = true;
            }
        }
        if !clashes {
            self.inner = self.inner.route(path, handlers.inner);
            self.routes
                .extend(handlers.guarded.into_iter().map(|guarded| RouteInfo { path: path.to_owned(), guarded }));
        }
        self
    }

    /// Mounts another router below a path; a verifier of its own stays in charge of its routes.
    #[must_use]
    pub fn nest(mut self, prefix: &str, router: Self) -> Self {
        let (inner, routes) = self.absorb(router);
        self.routes.extend(routes.into_iter().map(|route| RouteInfo { path: joined(prefix, &route.path), ..route }));
        self.inner = self.inner.nest(prefix, inner);
        self
    }

    /// Adds the routes of another router; a verifier of its own stays in charge of them.
    #[must_use]
    pub fn merge(mut self, router: Self) -> Self {
        let (inner, mut routes) = self.absorb(router);
        self.routes.append(&mut routes);
        self.inner = self.inner.merge(inner);
        self
    }

    fn absorb(&mut self, router: Self) -> (Router<S>, Vec<RouteInfo>) {
        let (inner, routes, mut faults) = router.assembled();
        self.faults.append(&mut faults);
        (inner, routes)
    }

    /// Answers what no route matches, by a guarded handler.
    #[must_use]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: GuardedArgs + 'static,
    {
        self.inner = self.inner.fallback(handler);
        self
    }

    /// Wraps the routes added so far in a layer; it runs before their guards. Put a `CorsLayer` here: a preflight
    /// carries no credentials.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request<axum::body::Body>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Future: Send + 'static,
    {
        self.inner = self.inner.layer(layer);
        self
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> GuardedRouter<S2> {
        GuardedRouter {
            inner: self.inner.with_state(state),
            routes: self.routes,
            verifier: self.verifier,
            faults: self.faults,
        }
    }

    /// Puts this verifier in charge of every route of this router, added before or after; the process's own is not
    /// asked then. A router nested in or merged into this one keeps its own.
    #[must_use]
    pub fn guarded_by(mut self, verifier: Verifier) -> Self {
        self.verifier = Some(verifier);
        self
    }

    /// Every route with its policy.
    pub fn table(&self) -> Table {
        Table::new(&self.routes)
    }

    /// Makes the router to serve.
    ///
    /// # Errors
    /// Everything that is wrong with the routes, at once.
    pub fn build(self) -> Result<Router<S>, RouteErrors> {
        let (inner, routes, mut faults) = self.assembled();
        for route in &routes {
            faults.extend(fault(route));
        }
        if faults.is_empty() { Ok(inner) } else { Err(RouteErrors { faults }) }
    }

    /// As [`build`](Self::build), for a program that cannot start otherwise.
    ///
    /// # Panics
    /// With the text of [`RouteErrors`], where `build` gives an error.
    #[allow(clippy::panic)]
    pub fn into_router(self) -> Router<S> {
        self.build().unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// The routes, under this router's own verifier where it has one.
    fn assembled(self) -> (Router<S>, Vec<RouteInfo>, Vec<String>) {
        let inner = match self.verifier {
            // Outermost here, so before every guard; an inner router's layer runs later, and so overrides it.
            Some(verifier) => self.inner.layer(Extension(ScopedVerifier(verifier))),
            None => self.inner,
        };
        (inner, self.routes, self.faults)
    }
}

/// What is wrong with one route.
fn fault(route: &RouteInfo) -> Option<String> {
    let RouteInfo { path, guarded: Guarded { method, need } } = route;
    if let OrgSource::Path(name) = need.org_source()
        && path.split('/').filter(|segment| parameter(segment) == Some(name)).count() != 1
    {
        return Some(format!("{method} {path}: the guard reads `path({name:?})`, which the path does not name once"));
    }
    let takes_member = need.any(|rule| rule.takes_org_member);
    if takes_member && need.org_source() == OrgSource::None && !matches!(need, Need::Nobody) {
        return Some(format!("{method} {path}: the handler takes an `OrgMember`, but no attribute selects one"));
    }
    None
}

/// The name of the parameter that a segment of a path captures.
fn parameter(segment: &str) -> Option<&str> {
    let inner = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(inner.strip_prefix('*').unwrap_or(inner))
}

fn joined(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    if path == "/" && !prefix.is_empty() { prefix.to_owned() } else { format!("{prefix}{path}") }
}

/// Everything that is wrong with the routes of a [`GuardedRouter`].
#[derive(Clone, Debug)]
pub struct RouteErrors {
    faults: Vec<String>,
}

impl fmt::Display for RouteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the routes cannot be served:")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
    }
}

impl std::error::Error for RouteErrors {}
