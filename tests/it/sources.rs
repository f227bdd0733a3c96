//! The sources of the organization: the rules for each source at run time.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{DenialReason, GuardedRouter, OrgMember, require_org, routing};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use serde_json::json;

use crate::support::{Entered, get, get_with, get_without, send};

#[derive(serde::Deserialize)]
struct Params {
    org: String,
}

#[require_org(from = org_id)]
async fn argument(State(entered): State<Entered>, Path(org_id): Path<String>, org: OrgMember) -> String {
    entered.enter();
    assert_eq!(org_id, org.id());
    org_id
}

#[require_org(from = params.org)]
async fn field(State(entered): State<Entered>, params: Query<Params>, org: OrgMember) -> String {
    entered.enter();
    assert_eq!(params.org, org.id());
    org.id().to_owned()
}

macro_rules! named {
    ($name:ident, $($from:tt)*) => {
        #[require_org(from = $($from)*)]
        async fn $name(State(entered): State<Entered>, org: OrgMember) -> String {
            entered.enter();
            org.id().to_owned()
        }
    };
}
named!(by_path, path("org_id"));
named!(by_query, query("org"));
named!(by_header, header("X-Org-Id"));
named!(active, active());
named!(active_hidden, active(), deny = not_found);

async fn app(issuer: &TestIssuer) -> (Router, Entered) {
    let entered = Entered::default();
    let routes = GuardedRouter::new()
        .route("/argument/{org_id}", routing::get(argument))
        .route("/field", routing::get(field))
        .route("/path/{org_id}", routing::get(by_path))
        .route("/query", routing::get(by_query))
        .route("/header", routing::get(by_header))
        .route("/active", routing::get(active))
        .route("/active_hidden", routing::get(active_hidden))
        .guarded_by(issuer.verifier().await)
        .with_state(entered.clone());
    (routes.into_router(), entered)
}

/// Sends each path with the token of a member of acme, and compares the status. 200 means that the handler got acme.
async fn statuses(app: &Router, entered: &Entered, token: &str, cases: &[(&str, u16)]) {
    for (path, status) in cases {
        let before = entered.count();
        let answer = get_with(app, path, token).await;
        assert_eq!(answer.status, *status, "{path}: {answer:?}");
        assert_eq!(entered.count() - before, usize::from(*status == 200), "{path}");
        assert!(*status != 200 || answer.body == "acme", "{path}: {answer:?}");
        let anonymous = get_without(app, path).await;
        assert_eq!(anonymous.status, 401, "{path} without a token: {anonymous:?}");
    }
}

#[tokio::test]
async fn organization_in_the_path_is_decoded_once_and_compared_byte_for_byte() {
    let issuer = TestIssuer::new();
    let (app, entered) = app(&issuer).await;
    let token = issuer.token().org("acme", "Member").build();
    for prefix in ["/argument", "/path"] {
        let cases = [
            ("acme", 200),
            ("%61cme", 200),
            ("%61%63%6D%65", 200),
            ("acme%2Fx", 403),
            ("%2561cme", 403),
            ("acme%00", 403),
            ("acme%20", 403),
            ("ACME", 403),
            ("acme;v=1", 403),
            ("%2e%2e", 403),
            ("globex", 403),
            ("%FF", 400),
        ];
        let paths: Vec<(String, u16)> =
            cases.iter().map(|(org, status)| (format!("{prefix}/{org}"), *status)).collect();
        let paths: Vec<(&str, u16)> = paths.iter().map(|(path, status)| (path.as_str(), *status)).collect();
        statuses(&app, &entered, &token, &paths).await;
    }
}

#[tokio::test]
async fn organization_in_the_query_must_be_named_once() {
    let issuer = TestIssuer::new();
    let (app, entered) = app(&issuer).await;
    let token = issuer.token().org("acme", "Member").build();
    let cases = [
        ("/query?org=acme", 200),
        ("/query?org=%61cme", 200),
        ("/query?%6Frg=acme", 200),
        ("/query?other=globex&org=acme", 200),
        ("/query?org=acme&ORG=globex", 200),
        ("/query?org=acme%2Fx", 403),
        ("/query?org=acme+", 403),
        ("/query?org=", 403),
        ("/query?org", 403),
        ("/query", 400),
        ("/query?other=acme", 400),
        ("/query?org[]=acme", 400),
        ("/query?org=acme&org=globex", 400),
        ("/query?org=globex&org=acme", 400),
        ("/query?org=acme&org=acme", 400),
        ("/query?org=acme&%6Frg=globex", 400),
        // From an argument, read by its own extractor.
        ("/field?org=acme", 200),
        ("/field?org=%61cme", 200),
        ("/field?org=globex", 403),
        ("/field", 400),
        ("/field?org=acme&org=globex", 400),
    ];
    statuses(&app, &entered, &token, &cases).await;
}

#[tokio::test]
async fn organization_in_a_header_must_be_named_once() {
    let issuer = TestIssuer::new();
    let (app, entered) = app(&issuer).await;
    let token = issuer.token().org("acme", "Member").build();
    let value = HeaderValue::from_bytes;
    for (values, status) in [
        (vec![value(b"acme")], 200),
        (vec![value(b"globex")], 403),
        (vec![value(b"acme, globex")], 403),
        (vec![value(b"%61cme")], 403),
        (vec![value(b"")], 403),
        (vec![], 400),
        (vec![value(b"acme"), value(b"acme")], 400),
        (vec![value(b"acme"), value(b"globex")], 400),
        (vec![value(b"acm\xe9")], 400),
    ] {
        let before = entered.count();
        let mut request = get("/header").header(header::AUTHORIZATION, format!("Bearer {token}"));
        for value in &values {
            request = request.header("x-org-id", value.as_ref().unwrap());
        }
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{values:?}: {answer:?}");
        assert_eq!(entered.count() - before, usize::from(status == 200), "{values:?}");
    }
}

#[tokio::test]
async fn active_organization_of_the_token_is_required() {
    let issuer = TestIssuer::new();
    let (app, entered) = app(&issuer).await;
    let active = issuer.token().claim("org_member_info", json!({ "org_id": "acme", "user_role": "Member" })).build();
    let several = issuer.token().org("acme", "Member").org("globex", "Member").build();
    let none = issuer.token().build();
    statuses(&app, &entered, &active, &[("/active", 200), ("/active_hidden", 200)]).await;
    for token in [&several, &none] {
        statuses(&app, &entered, token, &[("/active", 403), ("/active_hidden", 404)]).await;
        let answer = get_with(&app, "/active", token).await;
        assert_eq!(answer.denied, Some(DenialReason::NotAMember), "{answer:?}");
    }
}

#[tokio::test]
async fn a_path_parameter_named_by_two_routers_is_refused() {
    let issuer = TestIssuer::new();
    let entered = Entered::default();
    let verifier = issuer.verifier().await;
    let inner = |route: routing::MethodRouter<Entered>| {
        let inside = GuardedRouter::new().route("/{org_id}", route).guarded_by(verifier.clone());
        let inside = inside.with_state(entered.clone()).into_router();
        Router::new().nest("/orgs/{org_id}", inside)
    };
    let token = issuer.token().org("acme", "Member").org("globex", "Member").build();
    // The name is ambiguous. An argument that reads one of two parameters fails by itself.
    for app in [inner(routing::get(by_path)), inner(routing::get(argument))] {
        for path in ["/orgs/acme/globex", "/orgs/acme/acme"] {
            let answer = get_with(&app, path, &token).await;
            assert!(matches!(answer.status.as_u16(), 400 | 500), "{answer:?}");
        }
    }
    assert_eq!(entered.count(), 0);
}
