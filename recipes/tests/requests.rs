//! Requests to the recipes: one admitted and one refused request for each guard.

use std::path::Path;

use auth_runtime::testing::TestIssuer;
use auth_runtime::{AuthenticationError, Authenticator, GuardedRouter, Identity, TokenLocation, Verifier};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use recipes::grpc::Hello;
use recipes::{files, graphql, grpc, proxy, single_page};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tonic::Code;
use tonic::transport::Channel;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::ServiceExt as _;

/// One session, in the cookie that a browser keeps.
struct Sessions;

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let cookies = request.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        match cookies.flat_map(|value| value.split("; ")).find_map(|pair| pair.strip_prefix("session=")) {
            None => Ok(None),
            Some("of-ada") => Ok(Some(Identity::new("ada"))),
            Some(_) => Err(AuthenticationError::Invalid),
        }
    }
}

async fn app(routes: GuardedRouter, issuer: &TestIssuer) -> Router {
    let verifier = Verifier::builder()
        .issuer(issuer.issuer())
        .token_location(TokenLocation::authorization())
        .authenticator("sessions", Sessions)
        .identity_headers(["x-user-id", "x-org-id"]);
    routes.guarded_by(verifier.build().await.unwrap()).into_router()
}

async fn send(app: &Router, request: Request) -> (u16, String) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(app: &Router, path: &str, (name, value): (&str, &str)) -> (u16, String) {
    let request = Request::get(path).header(name, value).header("sec-fetch-site", "same-origin");
    send(app, request.body(Body::empty()).unwrap()).await
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

const NOBODY: (&str, &str) = ("x-nothing", "");

#[tokio::test]
async fn files_are_for_members_by_session_and_by_token() {
    let (issuer, folder) =
        (TestIssuer::new(), folder(&[("a.txt", "a"), ("deep/b.txt", "b"), ("../outside.txt", "no")]));
    let app = app(files::routes(folder.path()), &issuer).await;
    let token = format!("Bearer {}", issuer.token().build());
    let strange = format!("Bearer {}", issuer.token().signed_by_stranger().build());
    for (path, content) in [("/files/a.txt", "a"), ("/files/deep/b.txt", "b")] {
        for credential in [("authorization", token.as_str()), ("cookie", "session=of-ada")] {
            assert_eq!(get(&app, path, credential).await, (200, content.to_owned()), "{path}");
        }
        for credential in [NOBODY, ("authorization", strange.as_str()), ("cookie", "session=guessed")] {
            assert_eq!(get(&app, path, credential).await.0, 401, "{path} {credential:?}");
        }
    }
    // A stranger cannot find out which files exist, and a member cannot read files outside the folder.
    assert_eq!(get(&app, "/files/none", NOBODY).await.0, 401);
    assert_eq!(get(&app, "/files/none", ("authorization", &token)).await.0, 404);
    for path in ["/files/../outside.txt", "/files/%2e%2e/outside.txt", "/files/..%2foutside.txt"] {
        assert_ne!(get(&app, path, ("authorization", &token)).await.1, "no", "{path}");
    }
    assert!(files::routes(Path::new("x")).table().to_string().contains("Member"));
}

/// Another team's server: it responds with the headers and the URL that it got.
async fn upstream() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let echo = async |headers: HeaderMap, request: Request| format!("{} {headers:?}", request.uri());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(echo)).await });
    address
}

#[tokio::test]
async fn the_upstream_of_a_proxy_sees_who_calls_and_no_credential() {
    let issuer = TestIssuer::new();
    let address = upstream().await;
    let app = app(proxy::routes(address.to_string().parse().unwrap()), &issuer).await;
    let token = issuer.token().user("ada").org("acme", "Member").build();
    let path = "/orgs/acme/reports/2026?page=2";
    let request = Request::get(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::COOKIE, "session=of-ada")
        .header("x-user-id", "eve")
        .header("x-org-id", "globex")
        .header("accept", "text/plain");
    let (status, seen) = send(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(status, 200, "{seen}");
    for part in [
        "2026?page=2",
        "\"x-user-id\": \"ada\"",
        "\"x-org-id\": \"acme\"",
        "\"accept\": \"text/plain\"",
        &address.to_string(),
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    for part in [token.as_str(), "authorization", "cookie", "of-ada", "eve", "globex"] {
        assert!(!seen.contains(part), "{part}: {seen}");
    }
    assert_eq!(get(&app, path, NOBODY).await.0, 401);
    let bearer = format!("Bearer {token}");
    assert_eq!(get(&app, "/orgs/globex/reports/2026", ("authorization", &bearer)).await.0, 403);
}

#[tokio::test]
async fn each_resolver_of_graphql_asks_for_what_it_shows() {
    let issuer = TestIssuer::new();
    let app = app(graphql::routes(), &issuer).await;
    let ask = async |query: &str, token: Option<&str>| {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let request = match token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        let (status, body) = send(&app, request.body(Body::from(json!({ "query": query }).to_string())).unwrap()).await;
        (status, serde_json::from_str::<Value>(&body).unwrap_or_default())
    };
    let admin = issuer.token().user("ada").org("acme", "Admin").build();
    let query = r#"{ me invoices(orgId: "acme") }"#;
    let answer = ask(query, Some(&admin)).await;
    assert_eq!(answer, (200, json!({ "data": { "me": "ada", "invoices": ["invoice of acme"] } })));
    assert_eq!(ask(query, None).await.0, 401);
    // The resolver refuses, without a reason.
    let member = issuer.token().user("bob").org("acme", "Member").build();
    for (query, token) in [(query, &member), (r#"{ invoices(orgId: "globex") }"#, &admin)] {
        let (status, answer) = ask(query, Some(token)).await;
        assert_eq!((status, &answer["errors"][0]["message"]), (200, &json!("forbidden")));
        assert!(!answer.to_string().contains("invoice of") && !answer.to_string().contains("Member"), "{answer}");
    }
    assert_eq!(ask("{ me }", Some(&member)).await.1, json!({ "data": { "me": "bob" } }));
}

#[tokio::test]
async fn a_grpc_call_is_refused_and_admitted_and_health_is_open() {
    let issuer = TestIssuer::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let services = grpc::services(issuer.verifier().await).await;
    let server = tonic::transport::Server::builder().add_routes(services);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let call = async |method: &'static str, token: Option<String>| {
        let mut client = tonic::client::Grpc::new(channel.clone());
        client.ready().await.unwrap();
        let mut request = tonic::Request::new(Hello { name: "bob".to_owned() });
        if let Some(token) = token {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let path = axum::http::uri::PathAndQuery::from_static(method);
        let answer = client.unary(request, path, tonic_prost::ProstCodec::<Hello, Hello>::default()).await;
        answer.map(|answer| answer.into_inner().name).map_err(|status| status.code())
    };
    let token = |scope: &str| Some(issuer.token().user("ada").scope(scope).build());
    let greet = "/greeter.Greeter/Greet";
    assert_eq!(call(greet, token("greet")).await, Ok("ada greets bob".to_owned()));
    assert_eq!(call(greet, None).await, Err(Code::Unauthenticated));
    assert_eq!(call(greet, Some(issuer.token().expired().build())).await, Err(Code::Unauthenticated));
    assert_eq!(call(greet, token("other")).await, Err(Code::PermissionDenied));
    // A stranger cannot find out which methods exist.
    assert_eq!(call("/greeter.Greeter/None", None).await, Err(Code::Unauthenticated));
    assert_eq!(call("/greeter.Greeter/None", token("greet")).await, Err(Code::Unimplemented));
    let request = HealthCheckRequest { service: "greeter.Greeter".to_owned() };
    let health = HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner();
    assert_eq!(health.status().as_str_name(), "SERVING");
}

#[tokio::test]
async fn a_single_page_application_has_a_public_shell_and_a_guarded_api() {
    let (issuer, folder) = (TestIssuer::new(), folder(&[("index.html", "shell"), ("app.js", "script")]));
    let app_with = async |routes| app(routes, &issuer).await;
    let token = format!("Bearer {}", issuer.token().user("ada").build());
    let public = app_with(single_page::routes(folder.path())).await;
    for (path, anonymous, member) in [
        ("/", (200, "shell"), (200, "shell")),
        ("/app.js", (200, "script"), (200, "script")),
        ("/invoices/7", (200, "shell"), (200, "shell")),
        ("/api/me", (401, ""), (200, "ada")),
        // The shell is not sent, because a client of the API would treat it as a result.
        ("/api/none", (401, ""), (404, "")),
    ] {
        for (credential, (status, body)) in [(NOBODY, anonymous), (("authorization", token.as_str()), member)] {
            let answer = get(&public, path, credential).await;
            assert_eq!(answer.0, status, "{path} {answer:?}");
            assert!(body.is_empty() || answer.1 == body, "{path} {answer:?}");
        }
    }
    let closed = app_with(single_page::for_members(folder.path())).await;
    for path in ["/", "/app.js", "/invoices/7"] {
        assert_eq!(get(&closed, path, NOBODY).await.0, 401, "{path}");
        assert_eq!(get(&closed, path, ("authorization", &token)).await.0, 200, "{path}");
        assert_eq!(get(&closed, path, ("cookie", "session=of-ada")).await.0, 200, "{path}");
    }
}

/// The code in docs/recipes.md is the code that the tests above ran.
#[test]
fn the_documentation_shows_these_programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = ["files", "proxy", "graphql", "grpc", "single_page"]
        .map(|name| std::fs::read_to_string(root.join(format!("src/{name}.rs"))).unwrap())
        .concat();
    let document = std::fs::read_to_string(root.join("../docs/recipes.md")).unwrap();
    let blocks: Vec<_> =
        document.split("```rust,ignore\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 5);
    for part in blocks.iter().flat_map(|block| block.split("// ..\n")) {
        assert!(sources.contains(part.trim()), "no recipe has this text:\n{part}");
    }
}
