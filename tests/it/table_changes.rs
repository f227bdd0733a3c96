//! Changes of a table that are not visible in its templates and attributes: the settings of a verifier, and routes that
//! get the requests of other routes.

use std::time::{Duration, SystemTime};

use auth_runtime::routing::{Loosened, Table, get};
use auth_runtime::testing::{TestDirectory, TestIssuer};
use auth_runtime::{
    Algorithm, ApiKey, ApiKeys, AuthenticationError, Authenticator, ClaimMapping, GuardedRouter, Identity, Issuer,
    Revocations, TokenLocation, TokenType, Verifier, VerifierBuilder, require_org, require_user,
};
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::request::Parts;

use crate::support::{Signer, send};

const USUAL: &str = "https://issuer.test for https://api.test";

#[require_user]
async fn user() -> &'static str {
    "user"
}

#[require_org(role == "Owner", from = path("id"))]
async fn owner(Path(id): Path<String>) -> String {
    id
}

struct Sessions;

impl Authenticator for Sessions {
    async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        Ok(None)
    }
}

fn api_keys() -> ApiKeys {
    ApiKeys::header("X-Api-Key").find(|_| async { Ok::<Option<ApiKey>, &str>(None) })
}

async fn table(verifier: VerifierBuilder) -> Table {
    GuardedRouter::<()>::new().route("/", get(user)).guarded_by(verifier.build().await.unwrap()).table()
}

#[tokio::test]
async fn each_setting_that_decides_who_is_admitted_is_part_of_the_table() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let keys = serde_json::json!({ "keys": [signer.jwk()] }).to_string();
    let issuer = || Issuer::jwks("https://issuer.test", "https://api.test", keys.clone());
    let of = |issuer: Issuer| Verifier::builder().issuer(issuer);
    let usual = || of(issuer());
    let at = |location: TokenLocation| usual().token_location(location);
    let cookie = || TokenLocation::cookie("__Host-token");
    let before = table(usual()).await;
    assert_eq!(before.rows()[0].issuers, [USUAL]);
    let later = SystemTime::now() + Duration::from_secs(3600);
    // The settings of the issuer, or those of the whole verifier.
    for (verifier, settings) in [
        (of(issuer().danger_accept_bound_tokens()), "; danger_accept_bound_tokens"),
        (of(issuer().claim_mapping(ClaimMapping::auth0())), "; claim_mapping(auth0)"),
        (of(issuer().map_identity(|_, identity| Some(identity))), "; map_identity"),
        (of(issuer().leeway(Duration::from_secs(300))), "; leeway(300s)"),
        (of(issuer().algorithms([Algorithm::EdDSA])), "; algorithms(EdDSA)"),
        (of(issuer().token_type(TokenType::AccessJwt)), "; token_type(AccessJwt)"),
        (of(issuer().also_hmac([7; 32], later)), "; also_hmac"),
        (of(issuer().require_claim("azp", ["web", "mobile app"])), r#"; require_claim(azp, "mobile app", web)"#),
        (of(issuer().roles_from("/x/roles")), "; roles_from(/x/roles)"),
        (
            of(issuer().roles_from("name").danger_user_writable("name")),
            "; danger_user_writable(name); roles_from(name)",
        ),
        (of(issuer().user_id_from("email").danger_reassignable_id()), "; danger_reassignable_id; user_id_from(email)"),
        (at(cookie().danger_allow_cross_site()), "|tokens from cookie(__Host-token).danger_allow_cross_site"),
        (
            at(cookie().danger_without_origin().trusted_origin("https://app.test")),
            "|tokens from cookie(__Host-token).trusted_origin(https://app.test).danger_without_origin",
        ),
        (at(TokenLocation::header("x-token")), "|tokens from header(x-token)"),
        (at(TokenLocation::websocket_query("t")), "|tokens from websocket_query(t)"),
        (at(TokenLocation::websocket_subprotocol("t.")), "|tokens from websocket_subprotocol(t.)"),
        (
            at(TokenLocation::event_stream_query("t").max_lifetime(Duration::from_secs(60))),
            "|tokens from event_stream_query(t).max_lifetime(60s)",
        ),
        (usual().danger_allow_cross_site(), "|danger_allow_cross_site"),
        (usual().danger_without_origin(), "|danger_without_origin"),
        (usual().trusted_origin("https://app.test"), "|trusted_origin(https://app.test)"),
        (usual().danger_explain_denials(), "|danger_explain_denials"),
        (usual().max_token_bytes(65536), "|max_token_bytes(65536)"),
        (usual().directory(TestDirectory::new()), "|directory"),
        (usual().revocations(Revocations::local()), "|revocations"),
        (
            usual().revocations(Revocations::local().max_token_life(Duration::from_secs(600))),
            "|revocations; max_token_life(600s)",
        ),
        (
            usual().revocations(lax_redis()),
            "|revocations; redis; max_stale(600s); danger_serve_while_out; danger_plain_redis",
        ),
        (usual().identity_headers(["X-User", "x-org"]), "|identity_headers(x-org, x-user)"),
        (usual().authenticator("sessions", Sessions), "|sessions (authenticator)"),
        (
            usual().authenticator("keys", api_keys().prefix("sk_").minted_elsewhere()),
            "|keys (explicit authenticator); header(x-api-key); prefix(sk_); minted_elsewhere",
        ),
        (
            usual().directory(TestDirectory::new()).danger_directory_fresh_for(Duration::from_secs(600)),
            "|directory; danger_directory_fresh_for(600s)",
        ),
        (usual().issuer(issuer().issuer_claim("https://two.test")), "|https://two.test for https://api.test"),
    ] {
        let now = table(verifier).await;
        assert_eq!(now.rows()[0].issuers.join("|"), format!("{USUAL}{settings}"));
        let read: Table = now.text().parse().unwrap();
        assert_eq!(read.text(), now.text());
        for (old, new) in [(&before, &now), (&now, &before)] {
            let changes = new.loosened_since(old);
            assert_eq!(changes.iter().map(|change| &change.loosened).collect::<Vec<_>>(), [&Loosened::Verifier]);
        }
        assert!(now.loosened_since(&read).is_empty());
    }
    for (issuer, expected) in [
        (issuer().also_issuer_claim("issuer.test"), "https://issuer.test or issuer.test for https://api.test"),
        (issuer().danger_any_audience(), "https://issuer.test for any audience; danger_any_audience(https://api.test)"),
        (issuer().audiences(["a, b", "c"]), r#"https://issuer.test for "a, b", c"#),
        (
            Issuer::introspection("https://login.test/introspect?x=secret", "api", "secret", "https://api.test")
                .token_prefix("oaat_")
                .danger_unmarked_tokens(),
            "https://login.test for https://api.test; introspection(https://login.test/introspect); \
             token_prefix(oaat_); danger_unmarked_tokens",
        ),
        (issuer().named("any audience"), r#""any audience" (https://issuer.test) for https://api.test"#),
    ] {
        assert_eq!(table(of(issuer)).await.rows()[0].issuers, [expected]);
    }
    // Settings that admit no additional caller, and the default value set explicitly.
    for same in [
        usual().token_location(TokenLocation::authorization()),
        usual().start_without_keys().realm("x"),
        of(issuer().leeway(Duration::from_secs(60))),
    ] {
        assert_eq!(table(same).await, before);
    }
}

/// Nothing listens at this URL: the verifier starts without it.
fn lax_redis() -> Revocations {
    let redis = Revocations::redis("redis://127.0.0.1:1").max_stale(Duration::from_secs(600));
    redis.danger_serve_while_out().danger_plain_redis()
}

/// The loosened routes between two tables: the kind, the route, and the route whose requests it gets.
fn loosened(before: &str, now: &str) -> String {
    let (before, now): (Table, Table) = (before.parse().unwrap(), now.parse().unwrap());
    let kind = |loosened: &Loosened| match loosened {
        Loosened::Condition { .. } => "Condition".to_owned(),
        other => format!("{other:?}"),
    };
    let changes = now.loosened_since(&before);
    let said = changes.iter().map(|change| {
        let from = change.taken_from.as_ref().map(|from| format!(" < {from}")).unwrap_or_default();
        format!("{} {} {}{from}", kind(&change.loosened), change.method, change.path)
    });
    said.collect::<Vec<_>>().join("|")
}

#[test]
fn a_route_is_compared_with_those_whose_requests_it_takes() {
    const STRICT: &str = "GET /u/{id}  require_user(scope(\"a\"))\n";
    const FALLBACK: &str = "* /*  public(reason = \"x\")\n";
    let strict_and = |more: &str| format!("{STRICT}{more}");
    for (before, now, expected) in [
        // A literal takes from a parameter, a parameter from a wildcard, and all of them from a fallback.
        (STRICT, &*strict_and("GET /u/me  require_user"), "Condition GET /u/me < /u/{id}"),
        (
            "GET /{*r}  require_user(scope(\"a\"))",
            "GET /{*r}  require_user(scope(\"a\"))\nGET /u/{id}  require_user",
            "Condition GET /u/{id} < /{*r}",
        ),
        (
            "* /*  require_user(scope(\"a\"))",
            "* /*  require_user(scope(\"a\"))\nGET /u/{*r}  require_user",
            "Condition GET /u/{*r} < /*",
        ),
        (STRICT, &strict_and("GET /u/v-{x}  require_user"), "Condition GET /u/v-{x} < /u/{id}"),
        (STRICT, &strict_and("GET /u/me  public(reason = \"x\")"), "NewPublic GET /u/me|Public GET /u/me < /u/{id}"),
        (STRICT, &strict_and("GET /u/me  require_user(scope(\"a\") && scope(\"b\"))"), ""),
        // The other way round, nothing is taken.
        (STRICT, &strict_and("GET /{*r}  require_user"), ""),
        (STRICT, &strict_and("* /*  require_user"), ""),
        (STRICT, &strict_and("GET /u/me/x  require_user"), ""),
        (STRICT, &strict_and("POST /u/me  require_user"), ""),
        // The requests of a removed route go to the next matching route.
        (&*strict_and(FALLBACK), FALLBACK, "Public GET /* < /u/{id}"),
        (&strict_and("* /u/*  require_user"), "* /u/*  require_user", "Condition GET /u/* < /u/{id}"),
        (&strict_and("GET /u/me  require_user"), "GET /u/me  require_user", ""),
        (STRICT, "GET /u/{*r}  require_user", "Condition GET /u/{*r} < /u/{id}"),
        (
            "GET /u/me  require_user(scope(\"a\"))\nGET /u/{id}  require_user",
            "GET /u/{id}  require_user",
            "Condition GET /u/{id} < /u/me",
        ),
        // HEAD belongs to GET, and other methods to `*`.
        (
            "* /u/{id}  require_user(scope(\"a\"))",
            "* /u/{id}  require_user(scope(\"a\"))\nGET /u/me  require_user",
            "Condition GET /u/me < /u/{id}",
        ),
        // A parameter that is read by name or number must keep its position.
        (
            "GET /{org}/x  require_org(from = path(\"org\"))",
            "GET /{org}/x  require_org(from = path(\"org\"))\nGET /y/{org}  require_org(from = path(\"org\"))",
            "From GET /y/{org} < /{org}/x",
        ),
        (
            "GET /{org}/{x}  require_org(from = path(\"org\"))",
            "GET /{org}/{x}  require_org(from = path(\"org\"))\nGET /{org}/y  require_org(from = path(\"org\"))",
            "",
        ),
        (
            "GET /{org}/{x}  require_org(from = path(\"org\"))",
            "GET /{org}/{x}  require_org(from = path(\"org\"))\nGET /y/{org}  require_org(from = path(\"org\"))",
            "From GET /y/{org} < /{org}/{x}",
        ),
        (
            "GET /{a}/{x}  require_user(check = \"f\" with \"Path(f): Path<F>\")",
            "GET /y/{b}  require_user(check = \"f\" with \"Path(f): Path<F>\")",
            "Check GET /y/{b} < /{a}/{x}",
        ),
        // Two wildcards share paths of every length.
        (
            "GET /{*s}  require_user(scope(\"a\"))\nGET /a/b/c  require_user",
            "GET /a/{*r}  require_user\nGET /a/b/c  require_user",
            "Condition GET /a/{*r} < /{*s}",
        ),
    ] {
        assert_eq!(loosened(before, now), expected, "{before}\n->\n{now}");
    }
}

#[tokio::test]
async fn a_route_that_takes_requests_admits_whom_the_other_refused() {
    let before = || GuardedRouter::new().route("/u/{id}", get(owner));
    let now = before().route("/u/me", get(user));
    let issuer = TestIssuer::new();
    let token = issuer.token().org("me", "Member").build();
    let verifier = issuer.verifier().await;
    let changes = now.table().compare(&before().table().text()).unwrap_err().to_string();
    assert!(
        changes.contains("GET /u/me: now admits more callers, for example: ")
            && changes.contains(", for requests that `/u/{id}` answered\n    before: require_org(role == \"Owner\""),
        "{changes}"
    );
    for (router, status) in [(before(), 403), (now, 200)] {
        let app = router.guarded_by(verifier.clone()).into_router();
        let request = Request::get("/u/me").header("authorization", format!("Bearer {token}"));
        assert_eq!(send(&app, request.body(Body::empty()).unwrap()).await.status, status);
    }
}
