//! The members of organizations, and their claims in a token.

use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqlitePool};

/// The roles of an organization, highest first.
const ROLES: [&str; 3] = ["Owner", "Admin", "Member"];

/// A membership in an organization.
pub(crate) struct Membership {
    pub(crate) org_id: String,
    org_name: String,
    role: String,
    pub(crate) permissions: Vec<String>,
}

impl Membership {
    /// A membership with the permissions of its role.
    pub(crate) fn of_role(org_id: String, org_name: String, role: String) -> Self {
        let permissions =
            if ["Owner", "Admin"].contains(&role.as_str()) { vec!["can_view_billing".to_owned()] } else { Vec::new() };
        Self { org_id, org_name, role, permissions }
    }

    /// The claims in PropelAuth's form.
    pub(crate) fn claims(&self) -> Value {
        let inherited: Vec<&str> = match ROLES.iter().position(|role| *role == self.role) {
            Some(rank) => ROLES.iter().skip(rank).copied().collect(),
            None => vec![&self.role],
        };
        json!({
            "org_id": self.org_id,
            "org_name": self.org_name,
            "org_metadata": {},
            "url_safe_org_name": self.org_id,
            "org_role_structure": "single_role_in_hierarchy",
            "user_role": self.role,
            "inherited_user_roles_plus_current_role": inherited,
            "user_permissions": self.permissions,
            "additional_roles": [],
        })
    }
}

impl FromRow<'_, SqliteRow> for Membership {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self::of_role(row.try_get("org_id")?, row.try_get("name")?, row.try_get("role")?))
    }
}

/// All memberships of a user.
pub(crate) async fn memberships(db: &SqlitePool, user_id: &str) -> Result<Vec<Membership>, sqlx::Error> {
    let sql = "SELECT org_id, name, role FROM membership JOIN org ON org.id = org_id WHERE user_id = ? ORDER BY org_id";
    sqlx::query_as(sql).bind(user_id).fetch_all(db).await
}

/// The name of an organization.
pub(crate) async fn org_name(db: &SqlitePool, org_id: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM org WHERE id = ?").bind(org_id).fetch_optional(db).await
}
