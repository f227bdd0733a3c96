//! Panics in application code, and canceled requests: no handler runs, and the next request is not affected.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use auth_runtime::testing::TestIssuer;
use auth_runtime::{AsOrgId, ClaimMapping, Denied, GuardedRouter, Identity, OrgMember, Verifier};
use auth_runtime::{optional_user, require_org, require_user, routing};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;

use crate::support::{Entered, get_with, get_without};

/// Counts what the application's own code does.
#[derive(Clone, Default)]
struct Counts {
    entered: Entered,
    started: Arc<AtomicUsize>,
    finished: Arc<AtomicUsize>,
}

/// An organization id whose conversion panics for some requests.
#[derive(serde::Deserialize)]
struct OrgId(String);

impl AsOrgId for OrgId {
    fn as_org_id(&self) -> std::borrow::Cow<'_, str> {
        assert_ne!(self.0, "boom", "on purpose");
        self.0.as_str().into()
    }
}

/// Waits, and panics if the request asks for it.
struct Tenant(String);

impl<S: Send + Sync> FromRequestParts<S> for Tenant {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Yields(3).await;
        let tenant = parts.headers.get("x-tenant").ok_or(StatusCode::BAD_REQUEST)?;
        assert_ne!(tenant, "boom", "on purpose");
        Ok(Self(tenant.to_str().map_err(|_| StatusCode::BAD_REQUEST)?.to_owned()))
    }
}

/// Pending for this many polls.
struct Yields(usize);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn patient(counts: &Counts, what: &str) -> bool {
    counts.started.fetch_add(1, Ordering::SeqCst);
    Yields(4).await;
    assert_ne!(what, "boom", "on purpose");
    counts.finished.fetch_add(1, Ordering::SeqCst);
    true
}

#[require_user(check = patient(&counts, &what).await)]
async fn checked(State(counts): State<Counts>, Path(what): Path<String>) -> String {
    counts.entered.enter();
    what
}

#[require_org(from = org)]
async fn named(State(counts): State<Counts>, Path(org): Path<OrgId>) -> String {
    counts.entered.enter();
    org.0
}

#[require_org(from = tenant.0, check = patient(&counts, "").await)]
async fn slow(State(counts): State<Counts>, tenant: Tenant, member: OrgMember, body: String) -> String {
    counts.entered.enter();
    drop(body);
    Yields(2).await;
    assert_eq!(tenant.0, member.id());
    tenant.0
}

#[require_user]
async fn plain(State(counts): State<Counts>) {
    counts.entered.enter();
}

#[optional_user]
async fn lenient(State(counts): State<Counts>) {
    counts.entered.enter();
}

fn on_denied(denied: &Denied, parts: &Parts) -> Response {
    assert!(!parts.headers.contains_key("x-boom"), "on purpose");
    denied.clone().into_response()
}

/// The application, with an issuer that has a custom mapping.
async fn app(issuer: &TestIssuer) -> (Router, Counts) {
    let trusted = issuer.issuer().claim_mapping(ClaimMapping::none()).map_identity(|claims, _| {
        assert!(!claims.contains_key("boom"), "on purpose");
        Some(Identity::new(claims["sub"].as_str()?).org(auth_runtime::Membership::new("acme", "Member")))
    });
    let builder = Verifier::builder().issuer(trusted).on_denied(on_denied);
    let counts = Counts::default();
    let app = GuardedRouter::new()
        .route("/checked/{what}", routing::get(checked))
        .route("/named/{org}", routing::get(named))
        .route("/slow", routing::post(slow))
        .route("/plain", routing::get(plain))
        .route("/lenient", routing::get(lenient))
        .guarded_by(builder.build().await.unwrap())
        .with_state(counts.clone())
        .into_router();
    (app, counts)
}

fn request(uri: &str, token: &str, more: Option<(&'static str, &str)>) -> Request<Body> {
    let mut request = Request::get(uri).header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some((name, value)) = more {
        request = request.header(name, value);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn after_a_panic_no_handler_runs_and_later_requests_work() {
    let issuer = TestIssuer::with_algorithm(auth_runtime::Algorithm::EdDSA);
    let (app, counts) = app(&issuer).await;
    let good = issuer.token().user("ada").build();
    let booming = issuer.token().user("ada").claim("boom", true).build();
    let slow = |tenant: &'static str| {
        let mut request = request("/slow", &good, Some(("x-tenant", tenant)));
        *request.method_mut() = axum::http::Method::POST;
        request
    };
    let mut boom = Vec::new();
    for _ in 0..50 {
        boom.push(("check", request("/checked/boom", &good, None)));
        boom.push(("mapping", request("/plain", &booming, None)));
        boom.push(("mapping, anonymous allowed", request("/lenient", &booming, None)));
        boom.push(("on_denied", request("/plain", "bad", Some(("x-boom", "1")))));
        boom.push(("as_org_id", request("/named/boom", &good, None)));
        boom.push(("from", slow("boom")));
    }
    let number = boom.len();
    for (case, request) in boom {
        let panicked = tokio::spawn(app.clone().oneshot(request)).await;
        assert!(panicked.is_err_and(|error| error.is_panic()), "{case}");
        assert_eq!(counts.entered.count(), 0, "{case}");
    }
    for uri in ["/checked/x", "/plain", "/lenient", "/named/acme"] {
        assert_eq!(get_with(&app, uri, &good).await.status, 200, "{uri}");
    }
    assert_eq!(app.clone().oneshot(slow("acme")).await.unwrap().status(), 200);
    assert_eq!(get_with(&app, "/plain", "bad").await.status, 401);
    assert_eq!(get_with(&app, "/named/zeta", &good).await.status, 403);
    assert_eq!(get_without(&app, "/plain").await.status, 401);
    println!("{number} panics, {} handlers entered after them", counts.entered.count());
    assert_eq!(counts.entered.count(), 5);
}

/// For each number of polls until the response, drops a request after that many polls. A complete request follows each
/// time.
#[tokio::test]
async fn a_request_canceled_at_any_await_leaves_no_partial_state() {
    let issuer = TestIssuer::with_algorithm(auth_runtime::Algorithm::EdDSA);
    let (app, counts) = app(&issuer).await;
    let whole = |token: &str| {
        let body = futures_util::stream::unfold(0, |sent| async move {
            Yields(1).await;
            (sent < 3).then_some((Ok::<_, std::convert::Infallible>("part"), sent + 1))
        });
        Request::post("/slow")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header("x-tenant", "acme")
            .body(Body::from_stream(body))
            .unwrap()
    };
    let mut context = Context::from_waker(Waker::noop());
    let mut given_up = 0;
    for polls in 0.. {
        // A new token each time, so that it is fully verified.
        let token = issuer.token().user("ada").claim("jti", polls).build();
        let before = (counts.entered.count(), counts.finished.load(Ordering::SeqCst));
        let answered = {
            let mut answering = pin!(app.clone().oneshot(whole(&token)));
            (0..polls).find_map(|_| match answering.as_mut().poll(&mut context) {
                Poll::Ready(response) => Some(response.unwrap().status()),
                Poll::Pending => None,
            })
        };
        let entered = counts.entered.count() - before.0;
        let finished = counts.finished.load(Ordering::SeqCst) - before.1;
        assert!(entered <= finished, "a handler was entered whose check had not answered, after {polls} polls");
        // The same token still works, and so do other requests.
        assert_eq!(app.clone().oneshot(whole(&token)).await.unwrap().status(), 200, "after {polls} polls");
        assert_eq!(get_without(&app, "/plain").await.status, 401);
        if let Some(status) = answered {
            assert_eq!(status, 200);
            break;
        }
        given_up += 1;
    }
    let (started, finished) = (counts.started.load(Ordering::SeqCst), counts.finished.load(Ordering::SeqCst));
    println!("given up after 0 to {} polls; {started} checks begun, {finished} ended", given_up - 1);
    assert!(given_up > 10 && started > finished);
}
