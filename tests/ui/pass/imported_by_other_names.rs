// Attributes under other names, from a module, and on functions whose generated names are similar.
mod guards {
    pub use auth_runtime::{require_org as member, require_permission as may, require_user as signed_in};
    pub(crate) use crate::prelude::open_to_all;
}
mod prelude {
    pub(crate) use auth_runtime::public as open_to_all;
}

use auth_runtime::{GuardedRouter, routing::get};
use axum::extract::Path;
use guards::{may, member, signed_in};

#[signed_in]
#[may("x")]
#[member(role >= "Admin", from = org_id)]
async fn three(Path(org_id): Path<String>) -> String {
    org_id
}

#[may("x")]
#[guards::may("y")]
#[guards::signed_in]
async fn two_alike() {}

#[guards::open_to_all(reason = "probe")]
async fn open() {}

#[signed_in]
async fn billing() {}

#[signed_in]
async fn billing_2() {}

#[signed_in]
#[may("x")]
async fn _1_billing() {}

mod other {
    #[auth_runtime::require_user]
    pub async fn billing() {}
}

fn main() {
    let _ = GuardedRouter::<()>::new()
        .route("/1/{id}", get(three))
        .route("/2", get(two_alike))
        .route("/3", get(open))
        .route("/4", get(billing))
        .route("/5", get(billing_2))
        .route("/6", get(_1_billing))
        .route("/7", get(other::billing));
}
