// Handlers that a `macro_rules!` makes, with attributes, names, conditions and arguments from the outside.
#![deny(unused)]
use auth_runtime::{GuardedRouter, require_org, require_permission, require_user, routing::get};
use axum::extract::Path;

macro_rules! fixed {
    () => {
        #[require_user]
        async fn fixed(Path(id): Path<String>) -> String {
            id
        }
    };
}
fixed!();

macro_rules! handler {
    ($vis:vis $name:ident, $permission:literal, $role:expr, $org:ident) => {
        #[require_org(role >= $role && (permission($permission) || scope($permission)), from = $org)]
        #[require_permission($permission, check = !$org.is_empty())]
        $vis async fn $name(Path($org): Path<String>) -> String {
            $org
        }
    };
}
handler!(billing, "can_view_billing", "Admin", org_id);
handler!(pub(crate) billing_2, "can_view_billing", ADMIN, tenant);
const ADMIN: &str = "Admin";

macro_rules! whole {
    ($(#[$attr:meta])* $name:ident($($argument:tt)*) $body:block) => {
        $(#[$attr])*
        async fn $name($($argument)*) $body
    };
}
whole!(#[require_org(role == "Admin", from = id)] #[require_permission("p")] through(Path(id): Path<String>) {});

macro_rules! tokens {
    ($name:ident, $($attr:tt)*) => {
        #[require_user($($attr)*)]
        async fn $name() {}
    };
}
tokens!(conditions, !impersonated && (email_verified || scope("x")), deny = not_found);

macro_rules! source {
    ($name:ident, $value:literal, $check:expr, $why:expr) => {
        #[require_org(from = path($value), check = $check)]
        async fn $name() {}

        #[auth_runtime::public(reason = $why)]
        async fn open() {}
    };
}
source!(from_path, "org_id", 1 < 2 || false, "probe");

// Inside a function, the handler's helpers are next to it.
fn inside() -> GuardedRouter {
    const OWN: &str = "x";
    #[require_permission(OWN)]
    async fn handler() {}
    GuardedRouter::new().route("/inside", get(handler))
}

fn main() {
    let _ = inside()
        .route("/1/{id}", get(fixed))
        .route("/2/{id}", get(billing))
        .route("/3/{id}", get(billing_2))
        .route("/4/{id}", get(through))
        .route("/5", get(conditions))
        .route("/6/{org_id}", get(from_path))
        .route("/7", get(open));
}
