//! What responses reveal always, only if configured, and never.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{Claims, DenialReason, Denied, GuardedRouter, User, Verified, Verifier, VerifierBuilder, routing};
use auth_runtime::{require_org, require_permission, require_user};
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{get_with, get_without};

#[require_org(role >= "Admin" && scope("billing:read"), from = org_id)]
async fn billing(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_org(role >= "Admin", from = org_id, deny = not_found)]
#[require_permission("can_view_billing")]
async fn hidden(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_user(scope("a") && (scope("b") || !scope("c")))]
async fn scoped() {}

#[derive(Deserialize)]
struct Plan {
    plan: String,
}

#[require_user]
async fn plan(Claims(claims): Claims<Plan>) -> String {
    claims.plan
}

#[require_user]
async fn verified(verified: Verified) -> String {
    let claims: Value = verified.claims().unwrap();
    claims["sub"].as_str().unwrap().to_owned()
}

#[require_user]
async fn in_the_handler(user: User, Path(org_id): Path<String>) -> Result<String, Denied> {
    let member = user.require_org_at_least(&org_id, "Admin")?;
    user.require_org_all_permissions(&org_id, &[])?;
    user.require_org_permission(&org_id, "can_view_billing")?;
    user.require_org_exactly(&org_id, "Admin")?;
    Ok(member.id().to_owned())
}

async fn app(issuer: &TestIssuer, set: impl FnOnce(VerifierBuilder) -> VerifierBuilder) -> Router {
    let verifier = set(Verifier::builder().issuer(issuer.issuer())).build().await.unwrap();
    GuardedRouter::new()
        .route("/billing/{org_id}", routing::get(billing))
        .route("/hidden/{org_id}", routing::get(hidden))
        .route("/scoped", routing::get(scoped))
        .route("/plan", routing::get(plan))
        .route("/verified", routing::get(verified))
        .route("/in_the_handler/{org_id}", routing::get(in_the_handler))
        .guarded_by(verifier)
        .into_router()
}

#[tokio::test]
async fn challenges_follow_rfc_6750() {
    let issuer = TestIssuer::new();
    let plain = app(&issuer, |builder| builder).await;
    let realm = app(&issuer, |builder| builder.realm("the api")).await;
    let member = issuer.token().org("acme", "Member").build();
    let iv = r#"error="invalid_token", error_description="The access token could not be validated""#;
    for (path, token, challenge) in [
        ("/scoped", None, "Bearer".to_owned()),
        ("/scoped", Some("x"), format!("Bearer {iv}")),
        ("/scoped", Some(member.as_str()), r#"Bearer error="insufficient_scope", scope="a b""#.to_owned()),
        ("/billing/acme", Some(&member), r#"Bearer error="insufficient_scope", scope="billing:read""#.to_owned()),
        ("/in_the_handler/acme", Some(&member), r#"Bearer error="insufficient_scope""#.to_owned()),
    ] {
        let (plain, realm) = match token {
            None => (get_without(&plain, path).await, get_without(&realm, path).await),
            Some(token) => (get_with(&plain, path, token).await, get_with(&realm, path, token).await),
        };
        assert_eq!(plain.challenge(), Some(challenge.as_str()), "{path}");
        if !path.starts_with("/in_the") {
            let expected = match challenge.strip_prefix("Bearer ") {
                None => r#"Bearer realm="the api""#.to_owned(),
                Some(rest) => format!(r#"Bearer realm="the api", {rest}"#),
            };
            assert_eq!(realm.challenge(), Some(expected.as_str()), "{path}");
        }
    }
}

#[tokio::test]
async fn deny_not_found_answers_like_an_unknown_route() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder.danger_explain_denials()).await;
    let admin = issuer.token().org("acme", "Admin");
    let good = issuer.token().org("acme", "Admin").org_permission("acme", "can_view_billing").build();
    assert_eq!(get_with(&app, "/hidden/acme", &good).await.status, 200);
    assert_eq!(get_without(&app, "/hidden/acme").await.status, 401);
    for (path, token) in [
        ("/hidden/acme", admin.build()),
        ("/hidden/globex", good.clone()),
        ("/hidden/acme", issuer.token().org("acme", "Member").build()),
    ] {
        let answer = get_with(&app, path, &token).await;
        assert_eq!((answer.status, answer.challenge()), (StatusCode::NOT_FOUND, None));
        assert_eq!(answer.body, r#"{"detail":"Not Found","status":404,"title":"Not Found"}"#);
    }
}

#[tokio::test]
async fn explanations_are_in_the_body_only_if_configured() {
    let issuer = TestIssuer::new();
    let (plain, explained) =
        (app(&issuer, |builder| builder).await, app(&issuer, |builder| builder.danger_explain_denials()).await);
    let token = issuer.token().org("acme", "Member").scope("x").build();
    let quiet = get_with(&plain, "/billing/acme", &token).await;
    assert_eq!(quiet.body, r#"{"detail":"Forbidden","status":403,"title":"Forbidden"}"#);
    let body: Value = serde_json::from_str(&get_with(&explained, "/billing/acme", &token).await.body).unwrap();
    let explanation = body["explanation"].as_str().unwrap();
    assert_eq!(explanation, quiet.explanation);
    for part in [
        r#"#[require_org(role >= "Admin" && scope("billing:read"), from = org_id)]"#,
        r#"ok member of "acme": a member"#,
        r#"role >= "Admin": has "Member""#,
        r#"FAIL scope("billing:read"): has ["x"]"#,
        file!(),
    ] {
        assert!(explanation.contains(part), "{explanation} lacks {part}");
    }
    let stranger = get_with(&plain, "/billing/globex", &token).await.explanation;
    assert!(stranger.contains(r#"FAIL member of "globex": not a member"#), "{stranger}");
    let imperative = get_with(&plain, "/in_the_handler/acme", &token).await.explanation;
    assert_eq!(imperative, r#"condition not met; unknown role >= "Admin": has "Member""#);
}

#[tokio::test]
async fn on_denied_replaces_only_the_response() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| {
        builder.on_denied(|denied, parts| {
            let body = format!("{} {:?}", parts.uri.path(), denied.reason());
            (denied.status(), [(header::CONTENT_TYPE, "text/plain")], body).into_response() as Response
        })
    })
    .await;
    let answer = get_without(&app, "/scoped").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (401, "/scoped NoCredentials"));
    assert_eq!(answer.denied, Some(DenialReason::NoCredentials));
    let answer = get_with(&app, "/scoped", &issuer.token().scope("b").build()).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (403, "/scoped Condition"));
    assert_eq!(get_with(&app, "/scoped", &issuer.token().scope("a").scope("b").build()).await.status, 200);
}

#[tokio::test]
async fn claims_are_deserialized_into_a_type() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder).await;
    let gold = issuer.token().user("ada").claim("plan", "gold");
    assert_eq!(get_with(&app, "/plan", &gold.build()).await.body, "gold");
    for token in [issuer.token().build(), issuer.token().claim("plan", 7).build()] {
        assert_eq!(get_with(&app, "/plan", &token).await.status, 401);
    }
    assert_eq!(get_with(&app, "/verified", &issuer.token().user("ada").build()).await.body, "ada");
    let verified = issuer.verifier().await.verify(&issuer.token().claim("n", json!([1, 2])).build()).await.unwrap();
    let user = verified.user();
    assert_eq!(user.claim::<Vec<u8>>("n").unwrap(), Some(vec![1, 2]));
    assert_eq!(user.claim::<Vec<u8>>("absent").unwrap(), None);
    assert_eq!(user.claim::<String>("n").unwrap_err().to_string(), "claim `n` does not fit the requested type");
}
