//! Users and organisations, after PropelAuth's examples.

use auth_runtime::{OrgMember, User, optional_user, require_org, require_permission, require_user};
use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

#[require_user]
pub(crate) async fn whoami(user: User) -> Json<Value> {
    Json(json!({ "user_id": user.id() }))
}

#[optional_user]
pub(crate) async fn whoami_optional(user: Option<User>) -> Json<Value> {
    Json(user.map_or_else(|| json!({}), |user| json!({ "user_id": user.id() })))
}

#[require_org(from = org_id)]
pub(crate) async fn check(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

#[require_org(role == "Admin", from = org_id)]
pub(crate) async fn admin_only(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

#[require_org(role >= "Admin", from = org_id)]
pub(crate) async fn admin_or_owner(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

#[require_org(from = org_id)]
#[require_permission("can_view_billing")]
pub(crate) async fn billing(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    greeting(&org_id, &org)
}

fn greeting(org_id: &str, org: &OrgMember) -> Json<Value> {
    Json(json!({ "message": format!("You are in {}", org.name().unwrap_or(org_id)) }))
}
