//! Memberships in real databases: SQLite, and `PostgreSQL` if there is a server (`POSTGRES_URL`, by default the one on
//! this machine). Each test creates its own database and drops it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{
    DenialReason, Directory, DirectoryError, Grants, GuardedRouter, Membership, User, Verifier, require_org,
    require_user, routing,
};
use axum::Router;
use axum::extract::Path;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Database, PgConnection, Pool, Postgres, Sqlite};

use crate::directory_load::{no_change_is_late, role_after};
use crate::support::get_with;

const CONNECTIONS: u32 = 4;

/// There is no key, as in some real tables, so only the application keeps rows unique.
const TABLES: [&str; 2] = [
    "CREATE TABLE member (issuer TEXT NOT NULL, user_id TEXT NOT NULL, org_id TEXT NOT NULL, role TEXT NOT NULL, name TEXT)",
    "CREATE TABLE staff (issuer TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL)",
];

const FIND: &str = "SELECT org_id, role, name FROM member WHERE issuer = $1 AND user_id = $2 AND org_id = $3";
/// Compares like a column whose collation ignores case.
const FIND_IN_ANY_CASE: &str =
    "SELECT org_id, role, name FROM member WHERE issuer = $1 AND user_id = $2 AND lower(org_id) = lower($3)";

/// The directory of these tests.
struct Members<D: Database> {
    pool: Pool<D>,
    sql: &'static str,
    asked: Arc<AtomicUsize>,
}

/// The operations of the tests on a database.
trait Store: Directory + Clone {
    async fn run(&self, sql: &'static str, values: &[&str]);
    /// Takes all connections of the pool until the result is dropped.
    async fn exhaust(&self) -> Vec<Box<dyn Send>>;
    async fn close(&self);
    fn ignoring_case(&self) -> Self;
    fn asked(&self) -> usize;
}

macro_rules! store {
    ($database:ty) => {
        impl Directory for Members<$database> {
            async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
                self.asked.fetch_add(1, Ordering::SeqCst);
                let (issuer, id) = user.key();
                let rows = sqlx::query_as::<_, (String, String, Option<String>)>(self.sql);
                let rows = rows.bind(issuer).bind(id).bind(org).fetch_all(&self.pool).await?;
                Membership::at_most_one(rows.into_iter().map(|(org, role, name)| {
                    let membership = Membership::new(org, role);
                    if let Some(name) = name { membership.name(name) } else { membership }
                }))
            }

            async fn grants(&self, user: &User) -> Result<Grants, DirectoryError> {
                let (issuer, id) = user.key();
                let sql = "SELECT role FROM staff WHERE issuer = $1 AND user_id = $2";
                let roles = sqlx::query_scalar::<_, String>(sql).bind(issuer).bind(id).fetch_all(&self.pool).await?;
                Ok(Grants::none().roles(roles))
            }
        }

        impl Store for Members<$database> {
            async fn run(&self, sql: &'static str, values: &[&str]) {
                let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(value.to_string()));
                query.execute(&self.pool).await.unwrap();
            }

            async fn exhaust(&self) -> Vec<Box<dyn Send>> {
                let mut taken: Vec<Box<dyn Send>> = Vec::new();
                for _ in 0..CONNECTIONS {
                    taken.push(Box::new(self.pool.acquire().await.unwrap()));
                }
                taken
            }

            async fn close(&self) {
                self.pool.close().await;
            }

            fn ignoring_case(&self) -> Self {
                Self { sql: FIND_IN_ANY_CASE, ..self.clone() }
            }

            fn asked(&self) -> usize {
                self.asked.load(Ordering::SeqCst)
            }
        }
    };
}

store!(Sqlite);
store!(Postgres);

impl<D: Database> Clone for Members<D> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), sql: self.sql, asked: Arc::clone(&self.asked) }
    }
}

impl<D: Database> Members<D> {
    fn new(pool: Pool<D>) -> Self {
        Self { pool, sql: FIND, asked: Arc::default() }
    }
}

#[require_org(from = org_id)]
async fn member(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_org(role == "Admin", from = org_id)]
async fn admin(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_org(role == "Admin", from = org_id, fresh = "0s")]
async fn admin_now(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_user(role == "support")]
async fn support() {}

async fn app(issuer: &TestIssuer, directory: impl Directory) -> (Router, Verifier, TestClock) {
    let clock = TestClock::now();
    let builder = Verifier::builder().issuer(issuer.issuer().named("main")).clock(clock.clone()).directory(directory);
    let verifier = builder.build().await.unwrap();
    let routes = GuardedRouter::new()
        .route("/member/{org_id}", routing::get(member))
        .route("/admin/{org_id}", routing::get(admin))
        .route("/now/{org_id}", routing::get(admin_now))
        .route("/support", routing::get(support));
    (routes.guarded_by(verifier.clone()).into_router(), verifier, clock)
}

const ADD: &str = "INSERT INTO member (issuer, user_id, org_id, role) VALUES ($1, $2, $3, $4)";
const CHANGE: &str = "UPDATE member SET role = $1 WHERE issuer = $2 AND user_id = $3 AND org_id = $4";
const REMOVE: &str = "DELETE FROM member WHERE issuer = $1 AND user_id = $2 AND org_id = $3";

async fn members_are_added_changed_and_removed(store: impl Store) {
    let issuer = TestIssuer::new();
    let (app, verifier, clock) = app(&issuer, store.clone()).await;
    let token = issuer.token().user("ada").expires_in(Duration::from_secs(3600)).build();
    let status = async |path| get_with(&app, path, &token).await.status.as_u16();
    let all = async || [status("/member/acme").await, status("/admin/acme").await, status("/now/acme").await];
    assert_eq!(all().await, [403; 3]);
    // Another issuer's user of the same id, and another organization.
    store.run(ADD, &["other", "ada", "acme", "Admin"]).await;
    store.run(ADD, &["main", "ada", "globex", "Admin"]).await;
    verifier.forget_org("acme");
    assert_eq!(all().await, [403; 3]);
    store.run(ADD, &["main", "ada", "acme", "Member"]).await;
    // Answers are cached until they are forgotten or too old.
    assert_eq!(all().await, [403; 3]);
    verifier.forget_user("main", "ada");
    assert_eq!(all().await, [200, 403, 403]);
    store.run(CHANGE, &["Admin", "main", "ada", "acme"]).await;
    assert_eq!([status("/admin/acme").await, status("/now/acme").await], [403, 200]);
    clock.advance(Duration::from_secs(5));
    assert_eq!(all().await, [200; 3]);
    store.run(REMOVE, &["main", "ada", "acme"]).await;
    assert_eq!(status("/now/acme").await, 403);
    verifier.forget_org("acme");
    assert_eq!(all().await, [403; 3]);
    // Roles outside organizations.
    assert_eq!(status("/support").await, 403);
    store.run("INSERT INTO staff (issuer, user_id, role) VALUES ($1, $2, $3)", &["main", "ada", "support"]).await;
    verifier.forget_user("https://issuer.test", "ada");
    assert_eq!(status("/support").await, 200);
}

async fn invalid_rows_admit_no_request(store: impl Store) {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").build();
    for role in ["Admin", "Member"] {
        store.run(ADD, &["main", "ada", "twice", role]).await;
    }
    store.run(ADD, &["main", "ada", "acme", "Admin"]).await;
    store.run(ADD, &["main", "ada", "odd", "Superuser"]).await;
    let (exact, ..) = app(&issuer, store.clone()).await;
    let (in_any_case, ..) = app(&issuer, store.ignoring_case()).await;
    for (app, path, status) in [
        (&exact, "/member/twice", 503),
        (&exact, "/member/acme", 200),
        (&exact, "/member/ACME", 403),
        (&exact, "/member/odd", 200),
        (&exact, "/admin/odd", 403),
        (&in_any_case, "/member/acme", 200),
        (&in_any_case, "/member/ACME", 403),
        (&in_any_case, "/member/acme%20", 403),
        (&exact, "/member/'%20OR%201=1%20--", 403),
    ] {
        assert_eq!(get_with(app, path, &token).await.status.as_u16(), status, "{path}");
    }
}

async fn a_database_that_does_not_answer_denies_with_503(store: impl Store) {
    let issuer = TestIssuer::new();
    let (app, _, clock) = app(&issuer, store.clone()).await;
    let token = |user: &str| issuer.token().user(user).build();
    for user in ["ada", "grace"] {
        store.run(ADD, &["main", user, "acme", "Admin"]).await;
    }
    let ada = token("ada");
    assert_eq!(get_with(&app, "/admin/acme", &ada).await.status, 200);
    // Every connection is taken: a new lookup waits, and users with a cached answer are admitted meanwhile.
    let taken = store.exhaust().await;
    let asked = store.asked();
    let waiting = tokio::spawn({
        let (app, grace) = (app.clone(), token("grace"));
        async move { get_with(&app, "/admin/acme", &grace).await }
    });
    let patience = Instant::now() + Duration::from_secs(10);
    while store.asked() == asked {
        assert!(Instant::now() < patience, "the database is never asked");
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        assert_eq!(get_with(&app, "/admin/acme", &ada).await.status, 200);
    }
    assert!(!waiting.is_finished());
    clock.advance(Duration::from_secs(2));
    let answer = waiting.await.unwrap();
    assert!(matches!(answer.denied, Some(DenialReason::DirectoryUnavailable { .. })), "{answer:?}");
    assert_eq!(answer.status, 503);
    drop(taken);
    assert_eq!(get_with(&app, "/admin/acme", &token("grace")).await.status, 200);
    // The database is gone: cached answers are used while they are fresh, and then every request is refused.
    store.close().await;
    assert_eq!(get_with(&app, "/admin/acme", &token("grace")).await.status, 200);
    assert_eq!(get_with(&app, "/now/acme", &token("grace")).await.status, 503);
    assert_eq!(get_with(&app, "/admin/acme", &token("linus")).await.status, 503);
    clock.advance(Duration::from_secs(5));
    for user in ["ada", "grace"] {
        let answer = get_with(&app, "/admin/acme", &token(user)).await;
        assert_eq!(answer.status, 503);
        assert!(!answer.body.to_lowercase().contains("pool"), "{answer:?}");
    }
}

async fn no_change_of_1000_under_load_is_late(store: impl Store) {
    let issuer = "https://issuer.test";
    let write = async |change: u64| match (role_after(change - 1), role_after(change)) {
        (_, None) => store.run(REMOVE, &[issuer, "ada", "acme"]).await,
        (None, Some(role)) => {
            let sql = "INSERT INTO member (issuer, user_id, org_id, role, name) VALUES ($1, $2, $3, $4, $5)";
            store.run(sql, &[issuer, "ada", "acme", role, &change.to_string()]).await;
        }
        (Some(_), Some(role)) => {
            let sql = "UPDATE member SET role = $1, name = $2 WHERE issuer = $3 AND user_id = $4 AND org_id = $5";
            store.run(sql, &[role, &change.to_string(), issuer, "ada", "acme"]).await;
        }
    };
    no_change_is_late(store.clone(), write, 1000).await;
}

macro_rules! on_each_database {
    ($($scenario:ident),*) => {
        mod sqlite {
            $(#[test]
            fn $scenario() {
                super::on_sqlite(super::$scenario);
            })*
        }

        mod postgresql {
            $(#[test]
            #[ignore = "needs a PostgreSQL server, which `.ci/run` finds or starts: POSTGRES_URL names it"]
            fn $scenario() {
                super::on_postgresql(super::$scenario);
            })*
        }
    };
}

on_each_database!(
    members_are_added_changed_and_removed,
    invalid_rows_admit_no_request,
    a_database_that_does_not_answer_denies_with_503,
    no_change_of_1000_under_load_is_late
);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A unique name for a database.
fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("auth_runtime_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn on_sqlite<F: Future<Output = ()>>(scenario: impl FnOnce(Members<Sqlite>) -> F) {
    /// It is removed even if the test fails.
    struct Files(PathBuf);
    impl Drop for Files {
        fn drop(&mut self) {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
            }
        }
    }
    let files = Files(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name()).with_extension("db"));
    let options = SqliteConnectOptions::new().filename(&files.0).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).busy_timeout(Duration::from_secs(10));
    runtime().block_on(async {
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await.unwrap();
        for sql in TABLES {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        scenario(Members::new(pool)).await;
    });
}

fn on_postgresql<F: Future<Output = ()>>(scenario: impl FnOnce(Members<Postgres>) -> F + Send + 'static) {
    let url =
        std::env::var("POSTGRES_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let options: PgConnectOptions = url.parse().unwrap();
    let options = options.disable_statement_logging();
    let database = name();
    let administer = |sql: String| {
        runtime().block_on(async {
            let mut server = PgConnection::connect_with(&options).await.expect("POSTGRES_URL: no server answers");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut server).await.unwrap();
            server.close().await.unwrap();
        });
    };
    administer(format!("CREATE DATABASE {database}"));
    let own = options.clone().database(&database);
    // In a thread, so that the database is dropped even if the test fails.
    let outcome = std::thread::spawn(move || {
        runtime().block_on(async {
            let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(own).await.unwrap();
            for sql in TABLES {
                sqlx::query(sql).execute(&pool).await.unwrap();
            }
            scenario(Members::new(pool)).await;
        });
    })
    .join();
    administer(format!("DROP DATABASE {database} WITH (FORCE)"));
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
