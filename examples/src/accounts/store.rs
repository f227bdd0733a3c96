//! The table `user`.

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqlitePool};
use utoipa::ToSchema;
use uuid::Uuid;

use super::email::Email;

/// One account, as it is shown: a response never contains the hash of its password.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) is_active: bool,
    pub(crate) is_superuser: bool,
    pub(crate) is_verified: bool,
    #[serde(skip)]
    pub(crate) hashed_password: String,
}

impl FromRow<'_, SqliteRow> for Account {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            email: row.try_get("email")?,
            is_active: row.try_get("is_active")?,
            is_superuser: row.try_get("is_superuser")?,
            is_verified: row.try_get("is_verified")?,
            hashed_password: row.try_get("hashed_password")?,
        })
    }
}

/// The changes to an account; `None` leaves a value unchanged.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) email: Option<Email>,
    pub(crate) hashed_password: Option<String>,
    pub(crate) is_active: Option<bool>,
    pub(crate) is_superuser: Option<bool>,
    pub(crate) is_verified: Option<bool>,
}

/// The email address belongs to another account (compared without case).
pub(crate) struct EmailTaken;

pub(crate) async fn by_id(db: &SqlitePool, id: &str) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM user WHERE id = ?").bind(id).fetch_optional(db).await
}

pub(crate) async fn by_email(db: &SqlitePool, email: &str) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM user WHERE email = ? COLLATE NOCASE").bind(email).fetch_optional(db).await
}

/// Adds an account. If two requests want the same email address at the same time, one of them gets it.
pub(crate) async fn insert(
    db: &SqlitePool,
    email: &Email,
    hashed_password: &str,
) -> Result<Result<Account, EmailTaken>, sqlx::Error> {
    let sql = "INSERT INTO user (id, email, hashed_password, is_active, is_superuser, is_verified)
               VALUES (?, ?, ?, TRUE, FALSE, FALSE) RETURNING *";
    let id = Uuid::new_v4().to_string();
    unless_taken(sqlx::query_as(sql).bind(id).bind(email.as_str()).bind(hashed_password).fetch_one(db).await)
}

/// Changes an account; `None` if it is gone. A new email address is not verified.
pub(crate) async fn update(
    db: &SqlitePool,
    id: &str,
    changes: &Changes,
) -> Result<Result<Option<Account>, EmailTaken>, sqlx::Error> {
    let sql = "UPDATE user SET
                   email = COALESCE(?2, email),
                   hashed_password = COALESCE(?3, hashed_password),
                   is_active = COALESCE(?4, is_active),
                   is_superuser = COALESCE(?5, is_superuser),
                   is_verified = COALESCE(?6, is_verified AND email = COALESCE(?2, email))
               WHERE id = ?1 RETURNING *";
    let query = sqlx::query_as(sql)
        .bind(id)
        .bind(changes.email.as_ref().map(Email::as_str))
        .bind(&changes.hashed_password)
        .bind(changes.is_active)
        .bind(changes.is_superuser)
        .bind(changes.is_verified);
    unless_taken(query.fetch_optional(db).await)
}

/// Replaces the hash of a password, unless another request did so first.
pub(crate) async fn replace_hash(db: &SqlitePool, account: &Account, hash: &str) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE user SET hashed_password = ?3 WHERE id = ?1 AND hashed_password = ?2";
    let done = sqlx::query(sql).bind(&account.id).bind(&account.hashed_password).bind(hash).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Marks the email address as verified, unless it has changed or is already verified.
pub(crate) async fn mark_verified(db: &SqlitePool, id: &str, email: &str) -> Result<Option<Account>, sqlx::Error> {
    let sql = "UPDATE user SET is_verified = TRUE WHERE id = ? AND email = ? AND NOT is_verified RETURNING *";
    sqlx::query_as(sql).bind(id).bind(email).fetch_optional(db).await
}

/// Deletes an account. A trigger deletes its memberships.
pub(crate) async fn delete(db: &SqlitePool, id: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM user WHERE id = ?").bind(id).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

fn unless_taken<T>(result: Result<T, sqlx::Error>) -> Result<Result<T, EmailTaken>, sqlx::Error> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(error) if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) => {
            Ok(Err(EmailTaken))
        }
        Err(error) => Err(error),
    }
}
