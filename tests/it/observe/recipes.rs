//! The recipes of docs/observing.md, with a real router.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    Algorithm, GuardedRouter, Issuer, ObserveLayer, Observed, User, Verifier, require_org, require_user, routing,
};
use auth_test_support::{Counters, Entry, Listener};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use serde_json::{Value, json};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{NOW, Signer, clock, get_with, get_without, send};

fn access_log(seen: &Observed<'_>) {
    tracing::info!(
        method = %seen.method(),
        route = seen.route(),
        status = seen.status().map(|status| status.as_u16()),
        ms = seen.elapsed().as_millis(),
        outcome = seen.outcome().as_str(),
        policy = seen.policy().as_deref(),
        user = seen.user().as_deref(),
        issuer = seen.issuer().as_deref(),
        org = seen.org().as_deref(),
        reason = seen.denied().map(|denied| denied.reason().as_str()),
        "request"
    );
}

#[require_org(role >= "Owner", audit, from = org_id)]
async fn delete_org(Path(org_id): Path<String>) {
    drop(org_id);
}

#[tokio::test]
async fn an_access_log_names_the_user_the_organization_and_the_policy() {
    let issuer = TestIssuer::new();
    let app = GuardedRouter::new()
        .route("/orgs/{org_id}", routing::delete(delete_org))
        .guarded_by(issuer.verifier().await)
        .layer(ObserveLayer::new(access_log))
        .into_router();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let hear = {
        let lines = Arc::clone(&lines);
        move |entry: Entry| {
            let fields = ["route", "status", "outcome", "policy", "user", "issuer", "org", "reason"];
            let of = |name: &str| entry.field(name).unwrap_or("-").to_owned();
            if entry.field("ms").is_some() {
                lines.lock().unwrap().push(fields.map(of).join(" "));
            }
        }
    };
    let _logged = tracing::subscriber::set_default(Listener::new(|_| true, hear));
    let delete = |token: Option<String>| {
        let request = axum::http::Request::delete("/orgs/acme?token=in-a-query");
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        send(&app, request.body(Body::empty()).unwrap())
    };
    delete(Some(issuer.token().user("ada").org("acme", "Owner").build())).await;
    delete(Some(issuer.token().user("bob").org("acme", "Member").build())).await;
    delete(None).await;
    let begin = |status, outcome| {
        let policy = r#""require_org(role >= \"Owner\", audit, from = org_id)""#;
        format!(r#""/orgs/{{org_id}}" {status} "{outcome}" {policy}"#)
    };
    assert_eq!(
        *lines.lock().unwrap(),
        [
            format!(r#"{} "ada" "https://issuer.test" "acme" -"#, begin(200, "admitted")),
            format!(r#"{} "bob" "https://issuer.test" "acme" "condition""#, begin(403, "refused")),
            format!(r#"{} - - - "no_credentials""#, begin(401, "refused")),
        ]
    );
}

#[tokio::test]
async fn an_audit_has_a_line_for_each_decision_and_a_full_queue_refuses() {
    let issuer = TestIssuer::new();
    let (queue, lines) = std::sync::mpsc::sync_channel(2);
    let audit = ObserveLayer::audit(move |entry| {
        let decision = entry.decision();
        let line = json!({
            "route": entry.route(),
            "policy": decision.policy(),
            "outcome": decision.outcome().as_str(),
            "user": decision.user(),
            "issuer": decision.issuer(),
            "credential": entry.credential(),
            "actor": entry.actor(),
            "org": decision.org(),
        });
        queue.try_send(line.to_string()).map_err(|_| "the queue is full")
    });
    let routes = GuardedRouter::new().route("/orgs/{org_id}", routing::delete(delete_org));
    let app = routes.guarded_by(issuer.verifier().await).layer(audit).into_router();
    let mut statuses = Vec::new();
    for role in ["Owner", "Member", "Owner"] {
        let token = issuer.token().user("ada").org("acme", role).build();
        let request = axum::http::Request::delete("/orgs/acme").header("authorization", format!("Bearer {token}"));
        statuses.push(send(&app, request.body(Body::empty()).unwrap()).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 403, 503]);
    let lines: Vec<Value> = lines.try_iter().map(|line: String| serde_json::from_str(&line).unwrap()).collect();
    let of = |line: &Value| ["outcome", "user", "issuer", "org"].map(|name| line[name].as_str().unwrap().to_owned());
    assert_eq!(
        lines.iter().map(of).collect::<Vec<_>>(),
        [["admitted", "ada", "https://issuer.test", "acme"], ["refused", "ada", "https://issuer.test", "acme"]]
    );
}

#[require_user]
pub struct Member;

#[require_user(scope("write"))]
async fn write() {}

#[require_user]
async fn read() {}

/// An id is unique only within its issuer.
type Limiter = DefaultKeyedRateLimiter<(String, String)>;

async fn limit(
    State(limiter): State<Arc<Limiter>>,
    user: User,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let (issuer, id) = user.key();
    limiter.check_key(&(issuer.to_owned(), id.to_owned())).map_err(|_| StatusCode::TOO_MANY_REQUESTS)?;
    Ok(next.run(request).await)
}

#[tokio::test]
async fn a_limit_counts_each_verified_user_and_no_stranger() {
    let (one, other) = (Signer::new(Algorithm::EdDSA, "a"), Signer::new(Algorithm::EdDSA, "b"));
    let issuer = |iss: &str, signer: &Signer| Issuer::jwks(iss, "api", json!({ "keys": [signer.jwk()] }).to_string());
    let builder = Verifier::builder().issuer(issuer("https://a.test", &one)).issuer(issuer("https://b.test", &other));
    let verifier = builder.clock(clock(NOW)).build().await.unwrap();
    let token = |signer: &Signer, iss: &str, sub: &str| {
        signer.token(&json!({ "iss": iss, "sub": sub, "aud": "api", "exp": NOW + 60 }))
    };
    let limiter: Arc<Limiter> = Arc::new(RateLimiter::keyed(Quota::per_hour(NonZeroU32::new(3).unwrap())));
    let app = GuardedRouter::new()
        .route("/read", routing::get(read))
        .require::<Member>()
        .layer_after_require(from_fn_with_state(Arc::clone(&limiter), limit))
        .guarded_by(verifier)
        .into_router();
    let ada = token(&one, "https://a.test", "ada");
    // A token that another issuer's key signed has no user: it uses up no limit, and takes no memory.
    let forged = token(&other, "https://a.test", "ada");
    for _ in 0..10 {
        assert_eq!(get_with(&app, "/read", &forged).await.status, 401);
        assert_eq!(get_without(&app, "/read").await.status, 401);
    }
    assert!(limiter.is_empty());
    let statuses = async |token: &str| {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(get_with(&app, "/read", token).await.status.as_u16());
        }
        statuses
    };
    assert_eq!(statuses(&ada).await, [200, 200, 200, 429]);
    // Another user, and a user of another issuer with the same id.
    assert_eq!(statuses(&token(&one, "https://a.test", "grace")).await, [200, 200, 200, 429]);
    assert_eq!(statuses(&token(&other, "https://b.test", "ada")).await, [200, 200, 200, 429]);
    assert_eq!(limiter.len(), 3);
}

async fn span(request: Request, next: Next) -> Response {
    // Attributes of the semantic conventions; `Empty` is filled later.
    let span = tracing::info_span!(
        "request",
        http.request.method = %request.method(),
        http.route = tracing::field::Empty,
        http.response.status_code = tracing::field::Empty,
        user.id = tracing::field::Empty,
        auth.issuer = tracing::field::Empty,
        auth.org = tracing::field::Empty,
        auth.policy = tracing::field::Empty,
        auth.outcome = tracing::field::Empty,
    );
    next.run(request).instrument(span).await
}

fn attributes(seen: &Observed<'_>) {
    let span = tracing::Span::current();
    let record = |field: &str, value: Option<&str>| {
        if let Some(value) = value {
            span.record(field, value);
        }
    };
    record("http.route", seen.route());
    record("user.id", seen.user().as_deref());
    record("auth.issuer", seen.issuer().as_deref());
    record("auth.org", seen.org().as_deref());
    record("auth.policy", seen.policy().as_deref());
    record("auth.outcome", Some(seen.outcome().as_str()));
    if let Some(status) = seen.status() {
        span.record("http.response.status_code", status.as_u16());
    }
}

#[tokio::test]
async fn a_trace_has_the_user_and_the_decision() {
    let issuer = TestIssuer::new();
    let app = GuardedRouter::new()
        .route("/read", routing::get(read))
        .route("/write", routing::get(write))
        .guarded_by(issuer.verifier().await)
        .layer(ObserveLayer::new(attributes))
        .layer(from_fn(span))
        .into_router();
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("test");
    let subscriber = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
    let token = issuer.token().user("ada").build();
    {
        let _traced = tracing::subscriber::set_default(subscriber);
        get_with(&app, "/read", &token).await;
        get_with(&app, "/write", &token).await;
        get_without(&app, "/read").await;
    }
    provider.force_flush().unwrap();
    let spans: Vec<BTreeMap<String, String>> = exporter
        .get_finished_spans()
        .unwrap()
        .iter()
        .map(|span| span.attributes.iter().map(|one| (one.key.to_string(), one.value.to_string())).collect())
        .collect();
    let of = |span: &BTreeMap<String, String>| {
        ["user.id", "auth.issuer", "auth.policy", "auth.outcome", "http.route", "http.response.status_code"]
            .map(|name| span.get(name).map_or("-", String::as_str).to_owned())
    };
    let found: Vec<_> = spans.iter().map(of).collect();
    assert_eq!(
        found,
        [
            ["ada", "https://issuer.test", "require_user", "admitted", "/read", "200"],
            ["ada", "https://issuer.test", r#"require_user(scope("write"))"#, "refused", "/write", "403"],
            ["-", "-", "require_user", "refused", "/read", "401"],
        ]
    );
}

#[tokio::test]
async fn decisions_are_counted_by_policy_outcome_and_reason() {
    let issuer = TestIssuer::new();
    let group = GuardedRouter::new().route("/read", routing::get(read)).require::<Member>();
    let app: Router = GuardedRouter::new()
        .route("/write", routing::get(write))
        .route("/open", routing::get(open))
        .nest("/group", group)
        .guarded_by(issuer.verifier().await)
        .layer(ObserveLayer::counters())
        .into_router();
    let counters = Counters::default();
    let _counted = metrics::set_default_local_recorder(&counters);
    let mut tokens = vec!["garbage".to_owned(), issuer.token().expired().build()];
    // Users, organizations and paths create no new series.
    for n in 0..50 {
        tokens.push(issuer.token().user(&format!("user {n}")).scope(if n < 20 { "write" } else { "read" }).build());
    }
    for (n, token) in tokens.iter().enumerate() {
        get_with(&app, &format!("/write?n={n}"), token).await;
    }
    get_with(&app, "/group/read", &tokens[5]).await;
    get_without(&app, "/group/read").await;
    get_without(&app, "/open").await;
    get_without(&app, "/nowhere").await;
    let count = |policy: &str, outcome: &str, reason: &str, count| {
        (format!("auth_decisions_total policy={policy} outcome={outcome} reason={reason}"), count)
    };
    let expected = [
        count("Member", "admitted", "", 1),
        count("Member", "refused", "no_credentials", 1),
        count("public(reason = \"a test\")", "public", "", 1),
        count("require_user", "admitted", "", 1),
        count("require_user(scope(\"write\"))", "admitted", "", 20),
        count("require_user(scope(\"write\"))", "refused", "condition", 30),
        count("require_user(scope(\"write\"))", "refused", "invalid_token", 2),
    ];
    assert_eq!(counters.values(), expected.into());
}

#[auth_runtime::public(reason = "a test")]
async fn open() {}

mod elsewhere {
    #[auth_runtime::require_user(scope("admin"))]
    pub(super) struct Member;
}

#[test]
fn two_policies_with_one_name_do_not_build_if_they_are_counted() {
    let one = || GuardedRouter::<()>::new().route("/one", routing::get(read)).require::<Member>();
    let other = || GuardedRouter::<()>::new().route("/other", routing::get(read)).require::<elsewhere::Member>();
    let service = || axum::routing::any(|| async {});
    assert!(one().nest("/x", other()).layer(ObserveLayer::new(|_| {})).build().is_ok());
    assert!(one().merge(one().nest("/x", one())).build().is_err(), "the same path twice");
    assert!(one().nest("/x", one()).layer(ObserveLayer::counters()).build().is_ok(), "one policy, twice");
    for routes in [
        one().nest("/x", other()).layer(ObserveLayer::counters()),
        one().layer(ObserveLayer::counters()).merge(other()),
        other().guarded_service::<Member>("/service", service()).layer(ObserveLayer::counters()),
        GuardedRouter::new().nest("/x", one().layer(ObserveLayer::counters())).merge(other()),
    ] {
        let error = routes.build().map(drop).unwrap_err().to_string();
        let expected = "two policies are named `Member`, at ";
        assert!(error.contains(expected) && error.contains("rename one"), "{error}");
        assert_eq!(error.matches("recipes.rs:").count(), 3, "both places, and that of the layer: {error}");
    }
}
