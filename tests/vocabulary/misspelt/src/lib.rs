//! Names that `auth.toml` does not declare.

mod runtime;

use auth_macros::{public, require_org, require_permission, require_user};

#[require_user(role >= "Amdin" && role == "Superuser", crate = crate::runtime)]
pub async fn roles() {}

#[require_user(role >= "Auditor", crate = crate::runtime)]
pub async fn independent() {}

#[require_permission("can_view_biling" || scope("invoices:write"), crate = crate::runtime)]
pub async fn permission_and_scope() {}

#[public(crate = crate::runtime)]
pub async fn no_names() {}

#[require_user(issuer("any"), crate = crate::runtime)]
pub async fn no_declared_names() {}

#[require_org(role == "Amdin", from = path("org_id"), crate = crate::runtime)]
pub struct Admins;
