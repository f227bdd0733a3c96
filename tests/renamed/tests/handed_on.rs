//! The runtime and its attributes through another crate: `crate = ..` has its path there.
#![allow(clippy::expect_used)]

use auth_tests_facade::attributes::signed_in;
use auth_tests_facade::{GuardedRouter, User, routing};
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use guards::testing::TestIssuer;
use tower::ServiceExt as _;

#[signed_in(crate = ::auth_tests_facade::auth)]
async fn handed_on(user: User) -> String {
    user.id().to_owned()
}

#[tokio::test]
async fn attributes_of_another_crate_guard() {
    let issuer = TestIssuer::new();
    let routes = GuardedRouter::new().route("/", routing::get(handed_on));
    let app = routes.guarded_by(issuer.verifier().await).build().expect("the route is guarded");
    let send = async |request: Request<Body>| {
        let response = app.clone().oneshot(request).await.expect("a router does not fail");
        let status = response.status().as_u16();
        (status, to_bytes(response.into_body(), 1000).await.expect("a short body"))
    };
    let bearer = format!("Bearer {}", issuer.token().user("ada").build());
    let admitted = Request::get("/").header(header::AUTHORIZATION, bearer).body(Body::empty()).expect("a request");
    assert_eq!(send(admitted).await, (200, "ada".into()));
    assert_eq!(send(Request::get("/").body(Body::empty()).expect("a request")).await.0, 401);
}
