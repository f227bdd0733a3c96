//! Paths of requests for a service behind a policy. The service, or a server behind it, may read a path differently
//! from the router that has chosen the policy.

use auth_runtime::routing::get;
use auth_runtime::testing::TestIssuer;
use auth_runtime::{Algorithm, DenialReason, GuardedRouter, RequireLayer, require_org, require_user};
use axum::extract::{OriginalUri, Path, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::{Router, routing as plain};

use crate::support::{Answer, get_with, get_without};

#[require_user]
struct Member;

#[require_org(from = path("org_id"))]
struct InOrg;

/// A proxy, which passes the path on as it is.
fn proxy() -> plain::MethodRouter {
    plain::any(|OriginalUri(uri): OriginalUri| async move { format!("upstream {}", uri.path()) })
}

/// What a layer outside does to the URI, for example to remove the name of a version.
async fn without_version(mut request: Request, next: Next) -> Response {
    let path = request.uri().path().replace("/v1/", "/./");
    *request.uri_mut() = path.parse().unwrap();
    next.run(request).await
}

#[require_user]
async fn file(Path(path): Path<String>) -> String {
    format!("handler {path}")
}

async fn app(issuer: &TestIssuer) -> Router {
    let verifier = issuer.verifier().await;
    let nested = GuardedRouter::new().guarded_service::<Member>("/{*path}", proxy());
    let rewritten = GuardedRouter::new().guarded_service::<Member>("/rewritten/{*path}", proxy());
    let layered = Router::new().route("/layered/{*path}", proxy()).layer(RequireLayer::<Member>::new());
    GuardedRouter::new()
        .guarded_service::<InOrg>("/orgs/{org_id}/reports/{*path}", proxy())
        .guarded_router::<Member>("/mounted", Router::new().route("/{*path}", proxy()))
        .guarded_fallback::<Member>(proxy())
        .nest("/nested", nested)
        .merge(rewritten.layer(from_fn(without_version)))
        .public_router("it has its own guard", layered)
        .route("/handler/{*path}", get(file))
        .guarded_by(verifier)
        .into_router()
}

fn is_refused(answer: &Answer) -> bool {
    (answer.status.as_u16(), answer.denied) == (400, Some(DenialReason::DotSegment))
}

#[tokio::test]
async fn no_service_gets_a_path_that_leads_to_another_policy() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let app = app(&issuer).await;
    let token = issuer.token().user("ada").org("acme", "Member").build();
    for below in ["/orgs/acme/reports", "/mounted", "/nested", "/layered", "/no/route"] {
        for rest in ["../../globex/reports/x", "x/..", "./x", "%2e%2E/x", "x%2f../y", "..;a/x", "..\\x"] {
            let path = format!("{below}/{rest}");
            // Some of these characters are no URI, and the server refuses them.
            if path.parse::<axum::http::Uri>().is_ok() {
                let answer = get_with(&app, &path, &token).await;
                assert!(is_refused(&answer), "{path}: {answer:?}");
                assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
                assert_ne!(get_without(&app, &path).await.status, 200, "{path}");
            }
        }
        for rest in ["x", "a.b", "...", ".well-known/x", "a..b", "%2e%2e%2e", "x//y", "x?to=../y"] {
            let path = format!("{below}/{rest}");
            let answer = get_with(&app, &path, &token).await;
            let expected = format!("upstream {}", path.split('?').next().unwrap());
            assert_eq!((answer.status.as_u16(), answer.body), (200, expected), "{path}");
            assert_eq!(get_without(&app, &path).await.status, 401, "{path}");
        }
    }
    // A layer may write such a path, too.
    assert_eq!(get_with(&app, "/rewritten/v2/x", &token).await.status, 200);
    assert!(is_refused(&get_with(&app, "/rewritten/v1/x", &token).await));
    // A handler gets the value that axum has read, and nothing is passed on.
    assert_eq!(get_with(&app, "/handler/../x", &token).await.body, "handler ../x");
}
