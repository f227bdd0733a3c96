//! The policies that a router requires of everything that it serves, and the services that it mounts behind a policy.

use std::any::Any;

use axum::Router;
use axum::routing::any_service;

use super::bounds::{RouteLayer, RouteService};
use super::enclosing::{AfterRequire, Enclosing};
use super::exempt::Exempt;
use super::foreign::Foreign;
use super::layer::Asks;
use super::mounted::{Entry, MethodEntry, MountedPath, Required, SourceLocation, here};
use super::router::GuardedRouter;
use crate::guard::Requirement;
use crate::policy::{Combined, Need, OrgSource};

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// Requires a policy for every request to this router. This includes nested and merged routes, routes added before
    /// or after this call, the fallback, and the response to methods without a handler.
    ///
    /// The policy decides before the guard of the handler, with the verifier of the route. The token is verified once,
    /// even if there are several policies. Each policy decides separately, with its own organization, so an attribute
    /// means the same wherever its handler is mounted. A handler without `from` that takes an
    /// [`OrgMember`](crate::OrgMember) gets the membership of the innermost policy that selects an organization.
    ///
    /// The [table](Self::table) shows the policy on each route, with the location of this call. [`build`](Self::build)
    /// returns an error for public routes below it, unless they have `#[public(despite_router, reason = "..")]`, and
    /// for routes without a path parameter that the policy reads.
    ///
    /// ```
    /// use auth_runtime::{GuardedRouter, require_user, routing::get};
    ///
    /// #[require_user(scope("admin"))]
    /// pub struct AdminArea;
    ///
    /// #[require_user]
    /// async fn jobs() {}
    ///
    /// let admin = GuardedRouter::new().route("/jobs", get(jobs)).require::<AdminArea>();
    /// let app: GuardedRouter = GuardedRouter::new().nest("/admin", admin);
    /// ```
    #[track_caller]
    pub fn require<P: Requirement>(mut self) -> Self {
        let at = here();
        for need in P::NEED.each_policy() {
            if Combined::of(need).public {
                let problem = format!("`{}` admits every request: require a policy with a user", name_of(need));
                self.known.fault("", &problem, at);
            }
            self.own.required.push(Required { need, at });
        }
        self.own.policies.extend(P::EACH);
        self
    }

    /// Wraps the routes in a layer that runs after the policies that this router [requires](Self::require), and before
    /// the guards of the handlers. It can take [`User`](crate::User) and [`OrgMember`](crate::OrgMember) as arguments.
    /// If there are several layers, the last one runs first. On a router that requires no policy, it is an error of
    /// [`build`](Self::build).
    ///
    /// The layer must keep the extensions of the request: they show that the policies have decided. Without them, the
    /// handlers respond 500.
    ///
    /// ```
    /// use auth_runtime::{GuardedRouter, User, require_user, routing::get};
    /// use axum::{extract::Request, middleware::{Next, from_fn}, response::Response};
    ///
    /// #[require_user]
    /// pub struct Member;
    ///
    /// async fn log(user: User, request: Request, next: Next) -> Response {
    ///     println!("{} {}", user.id(), request.uri().path());
    ///     next.run(request).await
    /// }
    ///
    /// # #[require_user]
    /// # async fn invoices() {}
    /// let routes: GuardedRouter = GuardedRouter::new()
    ///     .route("/invoices", get(invoices))
    ///     .require::<Member>()
    ///     .layer_after_require(from_fn(log));
    /// ```
    #[track_caller]
    pub fn layer_after_require(mut self, layer: impl RouteLayer) -> Self {
        self.own.layers.push(AfterRequire::new(layer));
        self.after_require.get_or_insert(here());
        self
    }

    /// Adds a path and a service behind a policy; like `Router::route_service`. Use it for files, proxies, GraphQL and
    /// MCP.
    ///
    /// Before the service sees the request, the accepted credential is removed from it, and so are the
    /// [identity headers](crate::VerifierBuilder::identity_headers). The service finds the user and the membership in
    /// the request's extensions, as [`User`](crate::User) and [`OrgMember`](crate::OrgMember). It gets the whole path.
    /// For a service that must get only the rest of the path, such as `ServeDir`, use
    /// [`guarded_router`](Self::guarded_router) with a `fallback_service`.
    ///
    /// ```
    /// use auth_runtime::{GuardedRouter, require_user};
    /// # let files = axum::routing::any(|| async {});
    ///
    /// #[require_user]
    /// pub struct Member;
    ///
    /// let routes: GuardedRouter = GuardedRouter::new().guarded_service::<Member>("/files/{*path}", files);
    /// ```
    #[track_caller]
    pub fn guarded_service<P: Requirement>(mut self, path: &str, service: impl RouteService) -> Self {
        let at = here();
        let handled = vec![MethodEntry::new("*", Entry::Service(P::NEED), at)];
        self.known.route(MountedPath { path: path.into(), is_service: true, handled, at });
        if (&service as &dyn Any).is::<Router<S>>() {
            self.known.fault(path, "an `axum::Router` cannot be a service here: use `guarded_router`", at);
        }
        let path = path.to_owned();
        self.inner.step(move |router, enclosing| {
            let service = any_service(service.clone()).layer(asks::<P>(enclosing));
            router.route(&path, enclosing.guard(service, &Exempt::default()))
        });
        self
    }

    /// Mounts an `axum::Router` with any handlers below a path, behind a policy; at `/` it is merged. Otherwise like
    /// [`guarded_service`](Self::guarded_service). Paths that are not in the mounted router are handled by this router.
    ///
    /// The table lists its paths, like those of a [`public_router`](Self::public_router).
    #[track_caller]
    pub fn guarded_router<P: Requirement>(mut self, path: &str, router: impl Into<Router<S>>) -> Self {
        let (at, router) = (here(), router.into());
        let entry = Entry::Service(P::NEED);
        let is_root = path == "/";
        self.known.add_foreign((!is_root).then_some(path), Foreign::read(&router), entry, at);
        let path = path.to_owned();
        self.inner.step(move |outer, enclosing| {
            let guarded = enclosing.guard_router(router.clone().layer(asks::<P>(enclosing)));
            if is_root { outer.merge(guarded) } else { outer.nest(&path, guarded) }
        });
        self
    }

    /// Sends requests that match no route to a service behind a policy, for example to the files of a single-page
    /// application. It replaces an earlier fallback. A policy that reads `path("..")` is an error, because a fallback
    /// has no parameters. Otherwise like [`guarded_service`](Self::guarded_service).
    #[track_caller]
    pub fn guarded_fallback<P: Requirement>(mut self, service: impl RouteService) -> Self {
        let at = here();
        self.fault_of_path(P::NEED, at);
        self.known.set_fallback(MethodEntry::new("*", Entry::Service(P::NEED), at));
        self.inner.step(move |router, enclosing| {
            let service = any_service(service.clone()).layer(asks::<P>(enclosing));
            router.fallback(enclosing.guard(service, &Exempt::default()))
        });
        self
    }

    fn fault_of_path(&mut self, need: &'static Need, at: SourceLocation) {
        for need in need.each_policy() {
            if let OrgSource::Path(name) = need.org_source() {
                let problem = format!("`{}` reads `path({name:?})`, but a fallback has no parameters", name_of(need));
                self.known.fault("/*", &problem, at);
            }
        }
    }

    /// Passes accepted credentials and identity headers on to the services that this router mounts behind a policy,
    /// before or after this call, but not to the services of nested and merged routers. Such a service can then act as
    /// the user.
    pub fn danger_forward_credentials(mut self) -> Self {
        self.own.forwards = true;
        self
    }
}

fn asks<P: Requirement>(enclosing: &Enclosing) -> Asks {
    Asks::for_service::<P>(enclosing.verifier.clone(), enclosing.forwards)
}

fn name_of(need: &Need) -> &'static str {
    need.name().unwrap_or("the policy")
}
