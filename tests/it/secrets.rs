//! No secrets are recorded: everything logged at level `trace`, sent to a client, or printed by `Debug` and `Display`
//! is searched for parts of tokens, values of claims and key material.
//!
//! The id of a verified user may be in one place of an event and of an explanation. An unverified `iss` may be in one
//! event at level `debug`. In all other places they are values of claims.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    Algorithm, ApiKey, ApiKeys, AuthenticationError, Authenticator, ClaimMapping, Claims, Denied, GeneratedApiKey,
    GuardedRouter, Identity, Issuer, Limit, OrgMember, TokenCache, TokenLocation, User, Verified, Verifier,
    optional_user, public, require_org, require_permission, require_user, routing,
};
use aws_lc_rs::rsa::KeySize;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::bad_tokens::{Fixture, bad_tokens};
use crate::introspection::{AUDIENCE, Endpoint, SECRET};
use crate::support::{NOW, Recorded, RsaPem, Secrets, Signer, clock};

#[derive(Debug, Deserialize)]
struct Plan {
    #[allow(dead_code)] // what does not fit is never read
    plan: Vec<u8>,
}

#[require_user]
async fn any_user(user: User) -> &'static str {
    drop(user);
    "in"
}

#[optional_user]
async fn anybody(user: Option<User>) -> &'static str {
    if user.is_some() { "known" } else { "unknown" }
}

#[optional_user(invalid = reject)]
async fn anybody_sound() {}

#[public(reason = "a test")]
async fn open() {}

#[require_org(role >= "Admin" && !permission("suspended"), from = org)]
async fn admin(Path(org): Path<String>) -> &'static str {
    "in"
}

#[require_org(from = active(), deny = not_found)]
async fn active(member: OrgMember) -> &'static str {
    drop(member);
    "in"
}

#[require_permission("p" && scope("s") && email_verified && !impersonated && issuer("own"), from = query("org"))]
async fn permitted() {}

#[require_user(role == "staff")]
async fn staff() {}

#[require_user(check = false)]
async fn checked() {}

#[require_user(check = Err::<(), _>(StatusCode::CONFLICT))]
async fn answered() {}

#[require_org(from = org)]
async fn numbered(Path((org, number)): Path<(String, u8)>) {
    drop((org, number));
}

#[require_user(check = number.0 > 0)]
async fn checked_number(number: Path<u8>) {
    drop(number);
}

#[require_user]
async fn plan(Claims(plan): Claims<Plan>) -> &'static str {
    drop(plan);
    "in"
}

#[require_user]
async fn asks(user: User) -> Result<&'static str, Denied> {
    user.require_org("acme")?;
    user.require_org_exactly("acme", "Owner")?;
    Ok("in")
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/any", routing::get(any_user).post(any_user))
        .route("/anybody", routing::get(anybody))
        .route("/sound", routing::get(anybody_sound))
        .route("/open", routing::get(open))
        .route("/admin/{org}", routing::get(admin))
        .route("/active", routing::get(active))
        .route("/permitted", routing::get(permitted))
        .route("/staff", routing::get(staff))
        .route("/checked", routing::get(checked))
        .route("/answered", routing::get(answered))
        .route("/numbered/{org}/{number}", routing::get(numbered))
        .route("/number/{number}", routing::get(checked_number))
        .route("/plan", routing::get(plan))
        .route("/asks", routing::get(asks))
}

const PATHS: [&str; 16] = [
    "/any",
    "/anybody",
    "/sound",
    "/open",
    "/admin/acme",
    "/admin/zeta",
    "/active",
    "/permitted?org=acme",
    "/permitted",
    "/staff",
    "/checked",
    "/answered",
    "/numbered/acme/x",
    "/number/x",
    "/plan",
    "/asks",
];

/// Values that occur only in claims.
const PRIVATE: [&str; 13] = [
    "user-4711-private",
    "ada.private@example.com",
    "Ada-Private",
    "Lovelace-Private",
    "adaprivate",
    "legacy-private",
    "impersonator-private",
    "plan-private",
    "Org-Private-Name",
    "metadata-private",
    "jti-private",
    "url-safe-private",
    "https://issuer-private.test",
];

/// The records, without the places where a user's id and an unknown `iss` are allowed.
fn without_allowed_places(entry: &str) -> String {
    let [id, iss] = [PRIVATE[0], PRIVATE[12]];
    if entry.starts_with("event auth_runtime::verifier::diagnosis DEBUG ") {
        return entry.replacen(&format!(" iss={iss:?} "), " ", 1);
    }
    if entry.starts_with("event auth_runtime::reply ") {
        return entry.replacen(&format!(" user={id:?} "), " ", 1);
    }
    if entry.starts_with("Explanation { ") {
        return entry.replace(&format!(" user: Some({id:?}), "), " ").replace(&format!("Some(\n        {id:?},"), "");
    }
    entry.to_owned()
}

fn claims() -> Value {
    let org = |id: &str, role: &str| {
        json!({ "org_id": id, "org_name": PRIVATE[8], "url_safe_org_name": PRIVATE[11], "user_role": role,
            "org_metadata": { "note": PRIVATE[9] }, "user_permissions": ["q"] })
    };
    json!({
        "iss": "https://issuer.test", "aud": "https://api.test", "sub": PRIVATE[0], "user_id": PRIVATE[0],
        "exp": NOW + 300, "iat": NOW, "jti": PRIVATE[10], "email": PRIVATE[1], "first_name": PRIVATE[2],
        "last_name": PRIVATE[3], "username": PRIVATE[4], "legacy_user_id": PRIVATE[5],
        "impersonator_user_id": PRIVATE[6], "plan": PRIVATE[7], "permissions": ["x"], "scope": "y",
        "realm_access": { "roles": ["guest"] },
        "org_id_to_org_member_info": { "acme": org("acme", "Member"), "beta": org("beta", "Owner") },
    })
}

/// One request, and everything in its response.
async fn ask(app: &Router, request: Request<Body>, recorded: &Recorded) -> u16 {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    if let Some(denied) = response.extensions().get::<Denied>() {
        recorded.debug(denied);
        recorded.debug(&denied.reason());
        recorded.debug(&denied.explain());
        recorded.add(format!("{denied} {}", denied.explain()));
    }
    recorded.debug(response.headers());
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    recorded.add(String::from_utf8(body.to_vec()).unwrap());
    status
}

fn get(uri: &str, token: &str) -> Request<Body> {
    Request::get(uri).header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap()
}

/// Valid tokens in every location, on every route, with every kind of response.
async fn good_traffic(recorded: &Recorded, secrets: &mut Secrets) {
    let signer = Signer::new(Algorithm::EdDSA, "test");
    secrets.jwk(&signer.jwk());
    let issuer = || {
        Issuer::jwks("https://issuer.test", "https://api.test", json!({ "keys": [signer.jwk()] }).to_string())
            .claim_mapping(ClaimMapping::testing())
    };
    let builder = || Verifier::builder().issuer(issuer()).clock(clock(NOW));
    let locations = [
        TokenLocation::authorization(),
        TokenLocation::cookie("__Host-token"),
        TokenLocation::websocket_query("token"),
        TokenLocation::websocket_subprotocol("bearer."),
    ];
    let everywhere = locations.into_iter().fold(builder(), auth_runtime::VerifierBuilder::token_location);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
    };
    let mut roles = claims();
    roles["realm_access"]["roles"] = json!(["staff"]);
    let tokens = [
        signer.token(&claims()),
        signer.token(&roles),
        signer.token(&with("exp", json!(NOW - 100))),
        signer.token(&with("aud", json!("https://other.test"))),
        signer.token(&with("iss", json!(PRIVATE[12]))),
        Signer::new(Algorithm::EdDSA, "test").token(&claims()),
    ];
    for token in &tokens {
        secrets.text(token);
    }
    for builder in [
        builder(),
        builder().danger_explain_denials().realm("api"),
        builder().token_cache(TokenCache::disabled()),
        everywhere,
    ] {
        recorded.debug(&builder);
        let verifier = builder.build().await.unwrap();
        recorded.debug(&verifier);
        let app: Router = routes().guarded_by(verifier).into_router();
        for token in &tokens {
            for path in PATHS {
                ask(&app, get(path, token), recorded).await;
                let elsewhere = [
                    Request::get(path).header(header::COOKIE, format!("__Host-token={token}")),
                    Request::get(path).header(header::COOKIE, format!("__Host-token={token}; __Host-token={token}")),
                    Request::get(path.split('?').next().unwrap().to_owned() + "?token=" + token)
                        .header(header::UPGRADE, "websocket"),
                    Request::get(path)
                        .header(header::UPGRADE, "websocket")
                        .header(header::SEC_WEBSOCKET_PROTOCOL, format!("chat, bearer.{token}")),
                    Request::get(path).header(header::AUTHORIZATION, format!("Token {token}")),
                    Request::get(path).header(header::AUTHORIZATION, token),
                    Request::get(path)
                        .header(header::AUTHORIZATION, format!("Bearer {token}"))
                        .header(header::AUTHORIZATION, format!("Bearer {token}")),
                ];
                for request in elsewhere {
                    ask(&app, request.body(Body::empty()).unwrap(), recorded).await;
                }
            }
        }
    }
    // The router has no verifier, and the process has no verifier that trusts this issuer.
    let app: Router = routes().into_router();
    ask(&app, get("/any", &tokens[0]), recorded).await;
}

/// A session by cookie, which is as secret as a token.
struct Sessions(String);

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let cookie = request.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
        match cookie.and_then(|cookie| cookie.strip_prefix("session=")) {
            None => Ok(None),
            Some(key) if *key == *self.0 => Ok(Some(Identity::new(PRIVATE[0]).email(PRIVATE[1], true))),
            Some("fails") => Err(AuthenticationError::Unavailable),
            Some(_) => Err(AuthenticationError::Invalid),
        }
    }
}

/// Sessions, API keys and opaque tokens: valid, invalid, in the wrong location, and while they cannot be checked.
async fn other_credentials(recorded: &Recorded, secrets: &mut Secrets) {
    let [session, key, failing, wrong] = ["", "sk_", "sk_", "sk_"].map(ApiKey::generate);
    let endpoint = Endpoint::start().await;
    let answer =
        json!({ "active": true, "token_type": "Bearer", "aud": AUDIENCE, "sub": PRIVATE[0], "email": PRIVATE[1] });
    let opaque = ["good", "down", "odd", "unknown"].map(|kind| format!("opaque-token-that-is-{kind}-4711"));
    endpoint.says(&opaque[0], &answer);
    endpoint.says_text(&opaque[1], 500, &answer.to_string());
    endpoint.says_text(&opaque[2], 200, &format!("{answer}{answer}"));
    for text in opaque.iter().map(String::as_str).chain([&session, &key, &failing, &wrong].map(GeneratedApiKey::key)) {
        secrets.text(text);
    }
    secrets.text(SECRET);
    recorded.debug(&[&session, &key, &failing, &wrong]);
    let (known, broken) = (key.digest(), failing.digest());
    let keys = ApiKeys::header("x-api-key").prefix("sk_").find(move |digest| async move {
        let row = || ApiKey::new("key-7", Identity::new(PRIVATE[0]).email(PRIVATE[1], true), Limit::permissions(["x"]));
        if digest == broken { Err("no connection") } else { Ok((digest == known).then(row)) }
    });
    recorded.debug(&keys);
    let builder = Verifier::builder().issuer(endpoint.issuer()).token_location(TokenLocation::authorization());
    let builder = builder.token_location(TokenLocation::header("x-token")).authenticator("api-keys", keys);
    let builder = builder.authenticator("sessions", Sessions(session.key().to_owned())).danger_explain_denials();
    recorded.debug(&builder);
    let verifier = builder.build().await.unwrap();
    recorded.debug(&verifier);
    let app: Router = routes().guarded_by(verifier.clone()).into_router();
    let mut values: Vec<&str> = opaque.iter().map(String::as_str).collect();
    values.extend([&key, &failing, &wrong].map(GeneratedApiKey::key));
    for path in PATHS {
        for value in &values {
            for (name, value) in [
                ("authorization", format!("Bearer {value}")),
                ("authorization", format!("Token {value}")),
                ("x-token", (*value).to_owned()),
                ("x-api-key", (*value).to_owned()),
                ("cookie", format!("session={value}")),
            ] {
                let request = Request::get(path).header(name, value).header("x-api-key", "sk_no");
                ask(&app, request.body(Body::empty()).unwrap(), recorded).await;
            }
            let alone = Request::get(path).header("x-api-key", *value).body(Body::empty()).unwrap();
            ask(&app, alone, recorded).await;
            ask(&app, get(path, value), recorded).await;
        }
        for cookie in [session.key(), "fails", "wrong"] {
            for request in [Request::get(path), Request::post(path)] {
                let request = request.header(header::COOKIE, format!("session={cookie}"));
                ask(&app, request.body(Body::empty()).unwrap(), recorded).await;
            }
        }
    }
    verifier.forget_key("key-7");
    for token in &opaque {
        if let Err(error) = verifier.verify(token).await {
            recorded.error(&error);
        }
    }
    for issuer in [
        endpoint.issuer().token_prefix(""),
        Issuer::introspection("https://api:of-nobody-else@a.test", "api", SECRET, AUDIENCE),
        Issuer::introspection("https://a.test", "", SECRET, AUDIENCE),
    ] {
        recorded.debug(&issuer);
        recorded.error(&Verifier::new(issuer).await.unwrap_err());
    }
    secrets.text("of-nobody-else");
}

/// `Debug` of everything that a handler gets. Only the user's id and issuer are printed.
async fn handler_types(recorded: &Recorded, secrets: &mut Secrets) {
    let issuer = TestIssuer::new();
    let token = issuer
        .token()
        .claim("email", PRIVATE[1])
        .claim("org_member_info", claims()["org_id_to_org_member_info"]["acme"].clone());
    let token = token.claim("impersonator_user_id", PRIVATE[6]).build();
    secrets.text(&token);
    secrets.jwk(&issuer.jwks()["keys"][0]);
    let verifier = issuer.verifier().await;
    let verified: Verified = verifier.verify(&token).await.unwrap();
    let user = verified.user();
    recorded.debug(&verified);
    recorded.debug(&user);
    recorded.debug(&user.org("acme").unwrap());
    recorded.debug(&issuer);
    recorded.debug(&issuer.issuer());
    recorded.error(&user.claim::<u8>("email").unwrap_err());
    recorded.error(&user.require_org("zeta").unwrap_err());
    recorded.error(&user.require_org_exactly("acme", "Owner").unwrap_err());
    recorded.error(&user.require_org_permission("acme", "may").unwrap_err());
    recorded.error(&verified.claims::<Plan>().unwrap_err());
    let custom =
        issuer.issuer().map_identity(|_, identity| Some(identity.email(PRIVATE[1], true).username(PRIVATE[4])));
    recorded.debug(&custom);
}

/// Configurations with secrets, valid and invalid.
async fn configurations(recorded: &Recorded, secrets: &mut Secrets) {
    let (rsa, ec, ed) =
        (Signer::new(Algorithm::RS256, "r"), Signer::new(Algorithm::ES256, "e"), Signer::new(Algorithm::EdDSA, "d"));
    let private_pem = RsaPem::new(KeySize::Rsa2048).private;
    private_pem.lines().filter(|line| !line.starts_with("-----")).for_each(|line| secrets.text(line));
    let passphrase = "correct horse battery staple, and 32 bytes long";
    secrets.text(passphrase);
    secrets.text(&passphrase[..31]);
    for signer in [&rsa, &ec, &ed] {
        secrets.jwk(&signer.jwk());
    }
    let with = |signer: &Signer, name: &str, value: Value| {
        let mut jwk = signer.jwk();
        jwk[name] = value;
        jwk
    };
    let private = with(&rsa, "d", json!("cHJpdmF0ZS1leHBvbmVudA-private"));
    secrets.text("cHJpdmF0ZS1leHBvbmVudA-private");
    let odd = json!({ "keys": [
        private, with(&ec, "crv", json!("P-384")), with(&ec, "x", json!("AA")), with(&ec, "use", json!("enc")),
        with(&rsa, "e", json!("AQ")), json!({ "kty": "oct", "kid": "o", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ" }), ed.jwk(),
    ] });
    secrets.text("c2VjcmV0LXNlY3JldC1zZWNyZXQ");
    for issuer in [
        Issuer::jwks("https://issuer.test", "api", odd.to_string()),
        Issuer::jwks("https://issuer.test", "api", json!({ "keys": [private] }).to_string()),
        Issuer::jwks("https://issuer.test", "api", odd.to_string().replace(':', ";")),
        Issuer::jwks("https://issuer.test", "api", private_pem.clone()),
        Issuer::pem("https://issuer.test", "api", private_pem.clone()),
        Issuer::pem("https://issuer.test", "api", private_pem.replace("PRIVATE KEY", "PUBLIC KEY")),
        Issuer::pem("https://issuer.test", "api", rsa.jwk().to_string()),
        Issuer::hmac("https://issuer.test", "api", passphrase),
        Issuer::hmac("https://issuer.test", "api", &passphrase[..31]),
        Issuer::hmac("https://issuer.test", "api", passphrase).algorithms([Algorithm::HS512]),
        Issuer::hmac("https://issuer.test", "api", private_pem.clone()),
        Issuer::hmac("https://issuer.test", "api", odd.to_string()),
    ] {
        recorded.debug(&issuer);
        match Verifier::new(issuer).await {
            Ok(verifier) => recorded.debug(&verifier),
            Err(error) => recorded.error(&error),
        }
    }
}

#[test]
fn no_secret_is_logged_answered_or_printed() {
    let recorded = Recorded::default();
    let mut secrets = Secrets::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bad = tracing::subscriber::with_default(recorded.subscriber(), || {
        runtime.block_on(async {
            good_traffic(&recorded, &mut secrets).await;
            other_credentials(&recorded, &mut secrets).await;
            configurations(&recorded, &mut secrets).await;
            let fixture = Fixture::new().await;
            let cases = bad_tokens(&fixture, "https://nobody.test/jwks.json");
            secrets.text(&fixture.good);
            for (_, token) in &cases {
                let parts =
                    token.split('.').filter(|part| part.len() > Secrets::WINDOW && !part.contains("xxxxxxxxxxxx"));
                parts.for_each(|part| secrets.text(part));
                ask(&fixture.app, get("/orgs/acme/orders", token), &recorded).await;
            }
            cases.len()
        })
    });
    for value in PRIVATE {
        secrets.value(value);
    }
    let traffic = recorded.entries();
    tracing::subscriber::with_default(recorded.subscriber(), || {
        runtime.block_on(handler_types(&recorded, &mut secrets));
    });
    let entries = recorded.entries();
    for entry in &entries {
        assert_eq!(secrets.found_in(&without_allowed_places(entry)), None, "{entry}");
    }
    // Both are logged, in their places.
    for place in [format!(" user={:?} ", PRIVATE[0]), format!(" iss={:?} ", PRIVATE[12])] {
        assert!(entries.iter().any(|entry| entry.contains(&place)), "{place}");
    }
    let events = traffic.iter().filter(|entry| entry.starts_with("event auth_runtime")).count();
    let refusals = traffic.iter().filter(|entry| entry.contains("request refused")).count();
    let size = entries.iter().map(String::len).sum::<usize>();
    println!(
        "{} entries, {} KiB, {events} events ({refusals} refusals, {bad} bad tokens), searched for {} stretches and {} values",
        entries.len(),
        size / 1024,
        secrets.stretches(),
        secrets.values(),
    );
    assert!(refusals > 1_000 && events > refusals && secrets.stretches() > 10_000);
    // The search itself works: recorded secrets are found.
    tracing::subscriber::with_default(recorded.subscriber(), || tracing::trace!(token = "x ada.private@example.com x"));
    assert!(recorded.entries().last().is_some_and(|entry| secrets.found_in(entry).is_some()));
}
