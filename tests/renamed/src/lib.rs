//! The runtime as a renamed dependency: `crate = ..` has its path.

use axum::extract::Path;
use guards::{GuardedRouter, OrgMember, User, require_org, require_permission, routing};

#[guards::require_user(crate = ::guards)]
async fn renamed(user: User) -> String {
    user.id().to_owned()
}

#[require_org(role >= "Admin", from = org_id, crate = ::guards)]
#[require_permission("can_view_billing", check = !org_id.is_empty(), crate = ::guards)]
async fn renamed_org(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id} {}", org.role().unwrap_or_default())
}

/// The runtime as a module of this crate.
mod house {
    pub(crate) use guards as auth;
}

#[guards::require_user(crate = crate::house::auth)]
async fn from_a_module(user: User) -> String {
    user.id().to_owned()
}

macro_rules! guarded {
    ($name:ident) => {
        #[guards::require_user(crate = $crate::house::auth)]
        async fn $name() -> &'static str {
            stringify!($name)
        }
    };
}

guarded!(from_a_macro);

/// A route for each kind of path.
pub fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/renamed", routing::get(renamed))
        .route("/orgs/{org_id}", routing::get(renamed_org))
        .route("/from_a_module", routing::get(from_a_module))
        .route("/from_a_macro", routing::get(from_a_macro))
}
