//! Guards in an OpenAPI document that `utoipa` generated from the handlers.

use std::convert::Infallible;

use auth_runtime::openapi::Documentation;
use auth_runtime::routing::{any, connect, get, post};
use auth_runtime::{
    GuardedRouter, OrgMember, User, optional_user, public, require_org, require_permission, require_user,
};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::response::Response;
use serde_json::{Value, json};
use tower::service_fn;
use utoipa::OpenApi;

/// Whether the service responds.
#[utoipa::path(get, path = "/health", responses((status = 200)), security(("bearer" = ["else"])))]
#[public(reason = "load balancer probe")]
async fn health() {}

#[utoipa::path(get, path = "/hello", responses((status = 200)))]
#[optional_user]
async fn hello(_user: Option<User>) {}

#[utoipa::path(head, path = "/hello", responses((status = 200)))]
#[optional_user(invalid = reject)]
async fn strict_hello() {}

/// Bill
///
/// What the bill is.
#[utoipa::path(
    get,
    path = "/orgs/{org_id}/billing",
    params(("org_id" = String, Path)),
    responses((status = 200, body = String), (status = 403, description = "mine"))
)]
#[require_org(role >= "Admin" && (permission("a") || !email_verified), from = org_id)]
#[require_permission(scope("billing:read") && (scope("a") || scope("b")))]
async fn billing(Path(org_id): Path<String>, org: OrgMember) -> Json<Value> {
    Json(json!([org_id, org.role()]))
}

#[require_user(check = secret_rule(), deny = not_found)]
#[utoipa::path(post, path = "/files/{rest}", params(("rest" = String, Path)), responses((status = 201)))]
async fn write(Path(rest): Path<String>) {
    drop(rest);
}

fn secret_rule() -> bool {
    true
}

#[utoipa::path(put, path = "/any/{*tail}", responses((status = 200)))]
#[require_user]
async fn anything() {}

#[require_user]
async fn undocumented() {}

#[derive(OpenApi)]
#[openapi(paths(health, hello, strict_hello, billing, write, anything))]
struct Api;

fn routes() -> GuardedRouter {
    let service = service_fn(|_: Request| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
    GuardedRouter::new()
        .route("/health", get(health))
        .route("/hello", get(hello).head(strict_hello))
        .nest("/orgs/{id}", GuardedRouter::new().route("/billing", get(billing)))
        .route("/files/{*rest}", post(write))
        .route("/any/{*rest}", any(anything))
        .fallback(undocumented)
        .public_service("/docs", "documentation", service)
}

fn document() -> Value {
    serde_json::to_value(routes().openapi(Api::openapi()).unwrap()).unwrap()
}

#[test]
fn every_operation_states_its_guard() {
    let document = document();
    let bearer = |scopes: &[&str]| json!([{ "bearer": scopes }]);
    for (path, method, security, answers, description) in [
        ("/health", "get", json!([]), &["200"][..], "Access: everybody."),
        (
            "/hello",
            "get",
            json!([{}, { "bearer": [] }]),
            &["200", "503"],
            "Access: everyone; with an access token, as its user.",
        ),
        (
            "/hello",
            "head",
            json!([{}, { "bearer": [] }]),
            &["200", "400", "401", "503"],
            "Access: everyone; with an access token, as its user.",
        ),
        (
            "/orgs/{org_id}/billing",
            "get",
            bearer(&["billing:read"]),
            &["200", "400", "401", "403", "503"],
            "What the bill is.\n\nAccess: an access token, with membership in the organization given by `org_id`, and \
             (role `Admin` or one above it and (permission `a` or not a verified email address)), and \
             (scope `billing:read` and (scope `a` or scope `b`)).",
        ),
        (
            "/files/{rest}",
            "post",
            bearer(&[]),
            &["201", "400", "401", "404", "503"],
            "Access: an access token, with a check specific to this operation.",
        ),
        ("/any/{*tail}", "put", bearer(&[]), &["200", "400", "401", "503"], "Access: an access token."),
    ] {
        let operation = &document["paths"][path][method];
        assert_eq!(operation["security"], security, "{method} {path}");
        assert_eq!(operation["description"], description, "{method} {path}");
        let found: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
        assert_eq!(found, answers, "{method} {path}");
    }
    assert!(!document.to_string().contains("secret_rule"));
}

#[test]
fn responses_of_guards_are_added_and_described_ones_stay() {
    let document = document();
    let answers = &document["paths"]["/orgs/{org_id}/billing"]["get"]["responses"];
    let schema = &answers["401"]["content"]["application/problem+json"]["schema"];
    assert_eq!(schema["$ref"], "#/components/schemas/AuthProblem");
    assert_eq!(answers["403"]["description"], "mine");
    // Beside the form that is described, the guard answers in its own.
    assert!(answers["403"]["content"].get("application/problem+json").is_some());
    let problem = &document["components"]["schemas"]["AuthProblem"];
    assert_eq!(problem["required"], json!(["title", "status", "detail"]));
    assert_eq!(problem["properties"]["status"]["type"], "integer");
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(*schemes, json!({ "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } }));
}

#[test]
fn other_security_schemes_are_alternatives() {
    let url = "https://issuer.test/.well-known/openid-configuration";
    let document = Documentation::new().open_id_connect(url).write(&routes(), Api::openapi()).unwrap();
    let document = serde_json::to_value(document).unwrap();
    let scheme = &document["components"]["securitySchemes"]["openIdConnect"];
    assert_eq!(*scheme, json!({ "type": "openIdConnect", "openIdConnectUrl": url }));
    let security = &document["paths"]["/orgs/{org_id}/billing"]["get"]["security"];
    assert_eq!(*security, json!([{ "bearer": ["billing:read"] }, { "openIdConnect": ["billing:read"] }]));
    assert_eq!(document["paths"]["/health"]["get"]["security"], json!([]));
}

#[test]
fn operations_and_routes_without_a_counterpart_are_named() {
    let fewer = GuardedRouter::<()>::new()
        .route("/health", post(health))
        .route("/hello", get(hello))
        .route("/files/{*rest}", post(write))
        .route("/any/{*rest}", get(anything))
        .route("/hidden", get(undocumented).post(undocumented))
        // OpenAPI has no such method.
        .route("/tunnel", connect(undocumented))
        .route("/metrics", get(undocumented));
    let error = fewer.openapi(Api::openapi()).err().unwrap();
    assert_eq!(error.unmounted(), ["GET /health", "GET /orgs/{org_id}/billing", "PUT /any/{*tail}"]);
    assert!(error.undocumented().is_empty());
    let strict = Documentation::new().every_route().except("/metrics");
    let error = strict.write(&fewer, Api::openapi()).err().unwrap();
    assert_eq!(error.undocumented(), ["GET /any/{*rest}", "POST /health", "GET /hidden", "POST /hidden"]);
    let text = error.to_string();
    assert!(
        text.starts_with("the OpenAPI document and the routes disagree:\n- GET /health: documented, but not mounted\n")
    );
    assert!(text.ends_with("\n- POST /hidden: mounted, but not documented"));
    let error = strict.write(&routes().route("/hidden", get(undocumented)), Api::openapi()).err().unwrap();
    assert_eq!(error.undocumented(), ["GET /hidden"]);
    // Fallbacks and public services need no documentation.
    assert!(strict.write(&routes(), Api::openapi()).is_ok());
}

#[test]
fn path_parameters_are_documented_with_guards_above_and_below() {
    let document = document();
    let parameter = |path: &str, method: &str| document["paths"][path][method]["parameters"][0]["name"].clone();
    assert_eq!(parameter("/orgs/{org_id}/billing", "get"), "org_id");
    assert_eq!(parameter("/files/{rest}", "post"), "rest");
}

#[test]
fn a_schema_of_the_author_with_the_name_of_ours_stays() {
    let mut document = Api::openapi();
    let own = utoipa::openapi::schema::Object::new();
    document.components.get_or_insert_default().schemas.insert("AuthProblem".to_owned(), own.into());
    let document = serde_json::to_value(routes().openapi(document).unwrap()).unwrap();
    assert_eq!(document["components"]["schemas"]["AuthProblem"].get("required"), None);
}
