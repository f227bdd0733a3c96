//! What real providers, clients and deployments send. Each case is the smallest request from a report, with the correct
//! response. Cases that need a key server are in `auth-runtime/tests/keys/field.rs`.
//!
//! Elsewhere: B7 (several Entra tenants) in `providers::entra`, B22 (revoked sessions) in `revocations`, B23
//! (credentials that are not a JWS) in `authenticators` and `introspection`, B28 (OpenAPI) in `openapi`, B29 (resource
//! metadata) in `protected_resource`, B31 (arity of nested paths) in `objects`, B32 (the user in access logs) in
//! `observe`. Not supported: B21 (issuers that are added at run time), and B30 (`aide`).

use std::time::{Duration, SystemTime};

use auth_runtime::{
    Algorithm, ClaimMapping, GuardedRouter, InvalidTokenReason, Issuer, OrgMember, TokenLocation, User, Verifier,
    VerifyError, require_org, require_user, routing,
};
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{NOW, Signer, clock, encode, send};

const SECRET: &[u8] = b"a secret of the project, long enough";
const OLD: &[u8] = b"a secret that is no longer used here";

#[require_user]
async fn me(user: User) -> String {
    format!("{}|{}", user.issuer(), user.id())
}

#[require_user(role == "manager")]
async fn managers() -> &'static str {
    "managers"
}

#[require_user(email_verified)]
async fn verified() -> &'static str {
    "verified"
}

#[require_org(from = org_id)]
async fn org(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id}|{}", org.role().unwrap_or("no role"))
}

/// One report: the trusted issuers, the request, and the correct response.
struct Case {
    name: &'static str,
    issuers: Vec<Issuer>,
    locations: Vec<TokenLocation>,
    request: Request<Body>,
    expected: (u16, &'static str),
}

fn case(
    name: &'static str,
    issuers: impl IntoIterator<Item = Issuer>,
    request: Request<Body>,
    expected: (u16, &'static str),
) -> Case {
    Case { name, issuers: issuers.into_iter().collect(), locations: Vec::new(), request, expected }
}

impl Case {
    fn at(mut self, locations: impl IntoIterator<Item = TokenLocation>) -> Self {
        self.locations = locations.into_iter().collect();
        self
    }
}

fn request(method: Method, uri: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::builder().method(method).uri(uri);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(Body::empty()).unwrap()
}

fn get(uri: &str, token: &str) -> Request<Body> {
    request(Method::GET, uri, &[("authorization", &format!("Bearer {token}"))])
}

fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// The claims with times, and a token with them.
fn token(signer: &Signer, header: &Value, mut claims: Value) -> String {
    for (name, time) in [("exp", NOW + 300), ("iat", NOW)] {
        claims.as_object_mut().unwrap().entry(name).or_insert(json!(time));
    }
    signer.sign(&header.to_string(), &claims.to_string())
}

fn until() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 86_400)
}

/// Claims and keys.
fn cases_of_tokens() -> Vec<Case> {
    const REALM: &str = "https://sso.test/realms/shop";
    let (rsa, ec, p521) = (Signer::new("RS256", "k1"), Signer::new("ES256", "K"), Signer::new("ES512", "k"));
    let (secret, old) = (Signer::with_secret(SECRET, "k"), Signer::with_secret(OLD, "k"));
    let typed = |signer: &Signer| signer.header();
    let keycloak = |audience| Issuer::jwks(REALM, audience, jwks(&[rsa.jwk()])).claim_mapping(ClaimMapping::keycloak());
    let oidc = |iss: &str, audience: &str| Issuer::jwks(iss, audience, jwks(&[rsa.jwk()]));
    let of = |claims: Value| token(&rsa, &typed(&rsa), claims);

    let nonce = |typ: &str| {
        of(json!({ "iss": REALM, "aud": "shop-api", "sub": "u1", "typ": typ, "azp": "spa", "nonce": "n-1",
            "realm_access": { "roles": ["editor"] } }))
    };
    let b2c = "https://shop.b2clogin.com/TID/v2.0/";
    let email =
        |value: Value| of(json!({ "iss": "https://id.test", "aud": "api", "sub": "u1", "email_verified": value }));
    let supabase = "https://ref.supabase.co/auth/v1";
    let supabase_claims = || json!({ "iss": supabase, "aud": "authenticated", "sub": "u1", "role": "authenticated" });
    let migrating = || {
        let issuer = Issuer::jwks(supabase, "authenticated", jwks(&[ec.jwk()]));
        issuer.claim_mapping(ClaimMapping::supabase()).also_hmac(SECRET, until())
    };
    let rotating = || Issuer::hmac("https://i.test", "api", SECRET).also_secret(OLD, until());
    let hs = |signer: &Signer| {
        token(signer, &json!({ "alg": "HS256" }), json!({ "iss": "https://i.test", "aud": "api", "sub": "u1" }))
    };
    let client_roles = of(json!({ "iss": REALM, "aud": "account", "azp": "shop", "typ": "Bearer", "sub": "u1",
        "resource_access": { "shop": { "roles": ["manager"] }, "account": { "roles": ["view-profile"] } },
        "organization": { "acme": { "id": "o-1" } } }));
    let good = || of(json!({ "iss": "https://i.test", "aud": "api", "sub": "u1" }));
    let with_keys = |keys: &[Value]| Issuer::jwks("https://i.test", "api", jwks(keys));
    let without = |signer: &Signer, name: &str| {
        let mut jwk = signer.jwk();
        jwk.as_object_mut().unwrap().remove(name);
        jwk
    };
    let es = |kid: &str| {
        token(
            &ec,
            &json!({ "alg": "ES256", "kid": kid }),
            json!({ "iss": "https://i.test", "aud": "api", "sub": "u1" }),
        )
    };
    let other_ec = Signer::new("ES256", "other");
    let spiffe = |typ: &str| {
        token(
            &ec,
            &json!({ "alg": "ES256", "kid": "K", "typ": typ }),
            json!({ "aud": ["spiffe://td/api"], "sub": "spiffe://td/web" }),
        )
    };
    let svid = || {
        let issuer = Issuer::jwks("unused", "spiffe://td/api", jwks(&[ec.jwk()]));
        issuer.danger_no_issuer_claim().named("spiffe://td")
    };
    let google = |iss: &str, more: &str| {
        of(json!({ "iss": iss, "aud": "CLIENT", "azp": "CLIENT", "sub": "1", "email_verified": true, more: "h" }))
    };
    let googles = || {
        let issuer = Issuer::jwks("https://accounts.google.com", "CLIENT", jwks(&[rsa.jwk()]));
        issuer.claim_mapping(ClaimMapping::google()).also_issuer_claim("accounts.google.com")
    };
    let workos = |iss: &str| {
        of(json!({ "iss": iss, "sub": "u1", "sid": "s", "org_id": "o1", "role": "admin", "permissions": ["p"] }))
    };
    let workoses = || {
        Issuer::jwks("https://api.workos.com/user_management/C", "C", jwks(&[rsa.jwk()]))
            .danger_any_audience()
            .also_issuer_claim("https://api.workos.com")
            .org_from("org_id")
            .org_role_from("role")
            .permissions_from("permissions")
    };
    let kinde = of(
        json!({ "iss": "https://x.kinde.com", "aud": [], "sub": "u1", "org_code": "o1", "permissions": ["p"], "scp": ["openid"] }),
    );
    let auth0 =
        of(json!({ "iss": "https://t.eu.auth0.com/", "aud": "https://api.test", "sub": "auth0|1", "scope": "a b",
        "permissions": ["p"], "org_id": "org_1", "https://shop.test/roles": ["manager"], "azp": "web" }));
    let refined = |client: &str| {
        oidc("https://t.eu.auth0.com/", "https://api.test")
            .claim_mapping(ClaimMapping::auth0())
            .roles_from("https://shop.test/roles")
            .require_claim("azp", [client])
    };
    let of_p521 = token(&p521, &typed(&p521), json!({ "iss": "https://i.test", "aud": "api", "sub": "u1" }));

    vec![
        case(
            "B1: Keycloak's access token has `nonce`",
            [keycloak("shop-api")],
            get("/me", &nonce("Bearer")),
            (200, "https://sso.test/realms/shop|u1"),
        ),
        case("B1: and its ID token is refused", [keycloak("shop-api")], get("/me", &nonce("ID")), (401, "")),
        case(
            "B2: Azure AD B2C's access token has `nonce`",
            [oidc(b2c, "API")],
            get(
                "/me",
                &of(json!({ "iss": b2c, "aud": "API", "sub": "u1",
            "tfp": "B2C_1_in", "scp": "read", "azp": "SPA", "ver": "1.0", "nonce": "x" })),
            ),
            (200, "https://shop.b2clogin.com/TID/v2.0/|u1"),
        ),
        case(
            "B2: and without `scp` it is an ID token",
            [oidc(b2c, "API")],
            get("/me", &of(json!({ "iss": b2c, "aud": "API", "sub": "u1", "nonce": "x" }))),
            (401, ""),
        ),
        case(
            "B3: two spaces after `Bearer`",
            [oidc("https://i.test", "api")],
            request(Method::GET, "/me", &[("authorization", &format!("Bearer  {}", good()))]),
            (200, "https://i.test|u1"),
        ),
        case(
            "B3: and a tab",
            [oidc("https://i.test", "api")],
            request(Method::GET, "/me", &[("authorization", &format!("Bearer\t{}", good()))]),
            (401, ""),
        ),
        case(
            "B4: `email_verified` as a string",
            [oidc("https://id.test", "api")],
            get("/me", &email(json!("true"))),
            (200, "https://id.test|u1"),
        ),
        case(
            "B4: which counts",
            [oidc("https://id.test", "api")],
            get("/verified", &email(json!("true"))),
            (200, "verified"),
        ),
        case(
            "B4: unless it says otherwise",
            [oidc("https://id.test", "api")],
            get("/verified", &email(json!("yes"))),
            (403, ""),
        ),
        case(
            "B5: Supabase during its migration, new",
            [migrating()],
            get("/me", &token(&ec, &typed(&ec), supabase_claims())),
            (200, "https://ref.supabase.co/auth/v1|u1"),
        ),
        case(
            "B5: and old",
            [migrating()],
            get("/me", &token(&secret, &json!({ "alg": "HS256", "typ": "JWT" }), supabase_claims())),
            (200, "https://ref.supabase.co/auth/v1|u1"),
        ),
        case(
            "B5: and another secret",
            [migrating()],
            get("/me", &token(&old, &json!({ "alg": "HS256", "typ": "JWT" }), supabase_claims())),
            (401, ""),
        ),
        case("B6: a rotated secret, new", [rotating()], get("/me", &hs(&secret)), (200, "https://i.test|u1")),
        case("B6: and old", [rotating()], get("/me", &hs(&old)), (200, "https://i.test|u1")),
        case(
            "B13: Keycloak's client roles under any audience",
            [keycloak("shop").danger_any_audience()],
            get("/managers", &client_roles),
            (200, "managers"),
        ),
        case(
            "B13: and its organizations",
            [keycloak("shop").danger_any_audience()],
            get("/orgs/acme", &client_roles),
            (200, "acme|no role"),
        ),
        case(
            "B13: not those of others",
            [keycloak("shop").danger_any_audience()],
            get("/orgs/o-1", &client_roles),
            (403, ""),
        ),
        case("B13: nor roles of another client", [keycloak("account")], get("/managers", &client_roles), (403, "")),
        case(
            "B14: the same JWK twice",
            [with_keys(&[rsa.jwk(), rsa.jwk()])],
            get("/me", &good()),
            (200, "https://i.test|u1"),
        ),
        case(
            "B14: once without `alg`",
            [with_keys(&[rsa.jwk(), without(&rsa, "alg")])],
            get("/me", &good()),
            (200, "https://i.test|u1"),
        ),
        case(
            "B14: once for encryption",
            [with_keys(&[rsa.jwk(), {
                let mut enc = rsa.jwk();
                enc["use"] = json!("enc");
                enc
            }])],
            get("/me", &good()),
            (200, "https://i.test|u1"),
        ),
        case(
            "B14: two keys of one name",
            [with_keys(&[rsa.jwk(), Signer::new("RS256", "k1").jwk(), ec.jwk()])],
            get("/me", &good()),
            (401, ""),
        ),
        case(
            "B15: `kid` in the token, none in the set",
            [with_keys(&[without(&ec, "kid")])],
            get("/me", &es("2024-a")),
            (200, "https://i.test|u1"),
        ),
        case(
            "B15: beside a key for another algorithm",
            [with_keys(&[without(&ec, "kid"), rsa.jwk()])],
            get("/me", &es("2024-a")),
            (200, "https://i.test|u1"),
        ),
        case(
            "B15: beside another that fits",
            [with_keys(&[without(&ec, "kid"), other_ec.jwk()])],
            get("/me", &es("2024-a")),
            (401, ""),
        ),
        case("B17: `typ` is `JOSE`", [svid()], get("/me", &spiffe("JOSE")), (200, "spiffe://td|spiffe://td/web")),
        case("B17: and another type", [svid()], get("/me", &spiffe("logout+jwt")), (401, "")),
        case("B18: ES512", [with_keys(&[p521.jwk()])], get("/me", &of_p521), (200, "https://i.test|u1")),
        case("B18: by another key", [with_keys(&[Signer::new("ES512", "k").jwk()])], get("/me", &of_p521), (401, "")),
        case(
            "B19: Google's ID token with `at_hash`",
            [googles()],
            get("/me", &google("https://accounts.google.com", "at_hash")),
            (200, "https://accounts.google.com|1"),
        ),
        case(
            "B19: with `nonce` and the other `iss`",
            [googles()],
            get("/me", &google("accounts.google.com", "nonce")),
            (200, "https://accounts.google.com|1"),
        ),
        case(
            "B19: an ID token of others is refused",
            [oidc("https://i.test", "CLIENT")],
            get("/me", &google("https://i.test", "at_hash")),
            (401, ""),
        ),
        case(
            "B20: WorkOS, of one client",
            [workoses()],
            get("/orgs/o1", &workos("https://api.workos.com/user_management/C")),
            (200, "o1|admin"),
        ),
        case(
            "B20: and with the short `iss`",
            [workoses()],
            get("/me", &workos("https://api.workos.com")),
            (200, "https://api.workos.com/user_management/C|u1"),
        ),
        case(
            "B20: Kinde, for no audience",
            [oidc("https://x.kinde.com", "").danger_any_audience().org_from("org_code")],
            get("/orgs/o1", &kinde),
            (200, "o1|no role"),
        ),
        case("B25: a preset and one claim more", [refined("web")], get("/managers", &auth0), (200, "managers")),
        case(
            "B25: with all that the preset reads",
            [refined("web")],
            get("/orgs/org_1", &auth0),
            (200, "org_1|no role"),
        ),
        case("B25: and another client", [refined("mobile")], get("/me", &auth0), (401, "")),
    ]
}

/// The location of the token in the request.
fn cases_of_locations() -> Vec<Case> {
    let signer = Signer::new("ES256", "k");
    let issuer = || Issuer::jwks("https://i.test", "api", jwks(&[signer.jwk()]));
    let of = |sub: &str| token(&signer, &signer.header(), json!({ "iss": "https://i.test", "aud": "api", "sub": sub }));
    let good = of("u1");
    let bearer = format!("Bearer {good}");
    let (cookie, other_cookie) = (format!("__Host-t={good}"), format!("__Host-t={}", of("u2")));
    let both = || [TokenLocation::authorization(), TokenLocation::cookie("__Host-t")];
    let trusting = || [TokenLocation::cookie("__Host-t").trusted_origin("https://app.example.com")];
    let sibling = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://app.example.com"),
        ("host", "api.example.com"),
    ];
    let me = (200, "https://i.test|u1");
    let to = |method: Method, uri: &str, headers: &[(&str, &str)], expected| {
        case("", [issuer()], request(method, uri, headers), expected)
    };
    let named = |name: &'static str, case: Case| Case { name, ..case };
    let assertion = || [TokenLocation::header("cf-access-jwt-assertion")];
    let stream = format!("/me?token={good}");
    vec![
        named("B10: another header", to(Method::GET, "/me", &[("cf-access-jwt-assertion", &good)], me).at(assertion())),
        named(
            "B10: twice, and different",
            to(Method::GET, "/me", &[("cf-access-jwt-assertion", &good), ("cf-access-jwt-assertion", "x")], (400, ""))
                .at(assertion()),
        ),
        named(
            "B11: header and cookie of one token",
            to(Method::GET, "/me", &[("authorization", &bearer), ("cookie", &cookie)], me).at(both()),
        ),
        named(
            "B11: the header counts",
            to(Method::GET, "/me", &[("authorization", &bearer), ("cookie", &other_cookie)], me).at(both()),
        ),
        named("B12: a sibling host that is trusted", to(Method::POST, "/me", &sibling, me).at(trusting())),
        named(
            "B12: and one that is not",
            to(Method::POST, "/me", &sibling, (401, "")).at([TokenLocation::cookie("__Host-t")]),
        ),
        named(
            "B12: a server that forwards cookies",
            to(Method::POST, "/me", &[("cookie", &cookie)], (401, "")).at([TokenLocation::cookie("__Host-t")]),
        ),
        named(
            "B12: and is known to",
            to(Method::POST, "/me", &[("cookie", &cookie)], me)
                .at([TokenLocation::cookie("__Host-t").danger_without_origin()]),
        ),
        named(
            "B24: an event stream",
            to(Method::GET, &stream, &[("accept", "text/event-stream")], me)
                .at([TokenLocation::event_stream_query("token")]),
        ),
        named(
            "B24: and another request",
            to(Method::GET, &stream, &[("accept", "text/html")], (401, ""))
                .at([TokenLocation::event_stream_query("token")]),
        ),
    ]
}

#[tokio::test]
async fn reports_from_the_field_get_the_right_answer() {
    for case in cases_of_tokens().into_iter().chain(cases_of_locations()) {
        let Case { name, issuers, locations, request, expected: (status, body) } = case;
        let builder =
            issuers.into_iter().fold(Verifier::builder().clock(clock(NOW)), auth_runtime::VerifierBuilder::issuer);
        let builder = locations.into_iter().fold(builder, auth_runtime::VerifierBuilder::token_location);
        let verifier = builder.build().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let app = GuardedRouter::new()
            .route("/me", routing::get(me).post(me))
            .route("/managers", routing::get(managers))
            .route("/verified", routing::get(verified))
            .route("/orgs/{org_id}", routing::get(org))
            .guarded_by(verifier)
            .into_router();
        let answer = send(&app, request).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert!(status != 200 || answer.body == body, "{name}: {}", answer.body);
    }
}

/// The errors for cases that stay refused on purpose say what to do instead.
#[tokio::test]
async fn errors_of_refused_cases_say_what_to_do() {
    let ec = Signer::new(Algorithm::ES256, "k");
    let good = token(&ec, &ec.header(), json!({ "iss": "https://i.test", "aud": "api", "sub": "u1" }));
    let issuer = |jwk: Value| Issuer::jwks("https://i.test", "api", jwks(&[jwk]));
    // B16: AWS ALB pads the parts of its token.
    let verifier = Verifier::builder().issuer(issuer(ec.jwk())).clock(clock(NOW)).build().await.unwrap();
    let padded: Vec<_> = good.split('.').map(|part| format!("{part}=")).collect();
    let VerifyError::Invalid(reason) = verifier.verify(&padded.join(".")).await.unwrap_err() else {
        panic!("no reason")
    };
    assert_eq!(reason, InvalidTokenReason::Padded);
    assert!(reason.to_string().contains("x-amzn-oidc-accesstoken"), "{reason}");
    // B17 and B27: keys.
    let with = |name: &str, value: &str| {
        let mut jwk = ec.jwk();
        jwk[name] = json!(value);
        jwk
    };
    let rsa = |n: &str| json!({ "kty": "RSA", "kid": "r", "e": "AQAB", "n": n });
    for (name, jwk, advice) in [
        ("B17: `use` of SPIFFE", with("use", "jwt-svid"), "OIDC discovery provider"),
        ("B27: a coordinate without its zeros", with("x", &encode([7; 31])), "leading zeros"),
        ("B27: padded base64", rsa("AQAB=="), "without padding"),
    ] {
        let error = Verifier::new(issuer(jwk)).await.unwrap_err().to_string();
        assert!(error.contains(advice), "{name}: {error}");
    }
}
