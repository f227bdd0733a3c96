//! The readiness probe: it responds 200 only if guarded routes can verify tokens.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{GuardedRouter, Health, User, public, require_user, routing::get};
use axum::Json;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::support::{get_with, get_without, send};

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

/// A probe that also checks something else.
#[public(reason = "readiness probe")]
async fn with_database(health: Health) -> Result<Health, StatusCode> {
    let is_database_reachable = false;
    if is_database_reachable { Ok(health) } else { Err(StatusCode::SERVICE_UNAVAILABLE) }
}

#[public(reason = "dashboard")]
async fn keys(health: Health) -> impl IntoResponse {
    Json(health)
}

fn routes() -> GuardedRouter {
    GuardedRouter::new().readiness("/ready").route("/whoami", get(whoami)).route("/keys", get(keys))
}

#[tokio::test]
async fn readiness_is_503_without_a_verifier() {
    let token = TestIssuer::new().token().build();
    let app = routes().into_router();
    let answer = get_without(&app, "/ready").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (503, "not ready"));
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(get_with(&app, "/whoami", &token).await.status, 500, "so the probe must not say that this works");
    let keys: Value = serde_json::from_str(&get_without(&app, "/keys").await.body).unwrap();
    assert_eq!(keys, json!({ "ready": false, "issuers": [] }));
}

#[tokio::test]
async fn readiness_is_200_if_the_routers_own_verifier_has_keys() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").build();
    let app = GuardedRouter::new()
        .readiness("/ready")
        .nest("/guarded", routes().guarded_by(issuer.verifier().await))
        .into_router();
    let answer = get_without(&app, "/guarded/ready").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ready"));
    assert_eq!(get_with(&app, "/guarded/whoami", &token).await.body, "ada");
    // Credentials are ignored.
    assert_eq!(get_with(&app, "/guarded/ready", "garbage").await.status, 200);
    let head = send(&app, Request::head("/guarded/ready").body(Body::empty()).unwrap()).await;
    assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
    // The outer router has no verifier, and does not use the verifier of another router.
    assert_eq!(get_without(&app, "/ready").await.status, 503);
}

#[tokio::test]
async fn a_handler_can_combine_health_with_other_checks() {
    let verifier = TestIssuer::new().verifier().await;
    let app = GuardedRouter::new().route("/ready", get(with_database)).guarded_by(verifier).into_router();
    assert_eq!(get_without(&app, "/ready").await.status, 503);
}

#[test]
fn the_table_lists_the_readiness_probe_as_public() {
    let table = GuardedRouter::<()>::new().readiness("/ready").table();
    assert_eq!(table.rows()[0].policy, r#"public(reason = "readiness probe")"#);
}
