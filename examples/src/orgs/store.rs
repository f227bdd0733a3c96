//! The table `member`, and the directory that reads it for the guards.

use auth_runtime::{Directory, DirectoryError, Grants, Membership, User};
use serde::Serialize;
use sqlx::sqlite::{SqliteQueryResult, SqliteRow};
use sqlx::{FromRow, Row as _, SqlitePool};
use utoipa::ToSchema;

/// Provides memberships to the guards, from the API's own database.
pub(crate) struct Members {
    pub(crate) db: SqlitePool,
}

impl Directory for Members {
    async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        let sql = "SELECT org_id, name, role, permissions FROM member JOIN org ON org.id = org_id
                   WHERE issuer = ? AND user_id = ? AND org_id = ?";
        let (issuer, id) = user.key();
        let rows: Vec<SqliteRow> = sqlx::query(sql).bind(issuer).bind(id).bind(org).fetch_all(&self.db).await?;
        let rows = rows.iter().map(membership).collect::<Result<Vec<_>, _>>()?;
        Membership::at_most_one(rows)
    }

    /// There are no roles outside organizations here.
    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

fn membership(row: &SqliteRow) -> Result<Membership, DirectoryError> {
    let (org, role): (String, String) = (row.try_get("org_id")?, row.try_get("role")?);
    let membership = Membership::new(org, role).name(row.try_get::<String, _>("name")?);
    Ok(match row.try_get::<Option<String>, _>("permissions")? {
        Some(permissions) => membership.permissions(serde_json::from_str::<Vec<String>>(&permissions)?),
        None => membership,
    })
}

/// A member, as it is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct Member {
    issuer: String,
    user_id: String,
    role: String,
}

impl FromRow<'_, SqliteRow> for Member {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { issuer: row.try_get("issuer")?, user_id: row.try_get("user_id")?, role: row.try_get("role")? })
    }
}

/// The user of a member: an id is unique only within its issuer.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) org: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) user: &'a str,
}

pub(super) async fn list(db: &SqlitePool, org: &str) -> Result<Vec<Member>, sqlx::Error> {
    let sql = "SELECT issuer, user_id, role FROM member WHERE org_id = ? ORDER BY issuer, user_id";
    sqlx::query_as(sql).bind(org).fetch_all(db).await
}

pub(super) async fn role(db: &SqlitePool, key: Key<'_>) -> Result<Option<String>, sqlx::Error> {
    let sql = "SELECT role FROM member WHERE org_id = ? AND issuer = ? AND user_id = ?";
    sqlx::query_scalar(sql).bind(key.org).bind(key.issuer).bind(key.user).fetch_optional(db).await
}

/// Adds a member, or changes a member's role. It changes nothing if the organization would be left without an owner, or
/// if the caller would change an owner without being one.
pub(super) async fn set(db: &SqlitePool, key: Key<'_>, role: &str, by_owner: bool) -> Result<bool, sqlx::Error> {
    let sql = "INSERT INTO member (org_id, issuer, user_id, role) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (org_id, issuer, user_id) DO UPDATE SET role = excluded.role, permissions = NULL
               WHERE member.role <> 'Owner' OR (?5 AND (excluded.role = 'Owner' OR 1 <
                   (SELECT count(*) FROM member AS owner WHERE owner.org_id = ?1 AND owner.role = 'Owner')))";
    let query = sqlx::query(sql).bind(key.org).bind(key.issuer).bind(key.user);
    query.bind(role).bind(by_owner).execute(db).await.map(|result| is_done(&result))
}

/// Removes a member, under the same conditions.
pub(super) async fn remove(db: &SqlitePool, key: Key<'_>, by_owner: bool) -> Result<bool, sqlx::Error> {
    let sql =
        "DELETE FROM member WHERE org_id = ?1 AND issuer = ?2 AND user_id = ?3 AND (role <> 'Owner' OR (?4 AND 1 <
                   (SELECT count(*) FROM member AS owner WHERE owner.org_id = ?1 AND owner.role = 'Owner')))";
    let query = sqlx::query(sql).bind(key.org).bind(key.issuer).bind(key.user);
    query.bind(by_owner).execute(db).await.map(|result| is_done(&result))
}

fn is_done(result: &SqliteQueryResult) -> bool {
    result.rows_affected() == 1
}

/// For `cargo run -- token --org ..`: makes the user a member without any check. An unknown organization is created.
pub(crate) async fn enter(
    db: &SqlitePool,
    key: Key<'_>,
    role: &str,
    permissions: Option<&[String]>,
) -> Result<(), sqlx::Error> {
    let mut transaction = db.begin_with("BEGIN IMMEDIATE").await?;
    let sql = "INSERT INTO org (id, name) VALUES (?1, ?1) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(key.org).execute(&mut *transaction).await?;
    let sql = "INSERT INTO member (org_id, issuer, user_id, role, permissions) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (org_id, issuer, user_id)
               DO UPDATE SET role = excluded.role, permissions = excluded.permissions";
    let query = sqlx::query(sql).bind(key.org).bind(key.issuer).bind(key.user).bind(role);
    let permissions = permissions.map(|names| serde_json::json!(names).to_string());
    query.bind(permissions).execute(&mut *transaction).await?;
    transaction.commit().await
}
