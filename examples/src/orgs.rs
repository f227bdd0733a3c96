//! Users and organizations, modeled on PropelAuth's examples.

mod members;
mod store;

use auth_runtime::{
    GuardedRouter, OrgMember, User, optional_user, require_org, require_permission, require_user, routes,
};
use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

use crate::app::App;
pub(crate) use store::{Key, Members, enter};

pub(crate) fn routes() -> GuardedRouter<App> {
    let org = GuardedRouter::new()
        .routes(routes!(check))
        .routes(routes!(admin_or_owner))
        .routes(routes!(admin_only))
        .routes(routes!(billing))
        .merge(members::routes());
    GuardedRouter::new().routes(routes!(whoami)).routes(routes!(whoami_optional)).nest("/api/org/{org_id}", org)
}

/// Ask who I am
#[utoipa::path(get, path = "/api/whoami", tag = "start here", responses((status = 200, body = Value)))]
#[require_user]
async fn whoami(user: User) -> Json<Value> {
    Json(json!({ "user_id": user.id() }))
}

/// Ask who I am, if anyone
#[utoipa::path(get, path = "/api/whoami_optional", tag = "start here", responses((status = 200, body = Value)))]
#[optional_user]
async fn whoami_optional(user: Option<User>) -> Json<Value> {
    Json(user.map_or_else(|| json!({}), |user| json!({ "user_id": user.id() })))
}

/// Enter an organization as a member
#[utoipa::path(
    get, path = "/check", tag = "organizations",
    params(("org_id" = String, Path, example = "acme")),
    responses((status = 200, body = Value))
)]
#[require_org(from = org_id)]
async fn check(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

/// Enter as an administrator, and nothing else
#[utoipa::path(
    get, path = "/admin_only", tag = "organizations",
    params(("org_id" = String, Path, example = "acme")),
    responses((status = 200, body = Value))
)]
#[require_org(role == "Admin", from = org_id)]
async fn admin_only(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

/// Enter as an administrator or above
#[utoipa::path(
    get, path = "/admin_or_owner", tag = "organizations",
    params(("org_id" = String, Path, example = "acme")),
    responses((status = 200, body = Value))
)]
#[require_org(role >= "Admin", from = org_id)]
async fn admin_or_owner(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

/// See the billing of an organization
#[utoipa::path(
    get, path = "/billing", tag = "organizations",
    params(("org_id" = String, Path, example = "acme")),
    responses((status = 200, body = Value))
)]
#[require_org(from = org_id)]
#[require_permission("can_view_billing")]
async fn billing(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

fn greeting(org_id: &str, org: &OrgMember) -> Json<Value> {
    Json(json!({ "message": format!("You are in {}", org.name().unwrap_or(org_id)) }))
}
