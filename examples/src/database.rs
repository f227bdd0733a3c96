//! The embedded database: created and migrated at start, and configured so that no acknowledged write is lost.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlSafeStr as _, SqliteConnection, SqlitePool};

use crate::settings::Settings;
use crate::{Failure, demo};

/// Opens the database. The first start creates it and inserts the demo data.
pub(crate) async fn open(settings: &Settings) -> Result<SqlitePool, Failure> {
    let options = settings
        .database
        .clone()
        // Readers and the writer do not block each other, and committed data is on the disk.
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(2));
    let file = options.get_filename().to_owned();
    let fault = |error: Failure| format!("DATABASE_URL: {}: {error}", file.display());
    prepare(&options).await.map_err(fault)?;
    let opened = identity(&file).ok_or_else(|| fault("is gone".into()))?;
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(3))
        .before_acquire(move |_, _| {
            // Writes to a file that was moved or removed would succeed and be lost. Such a connection is closed.
            let unmoved = identity(&file).as_ref() == Some(&opened);
            Box::pin(std::future::ready(Ok(unmoved)))
        })
        // After the first start, a missing file is an error. It must not be replaced by an empty one.
        .connect_lazy_with(options.create_if_missing(false));
    Ok(pool)
}

/// Migrates the tables and inserts the demo data in one transaction, so that two first starts at the same time do no
/// harm.
async fn prepare(options: &SqliteConnectOptions) -> Result<(), Failure> {
    // Another command may be creating it at the same time, which takes a while.
    let options = options.clone().busy_timeout(Duration::from_secs(30));
    let mut connection = SqliteConnection::connect_with(&options).await?;
    match migrate(&mut connection).await {
        Err(error) if error.downcast_ref().is_some_and(is_read_only) => {
            tracing::warn!("the database is read-only: requests that would change it get 503");
        }
        migrated => migrated?,
    }
    Ok(connection.close().await?)
}

async fn migrate(connection: &mut SqliteConnection) -> Result<(), Failure> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let users = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'user'";
    let is_new = sqlx::query_scalar::<_, i64>(users).fetch_one(&mut *transaction).await? == 0;
    migrations().run_direct(None, &mut *transaction, false).await?;
    if is_new {
        demo::insert(&mut transaction).await?;
    }
    Ok(transaction.commit().await?)
}

fn migrations() -> Migrator {
    let start = include_str!("../migrations/0001_start.sql").into_sql_str();
    let members = include_str!("../migrations/0002_members.sql").into_sql_str();
    let simple =
        |version, name: &'static str, sql| Migration::new(version, name.into(), MigrationType::Simple, sql, false);
    Migrator::with_migrations(vec![simple(1, "start", start), simple(2, "members", members)])
}

/// SQLite's primary result code 8, with any extension.
fn is_read_only(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 8)
}

/// The identity of the current file.
#[cfg(unix)]
fn identity(file: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(file).ok().map(|file| (file.dev(), file.ino()))
}

/// Whether the file exists.
#[cfg(not(unix))]
fn identity(file: &Path) -> Option<()> {
    fs::metadata(file).ok().map(|_| ())
}
