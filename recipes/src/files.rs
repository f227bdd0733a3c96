//! Files for members: by a session or by a token.

use std::path::Path;

use auth_runtime::{GuardedRouter, require_user};
use axum::Router;
use tower_http::services::ServeDir;

#[require_user]
pub struct Member;

pub fn routes(folder: &Path) -> GuardedRouter {
    let files = Router::new().fallback_service(ServeDir::new(folder));
    GuardedRouter::new().guarded_router::<Member>("/files", files)
}
