//! Requests in unusual forms: other spellings of a path, other methods, versions and forms of a URI, and headers with
//! which some servers choose another route. None of them reaches what is behind a guard, and the body is not read.

use auth_runtime::routing::{any, get};
use auth_runtime::testing::TestIssuer;
use auth_runtime::{Algorithm, GuardedRouter, ObserveLayer, Verifier, require_user};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Uri, Version, header};
use axum::{Router, routing as plain};

use crate::support::{Entered, send, watched};

const RESOURCE: &str = "https://api.test/mcp";

#[require_user(scope("admin"))]
struct Admin;

#[require_user(scope("admin"))]
async fn handler(State(entered): State<Entered>, body: String) {
    drop(body);
    entered.enter();
}

fn service<S: Clone + Send + Sync + 'static>(entered: &Entered) -> plain::MethodRouter<S> {
    let entered = entered.clone();
    plain::any(move |_: String| {
        entered.enter();
        async {}
    })
}

fn app(verifier: Verifier, entered: &Entered) -> Router {
    let mounted = Router::new().route("/x", service(entered)).fallback_service(service(entered));
    let area = GuardedRouter::new()
        .route("/", get(handler))
        .route("/jobs", get(handler).post(handler))
        .route("/jobs/{id}", any(handler))
        .fallback(handler)
        .require::<Admin>();
    GuardedRouter::new()
        .route("/jobs", get(handler))
        .nest("/area", area)
        .guarded_service::<Admin>("/mcp", service(entered))
        .guarded_service::<Admin>("/files/{*path}", service(entered))
        .guarded_router::<Admin>("/mounted", mounted)
        .guarded_fallback::<Admin>(service(entered))
        .with_state(entered.clone())
        .protected_resource(RESOURCE)
        .layer(ObserveLayer::new(|_| {}))
        .guarded_by(verifier)
        .into_router()
}

const PATHS: [&str; 36] = [
    "/jobs",
    "/jobs/",
    "//jobs",
    "/jobs//",
    "/jobs?",
    "/jobs?x=/jobs",
    "/%6aobs",
    "/jobs%2f",
    "/jobs%00",
    "/jobs;a=b",
    "/JOBS",
    "/./jobs",
    "/x/../jobs",
    "/%2e/jobs",
    "/",
    "*",
    "/area",
    "/area/",
    "/area//",
    "/area/jobs",
    "/area//jobs",
    "/area/jobs/",
    "/area/jobs/1",
    "/area/jobs/%2f",
    "/area%2fjobs",
    "/area/../jobs",
    "/area/none",
    "/area/none/..",
    "/mcp",
    "/mcp/",
    "/mcp?a",
    "/files/a",
    "/files//a",
    "/files/../mcp",
    "/mounted/x",
    "/mounted",
];

const METHODS: [&str; 11] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "get", "X-UNUSUAL"];

const HEADERS: [&[(&str, &str)]; 5] = [
    &[],
    &[
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AA=="),
    ],
    &[("x-http-method-override", "GET"), ("x-original-url", "/public"), ("x-rewrite-url", "/public")],
    &[("host", "admin.test"), ("forwarded", "for=127.0.0.1"), ("x-forwarded-for", "127.0.0.1"), ("x-user-id", "ada")],
    &[("accept", "text/event-stream"), ("expect", "100-continue"), ("content-type", "application/grpc")],
];

#[tokio::test]
async fn no_form_of_a_request_reaches_what_is_behind_a_guard() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let verifier = Verifier::new(issuer.issuer().audiences(["https://api.test", RESOURCE])).await.unwrap();
    let entered = Entered::default();
    let app = app(verifier, &entered);
    let (user, admin) = (issuer.token().user("ada").build(), issuer.token().user("ada").scope("admin").build());
    let mut reached = 0;
    for (path, method, headers) in product() {
        for (version, origin) in [(Version::HTTP_10, ""), (Version::HTTP_11, "http://api.test"), (Version::HTTP_2, "")]
        {
            let Ok(uri) = format!("{origin}{path}").parse::<Uri>() else { continue };
            for (token, refused) in [(None, 401), (Some(&user), 403)] {
                let (body, is_read) = watched("{}");
                let answer = send(&app, request(&uri, method, version, headers, token, body)).await;
                let asked = format!("{version:?} {method} {uri} {headers:?} {answer:?}");
                match answer.status.as_u16() {
                    // A path with a dot segment, for a service.
                    400 => assert!(path.contains("/.") || path.contains("%2e"), "{asked}"),
                    // axum's own response, outside the area.
                    405 => assert!(path.starts_with("/jobs"), "{asked}"),
                    status => assert_eq!(status, refused, "{asked}"),
                }
                assert!(!is_read.load(std::sync::atomic::Ordering::SeqCst), "{asked}");
                assert_eq!(entered.count(), reached, "{asked}");
            }
            // The same request, by a user who may.
            send(&app, request(&uri, method, version, headers, Some(&admin), Body::empty())).await;
            reached = entered.count();
        }
    }
    assert!(reached > 1000, "{reached}");
}

fn product() -> impl Iterator<Item = (&'static str, &'static str, &'static [(&'static str, &'static str)])> {
    let with_methods = PATHS.into_iter().flat_map(|path| METHODS.map(|method| (path, method)));
    with_methods.flat_map(|(path, method)| HEADERS.map(|headers| (path, method, headers)))
}

fn request(
    uri: &Uri,
    method: &str,
    version: Version,
    headers: &[(&str, &str)],
    token: Option<&String>,
    body: Body,
) -> Request {
    let mut request = Request::builder().uri(uri.clone()).method(Method::from_bytes(method.as_bytes()).unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.version(version).body(body).unwrap()
}
