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

mod args;
mod method;
mod router;
mod table;

pub use args::GuardedArgs;
pub use method::{MethodRouter, any, connect, delete, get, head, on, options, patch, post, put, trace};
pub use router::{GuardedRouter, RouteErrors};
pub use table::{Row, Table};
