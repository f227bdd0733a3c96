//! The log event of each refusal, and its maximum size.

use auth_runtime::testing::{TestIssuer, TokenBuilder};
use auth_runtime::{
    Algorithm, Claims, Denied, GuardedRouter, Issuer, TokenLocation, User, Verifier, VerifierBuilder, optional_user,
    require_org, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse as _;
use serde_json::json;

use crate::support::{NOW, Recorded, Signer, clock, send};

/// A source of `from` that does not accept every path.
struct Tenant(String);

impl<S: Send + Sync> FromRequestParts<S> for Tenant {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let Path(org) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| StatusCode::BAD_REQUEST)?;
        if org == "unreadable" { Err(StatusCode::IM_A_TEAPOT) } else { Ok(Self(org)) }
    }
}

#[require_user]
async fn user() {}

#[require_org(role >= "Admin", from = org)]
async fn admin(Tenant(org): Tenant) -> String {
    org
}

#[require_org(from = query("org"))]
async fn by_query() {}

#[require_org(from = org, check = answer(&org))]
async fn checked(Path(org): Path<String>) -> String {
    org
}

#[require_user(check = tenant.0 != "acme")]
async fn checked_tenant(tenant: Tenant) -> String {
    tenant.0
}

#[optional_user(check = Err::<(), _>(StatusCode::CONFLICT))]
async fn anybody() {}

#[require_user]
async fn asks(user: User, Path(org): Path<String>) -> Result<(), Denied> {
    user.require_org_permission(&org, "can_pay").map(drop)
}

#[derive(serde::Deserialize)]
struct Subscription {
    seats: u32,
}

#[require_user]
async fn seats(Claims(subscription): Claims<Subscription>) -> String {
    subscription.seats.to_string()
}

#[require_user(
    permission("a") || permission("b") || permission("c") || permission("d") || permission("e")
        || permission("f") || permission("g") || permission("h") || permission("i") || permission("j")
)]
async fn ten_questions() {}

fn answer(org: &str) -> Result<bool, StatusCode> {
    match org {
        "acme" => Ok(false),
        "beta" => Err(StatusCode::CONFLICT),
        _ => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/user", routing::get(user))
        .nest("/orgs", GuardedRouter::new().route("/{org}", routing::any(admin)))
        .route("/query", routing::get(by_query))
        .route("/checked/{org}", routing::get(checked))
        .route("/tenants/{org}", routing::get(checked_tenant))
        .route("/anybody", routing::get(anybody))
        .route("/asks/{org}", routing::get(asks))
        .route("/ten", routing::get(ten_questions))
        .route("/seats", routing::get(seats))
}

async fn app(issuer: &TestIssuer, set: impl FnOnce(VerifierBuilder) -> VerifierBuilder) -> Router {
    let verifier = set(Verifier::builder().issuer(issuer.issuer())).build().await.unwrap();
    routes().guarded_by(verifier).into_router()
}

fn get(uri: &str, authorization: Option<&str>) -> Request<Body> {
    let mut request = Request::get(uri);
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    request.body(Body::empty()).unwrap()
}

/// The status of the response, and the events of the request.
async fn ask(app: &Router, request: Request<Body>) -> (u16, Vec<String>) {
    let recorded = Recorded::default();
    let answer = {
        let _log = tracing::subscriber::set_default(recorded.subscriber());
        send(app, request).await
    };
    let is_ours = |entry: &String| entry.starts_with("event auth_runtime");
    (answer.status.as_u16(), recorded.entries().into_iter().filter(is_ours).collect())
}

/// The one event of a refused request.
async fn refusal(app: &Router, request: Request<Body>) -> (u16, String) {
    let (status, events) = ask(app, request).await;
    let mut refusals = events.into_iter().filter(|event| event.contains("request refused"));
    let refusal = refusals.next().unwrap_or_else(|| panic!("no event of a {status}"));
    assert_eq!(refusals.next(), None);
    assert!(refusal.contains(&format!(" status={status} ")), "{status}: {refusal}");
    (status, refusal)
}

#[tokio::test]
async fn each_refusal_has_one_event_with_policy_route_user_and_organization() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder).await;
    let token = issuer.token().user("ada").org("acme", "Member").org("beta", "Member").org("zeta", "Member").build();
    let bearer = format!("Bearer {token}");
    let ada = r#" user="ada" issuer="https://issuer.test""#;
    // Path, status, route, policy, organization, and findings.
    for (path, status, route, policy, org, found) in [
        (
            "/orgs/acme",
            403,
            "/orgs/{org}",
            r#"require_org(role >= \"Admin\", from = org)"#,
            Some("acme"),
            r#"reason=condition not met findings=ok member of "acme": a member; unknown role >= "Admin": has "Member", and no order of the two roles is declared"#,
        ),
        (
            "/orgs/globex",
            403,
            "/orgs/{org}",
            r#"require_org(role >= \"Admin\", from = org)"#,
            Some("globex"),
            r#"reason=not a member findings=FAIL member of "globex": not a member"#,
        ),
        (
            "/orgs/unreadable",
            418,
            "/orgs/{org}",
            r#"require_org(role >= \"Admin\", from = org)"#,
            None,
            "reason=the organization id is missing, repeated or unreadable findings=FAIL from = org: an argument's extractor responded 418",
        ),
        (
            "/query?org=a&org=b",
            400,
            "/query",
            r#"require_org(from = query(\"org\"))"#,
            None,
            r#"findings=FAIL from = query("org"): missing, repeated or unreadable"#,
        ),
        (
            "/checked/acme",
            403,
            "/checked/{org}",
            "require_org(from = org, check = answer(&org))",
            Some("acme"),
            r#"reason=check failed findings=ok member of "acme": a member; FAIL check = answer(&org): false"#,
        ),
        (
            "/checked/beta",
            409,
            "/checked/{org}",
            "require_org(from = org, check = answer(&org))",
            Some("beta"),
            "FAIL check = answer(&org): answered 409",
        ),
        (
            "/checked/zeta",
            500,
            "/checked/{org}",
            "require_org(from = org, check = answer(&org))",
            Some("zeta"),
            "FAIL check = answer(&org): answered 500",
        ),
        (
            "/tenants/unreadable",
            418,
            "/tenants/{org}",
            r#"require_user(check = tenant.0 != \"acme\")"#,
            None,
            r#"FAIL check = tenant.0 != "acme": an argument's extractor responded 418"#,
        ),
        (
            "/anybody",
            409,
            "/anybody",
            "optional_user(check = Err::<(), _>(StatusCode::CONFLICT))",
            None,
            "FAIL check = Err::<(), _>(StatusCode::CONFLICT): answered 409",
        ),
    ] {
        let (got, event) = refusal(&app, get(path, Some(&bearer))).await;
        assert_eq!(got, status, "{path}: {event}");
        for part in [r#" method="GET""#, &format!(r#" route="{route}""#), &format!(r#" policy="{policy}""#), ada, found]
        {
            assert!(event.contains(part), "{path}: {event}\nlacks {part}");
        }
        assert!(event.contains(&format!(" at=\"{}:", file!())), "{event}");
        let org = org.map(|org| format!(" org=\"{org}\""));
        assert_eq!(event.contains(" org="), org.is_some(), "{event}");
        assert!(org.is_none_or(|org| event.contains(&org)), "{event}");
    }
    let post = Request::post("/orgs/acme").body(Body::empty()).unwrap();
    let (status, event) = refusal(&app, post).await;
    assert!(status == 401 && event.contains(r#" method="POST""#), "{event}");
    let (status, event) = refusal(&app, get("/anybody", None)).await;
    assert_eq!((status, event.contains(" user=") || event.contains(" issuer=")), (409, false), "{event}");
    // Admitted: no event.
    let (status, events) = ask(&app, get("/user", Some(&bearer))).await;
    assert_eq!((status, events), (200, Vec::new()));
}

#[tokio::test]
async fn a_refusal_by_the_handler_has_one_event() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder).await;
    let token = issuer.token().user("ada").org_permission("acme", "can_read").build();
    let bearer = format!("Bearer {token}");
    for (path, org, found) in [
        ("/asks/acme", "acme", r#"reason=condition not met findings=FAIL permission("can_pay"): has ["can_read"]"#),
        ("/asks/globex", "globex", r#"reason=not a member findings=FAIL member of "globex": not a member"#),
    ] {
        let (status, event) = refusal(&app, get(path, Some(&bearer))).await;
        assert_eq!(status, 403);
        let who = format!(r#" user="ada" issuer="https://issuer.test" org="{org}""#);
        assert!(event.contains(&who) && event.contains(found), "{event}");
    }
}

#[tokio::test]
async fn a_claim_of_the_wrong_type_is_named_in_the_log_and_not_to_the_client() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder).await;
    let with = |token: TokenBuilder<'_>| get("/seats", Some(&format!("Bearer {}", token.user("ada").build())));
    assert_eq!(send(&app, with(issuer.token().claim("seats", 12))).await.body, "12");
    let invalid = send(&app, get("/seats", Some("Bearer x"))).await;
    for (token, found) in [
        (issuer.token().claim("seats", "s3cret"), r#""seats" is of another type"#),
        (issuer.token(), r#""seats" is missing"#),
    ] {
        let request = with(token);
        let (status, event) = refusal(&app, request).await;
        assert_eq!(status, 401);
        let found = format!(r"findings=FAIL claims are a `it::events::Subscription`: {found}");
        assert!(event.contains(&found) && event.contains(r#" user="ada""#) && !event.contains("s3cret"), "{event}");
    }
    let misfit = send(&app, with(issuer.token())).await;
    assert_eq!((misfit.status, misfit.challenge(), &misfit.body), (invalid.status, invalid.challenge(), &invalid.body));
}

#[tokio::test]
async fn a_refusal_answered_by_on_denied_has_one_event() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder.on_denied(|denied, _| denied.clone().into_response())).await;
    for authorization in [None, Some("Bearer x")] {
        assert_eq!(refusal(&app, get("/user", authorization)).await.0, 401);
    }
}

/// Once the signature was verified, the event has the issuer, whatever else is wrong with the token.
#[tokio::test]
async fn a_refused_token_with_a_valid_signature_is_logged_with_its_issuer() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let stranger = Signer::new(Algorithm::EdDSA, "k");
    let keys = json!({ "keys": [signer.jwk()] }).to_string();
    let issuer = Issuer::jwks("https://issuer.test", "api", keys).require_claim("azp", ["web"]);
    let verifier = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
    let app = routes().guarded_by(verifier).into_router();
    let good = json!({ "iss": "https://issuer.test", "sub": "ada", "aud": "api", "azp": "web", "exp": NOW + 60 });
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    assert_eq!(ask(&app, get("/user", Some(&format!("Bearer {}", signer.token(&good))))).await.0, 200);
    for (claims, reason) in [
        (with("exp", json!(NOW - 600)), "expired"),
        (with("nbf", json!(NOW + 600)), "not yet valid"),
        (without("exp"), "claim `exp`"),
        (without("sub"), "claim `sub`"),
        (without("aud"), "claim `aud`"),
        (with("azp", json!("other")), "claim `azp`"),
        (with("cnf", json!({})), "sender-constrained"),
    ] {
        let (status, event) = refusal(&app, get("/user", Some(&format!("Bearer {}", signer.token(&claims))))).await;
        assert!(status == 401 && event.contains(reason), "{event}");
        assert!(event.contains(r#" issuer="https://issuer.test""#) && !event.contains("user="), "{event}");
        let (_, event) = refusal(&app, get("/user", Some(&format!("Bearer {}", stranger.token(&claims))))).await;
        assert!(event.contains("wrong signature") && !event.contains("issuer="), "{event}");
    }
}

#[tokio::test]
async fn a_wrong_audience_is_logged_with_the_accepted_audiences() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let keys = json!({ "keys": [signer.jwk()] }).to_string();
    let issuer = Issuer::jwks("https://issuer.test", "", keys).audiences(["api", "api-2"]);
    let verifier = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
    let app = routes().guarded_by(verifier).into_router();
    let claims = |aud: serde_json::Value| json!({ "iss": "https://issuer.test", "sub": "ada", "aud": aud, "exp": NOW + 60, "iat": NOW });
    let many: Vec<String> = (0..500).map(|n| format!("aud-{n}")).collect();
    for (aud, came) in [
        (json!("other"), r#"["other"]"#),
        (json!(["other", "x\ny"]), r#"["other", "x\ny"]"#),
        (json!([]), "[]"),
        (json!(["api", 7]), "an array whose values are not all strings"),
        (json!(7), "a number"),
        (json!(null), "null"),
        (json!(many), r#""aud-19" and 480 more]"#),
    ] {
        let bearer = format!("Bearer {}", signer.token(&claims(aud)));
        let (status, event) = refusal(&app, get("/user", Some(&bearer))).await;
        assert_eq!(status, 401);
        let expected = r#"FAIL aud is one of ["api", "api-2"]: has "#;
        assert!(event.contains(expected) && event.contains(came), "{event}");
        assert!(event.contains(r#" issuer="https://issuer.test""#) && !event.contains("user="), "{event}");
        assert!(event.contains("reason=token refused: wrong audience") || event.contains("claim `aud`"), "{event}");
    }
    // Audiences are logged only after the signature was verified.
    let stranger = Signer::new(Algorithm::EdDSA, "k");
    let bearer = format!("Bearer {}", stranger.token(&claims(json!("secret-aud"))));
    let (_, events) = ask(&app, get("/user", Some(&bearer))).await;
    assert!(!events.concat().contains("secret-aud") && !events.concat().contains("api-2"), "{events:?}");
}

#[tokio::test]
async fn an_unknown_issuer_is_logged_at_debug_and_known_issuers_in_the_refusal() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let known = |iss: &str| Issuer::jwks(iss, "api", json!({ "keys": [signer.jwk()] }).to_string());
    let one = Verifier::builder().issuer(known("https://a.test"));
    let two = Verifier::builder().issuer(known("https://a.test")).issuer(known("https://b.test"));
    let stranger = Signer::new(Algorithm::EdDSA, "their key");
    let long = format!("https://a.test/\n{}", "x".repeat(10_000));
    for (builder, known) in [(one, r#"["https://a.test"]"#), (two, r#"["https://a.test", "https://b.test"]"#)] {
        let app = routes().guarded_by(builder.clock(clock(NOW)).build().await.unwrap()).into_router();
        for (iss, written) in [
            (Some("https://a.test/"), Some(r#"iss="https://a.test/""#)),
            (Some(long.as_str()), Some(r#"iss="https://a.test/\\nxxx"#)),
            (None, None),
        ] {
            let mut claims = json!({ "sub": "ada", "aud": "api", "exp": NOW + 60, "iat": NOW });
            if let Some(iss) = iss {
                claims["iss"] = json!(iss);
            }
            // With only one issuer, a key of another issuer is an unknown key.
            let bearer = format!("Bearer {}", stranger.token(&claims));
            let (_, event) = refusal(&app, get("/user", Some(&bearer))).await;
            let found = format!(" findings=FAIL iss is one of {known}: another");
            assert!(event.ends_with(&found), "{event}");
            let bearer = format!("Bearer {}", signer.token(&claims));
            let (_, event) = refusal(&app, get("/user", Some(&bearer))).await;
            assert!(event.ends_with(&format!("reason=token refused: unknown issuer{found}")), "{event}");
            let (status, events) = ask(&app, get("/user", Some(&bearer))).await;
            assert_eq!((status, events.len()), (401, 2), "{events:?}");
            let text = "DEBUG message=the issuer of a token is not known ";
            assert!(events[0].contains(text) && events[0].contains(known), "{events:?}");
            assert_eq!(written.is_some(), events[0].contains(" iss="), "{events:?}");
            assert!(written.is_none_or(|written| events[0].contains(written)) && events[0].len() < 500, "{events:?}");
        }
    }
}

#[tokio::test]
async fn missing_credentials_are_logged_with_the_reason_and_without_header_values() {
    let issuer = TestIssuer::new();
    let usual = app(&issuer, |builder| builder).await;
    let cookie = app(&issuer, |builder| builder.token_location(TokenLocation::cookie("token"))).await;
    let token = issuer.token().build();
    let with_cookie = || {
        let request = Request::get("/user").header(header::COOKIE, format!("token={token}"));
        request.header(header::UPGRADE, "websocket").body(Body::empty()).unwrap()
    };
    let basic = format!("Basic {token}");
    for (app, request, why) in [
        (&usual, get("/user", None), "no `Authorization` header"),
        (&usual, get("/user", Some(&basic)), "an `Authorization` header with another scheme"),
        (&usual, get("/user", Some(&token)), "an `Authorization` header with another scheme"),
        (&usual, with_cookie(), "no `Authorization` header"),
        (&cookie, get("/user", None), "no token in any location that this verifier reads"),
        (&cookie, get("/user", Some(&basic)), "an `Authorization` header, which this verifier does not read"),
        (&cookie, with_cookie(), "a cookie that is ignored: another site may have sent the request"),
    ] {
        let (status, event) = refusal(app, request).await;
        assert_eq!(status, 401);
        assert!(event.ends_with(&format!(" reason=no credentials findings=FAIL credentials: {why}")), "{event}");
        assert!(!event.contains("Basic") && !event.contains(&token[..20]), "{event}");
    }
}

#[tokio::test]
async fn request_and_token_values_cannot_forge_a_log_line() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder).await;
    let odd = "x\nrequest refused user=\"root\"\u{1b}[0m";
    let token = issuer.token().user(odd).org("acme", odd).org_permission("acme", odd).permission(odd).build();
    let bearer = format!("Bearer {token}");
    for path in ["/orgs/acme", "/orgs/x%0Arequest%20refused%20user=%22root%22%1B", "/ten", "/asks/acme", "/asks/x%0Ay"]
    {
        let (status, event) = refusal(&app, get(path, Some(&bearer))).await;
        assert_eq!(status, 403);
        assert!(!event.contains(['\n', '\u{1b}']) && !event.contains(r#" user="root""#), "{path}: {event}");
        assert_eq!(event.matches(" user=\"").count(), 1, "{path}: {event}");
    }
}

/// The token has 16 KiB, and the guard asks it for ten permissions. The size of the event depends on neither.
#[tokio::test]
async fn a_refusal_logs_little_even_for_a_large_token() {
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder).await;
    let permissions = |count: usize| (0..count).map(|n| format!("can_do_number_{n:05}")).collect::<Vec<_>>();
    for (names, bytes) in [
        (permissions(1), 750),
        (permissions(500), 1_250),
        // The longest possible token, with the longest possible names.
        (vec!["x".repeat(11_000)], 1_000),
        ((0..40).map(|n| format!("{n:0270}")).collect(), 6_000),
    ] {
        let token = issuer.token().user("ada").claim("permissions", names).build();
        assert!(token.len() <= 16 * 1024);
        let bearer = format!("Bearer {token}");
        // The second time, the token is cached.
        for _ in 0..2 {
            let (status, event) = refusal(&app, get("/ten", Some(&bearer))).await;
            assert_eq!(status, 403);
            assert!(event.len() < bytes, "{} bytes: {event}", event.len());
            assert_eq!(event.matches(": has [").count(), 1, "{event}");
        }
    }
}

/// The guide and the documentation of [`Denied`] list exactly the existing fields.
#[tokio::test]
async fn the_fields_of_the_event_are_documented() {
    const FIELDS: [&str; 10] =
        ["status", "method", "route", "policy", "at", "user", "issuer", "org", "reason", "findings"];
    let issuer = TestIssuer::new();
    let app = app(&issuer, |builder| builder).await;
    let bearer = format!("Bearer {}", issuer.token().org("acme", "Member").build());
    let (_, event) = refusal(&app, get("/orgs/acme", Some(&bearer))).await;
    let mut rest = event.as_str();
    for field in FIELDS {
        let at = rest.find(&format!(" {field}=")).unwrap_or_else(|| panic!("{field} is not in {event}"));
        rest = &rest[at..];
    }
    for (name, text) in [
        ("docs/operations.md", include_str!("../../docs/operations.md")),
        ("the documentation of Denied", include_str!("../../auth-runtime/src/policy/denied.rs")),
    ] {
        let rows = text.lines().map(|line| line.trim_start_matches("/// "));
        let table =
            rows.skip_while(|line| *line != "| field | value |").skip(2).take_while(|line| line.starts_with('|'));
        let listed: Vec<_> = table.map(|line| line.split('`').nth(1).unwrap()).collect();
        assert_eq!(listed, FIELDS, "{name}");
    }
}
