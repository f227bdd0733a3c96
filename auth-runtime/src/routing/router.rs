//! `axum::Router`, for guarded handlers.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{Route, any};
use tower::{Layer, Service};

use super::accepted::{CallIntoRouterFirst, GuardedMethods, GuardedRoutes, sealed};
use super::deferred::Deferred;
use super::enclosing::{Enclosing, Own};
use super::exempt::Exempt;
use super::fault::RouteErrors;
use super::foreign::Foreign;
use super::guarded_handler::GuardedHandler;
use super::method_router::MethodRouter;
use super::mounted::{Entry, MethodEntry, MountedPath, Place, here};
use super::route_map::RouteMap;
use super::table::Table;
use super::with_verifier::WithVerifier;
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

/// A router on which every handler carries a guard, and which knows them all.
///
/// Its verbs are those of `axum::Router`, and do what those do. What they take must be guarded; what has no handler to
/// look at enters by [`public_service`](Self::public_service) and [`public_router`](Self::public_router).
/// [`build`](Self::build) gives the `axum::Router` to serve. What axum would panic about is noted instead, with
/// whatever else is wrong, and told by `build` at once.
///
/// ```
/// use auth_runtime::{GuardedRouter, User, public, require_user, routing::get};
///
/// #[public(reason = "load balancer probe")]
/// async fn health() -> &'static str { "ok" }
///
/// #[require_user]
/// async fn whoami(user: User) -> String { user.id().to_owned() }
///
/// let api = GuardedRouter::new().route("/whoami", get(whoami));
/// let app = GuardedRouter::new().route("/health", get(health)).nest("/api", api);
/// println!("{}", app.table());
/// let served: axum::Router = app.build()?;
/// # Ok::<(), auth_runtime::routing::RouteErrors>(())
/// ```
///
/// One name in the path twice, which `nest` makes easy (`/orgs/{id}` and `/posts/{id}`), is allowed, as in axum: a
/// tuple reads both, a map or a struct only one. Under a guard that reads it by name it is a fault.
#[derive(Clone)]
#[must_use]
pub struct GuardedRouter<S = ()> {
    pub(super) inner: Deferred<Router<S>>,
    /// Boxed, because every verb moves the router.
    pub(super) known: Box<RouteMap>,
    pub(super) own: Box<Own>,
    /// Where a layer was added that runs after what the router requires.
    pub(super) after_require: Option<Place>,
}

impl<S> fmt::Debug for GuardedRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedRouter").field("routes", &self.to_table().rows()).finish_non_exhaustive()
    }
}

/// Never applies. It makes rustc name `into_router` where a service is expected, as in `axum::serve`.
#[doc(hidden)]
impl<S, R> Service<R> for GuardedRouter<S>
where
    Self: CallIntoRouterFirst,
{
    type Response = Router;
    type Error = Infallible;
    type Future = Ready<Result<Router, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: R) -> Self::Future {
        ready(Ok(Router::new()))
    }
}

impl<S> GuardedRouter<S> {
    fn to_table(&self) -> Table {
        let mut known = self.known.clone();
        known.require(&self.own.required);
        Table::new(&known, self.own.verifier.as_ref())
    }
}

impl<S> GuardedRoutes<Self> for GuardedRouter<S> {}

impl<S> sealed::Routes<Self> for GuardedRouter<S> {
    fn into_routes(self) -> Self {
        self
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
        Self {
            inner: Deferred::new(Enclosing::without_routes),
            known: Box::default(),
            own: Box::default(),
            after_require: None,
        }
    }

    /// Adds a path and its guarded handlers; those of a path that is there already join it.
    #[track_caller]
    pub fn route(mut self, path: &str, handlers: impl GuardedMethods<S>) -> Self {
        let MethodRouter { inner, handled, faults } = handlers.into_methods();
        self.known
            .faults
            .extend(faults.into_iter().map(|fault| super::fault::RouteFault { path: path.to_owned(), ..fault }));
        let path: Arc<str> = path.into();
        let exempt = Exempt::of(&handled);
        self.known.route(MountedPath { path: Arc::clone(&path), is_service: false, handled, at: here() });
        self.inner.step(move |router, enclosing| router.route(&path, enclosing.guard(inner.make(enclosing), &exempt)));
        self
    }

    /// Adds a `GET` route for a load balancer or an orchestrator: 200 if guarded routes work, else 503.
    ///
    /// They work if there is a verifier (this router's, else the process's) and each of its issuers has keys that may be
    /// used. After the first 200, no guarded route answers 500 because the verifier is missing. If one of several
    /// issuers loses its keys, the answer is 503; to stay in service then, take [`Health`](crate::Health) as an argument
    /// of a handler of your own and decide by its `issuers`.
    ///
    /// ```
    /// use auth_runtime::{GuardedRouter, Verifier};
    /// fn routes(verifier: Verifier) -> GuardedRouter {
    ///     GuardedRouter::new().readiness("/ready").guarded_by(verifier)
    /// }
    /// ```
    #[track_caller]
    pub fn readiness(self, path: &str) -> Self {
        self.route(path, super::get(crate::probe::readiness))
    }

    /// Adds a path and a service that everybody may call, and says why; as `Router::route_service`.
    ///
    /// The reason is listed in the table. For an `axum::Router` use [`public_router`](Self::public_router).
    #[track_caller]
    pub fn public_service<T>(mut self, path: &str, reason: &'static str, service: T) -> Self
    where
        T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        T::Response: IntoResponse,
        T::Future: Send + 'static,
    {
        let at = here();
        let handled = vec![MethodEntry::new("*", self.open("public_service", path, reason, at), at)];
        self.known.route(MountedPath { path: path.into(), is_service: true, handled, at });
        if (&service as &dyn Any).is::<Router<S>>() {
            self.known.fault(path, "an `axum::Router` is no service here: use `public_router`", at);
        }
        let path = path.to_owned();
        self.inner.step(move |router, enclosing| match &enclosing.verifier {
            None => router.route_service(&path, service.clone()),
            // It may be, or hold, a router with guards.
            Some(verifier) => {
                router.route_service(&path, Layer::layer(&RequestContext::layer(verifier), service.clone()))
            }
        });
        self
    }

    /// Merges a router of any handlers, which everybody may call, and says why: documentation, files, metrics of a
    /// port that is closed to the outside.
    ///
    /// The table lists its paths, which are read from what axum's `Debug` prints of them. Where a later axum prints
    /// something else, the table shows one line with the path `?`, and clashes are axum's to find, by a panic.
    #[track_caller]
    pub fn public_router(mut self, reason: &'static str, router: impl Into<Router<S>>) -> Self {
        let at = here();
        let router = router.into();
        let entry = self.open("public_router", "", reason, at);
        self.known.add_foreign(None, Foreign::read(&router), entry, at);
        self.inner.step(move |inner, enclosing| match &enclosing.verifier {
            None => inner.merge(router.clone()),
            Some(verifier) => inner.merge(router.clone().layer(RequestContext::layer(verifier))),
        });
        self
    }

    fn open(&mut self, verb: &'static str, path: &str, reason: &'static str, at: Place) -> Entry {
        if reason.trim().is_empty() {
            self.known.fault(path, "what is open to everybody needs a reason", at);
        }
        Entry::Open { verb, reason }
    }

    /// Mounts another router below a path; a verifier of its own stays in charge of its routes.
    #[track_caller]
    pub fn nest(mut self, prefix: &str, router: impl GuardedRoutes<Self>) -> Self {
        let (inner, own, known) = router.into_routes().into_enclosed();
        let has_fallback = known.fallback().is_some();
        self.known.nest(prefix, known, here());
        let prefix = prefix.to_owned();
        self.inner
            .step(move |router, enclosing| router.nest(&prefix, inner.make(&enclosing.nested(&own, has_fallback))));
        self
    }

    /// Adds the routes of another router; a verifier of its own stays in charge of them.
    #[track_caller]
    pub fn merge(mut self, router: impl GuardedRoutes<Self>) -> Self {
        let (inner, own, known) = router.into_routes().into_enclosed();
        self.known.merge(known, here());
        self.inner.step(move |router, enclosing| router.merge(inner.make(&enclosing.merged(&own))));
        self
    }

    /// The router, with what it says of its routes noted on each of them.
    fn into_enclosed(mut self) -> (Deferred<Router<S>>, Own, RouteMap) {
        self.known.enclose(&self.own);
        self.fault_of_layer();
        (self.inner, *self.own, *self.known)
    }

    fn fault_of_layer(&mut self) {
        if let Some(at) = self.after_require.filter(|_| self.own.policies.is_empty()) {
            self.known.fault("", "`layer_after_require` on a router that requires nothing: use `layer`", at);
        }
    }

    /// Answers what no route matches, by a guarded handler; it replaces an earlier one.
    #[track_caller]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
        T: 'static,
    {
        let handled = MethodEntry::new("*", Entry::Guarded(H::NEED), here()).ask_second(H::HAS_SECOND);
        let is_exempt = handled.is_exempt();
        self.known.set_fallback(handled);
        self.inner.step(move |router, enclosing| {
            let handler = WithVerifier::new(&handler, enclosing);
            if is_exempt || enclosing.is_open() {
                router.fallback(handler)
            } else {
                router.fallback(enclosing.guard(any(handler), &Exempt::default()))
            }
        });
        self
    }

    /// Removes the fallback, so that a router that has another can be merged.
    pub fn reset_fallback(mut self) -> Self {
        self.known.reset_fallback();
        self.inner.step(|router, enclosing| enclosing.hold_rest(router.reset_fallback()));
        self
    }

    /// Answers the methods that no handler takes, on the paths added so far, by a guarded handler.
    #[track_caller]
    pub fn method_not_allowed_fallback<H, T>(mut self, handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
        T: 'static,
    {
        let handled = MethodEntry::new("*", Entry::Guarded(H::NEED), here()).ask_second(H::HAS_SECOND);
        let is_exempt = handled.is_exempt();
        self.known.method_not_allowed(&handled);
        self.inner.step(move |router, enclosing| {
            let handler = WithVerifier::new(&handler, enclosing);
            if is_exempt || enclosing.is_open() {
                router.method_not_allowed_fallback(handler)
            } else {
                router.method_not_allowed_fallback(enclosing.guard(any(handler), &Exempt::default()))
            }
        });
        self
    }

    /// Wraps the routes added so far, and the fallback, in a layer; it runs before their guards. Put a `CorsLayer`
    /// here: a preflight carries no credentials.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.inner.step(move |router, _| router.layer(layer.clone()));
        self
    }

    /// Wraps the routes added so far in a layer, which does not see what no route matches; it runs before their
    /// guards. Without a route yet it is a fault.
    #[track_caller]
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        if self.known.paths.is_empty() {
            self.known.fault("", "a `route_layer` before any route does nothing", here());
        }
        self.inner.step(move |router, _| router.route_layer(layer.clone()));
        self
    }

    /// Whether there is a route.
    pub fn has_routes(&self) -> bool {
        !self.known.paths.is_empty()
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> GuardedRouter<S2> {
        let inner = self.inner.map(move |router| router.with_state(state.clone()));
        GuardedRouter { inner, known: self.known, own: self.own, after_require: self.after_require }
    }

    /// Puts this verifier in charge of every route of this router, added before or after; the process's own is not
    /// asked then. A router nested in or merged into this one keeps its own.
    pub fn guarded_by(mut self, verifier: Verifier) -> Self {
        self.own.verifier = Some(verifier);
        self
    }

    /// Every route with its policy.
    pub fn table(&self) -> Table {
        self.to_table()
    }

    /// Makes the router to serve.
    ///
    /// # Errors
    /// Everything that is wrong with the routes, at once: two policies for one method and path, paths that cannot be
    /// told apart or read, a guard that reads a parameter which the path lacks or names twice, an `OrgMember` without
    /// an organization, and whatever else axum would panic about.
    pub fn build(mut self) -> Result<Router<S>, RouteErrors> {
        self.fault_of_layer();
        let enclosing = Enclosing::outermost(&self.own, self.known.fallback().is_some());
        self.known.require(&self.own.required);
        let faults = self.known.into_faults();
        if faults.is_empty() { Ok(self.inner.into_made(&enclosing)) } else { Err(RouteErrors { faults }) }
    }

    /// As [`build`](Self::build), for a program that cannot start otherwise.
    ///
    /// # Panics
    /// With the text of [`RouteErrors`], where `build` gives an error.
    #[allow(clippy::panic)]
    #[track_caller]
    pub fn into_router(self) -> Router<S> {
        match self.build() {
            Ok(router) => router,
            Err(errors) => panic!("{errors}"),
        }
    }

    /// The template that a path is matched by.
    #[cfg(feature = "testing")]
    pub(crate) fn matched(&self, path: &str) -> Option<&str> {
        self.known.paths.matched(path)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn verifier(&self) -> Option<&Verifier> {
        self.own.verifier.as_ref()
    }
}
