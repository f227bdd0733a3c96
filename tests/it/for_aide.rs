//! Guarded handlers in the routers and documents of `aide`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, get_with, post};
use aide::openapi::OpenApi;
use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    Claims, Loaded, OrgMember, Require, User, Verified, optional_user, public, require_org, require_permission,
    require_user,
};
use axum::extract::{Json, Path, State};
use serde_json::{Value, json};

use crate::support::{get_with as ask_with, get_without};

#[require_user]
async fn me(user: User, verified: Verified, claims: Claims<Value>) -> String {
    drop((verified, claims));
    user.id().to_owned()
}

#[require_user]
async fn nothing() {}

#[optional_user]
async fn hello(user: Option<User>) -> String {
    user.map_or_else(String::new, |user| user.id().to_owned())
}

#[public(reason = "open")]
async fn open() {}

#[require_permission(scope("read") && scope("write"))]
#[require_org(role >= "Admin", from = org_id)]
async fn billing(State(()): State<()>, Path(org_id): Path<String>, org: OrgMember) -> String {
    assert_eq!(org_id, org.id());
    org_id
}

#[require_org(from = org_id, load = Some(id), deny = not_found)]
#[require_user(check = id > 0)]
async fn item(Path((org_id, id)): Path<(String, u32)>, Loaded(found): Loaded<u32>, Json(body): Json<String>) -> String {
    format!("{org_id} {id} {found} {body}")
}

#[require_user(scope("admin"))]
struct Admin;

fn router() -> ApiRouter {
    ApiRouter::new()
        .api_route("/me", get_with(me, |operation| operation.summary("Who I am").description("My id.")))
        .api_route("/nothing", get(nothing))
        .api_route("/hello", get(hello))
        .api_route("/open", get(open))
        .api_route("/orgs/{org_id}/billing", get(billing))
        .api_route("/orgs/{org_id}/items/{id}", post(item))
        .api_route("/admin", get(|admin: Require<Admin>| async move { admin.user().id().to_owned() }))
}

fn document() -> Value {
    aide::generate::infer_responses(true);
    let mut document = OpenApi::default();
    let _: axum::Router = router().finish_api(&mut document);
    serde_json::to_value(document).unwrap()
}

#[test]
fn documents_of_aide_state_the_guards() {
    let document = document();
    for (method, path, security, answers, access) in [
        // A description that the program sets replaces the sentence.
        ("get", "/me", json!([{ "bearer": [] }]), &["400", "401", "503"][..], "My id."),
        ("get", "/nothing", json!([{ "bearer": [] }]), &["400", "401", "503"], "Access: an access token."),
        ("get", "/hello", json!([{}, { "bearer": [] }]), &["503"], "everyone; with an access token, as its user"),
        ("get", "/open", Value::Null, &[], "everybody"),
        (
            "get",
            "/orgs/{org_id}/billing",
            json!([{ "bearer": ["read", "write"] }]),
            &["400", "401", "403", "503"],
            "role `Admin`",
        ),
        (
            "post",
            "/orgs/{org_id}/items/{id}",
            json!([{ "bearer": [] }]),
            &["400", "401", "404", "503"],
            "given by `org_id`",
        ),
        ("get", "/admin", json!([{ "bearer": ["admin"] }]), &["400", "401", "403", "503"], "scope `admin`"),
    ] {
        let operation = &document["paths"][path][method];
        assert_eq!(operation.get("security").cloned().unwrap_or_default(), security, "{method} {path}");
        let description = operation["description"].as_str().unwrap();
        assert!(description.contains(access), "{method} {path}: {description}");
        let found = operation["responses"].as_object().unwrap();
        let refusals = found.iter().filter(|(_, answer)| answer["content"].get("application/problem+json").is_some());
        assert_eq!(refusals.map(|(status, _)| status).collect::<Vec<_>>(), answers, "{method} {path}");
    }
    let refused = &document["paths"]["/me"]["get"]["responses"]["401"];
    assert_eq!(refused["description"], "No valid access token");
    let refused = &refused["content"]["application/problem+json"]["schema"];
    assert_eq!(refused["required"], json!(["title", "status", "detail"]));
    assert_eq!(refused["properties"]["status"], json!({ "type": "integer" }));
    let item = &document["paths"]["/orgs/{org_id}/items/{id}"]["post"];
    assert!(item["requestBody"].is_object(), "other arguments are described too: {item}");
}

#[tokio::test]
async fn handlers_in_a_router_of_aide_are_guarded() {
    let issuer = TestIssuer::new();
    let app: axum::Router = router().finish_api(&mut OpenApi::default());
    let app = auth_runtime::GuardedRouter::new()
        .public_router("each handler has its own guard", app)
        .guarded_by(issuer.verifier().await)
        .into_router();
    let token = issuer.token().user("ada").org("acme", "Admin").scope("read").scope("write").build();
    for (path, without, with) in [
        ("/me", 401, 200),
        ("/nothing", 401, 200),
        ("/hello", 200, 200),
        ("/open", 200, 200),
        ("/orgs/acme/billing", 401, 200),
        ("/orgs/globex/billing", 401, 403),
        ("/admin", 401, 403),
    ] {
        assert_eq!(get_without(&app, path).await.status, without, "{path}");
        assert_eq!(ask_with(&app, path, &token).await.status, with, "{path}");
    }
}
