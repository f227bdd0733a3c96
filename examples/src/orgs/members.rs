//! The members of an organization, managed by its administrators. A change takes effect with the next request, even if
//! the user keeps the same token.

use auth_runtime::{GuardedRouter, OrgMember, require_org, routes};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::store::{self, Key, Member};
use crate::answer::{BodyErrors, Detail, JsonBody, Refusal};
use crate::app::App;

pub(super) fn routes() -> GuardedRouter<App> {
    GuardedRouter::new().routes(routes!(list)).routes(routes!(set, remove))
}

/// The roles of `auth.toml`.
#[derive(Clone, Copy, Deserialize, ToSchema)]
enum Role {
    Owner,
    Admin,
    Member,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Member => "Member",
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct NewRole {
    role: Role,
}

/// List the members
#[utoipa::path(
    get, path = "/members", tag = "members",
    params(("org_id" = String, Path, example = "acme")),
    responses((status = 200, body = Vec<Member>))
)]
#[require_org(from = org_id)]
async fn list(State(app): State<App>, Path(org_id): Path<String>) -> Result<Json<Vec<Member>>, Refusal> {
    Ok(Json(store::list(&app.db, &org_id).await?))
}

/// Add a member, or change a role
///
/// An administrator cannot give a role above their own.
#[utoipa::path(
    put, path = "/members/{issuer}/{user_id}", tag = "members",
    params(
        ("org_id" = String, Path, example = "acme"),
        ("issuer" = String, Path, example = "own"),
        ("user_id" = String, Path, example = "eve"),
    ),
    request_body = NewRole,
    responses((status = 204), (status = 403, body = Detail), (status = 409, body = Detail), BodyErrors)
)]
// The caller must be an administrator now, not five seconds ago.
#[require_org(role >= "Admin", from = org_id, fresh = "0s", check = outranks(&app, &org, &issuer, &user_id).await)]
async fn set(
    State(app): State<App>,
    org: OrgMember,
    Path((org_id, issuer, user_id)): Path<(String, String, String)>,
    JsonBody(new): JsonBody<NewRole>,
) -> Result<StatusCode, Refusal> {
    let role = new.role.name();
    if !org.is_at_least_role(role) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            format!("Only a member with the role {role} can give this role"),
        ));
    }
    let key = Key { org: &org_id, issuer: &issuer, user: &user_id };
    if !store::set(&app.db, key, role, org.is_role("Owner")).await? {
        return Err(last_owner());
    }
    app.forget_user(&issuer, &user_id);
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a member
///
/// Their tokens stay valid, but no longer give access to this organization.
#[utoipa::path(
    delete, path = "/members/{issuer}/{user_id}", tag = "members",
    params(
        ("org_id" = String, Path, example = "acme"),
        ("issuer" = String, Path, example = "own"),
        ("user_id" = String, Path, example = "eve"),
    ),
    responses((status = 204), (status = 404, body = Detail), (status = 409, body = Detail))
)]
#[require_org(role >= "Admin", from = org_id, fresh = "0s", check = outranks(&app, &org, &issuer, &user_id).await)]
async fn remove(
    State(app): State<App>,
    org: OrgMember,
    Path((org_id, issuer, user_id)): Path<(String, String, String)>,
) -> Result<StatusCode, Refusal> {
    let key = Key { org: &org_id, issuer: &issuer, user: &user_id };
    if store::remove(&app.db, key, org.is_role("Owner")).await? {
        app.forget_user(&issuer, &user_id);
        return Ok(StatusCode::NO_CONTENT);
    }
    match store::role(&app.db, key).await? {
        Some(_) => Err(last_owner()),
        None => Err(Refusal::new(StatusCode::NOT_FOUND, "This user is not a member")),
    }
}

/// For `check`: whether the caller's role is not below that of the member to change. The SQL statement checks this
/// again.
async fn outranks(app: &App, org: &OrgMember, issuer: &str, user_id: &str) -> Result<bool, Refusal> {
    let role = store::role(&app.db, Key { org: org.id(), issuer, user: user_id }).await?;
    // A role that `auth.toml` does not declare is below all others.
    Ok(role.as_deref() != Some("Owner") || org.is_role("Owner"))
}

fn last_owner() -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "The organization would have no owner, or this member has just become an owner")
}
