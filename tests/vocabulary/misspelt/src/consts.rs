//! Consts with names that `auth.toml` does not declare.

mod runtime;

use auth_macros::{require_permission, require_user};

pub mod names {
    pub const ADMIN: &str = "Amdin";
    pub const AUDITOR: &str = "Auditor";
    pub const VIEW: &str = "can_view_biling";
    pub const READ: &str = "invoices:write";
}

#[require_user(role == names::ADMIN, crate = crate::runtime)]
pub async fn role() {}

#[require_user(role >= names::AUDITOR, crate = crate::runtime)]
pub async fn independent() {}

#[require_permission(names::VIEW && scope(names::READ), crate = crate::runtime)]
pub async fn permission_and_scope() {}
