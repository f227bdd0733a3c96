//! axum's routing, for handlers that carry a guard and for nothing else.
//!
//! `get`, `post` and the others take exactly what axum's take, but a handler without one of the attributes does not
//! compile here:
//!
//! ```compile_fail
//! use auth_runtime::{GuardedRouter, routing::get};
//! async fn open() {}
//! let router: GuardedRouter = GuardedRouter::new().route("/", get(open));
//! ```

mod accepted;
mod deferred;
mod fault;
mod foreign;
mod grammar;
mod guarded_handler;
mod literal;
mod looser;
mod method_router;
mod paths;
pub(crate) mod policy;
mod route_map;
mod router;
mod table;
pub(crate) mod template;
mod text;
mod with_verifier;
mod worlds;

pub use accepted::{GuardedMethods, GuardedRoutes};
pub use fault::{RouteErrors, RouteFault};
pub use guarded_handler::GuardedHandler;
pub use looser::{Change, Loosened};
pub use method_router::{MethodRouter, any, connect, delete, get, head, on, options, patch, post, put, trace};
pub use router::GuardedRouter;
pub use table::{Row, Table};
pub use text::{TableDiff, TableError};

pub use axum::routing::MethodFilter;
