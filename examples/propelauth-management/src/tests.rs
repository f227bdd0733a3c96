//! A server on loopback that answers as PropelAuth documents (the pages "Verifying Access Tokens", "Create Access Token",
//! "Fetch User by User ID" and "Fetch Org" of its API reference).
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::SystemTime;

use auth_test_support::{RsaPem, Signer};
use aws_lc_rs::rsa::KeySize;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Project, run};

const HOST: &str = "auth.example.com";
const API_KEY: &str = "an integration's API key";
const ACME: &str = "1189c444-8a2d-4c41-8b4b-ae43ce79a492";
const ADA: &str = "31c41c16-c281-44ae-9602-8a047e3bf33d";
const BOB: &str = "8bf0f0ca-4e0f-4c0d-8f8e-4e1d8f0b6a52";

struct PropelAuth {
    key: RsaPem,
}

fn member(role: &str, inherited: &[&str]) -> Value {
    json!({
        "org_id": ACME, "org_name": "Acme", "url_safe_org_name": "acme", "org_metadata": {},
        "org_role_structure": "single_role_in_hierarchy", "user_role": role,
        "inherited_user_roles_plus_current_role": inherited, "user_permissions": [], "additional_roles": [],
    })
}

fn membership(user_id: &str) -> Option<Value> {
    match user_id {
        ADA => Some(member("Admin", &["Admin", "Member"])),
        BOB => Some(member("Member", &["Member"])),
        _ => None,
    }
}

async fn key(State(propelauth): State<Arc<PropelAuth>>) -> Json<Value> {
    Json(json!({ "verifier_key_pem": propelauth.key.public }))
}

async fn access_token(State(propelauth): State<Arc<PropelAuth>>, Json(asked): Json<Value>) -> Response {
    let user_id = asked["user_id"].as_str().unwrap();
    let Some(member) = membership(user_id) else { return StatusCode::NOT_FOUND.into_response() };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": format!("https://{HOST}"), "sub": user_id, "user_id": user_id, "email": "ada@example.com", "iat": now,
        "exp": now + asked["duration_in_minutes"].as_u64().unwrap() * 60, "org_id_to_org_member_info": { ACME: member },
    });
    let token = Signer::with_key("RS256", "k", propelauth.key.signing_key()).token(&claims);
    Json(json!({ "access_token": token })).into_response()
}

async fn user(Path(user_id): Path<String>, Query(query): Query<Vec<(String, String)>>) -> Response {
    let Some(member) = membership(&user_id) else { return StatusCode::NOT_FOUND.into_response() };
    assert_eq!(query, [("include_orgs".to_owned(), "true".to_owned())]);
    let user = json!({
        "user_id": user_id, "email": "ada@example.com", "email_confirmed": true, "has_password": true, "locked": false,
        "enabled": true, "mfa_enabled": false, "created_at": 1, "last_active_at": 2,
        "org_id_to_org_info": { ACME: member },
    });
    Json(user).into_response()
}

async fn org(Path(org_id): Path<String>) -> Response {
    if org_id != ACME {
        return StatusCode::NOT_FOUND.into_response();
    }
    let org = json!({
        "org_id": ACME, "name": "Acme", "is_saml_configured": false, "metadata": {}, "url_safe_org_slug": "acme",
        "can_setup_saml": false, "is_saml_in_test_mode": false, "extra_domains": [], "domain_autojoin": false,
        "domain_restrict": false, "password_rotation_enabled": false, "password_rotation_history_size": 0,
        "password_rotation_period": 0,
    });
    Json(org).into_response()
}

/// Each call names the project and has its API key.
async fn of_project(request: Request, next: Next) -> Response {
    let is = |name: &str, value: &str| request.headers().get(name).is_some_and(|found| found == value);
    if is("authorization", &format!("Bearer {API_KEY}")) && is("x-propelauth-url", HOST) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

async fn start() -> String {
    let propelauth = Arc::new(PropelAuth { key: RsaPem::new(KeySize::Rsa2048) });
    let routes = Router::new()
        .route("/api/v1/token_verification_metadata", get(key))
        .route("/api/backend/v1/access_token", post(access_token))
        .route("/api/backend/v1/user/{user_id}", get(user))
        .route("/api/backend/v1/org/{org_id}", get(org))
        .layer(from_fn(of_project))
        .with_state(propelauth);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

#[tokio::test]
async fn a_created_token_is_admitted_as_its_user() {
    let api = start().await;
    let project = |api_key: &str| Project { api: api.clone(), auth_host: HOST.to_owned(), api_key: api_key.to_owned() };
    for (user_id, status) in [(ADA, 200), (BOB, 403)] {
        let seen = run(&project(API_KEY), user_id, ACME).await.unwrap();
        assert_eq!(seen.status, status, "{}", seen.body);
        assert_eq!(seen.body.contains(ACME), status == 200, "{}", seen.body);
        assert_eq!((seen.user.user_id.as_str(), seen.org.name.as_str()), (user_id, "Acme"));
        let orgs = seen.user.org_id_to_org_info.unwrap();
        assert_eq!(orgs[ACME].user_role == "Admin", user_id == ADA);
    }
    assert!(run(&project(API_KEY), "no user", ACME).await.is_err());
    assert!(run(&project("another key"), ADA, ACME).await.is_err());
}
