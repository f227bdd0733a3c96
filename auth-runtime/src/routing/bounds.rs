//! The bounds of layers and services, each written once.

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::Route;
use tower::{Layer, Service};

/// A tower layer that a [`GuardedRouter`](super::GuardedRouter) accepts, as a bound for your own functions. Every layer
/// that fits `axum::Router::layer` implements it.
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

/// A tower service that a [`GuardedRouter`](super::GuardedRouter) accepts, as a bound for your own functions. Every
/// service that fits `axum::Router::route_service` implements it.
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
