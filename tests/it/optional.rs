//! `optional_user` in both modes, and conditions that are unknown.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{GuardedRouter, User, optional_user, require_org, require_permission, require_user, routing};
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header;
use serde_json::json;

use crate::support::{get, get_with, get_without, send};

#[optional_user]
async fn lenient(user: Option<User>) -> String {
    name(user)
}

#[optional_user(invalid = reject)]
async fn strict(user: Option<User>) -> String {
    name(user)
}

fn name(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

#[require_permission(!permission("suspended"))]
async fn unsuspended() {}

#[require_permission("may" || scope("may"))]
async fn either() {}

#[require_org(!permission("suspended"), from = org)]
async fn unsuspended_there(Path(org): Path<String>) -> String {
    org
}

#[require_user(!(role == "guest"))]
async fn no_guest() {}

#[require_user(!email_verified)]
async fn unverified() {}

async fn app(issuer: &TestIssuer) -> Router {
    GuardedRouter::new()
        .route("/lenient", routing::get(lenient))
        .route("/strict", routing::get(strict))
        .route("/unsuspended", routing::get(unsuspended))
        .route("/either", routing::get(either))
        .route("/org/{org}", routing::get(unsuspended_there))
        .route("/no_guest", routing::get(no_guest))
        .route("/unverified", routing::get(unverified))
        .guarded_by(issuer.verifier().await)
        .into_router()
}

#[tokio::test]
async fn optional_user_treats_bad_credentials_as_anonymous_or_rejects_them() {
    let issuer = TestIssuer::new();
    let app = app(&issuer).await;
    let good = issuer.token().user("ada").build();
    assert_eq!(get_without(&app, "/lenient").await.body, "nobody");
    assert_eq!(get_without(&app, "/strict").await.body, "nobody");
    assert_eq!(get_with(&app, "/lenient", &good).await.body, "ada");
    assert_eq!(get_with(&app, "/strict", &good).await.body, "ada");
    for token in [
        "garbage".to_owned(),
        "a b".to_owned(),
        issuer.token().expired().build(),
        issuer.token().signed_by_stranger().build(),
    ] {
        assert_eq!(get_with(&app, "/lenient", &token).await.body, "nobody", "{token}");
        assert_eq!(get_with(&app, "/strict", &token).await.status, 401, "{token}");
    }
    for (path, status) in [("/lenient", 200), ("/strict", 400)] {
        let request = get(path)
            .header(header::AUTHORIZATION, format!("Bearer {good}"))
            .header(header::AUTHORIZATION, "Bearer another");
        assert_eq!(send(&app, request.body(Body::empty()).unwrap()).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_condition_over_unknown_data_refuses() {
    let issuer = TestIssuer::new();
    let app = app(&issuer).await;
    let entry = |permissions: serde_json::Value| json!({ "user_role": "Member", "user_permissions": permissions });
    let two = json!({ "acme": entry(json!([])), "globex": entry(json!([])) });
    for (path, token, status) in [
        // Several organizations, and no selected one: permissions are ambiguous.
        ("/unsuspended", issuer.token().claim("org_id_to_org_member_info", two.clone()), 403),
        // No permissions claim: missing data.
        ("/unsuspended", issuer.token(), 403),
        ("/unsuspended", issuer.token().claim("permissions", json!([])), 200),
        ("/unsuspended", issuer.token().permission("suspended"), 403),
        (
            "/unsuspended",
            issuer
                .token()
                .claim("org_member_info", json!({ "org_id": "acme", "user_role": "Member", "user_permissions": [] })),
            200,
        ),
        (
            "/unsuspended",
            issuer.token().claim(
                "org_member_info",
                json!({ "org_id": "acme", "user_role": "Member", "user_permissions": ["suspended"] }),
            ),
            403,
        ),
        ("/org/acme", issuer.token().claim("org_id_to_org_member_info", two.clone()), 200),
        (
            "/org/acme",
            issuer.token().claim("org_id_to_org_member_info", json!({ "acme": { "user_role": "Member" } })),
            403,
        ),
        ("/org/acme", issuer.token().org_permission("acme", "suspended"), 403),
        ("/org/acme", issuer.token().claim("permissions", json!([])), 403),
        // One side unknown, the other true.
        ("/either", issuer.token().scope("may"), 200),
        ("/either", issuer.token().permission("may"), 200),
        ("/either", issuer.token(), 403),
        ("/no_guest", issuer.token().role("guest"), 403),
        ("/no_guest", issuer.token().role("clerk"), 200),
        ("/no_guest", issuer.token(), 403),
        ("/unverified", issuer.token().claim("email_verified", false), 200),
        ("/unverified", issuer.token().claim("email_verified", true), 403),
        ("/unverified", issuer.token(), 403),
    ] {
        let shown = format!("{token:?}");
        let answer = get_with(&app, path, &token.build()).await;
        assert_eq!(answer.status, status, "{path} {shown}: {}", answer.explanation);
    }
}
