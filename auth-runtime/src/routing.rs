//! axum's routing for guarded handlers.
//!
//! `get`, `post` and the other functions have the same arguments as axum's, but a handler without a guard does not
//! compile here:
//!
//! ```compile_fail
//! use auth_runtime::{GuardedRouter, routing::get};
//! async fn open() {}
//! let router: GuardedRouter = GuardedRouter::new().route("/", get(open));
//! ```

mod accepted;
mod area;
mod bounds;
mod contradiction;
mod deferred;
#[cfg(feature = "utoipa")]
mod documented;
mod enclosing;
mod exempt;
mod fault;
mod foreign;
mod grpc;
mod guarded_handler;
mod layer;
pub(crate) mod literal;
mod method_router;
mod mounted;
#[cfg(feature = "utoipa")]
pub(crate) mod operation;
mod parameters;
mod paths;
pub(crate) mod policy;
mod protected;
mod resource;
mod route_map;
mod router;
mod table;
#[cfg(feature = "testing")]
mod table_diff;
pub(crate) mod template;
mod text;
mod with_verifier;

pub use accepted::{GuardedMethods, GuardedRoutes};
pub use bounds::{RouteLayer, RouteService};
#[cfg(feature = "utoipa")]
pub use documented::Routes;
pub use fault::{RouteErrors, RouteFault};
pub use guarded_handler::GuardedHandler;
pub use layer::{RequireLayer, RequireService};
pub use method_router::{MethodRouter, any, connect, delete, get, head, on, options, patch, post, put, trace};
pub use router::GuardedRouter;
pub use table::{Row, Table};
#[cfg(feature = "testing")]
pub use table_diff::{Change, Loosened, TableDiff, TableError};

pub use axum::routing::MethodFilter;
