//! What a layer and a service must be, each said once.

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::Route;
use tower::{Layer, Service};

/// A layer of tower that a [`GuardedRouter`](super::GuardedRouter) takes, for functions that pass one on. Each layer that
/// fits `axum::Router::layer` is one.
///
/// ```
/// use auth_runtime::GuardedRouter;
/// use auth_runtime::routing::RouteLayer;
///
/// fn layered(routes: GuardedRouter, layer: impl RouteLayer) -> GuardedRouter {
///     routes.layer(layer)
/// }
/// ```
pub trait RouteLayer:
    Layer<
        Route,
        Service: Service<
            Request,
            Response: IntoResponse + 'static,
            Error: Into<Infallible> + 'static,
            Future: Send + 'static,
        > + Clone
                     + Send
                     + Sync
                     + 'static,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

// `do_not_recommend` is not used here, so that the error shows the bound that fails.
impl<L> RouteLayer for L
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Response: IntoResponse + 'static,
    <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
}

/// A service of tower that a [`GuardedRouter`](super::GuardedRouter) takes, for functions that pass one on. Each service
/// that fits `axum::Router::route_service` is one.
///
/// ```
/// use auth_runtime::routing::RouteService;
/// use auth_runtime::{GuardedRouter, require_user};
///
/// #[require_user]
/// pub struct Member;
///
/// fn files(files: impl RouteService) -> GuardedRouter {
///     GuardedRouter::new().guarded_service::<Member>("/files/{*path}", files)
/// }
/// ```
pub trait RouteService:
    Service<Request, Response: IntoResponse, Error = Infallible, Future: Send + 'static> + Clone + Send + Sync + 'static
{
}

impl<T> RouteService for T
where
    T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    T::Response: IntoResponse,
    T::Future: Send + 'static,
{
}
