//! Names that `auth.toml` declares: as literals, as consts, and in comparisons that use its order.

use auth_runtime::{GuardedRouter, OrgMember, Require, User, require_org, require_permission, require_user, routing};
use axum::extract::Path;

const ADMIN: &str = "Admin";
const AUDITOR: &str = "Auditor";
const VIEW: &str = "can_view_billing";
const READ: &str = "invoices:read";

/// The member's methods give the same answers as the guard.
#[require_org(role >= "Member", from = org_id)]
async fn members(Path(org_id): Path<String>, org: OrgMember, user: User) -> String {
    let admin = org.is_at_least_role("Admin") && user.require_org_at_least(&org_id, "Admin").is_ok();
    format!("{} {admin}", org.role().unwrap_or_default())
}

/// A policy with a name has the same order.
#[require_org(role >= "Admin", from = path("org_id"))]
pub struct Admins;

#[require_org(role >= ADMIN, from = org_id)]
async fn admins(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_org(role == AUDITOR || role == "Auditor", from = org_id)]
async fn auditors(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_user(role >= "Admin" && issuer("not a declared sort") || scope(READ) || scope("invoices:read"))]
async fn own_roles() {}

#[require_permission("ProductA::CanCreate" || VIEW)]
#[require_user(!(role == "Auditor"))]
async fn permissions() {}

#[require_org(permission("can_view_billing"), from = org_id)]
async fn allowed(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id}: {}", org.permissions().unwrap_or_default().join(", "))
}

#[require_org(!permission("can_view_billing"), from = org_id)]
async fn not_allowed(Path(org_id): Path<String>) -> String {
    org_id
}

/// A handler for the routers of tests.
#[allow(clippy::unused_async)]
#[require_org(role >= "Admin", from = path("org"))]
pub async fn ordered() {}

/// `/members/{org_id}`, `/admins/{org_id}`, `/auditors/{org_id}`, `/allowed/{org_id}`, `/not_allowed/{org_id}`,
/// `/own_roles`, `/permissions`.
pub fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/members/{org_id}", routing::get(members))
        .route("/admins/{org_id}", routing::get(admins))
        .route("/auditors/{org_id}", routing::get(auditors))
        .route("/policy/{org_id}", routing::get(|admin: Require<Admins>| async move { admin.org().id().to_owned() }))
        .route("/allowed/{org_id}", routing::get(allowed))
        .route("/not_allowed/{org_id}", routing::get(not_allowed))
        .route("/own_roles", routing::get(own_roles))
        .route("/permissions", routing::get(permissions))
}
