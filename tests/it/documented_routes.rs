//! `routes!`: guarded handlers that are mounted and documented in one line.

use auth_runtime::openapi::Documentation;
use auth_runtime::routing::{Routes, get};
use auth_runtime::testing::{TestIssuer, denial_matrix};
use auth_runtime::{
    Algorithm, GuardedRouter, OrgMember, optional_user, require_org, require_permission, require_user, routes,
};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Request, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use crate::support::{get_with, get_without, send};

mod posts {
    use super::*;

    #[derive(Serialize, ToSchema)]
    pub struct Post {
        author: Author,
    }

    #[derive(Serialize, ToSchema)]
    struct Author {
        role: Option<String>,
    }

    /// List posts
    #[utoipa::path(get, path = "/posts", responses((status = 200, body = [Post])))]
    #[require_org(role >= "Member", from = path("org_id"))]
    pub async fn list(State(who): State<&'static str>, org: OrgMember) -> Json<Vec<Post>> {
        assert_eq!(who, "state");
        Json(vec![Post { author: Author { role: org.role().map(str::to_owned) } }])
    }

    #[require_org(role >= "Admin", from = org_id)]
    #[require_permission(scope("posts:write"))]
    #[utoipa::path(post, path = "/posts", responses((status = 201)))]
    pub async fn create(Path(org_id): Path<String>) -> StatusCode {
        drop(org_id);
        StatusCode::CREATED
    }

    #[utoipa::path(method(put, patch), path = "/posts/{post}/{*rest}", responses((status = 200)))]
    #[require_org(role >= "Admin", from = path("org_id"))]
    pub async fn change() {}

    #[utoipa::path(get, path = "", responses((status = 200)))]
    #[require_user]
    pub async fn index() {}

    pub fn routes() -> GuardedRouter<&'static str> {
        let all = GuardedRouter::new().routes(routes!(list, create,)).routes(routes!(change));
        all.routes(routes!(index))
    }
}

mod elsewhere {
    use super::*;

    #[utoipa::path(delete, path = "/posts/all", responses((status = 204)))]
    #[require_user]
    pub async fn clear() {}
}

#[derive(OpenApi)]
#[openapi(info(title = "Posts"))]
struct Api;

fn all() -> GuardedRouter {
    GuardedRouter::new().nest("/orgs/{org_id}", posts::routes().with_state("state")).merge(
        // As in `utoipa`, the module is the tag.
        GuardedRouter::new().routes(routes!(elsewhere::clear)),
    )
}

fn document(router: &GuardedRouter) -> Value {
    let document = Documentation::new().every_route().write(router, Api::openapi()).unwrap();
    serde_json::to_value(document).unwrap()
}

#[test]
fn mounted_handlers_are_documented_with_their_prefixes_and_schemas() {
    let document = document(&all());
    let paths = document["paths"].as_object().unwrap();
    let mut found: Vec<_> = paths.iter().flat_map(|(path, item)| methods(path, item)).collect();
    found.sort();
    let expected = [
        "delete /posts/all",
        "get /orgs/{org_id}",
        "get /orgs/{org_id}/posts",
        "patch /orgs/{org_id}/posts/{post}/{rest}",
        "post /orgs/{org_id}/posts",
        "put /orgs/{org_id}/posts/{post}/{rest}",
    ];
    assert_eq!(found, expected);
    let list = &paths["/orgs/{org_id}/posts"]["get"];
    assert_eq!(list["summary"], "List posts");
    assert_eq!(list["security"], json!([{ "bearer": [] }]));
    assert_eq!(paths["/orgs/{org_id}/posts"]["post"]["security"], json!([{ "bearer": ["posts:write"] }]));
    let responses = |of: &Value| of["responses"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(responses(list), ["200", "400", "401", "403", "503"]);
    assert_eq!(paths["/posts/all"]["delete"]["tags"], json!(["elsewhere"]));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.keys().collect::<Vec<_>>(), ["AuthProblem", "Author", "Post"]);
}

fn methods(path: &str, item: &Value) -> Vec<String> {
    item.as_object().unwrap().keys().map(|method| format!("{method} {path}")).collect()
}

#[test]
fn every_parameter_of_a_path_is_described_once() {
    let document = document(&all());
    let names = |path: &str, method: &str| {
        let parameters = &document["paths"][path][method]["parameters"];
        let name = |parameter: &Value| {
            assert!(parameter["in"] == "path" && parameter["required"] == true, "{parameter}");
            assert_eq!(parameter["schema"], json!({ "type": "string" }), "{parameter}");
            parameter["name"].as_str().unwrap().to_owned()
        };
        parameters.as_array().map(|all| all.iter().map(name).collect::<Vec<_>>()).unwrap_or_default()
    };
    assert_eq!(names("/orgs/{org_id}/posts", "get"), ["org_id"]);
    assert_eq!(names("/orgs/{org_id}/posts", "post"), ["org_id"]);
    assert_eq!(names("/orgs/{org_id}/posts/{post}/{rest}", "put"), ["org_id", "post", "rest"]);
    assert_eq!(document["paths"]["/posts/all"]["delete"].get("parameters"), None);
}

#[test]
fn a_query_parameter_does_not_describe_the_parameter_of_the_path() {
    #[utoipa::path(get, path = "/list", params(("org_id" = String, Query)), responses((status = 200)))]
    #[require_user]
    async fn list() {}

    let document = document(&GuardedRouter::new().nest("/{org_id}", GuardedRouter::new().routes(routes!(list))));
    let parameters = document["paths"]["/{org_id}/list"]["get"]["parameters"].as_array().unwrap();
    assert_eq!(parameters.iter().map(|parameter| &parameter["in"]).collect::<Vec<_>>(), ["query", "path"]);
}

#[tokio::test]
async fn mounted_handlers_are_guarded_listed_and_tested_as_with_route() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let app = all().guarded_by(issuer.verifier().await).into_router();
    let admin = issuer.token().user("ada").org("acme", "Admin").scope("posts:write").build();
    let member = issuer.token().user("bob").org("acme", "Member").build();
    assert_eq!(get_without(&app, "/orgs/acme/posts").await.status, 401);
    let answer = get_with(&app, "/orgs/acme/posts", &member).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, r#"[{"author":{"role":"Member"}}]"#));
    assert_eq!(get_with(&app, "/orgs/acme", &member).await.status, 200);
    for (method, path, token, status) in [
        ("POST", "/orgs/acme/posts", &admin, 201),
        ("POST", "/orgs/acme/posts", &member, 403),
        ("PUT", "/orgs/acme/posts/1/a/b", &admin, 200),
        ("PATCH", "/orgs/acme/posts/1/a/b", &member, 403),
        ("DELETE", "/orgs/acme/posts/1/a/b", &admin, 405),
        ("DELETE", "/posts/all", &member, 200),
    ] {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    let table = all().table().to_string();
    for row in [
        "POST    /orgs/{org_id}/posts                 require_org(role >= \"Admin\", from = org_id)",
        "parameters: 5 unread, 0 unbound",
        "6 routes, 0 public",
    ] {
        assert!(table.contains(row), "{table}");
    }
    let report = denial_matrix(all(), &issuer).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.routes(), 6);
    let errors = all().account_for_parameters().build().unwrap_err().to_string();
    assert!(errors.contains("PUT /orgs/{org_id}/posts/{post}/{*rest}: no guard reads `{post}`"), "{errors}");
}

#[test]
fn an_operation_that_is_documented_twice_is_named() {
    #[utoipa::path(get, path = "/a/{id}", params(("id" = u64, Path)), responses((status = 200)))]
    #[require_user]
    async fn one() {}

    #[utoipa::path(get, path = "/a/{name}", params(("name" = u64, Path)), responses((status = 200)))]
    #[require_user]
    #[allow(dead_code, clippy::unused_async, reason = "only documented")]
    async fn other() {}

    #[derive(OpenApi)]
    #[openapi(paths(one))]
    struct WithOne;

    #[derive(OpenApi)]
    #[openapi(paths(one, other))]
    struct WithBoth;

    let by_routes: GuardedRouter = GuardedRouter::new().routes(routes!(one));
    let by_route = GuardedRouter::new().route("/a/{id}", get(one));
    for (router, document, twice) in [
        (&by_routes, Api::openapi(), &[][..]),
        (&by_route, WithOne::openapi(), &[]),
        (&by_routes, WithOne::openapi(), &["GET /a/{id}"]),
        (&by_route, WithBoth::openapi(), &["GET /a/{name}"]),
        (&by_routes, WithBoth::openapi(), &["GET /a/{id}", "GET /a/{name}"]),
    ] {
        match router.openapi(document) {
            Ok(_) => assert!(twice.is_empty()),
            Err(error) => {
                assert_eq!(error.twice(), twice);
                assert!(error.to_string().contains(&format!("\n- {}: documented twice", twice[0])), "{error}");
            }
        }
    }
}

#[test]
fn handlers_that_cannot_share_a_path_or_method_are_faults() {
    #[utoipa::path(get, path = "/posts", responses((status = 200)))]
    #[require_user]
    async fn list() {}

    #[utoipa::path(get, path = "/posts", responses((status = 200)))]
    #[require_user]
    async fn again() {}

    #[utoipa::path(get, path = "/others", responses((status = 200)))]
    #[require_user]
    async fn elsewhere() {}

    let faults = |routes: Routes| {
        let errors = GuardedRouter::new().routes(routes).build().unwrap_err();
        errors.faults().iter().map(|fault| (fault.path.clone(), fault.problem.clone())).collect::<Vec<_>>()
    };
    let expected = "`elsewhere` is documented at `/others`: use one `routes!` for each path";
    assert_eq!(faults(routes!(list, elsewhere)), [("/posts".to_owned(), expected.to_owned())]);
    let [(path, problem)] = &faults(routes!(list, again))[..] else { panic!() };
    assert_eq!(path, "/posts");
    assert!(problem.starts_with("two policies for one method and path"), "{problem}");
    assert!(GuardedRouter::<()>::new().routes(routes!(list)).routes(routes!(elsewhere)).build().is_ok());
}

#[test]
fn descriptions_join_the_conditions_of_all_attributes_and_routers() {
    #[utoipa::path(get, path = "/one", responses((status = 200)))]
    #[require_user(scope("a") || scope("b"))]
    async fn one() {}

    #[utoipa::path(get, path = "/two", responses((status = 200)))]
    #[require_user(scope("a") || scope("b"))]
    #[require_permission(scope("c"))]
    async fn two() {}

    #[utoipa::path(get, path = "/optional", responses((status = 200)))]
    #[optional_user]
    async fn optional() {}

    #[require_user]
    struct Member;

    let area = GuardedRouter::new().routes(routes!(optional)).require::<Member>();
    let document = document(&GuardedRouter::new().routes(routes!(one)).routes(routes!(two)).merge(area));
    for (path, access) in [
        ("/one", "Access: an access token, with scope `a` or scope `b`."),
        ("/two", "Access: an access token, with (scope `a` or scope `b`), and scope `c`."),
        ("/optional", "Access: an access token."),
    ] {
        assert_eq!(document["paths"][path]["get"]["description"], access, "{path}");
    }
}
