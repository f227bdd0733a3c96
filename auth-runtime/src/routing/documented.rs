//! Guarded handlers that are mounted together with their documentation (feature `utoipa`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use utoipa::openapi::OpenApi;

use super::fault::RouteFault;
use super::guarded_handler::GuardedHandler;
use super::method_router::{METHODS, MethodRouter, on};
use super::mounted::here;
use super::operation::{Documented, operations};
use super::router::GuardedRouter;
use crate::verifier::{self, Verifier};

/// Mounts guarded handlers at the path and for the methods of their `#[utoipa::path]`, and documents them.
///
/// The result is the argument of [`GuardedRouter::routes`]. The handlers must have the same path, as in `utoipa_axum`:
/// one `routes!` for each path. A handler without a guard does not compile, and neither does one without
/// `#[utoipa::path]`: rustc then does not find `__path_NAME`. Both attributes may be in any order. The crate needs
/// `utoipa` as a dependency.
///
/// The operations and their schemas are added to the document by
/// [`Documentation::write`](crate::openapi::Documentation::write), with the prefixes of [`nest`](GuardedRouter::nest).
///
/// ```
/// use auth_runtime::{GuardedRouter, User, require_permission, require_user, routes};
/// use utoipa::OpenApi;
///
/// /// List posts
/// #[utoipa::path(get, path = "/posts", responses((status = 200, body = [String])))]
/// #[require_user]
/// async fn list(user: User) -> axum::Json<Vec<String>> {
///     axum::Json(vec![format!("a post of {}", user.id())])
/// }
///
/// /// Create a post
/// #[utoipa::path(post, path = "/posts", responses((status = 201)))]
/// #[require_permission(scope("posts:write"))]
/// async fn create() {}
///
/// #[derive(OpenApi)]
/// #[openapi(info(title = "Posts"))]
/// struct Api;
///
/// let posts = GuardedRouter::new().routes(routes!(list, create));
/// let app: GuardedRouter = GuardedRouter::new().nest("/v1", posts);
/// let document = app.openapi(Api::openapi())?;
/// let path = &document.paths.paths["/v1/posts"];
/// assert!(path.get.is_some() && path.post.is_some());
/// # Ok::<(), auth_runtime::openapi::OpenApiError>(())
/// ```
///
/// ```compile_fail
/// # use auth_runtime::{GuardedRouter, routes};
/// #[utoipa::path(get, path = "/posts", responses((status = 200)))]
/// async fn list() {}
///
/// let app: GuardedRouter = GuardedRouter::new().routes(routes!(list)); // has no guard
/// ```
// `#[derive(OpenApi)]` finds the documentation of a handler by its name, so the struct must be declared where that name
// is in scope.
#[macro_export]
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {
        $crate::routing::Routes::new()$(.add(
            {
                #[derive($crate::__private::OpenApi)]
                #[openapi(paths($handler))]
                struct __Document;
                <__Document as $crate::__private::OpenApi>::openapi()
            },
            stringify!($handler),
            $handler,
        ))+
    };
    ($($other:tt)*) => {
        compile_error!(
            "`routes!` takes the names of guarded handlers with `#[utoipa::path]`, such as `routes!(list, create)`"
        )
    };
}

/// The guarded handlers of one path with their documentation, made by [`routes!`](crate::routes).
pub struct Routes<S = ()> {
    /// The path of the first handler.
    path: Option<String>,
    methods: MethodRouter<S>,
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("path", &self.path).field("methods", &self.methods).finish()
    }
}

/// Only [`routes!`](crate::routes) calls these functions.
#[doc(hidden)]
#[allow(clippy::new_without_default)]
impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub fn new() -> Self {
        Self { path: None, methods: MethodRouter::new() }
    }

    /// Adds a handler and the document that describes it alone.
    #[allow(clippy::needless_pass_by_value)] // `routes!` writes only the name of the handler
    #[must_use]
    #[track_caller]
    pub fn add<H, T>(mut self, document: OpenApi, name: &str, handler: H) -> Self
    where
        H: GuardedHandler<T, S>,
        T: 'static,
    {
        for (path, mut item) in document.paths.paths {
            // As in `utoipa_axum`, an empty path is the root of the router.
            let path = if path.is_empty() { "/".to_owned() } else { path };
            let first = self.path.get_or_insert_with(|| path.clone());
            if *first != path {
                let problem = format!("`{name}` is documented at `{path}`: use one `routes!` for each path");
                self.methods.faults.push(RouteFault::new(None, "", problem, here()));
                continue;
            }
            for (method, operation) in operations(&mut item) {
                let Some((filter, _)) = METHODS.into_iter().find(|(_, name)| *name == method) else {
                    let problem = format!("`{name}` is documented for `{method}`, which axum cannot route");
                    self.methods.faults.push(RouteFault::new(None, "", problem, here()));
                    continue;
                };
                let components = document.components.clone();
                let documented = Arc::new(Documented { operation: operation.clone(), components });
                let mut mounted = on(filter, handler.clone());
                mounted.handled.iter_mut().for_each(|handled| handled.documented = Some(Arc::clone(&documented)));
                self.methods = self.methods.merge(mounted);
            }
        }
        self
    }
}

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// Adds the handlers of [`routes!`](crate::routes) at the path of their `#[utoipa::path]`, with their
    /// documentation. Otherwise like [`route`](Self::route).
    ///
    /// If the handlers have different paths, [`build`](Self::build) returns an error.
    #[track_caller]
    pub fn routes(self, routes: Routes<S>) -> Self {
        let Routes { path, methods } = routes;
        self.route(path.as_deref().unwrap_or("/"), methods)
    }

    /// The verifier of each route, if it is known: the router's own, or that of the process.
    pub(crate) fn verifiers(&self) -> BTreeMap<(String, &'static str), &Verifier> {
        let usual = self.own.verifier.as_ref().or_else(|| verifier::global());
        let of_each = self.known.each().filter_map(|(path, handled)| {
            Some(((path.into_owned(), handled.method), handled.verifier.as_ref().or(usual)?))
        });
        of_each.collect()
    }

    /// The documented handlers, each with its path and method.
    pub(crate) fn documented(&self) -> impl Iterator<Item = (Cow<'_, str>, &'static str, &Documented)> {
        self.known.each().filter_map(|(path, handled)| Some((path, handled.method, handled.documented.as_deref()?)))
    }
}
