// Grammar: every atom, operator and key, and every form of `from`, on the attributes that have them.
#![deny(unused_variables)]
use auth_runtime::{OrgMember, User, optional_user, public, require_org, require_permission, require_user};
use auth_runtime::{GuardedRouter, routing::get};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;

mod names {
    pub const ADMIN: &str = "Admin";
    pub const VIEW: &str = "can_view_billing";
    pub mod scopes {
        pub const READ: &str = "invoices:read";
    }
    pub trait Named {
        const NAME: &'static str;
    }
}
use names::VIEW;

#[derive(serde::Deserialize)]
struct Params {
    org: Inner,
}

#[derive(serde::Deserialize)]
struct Inner {
    id: String,
}

#[public]
async fn public_alone() {}

#[public()]
async fn public_empty() {}

#[public(reason = "probe",)]
async fn public_reason() {}

#[optional_user]
async fn optional_alone(_: Option<User>) {}

#[optional_user(invalid = anonymous, deny = forbidden, check = true)]
async fn optional_defaults(_: Option<User>) {}

#[optional_user(check = user.as_ref().is_none_or(|user| user.id() != "eve"), invalid = reject, deny = not_found)]
async fn optional_keys(user: Option<User>) -> bool2::Text {
    bool2::Text(user.is_some().to_string())
}

mod bool2 {
    pub struct Text(pub String);
    impl axum::response::IntoResponse for Text {
        fn into_response(self) -> axum::response::Response {
            self.0.into_response()
        }
    }
}

#[require_user]
async fn user_alone() {}

#[require_user(role >= "Admin" || role == names::ADMIN)]
async fn own_roles() {}

#[require_user(permission("a") && scope("b") && issuer("c") && email_verified && !impersonated)]
async fn every_atom() {}

#[require_user(!(permission(VIEW) || !(scope(names::scopes::READ) && (issuer(crate::names::ADMIN)))))]
async fn nested() {}

#[require_user(!!email_verified || ((impersonated)))]
async fn twice_negated() {}

#[require_permission("can_view_billing")]
async fn bare_literal() {}

#[require_permission(VIEW)]
async fn bare_const() {}

#[require_permission(crate::names::VIEW || self::names::VIEW && "x" || permission("y"))]
async fn bare_paths() {}

#[require_permission(role::ADMIN)]
async fn a_module_named_like_an_atom() {}
mod role {
    pub const ADMIN: &str = "x";
}

#[require_permission("a", from = path("org_id"), deny = not_found, check = true)]
async fn from_path(_: OrgMember) {}

#[require_org(from = query("org"))]
async fn from_query(_: OrgMember) {}

#[require_org(from = header("X-Org-Id"))]
async fn from_header(_: OrgMember) {}

#[require_org(role >= names::ADMIN && permission("x"), from = active())]
async fn from_active(_: OrgMember) {}

#[require_org(from = org_id)]
async fn from_argument(Path(org_id): Path<String>) {}

#[require_org(from = params.org.id)]
async fn from_field(params: Query<Params>) {}

#[require_org(from = pair.0)]
async fn from_index(Path(pair): Path<(String, u32)>) {}

#[require_org(from = tuple.0.0)]
async fn from_index_of_index(Path(tuple): Path<((String, u8), u32)>) {}

#[require_org(role == "Admin", check = org_id.len() > 1 && user.id() == id, from = org_id, deny = forbidden, crate = ::auth_runtime)]
async fn every_key(Path((org_id, id)): Path<(String, String)>, user: User) {}

#[require_user(check = looked_up(&db, &user).await?)]
async fn check_awaits(State(db): State<Db>, user: User) {}

#[require_user(check = { if user.id() == "root" { return Ok(true); } let Some(_) = user.email() else { return Err(StatusCode::CONFLICT) }; Ok(false) })]
async fn check_returns(user: User) {}

#[require_user(check = Ok::<(), StatusCode>(()))]
async fn check_unit() {}

#[require_user(check = matches!(user.email(), Some(email) if email.ends_with(&domain)))]
async fn check_macro(user: User, Path(domain): Path<String>) {}

#[derive(Clone)]
struct Db;

async fn looked_up(_: &Db, user: &User) -> Result<Result<bool, StatusCode>, StatusCode> {
    Ok(Ok(user.email_verified() == Some(true)))
}

#[auth_runtime::require_user]
#[::auth_runtime::require_permission("p")]
async fn by_path() {}

fn main() {
    let _ = GuardedRouter::<Db>::new()
        .route("/1", get(public_alone))
        .route("/2", get(public_empty))
        .route("/3", get(public_reason))
        .route("/4", get(optional_alone))
        .route("/5", get(optional_defaults))
        .route("/6", get(optional_keys))
        .route("/7", get(user_alone))
        .route("/8", get(own_roles))
        .route("/9", get(every_atom))
        .route("/10", get(nested))
        .route("/11", get(twice_negated))
        .route("/12", get(bare_literal))
        .route("/13", get(bare_const))
        .route("/14", get(bare_paths))
        .route("/15", get(a_module_named_like_an_atom))
        .route("/16/{org_id}", get(from_path))
        .route("/17", get(from_query))
        .route("/18", get(from_header))
        .route("/19", get(from_active))
        .route("/20/{org_id}", get(from_argument))
        .route("/21", get(from_field))
        .route("/22/{a}/{b}", get(from_index))
        .route("/23/{a}/{b}", get(from_index_of_index))
        .route("/24/{a}/{b}", get(every_key))
        .route("/25", get(check_awaits))
        .route("/26", get(check_returns))
        .route("/27", get(check_unit))
        .route("/28/{domain}", get(check_macro))
        .route("/29", get(by_path));
}
