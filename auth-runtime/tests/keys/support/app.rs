//! A guarded route with a verifier, and its responses.

use auth_runtime::testing::TestClock;
use auth_runtime::{ConfigError, GuardedRouter, Issuer, Verifier, VerifierBuilder, require_user, routing};
use axum::body::Body;
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::events;

#[require_user]
async fn handler() -> &'static str {
    "in"
}

/// A guarded route.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) verifier: Verifier,
    router: axum::Router,
}

/// Status and `Retry-After`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<u64>,
}

impl App {
    pub(crate) fn of(verifier: Verifier) -> Self {
        let routes = GuardedRouter::new().route("/", routing::get(handler)).readiness("/ready");
        let router = routes.guarded_by(verifier.clone());
        Self { verifier, router: router.into_router() }
    }

    pub(crate) async fn ask(&self, token: &str) -> Answered {
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
        Answered { status: response.status(), retry_after }
    }

    /// The status of the readiness probe.
    pub(crate) async fn readiness(&self) -> u16 {
        let request = Request::get("/ready").body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.ask(token).await.status.as_u16()
    }
}

fn builder(clock: &TestClock) -> VerifierBuilder {
    assert!(events::begin(), "another subscriber is set");
    Verifier::builder().clock(clock.clone())
}

pub(crate) async fn try_verifier(clock: &TestClock, issuer: Issuer) -> Result<App, ConfigError> {
    builder(clock).issuer(issuer).build().await.map(App::of)
}

/// An app whose verifier can be built.
pub(crate) async fn verifier(clock: &TestClock, issuer: Issuer) -> App {
    try_verifier(clock, issuer).await.unwrap()
}

/// An app whose verifier has these settings.
pub(crate) async fn verifier_of(clock: &TestClock, tell: impl FnOnce(VerifierBuilder) -> VerifierBuilder) -> App {
    App::of(tell(builder(clock)).build().await.unwrap())
}
