//! A server on loopback that answers as PropelAuth's pages "Backend API Reference", "User API Reference" and "Org API
//! Reference" document (docs.propelauth.com/reference), as far as the tests ask it. Where the pages and the types of
//! PropelAuth's crate differ, it answers with what both have.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use auth_test_support::{RsaPem, Signer};
use aws_lc_rs::rsa::KeySize;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const AUTH_URL: &str = "https://auth.example.com";
pub const API_KEY: &str = "an-api-key-of-the-project";
pub const ADA: &str = "31c41c16-c281-44ae-9602-8a047e3bf33d";
pub const ACME: &str = "1189c444-8a2d-4c41-8b4b-ae43ce79a492";
pub const GLOBEX: &str = "8cf5f7a2-6d3a-4f0e-9d6a-2b3c4d5e6f70";

/// A project with one user, who is Admin of Acme and Member of Globex.
pub struct PropelAuth {
    pub address: String,
    pub project: Arc<Project>,
}

pub struct Project {
    signer: Signer,
    public_key: String,
}

impl PropelAuth {
    pub async fn start() -> Self {
        let pem = RsaPem::new(KeySize::Rsa2048);
        let project = Arc::new(Project {
            signer: Signer::with_key("RS256", "not used: PropelAuth has one key", pem.signing_key()),
            public_key: pem.public,
        });
        let api = Router::new()
            .route("/api/v1/token_verification_metadata", get(verifier_key))
            .route("/api/backend/v1/access_token", post(access_token))
            .route("/api/backend/v1/user/{id}", get(user))
            .route("/api/backend/v1/org/{id}", get(org))
            .layer(from_fn(authenticated))
            .with_state(Arc::clone(&project));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, api).into_future());
        Self { address, project }
    }
}

impl Project {
    pub fn public_key(&self) -> String {
        self.public_key.clone()
    }

    /// The claims of Ada's token, of which all are documented in "Access Tokens".
    pub fn claims(&self, active_org: Option<&str>) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({
            "iss": AUTH_URL, "iat": now, "exp": now + 600, "user_id": ADA, "email": "ada@example.com",
            "first_name": "Ada", "last_name": "Byron", "username": "ada", "properties": { "favoriteSport": "chess" },
            "login_method": { "login_method": "generated_from_backend_api" },
        });
        match active_org {
            Some(org) => claims["org_member_info"] = member(org),
            None => claims["org_id_to_org_member_info"] = json!({ ACME: member(ACME), GLOBEX: member(GLOBEX) }),
        }
        claims
    }

    /// A token by the key of the project. PropelAuth's tokens name no key.
    pub fn sign(&self, claims: &Value) -> String {
        self.signer.sign(r#"{"alg":"RS256","typ":"JWT"}"#, &claims.to_string())
    }
}

fn member(org: &str) -> Value {
    let (name, roles) = match org {
        ACME => ("Acme", ["Admin", "Member"].as_slice()),
        _ => ("Globex", ["Member"].as_slice()),
    };
    json!({
        "org_id": org, "org_name": name, "org_metadata": {}, "url_safe_org_name": name.to_lowercase(),
        "org_role_structure": "single_role_in_hierarchy", "user_role": roles[0],
        "inherited_user_roles_plus_current_role": roles, "user_permissions": [], "additional_roles": [],
    })
}

/// Each call needs the API key, and the name of the project.
async fn authenticated(request: Request, next: Next) -> Response {
    let is = |headers: &HeaderMap, name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    if !is(request.headers(), header::AUTHORIZATION.as_str(), &format!("Bearer {API_KEY}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if !is(request.headers(), "x-propelauth-url", "auth.example.com") {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

async fn verifier_key(State(project): State<Arc<Project>>) -> Json<Value> {
    Json(json!({ "verifier_key_pem": project.public_key }))
}

async fn access_token(State(project): State<Arc<Project>>, Json(request): Json<Value>) -> Response {
    match (request["user_id"].as_str(), request["duration_in_minutes"].as_u64()) {
        (Some(ADA), Some(1..)) => {
            let token = project.sign(&project.claims(request["active_org_id"].as_str()));
            Json(json!({ "access_token": token })).into_response()
        }
        (Some(ADA), _) => {
            (StatusCode::BAD_REQUEST, Json(json!({ "duration_in_minutes": ["Must be positive"] }))).into_response()
        }
        _ => (StatusCode::NOT_FOUND, Json(json!({}))).into_response(),
    }
}

async fn user(Path(id): Path<String>, Query(query): Query<HashMap<String, String>>) -> Response {
    if id != ADA {
        return (StatusCode::NOT_FOUND, Json(json!({}))).into_response();
    }
    let mut user = json!({
        "user_id": ADA, "email": "new@example.com", "email_confirmed": true, "has_password": true, "username": "ada",
        "first_name": "Ada", "last_name": "Byron", "picture_url": "https://img.example.com/ada", "locked": false,
        "enabled": true, "mfa_enabled": false, "created_at": 1_645_131_680, "last_active_at": 1_650_654_711,
        "properties": { "favoriteSport": "chess" },
    });
    if query.get("include_orgs").is_some_and(|include| include == "true") {
        user["org_id_to_org_info"] = json!({ ACME: member(ACME), GLOBEX: member(GLOBEX) });
    }
    Json(user).into_response()
}

async fn org(Path(id): Path<String>) -> Response {
    if id != ACME {
        return (StatusCode::NOT_FOUND, Json(json!({}))).into_response();
    }
    let org = json!({
        "org_id": ACME, "name": "Acme", "url_safe_org_slug": "acme", "max_users": 100, "metadata": {},
        "can_setup_saml": false, "is_saml_configured": false, "is_saml_in_test_mode": false, "domain": "acme.example",
        "extra_domains": [], "domain_autojoin": true, "domain_restrict": true, "custom_role_mapping_name": "Paid Plan",
        "password_rotation_enabled": false, "password_rotation_history_size": 0, "password_rotation_period": 0,
    });
    Json(org).into_response()
}
