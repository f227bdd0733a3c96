//! A slow client must not hold what its guard has used to load the object.

use std::convert::Infallible;

use auth_runtime::routing::post;
use auth_runtime::testing::TestIssuer;
use auth_runtime::{GuardedRouter, Loaded, User, require_user};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Request, header};
use futures_util::StreamExt as _;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Sqlite, SqlitePool, pool::PoolConnection};
use tokio::sync::{mpsc, oneshot};

use crate::support::send;

async fn title_of(pool: &SqlitePool, user: &User, id: i64) -> Result<Option<String>, String> {
    let query = sqlx::query_scalar("SELECT title FROM post WHERE id = $1 AND owner = $2").bind(id);
    query.bind(user.id()).fetch_optional(pool).await.map_err(|error| error.to_string())
}

#[require_user(load = title_of(&pool, &user, id).await)]
async fn loaded(
    State(pool): State<SqlitePool>,
    Path(id): Path<i64>,
    user: User,
    Loaded(title): Loaded<String>,
    body: String,
) -> String {
    format!("{title} {body}")
}

/// What a `load` must not give: it is kept while the body is read.
#[require_user(load = pool.acquire().await.map_err(|error| error.to_string()))]
async fn held(
    State(pool): State<SqlitePool>,
    Loaded(connection): Loaded<PoolConnection<Sqlite>>,
    body: String,
) -> String {
    drop(connection);
    body
}

/// Sends a request whose body comes in parts, and looks whether the only connection of the pool is free while the guard
/// has admitted the request and the body is not complete.
async fn is_free_during_the_body(path: &'static str, is_expected: bool) -> bool {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    for sql in ["CREATE TABLE post (id INTEGER, owner TEXT, title TEXT)", "INSERT INTO post VALUES (1, 'ada', 'hello')"]
    {
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    let issuer = TestIssuer::new();
    let app = GuardedRouter::new()
        .route("/loaded/{id}", post(loaded))
        .route("/held", post(held))
        .guarded_by(issuer.verifier().await)
        .with_state(pool.clone())
        .into_router();
    let (drip, mut drops) = mpsc::channel::<&'static str>(1);
    let (begun, has_begun) = oneshot::channel();
    let begin = futures_util::stream::once(async move {
        let _ = begun.send(());
        Ok::<_, Infallible>(Bytes::from_static(b"a"))
    });
    let rest = futures_util::stream::poll_fn(move |context| drops.poll_recv(context));
    let body = Body::from_stream(begin.chain(rest.map(|drop| Ok(Bytes::from_static(drop.as_bytes())))));
    let token = issuer.token().user("ada").build();
    let request = Request::post(path).header(header::AUTHORIZATION, format!("Bearer {token}")).body(body).unwrap();
    let answer = tokio::spawn(async move { send(&app, request).await });
    has_begun.await.unwrap();
    // A task of the pool takes back a connection that was dropped, so one that is expected is waited for.
    let is_free = if is_expected { pool.acquire().await.is_ok() } else { pool.try_acquire().is_some() };
    drip.send("b").await.unwrap();
    drop(drip);
    let answer = answer.await.unwrap();
    assert!(answer.status.is_success() && answer.body.ends_with("ab"), "{answer:?}");
    is_free
}

#[tokio::test]
async fn a_slow_body_holds_no_connection_that_load_has_used() {
    assert!(is_free_during_the_body("/loaded/1", true).await);
    assert!(!is_free_during_the_body("/held", false).await, "this shows that the test can tell");
}
