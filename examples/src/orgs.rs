//! Users and organizations, modeled on PropelAuth's examples.

mod members;
mod store;

use auth_runtime::routing::get;
use auth_runtime::{GuardedRouter, OrgMember, User, optional_user, require_org, require_permission, require_user};
use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::app::App;
pub(crate) use members::Documented as DocumentedMembers;
pub(crate) use store::{Key, Members, enter};

#[derive(OpenApi)]
#[openapi(paths(whoami, whoami_optional, check, admin_only, admin_or_owner, billing))]
pub(crate) struct Documented;

pub(crate) fn routes() -> GuardedRouter<App> {
    let org = GuardedRouter::new()
        .route("/check", get(check))
        .route("/admin_only", get(admin_only))
        .route("/admin_or_owner", get(admin_or_owner))
        .route("/billing", get(billing))
        .merge(members::routes());
    GuardedRouter::new()
        .route("/api/whoami", get(whoami))
        .route("/api/whoami_optional", get(whoami_optional))
        .nest("/api/org/{org_id}", org)
}

#[utoipa::path(get, path = "/api/whoami", responses((status = 200, body = Value)))]
#[require_user]
async fn whoami(user: User) -> Json<Value> {
    Json(json!({ "user_id": user.id() }))
}

#[utoipa::path(get, path = "/api/whoami_optional", responses((status = 200, body = Value)))]
#[optional_user]
async fn whoami_optional(user: Option<User>) -> Json<Value> {
    Json(user.map_or_else(|| json!({}), |user| json!({ "user_id": user.id() })))
}

#[utoipa::path(
    get, path = "/api/org/{org_id}/check",
    params(("org_id" = String, Path)),
    responses((status = 200, body = Value))
)]
#[require_org(from = org_id)]
async fn check(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

#[utoipa::path(
    get, path = "/api/org/{org_id}/admin_only",
    params(("org_id" = String, Path)),
    responses((status = 200, body = Value))
)]
#[require_org(role == "Admin", from = org_id)]
async fn admin_only(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

#[utoipa::path(
    get, path = "/api/org/{org_id}/admin_or_owner",
    params(("org_id" = String, Path)),
    responses((status = 200, body = Value))
)]
#[require_org(role >= "Admin", from = org_id)]
async fn admin_or_owner(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

#[utoipa::path(
    get, path = "/api/org/{org_id}/billing",
    params(("org_id" = String, Path)),
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
