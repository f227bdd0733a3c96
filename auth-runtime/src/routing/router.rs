//! `axum::Router` for guarded handlers.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::routing::any;
use tower::{Layer, Service};

use super::accepted::{CallIntoRouterFirst, GuardedMethods, GuardedRoutes, sealed};
use super::bounds::{RouteLayer, RouteService};
use super::deferred::Deferred;
use super::enclosing::{Enclosing, Own};
use super::exempt::Exempt;
use super::fault::RouteErrors;
use super::foreign::Foreign;
use super::guarded_handler::GuardedHandler;
use super::method_router::MethodRouter;
use super::mounted::{Entry, MethodEntry, MountedPath, SourceLocation, here};
use super::route_map::RouteMap;
use super::table::Table;
use super::with_verifier::{AnyHandler, WithVerifier};
use crate::observe::ObserveLayer;
use crate::request_context::RequestContext;
use crate::verifier::{self, Verifier};

/// A router whose handlers all have a guard, and which knows all its routes.
///
/// It has the methods of `axum::Router`, with the same behavior. Add services and plain routers with
/// [`public_service`](Self::public_service) and [`public_router`](Self::public_router). [`build`](Self::build) returns
/// the `axum::Router` to serve, or all errors, including those for which axum would panic.
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
/// A parameter name may occur twice in a path, as in axum. (This happens easily with `nest`: `/orgs/{id}` and
/// `/posts/{id}`.) A tuple reads both values, a map only the last one, and a struct cannot be extracted. It is an error if
/// a guard reads this name with `path(..)`, or if the router [accounts for parameters](Self::account_for_parameters).
#[derive(Clone)]
#[must_use]
pub struct GuardedRouter<S = ()> {
    pub(super) inner: Deferred<Router<S>>,
    /// Boxed, because every method moves the router.
    pub(super) known: Box<RouteMap>,
    pub(super) own: Box<Own>,
    /// The location of a `layer_after_require`.
    pub(super) after_require: Option<SourceLocation>,
}

impl<S> fmt::Debug for GuardedRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedRouter").field("routes", &self.to_table().rows()).finish_non_exhaustive()
    }
}

/// Never applies. With it, rustc's error names `into_router` if a service is expected, as in `axum::serve`.
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
    /// Creates a router without routes.
    pub fn new() -> Self {
        Self {
            inner: Deferred::new(Enclosing::without_routes),
            known: Box::default(),
            own: Box::default(),
            after_require: None,
        }
    }

    /// Adds a path and its guarded handlers. If the path exists already, the handlers are merged.
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

    /// Adds a `GET` route for load balancers and orchestrators: 200 if guarded routes can verify tokens, otherwise 503.
    ///
    /// The verifier is this router's or that of the process, and each of its issuers must have usable keys. After the
    /// first 200, no guarded route responds 500 because of a missing verifier. To respond 200 although one of several
    /// issuers has lost its keys, write your own handler with [`Health`](crate::Health) as an argument.
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

    /// Adds a path and a service that is open to everyone, with a reason that the table lists; like
    /// `Router::route_service`. For an `axum::Router` use [`public_router`](Self::public_router).
    #[track_caller]
    pub fn public_service(mut self, path: &str, reason: &'static str, service: impl RouteService) -> Self {
        let at = here();
        let handled = vec![MethodEntry::new("*", self.open("public_service", path, reason, at), at)];
        self.known.route(MountedPath { path: path.into(), is_service: true, handled, at });
        if (&service as &dyn Any).is::<Router<S>>() {
            self.known.fault(path, "an `axum::Router` cannot be a service here: use `public_router`", at);
        }
        let path = path.to_owned();
        self.inner.step(move |router, enclosing| match &enclosing.verifier {
            None => router.route_service(&path, service.clone()),
            // The service may be, or contain, a router with guards.
            Some(verifier) => {
                router.route_service(&path, Layer::layer(&RequestContext::layer(verifier), service.clone()))
            }
        });
        self
    }

    /// Merges a plain `axum::Router` that is open to everyone, with a reason: documentation, files or internal metrics.
    ///
    /// The table lists its paths, which are read from axum's `Debug` output. If a future axum prints something else,
    /// the table shows one line with the path `?`, and axum panics on conflicts.
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

    fn open(&mut self, verb: &'static str, path: &str, reason: &'static str, at: SourceLocation) -> Entry {
        if reason.trim().is_empty() {
            self.known.fault(path, "a public service or router needs a reason", at);
        }
        Entry::Open { verb, reason }
    }

    /// Nests another router under a path. Its own verifier, if it has one, is used for its routes.
    #[track_caller]
    pub fn nest(mut self, prefix: &str, router: impl GuardedRoutes<Self>) -> Self {
        let (inner, own, known) = router.into_routes().into_enclosed();
        let has_fallback = known.fallback().is_some();
        self.known.nest(prefix, known, here());
        let prefix = prefix.to_owned();
        self.inner.step(move |router, enclosing| {
            router.nest(&prefix, inner.make(&enclosing.nested(&own, &prefix, has_fallback)))
        });
        self
    }

    /// Merges the routes of another router. Its own verifier, if it has one, is used for its routes.
    #[track_caller]
    pub fn merge(mut self, router: impl GuardedRoutes<Self>) -> Self {
        let (inner, own, known) = router.into_routes().into_enclosed();
        self.known.merge(known, here());
        self.inner.step(move |router, enclosing| router.merge(inner.make(&enclosing.merged(&own))));
        self
    }

    /// The router, with its settings recorded on each route.
    fn into_enclosed(mut self) -> (Deferred<Router<S>>, Own, RouteMap) {
        self.known.enclose(&self.own);
        self.known.note_accounts();
        self.fault_of_layer();
        (self.inner, *self.own, *self.known)
    }

    fn fault_of_layer(&mut self) {
        if let Some(at) = self.after_require.filter(|_| self.own.policies.is_empty()) {
            self.known.fault("", "`layer_after_require` on a router without `require`: use `layer`", at);
        }
    }

    /// Sets a guarded handler for requests that match no route. Replaces an earlier one.
    #[track_caller]
    pub fn fallback<H, T>(mut self, handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
        T: 'static,
    {
        let handler = AnyHandler::new(handler);
        let handled = MethodEntry::new("*", handler.entry(), here()).ask_second(handler.has_second);
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

    /// Removes the fallback, so that a router with another fallback can be merged.
    pub fn reset_fallback(mut self) -> Self {
        self.known.reset_fallback();
        self.inner.step(|router, enclosing| enclosing.hold_rest(router.reset_fallback()));
        self
    }

    /// Sets a guarded handler for methods without one, on the paths added so far. A router that
    /// [requires](Self::require) a policy answers such methods itself. It is an error to mount such a router and then
    /// call this method.
    #[track_caller]
    pub fn method_not_allowed_fallback<H, T>(mut self, handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
        T: 'static,
    {
        let handler = AnyHandler::new(handler);
        let handled = MethodEntry::new("*", handler.entry(), here()).ask_second(handler.has_second);
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

    /// Wraps the routes added so far, and the fallback, in a layer, which runs before their guards. Add a `CorsLayer`
    /// here, because preflight requests have no credentials.
    #[track_caller]
    pub fn layer(mut self, layer: impl RouteLayer) -> Self {
        if (&layer as &dyn Any).downcast_ref::<ObserveLayer>().is_some_and(ObserveLayer::counts) {
            self.known.counted.get_or_insert(here());
        }
        self.inner.step(move |router, _| router.layer(layer.clone()));
        self
    }

    /// Like [`layer`](Self::layer), but only for requests that match a route. It is an error if there is no route yet.
    #[track_caller]
    pub fn route_layer(mut self, layer: impl RouteLayer) -> Self {
        if self.known.paths.is_empty() {
            self.known.fault("", "this `route_layer` has no effect: add routes before it", here());
        }
        self.inner.step(move |router, _| router.route_layer(layer.clone()));
        self
    }

    /// Whether there are routes.
    pub fn has_routes(&self) -> bool {
        !self.known.paths.is_empty()
    }

    /// Sets the state of the handlers.
    pub fn with_state<S2>(self, state: S) -> GuardedRouter<S2> {
        let inner = self.inner.map(move |router| router.with_state(state.clone()));
        GuardedRouter { inner, known: self.known, own: self.own, after_require: self.after_require }
    }

    /// Uses this verifier for every route of this router, added before or after, instead of the verifier of the
    /// process. A nested or merged router keeps its own verifier.
    pub fn guarded_by(mut self, verifier: Verifier) -> Self {
        self.own.verifier = Some(verifier);
        self
    }

    /// Requires that the guard of each route of this router, added before or after, reads every parameter of its path,
    /// including the prefixes of `nest`. Public routes are exempt.
    ///
    /// A guard reads what its `from`, `load` and `check` name. A parameter that nothing reads is *unread*. A parameter
    /// that a `load` or a `check` reads without the organization, or under `require_user` without the user, is
    /// *unbound*. Each is an error of [`build`](Self::build), unless an attribute of the handler has
    /// `unrestricted(name, reason = "..")`. The [table](Self::table) always shows both. *Read* does not mean checked:
    /// see the chapter [objects](crate::guide::objects).
    ///
    /// ```
    /// use auth_runtime::{GuardedRouter, require_org, routing::get};
    /// use axum::extract::Path;
    ///
    /// #[require_org(from = org_id)]
    /// async fn file(Path((org_id, file_id)): Path<(String, u64)>) {}
    ///
    /// let routes: GuardedRouter = GuardedRouter::new().route("/orgs/{org_id}/files/{file_id}", get(file));
    /// let error = routes.account_for_parameters().build().unwrap_err().to_string();
    /// assert!(error.contains("no guard reads `{file_id}`"));
    /// ```
    pub fn account_for_parameters(mut self) -> Self {
        self.known.accounts = true;
        self
    }

    /// Returns every route with its policy.
    pub fn table(&self) -> Table {
        self.to_table()
    }

    /// Builds the router to serve.
    ///
    /// A warning is logged for each condition that compares `acr` without naming an issuer, if the verifier trusts
    /// several: each issuer defines its own classes. If the verifier of the process is not set yet,
    /// [`init`](crate::init) logs it.
    ///
    /// # Errors
    /// All errors in the routes: two policies for one method and path, paths that conflict or are invalid, a guard that
    /// reads a parameter that is missing from the path or occurs twice, an `OrgMember` without an organization, and
    /// everything else for which axum would panic. If the verifier is known (set by [`guarded_by`](Self::guarded_by),
    /// or by an earlier [`init`](crate::init)), a condition over a claim that users of an issuer can write is an error
    /// too. Otherwise, such a condition is unknown for each request.
    pub fn build(mut self) -> Result<Router<S>, RouteErrors> {
        self.fault_of_layer();
        self.known.protect(&self.own);
        let (has_fallback, scopes, rests) = (self.known.fallback().is_some(), self.known.scopes(), self.known.rests());
        let enclosing = Enclosing::outermost(&self.own, has_fallback, scopes, rests);
        self.known.require(&self.own.required);
        self.known.warn_of_classes(self.own.verifier.as_ref());
        let faults = self.known.into_faults(self.own.verifier.as_ref().or_else(|| verifier::global()));
        if faults.is_empty() { Ok(self.inner.into_made(&enclosing)) } else { Err(RouteErrors { faults }) }
    }

    /// Like [`build`](Self::build), but panics on errors.
    ///
    /// # Panics
    /// With the text of [`RouteErrors`], if `build` returns an error.
    #[allow(clippy::panic)]
    #[track_caller]
    pub fn into_router(self) -> Router<S> {
        match self.build() {
            Ok(router) => router,
            Err(errors) => panic!("{errors}"),
        }
    }

    /// The template that matches a path.
    #[cfg(feature = "testing")]
    pub(crate) fn matched(&self, path: &str) -> Option<&str> {
        self.known.paths.matched(path)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn verifier(&self) -> Option<&Verifier> {
        self.own.verifier.as_ref()
    }
}
