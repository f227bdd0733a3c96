//! RFC 9728: a client without a token finds out from a router where to get one, and for which scopes.

use auth_runtime::{
    Algorithm, GuardedRouter, Issuer, TokenLocation, Verifier, VerifierBuilder, require_org, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::support::{NOW, Signer, clock, get_with, get_without, send};

const API: &str = "https://api.example.com";
const MCP: &str = "https://api.example.com/mcp";
const AT: &str = "/.well-known/oauth-protected-resource";

#[require_user(scope("posts:read"))]
async fn posts() {}

#[require_user(scope("posts:write") || scope("admin"))]
async fn write() {}

#[require_org(scope("secret"), from = query("org"), deny = not_found)]
async fn hidden() {}

#[require_user]
async fn plain() {}

#[require_user(scope("tools"))]
struct Tools;

#[require_user(scope("group"))]
struct Group;

struct Keys(Signer);

impl Keys {
    fn new() -> Self {
        Self(Signer::new(Algorithm::EdDSA, "k"))
    }

    fn set(&self) -> String {
        json!({ "keys": [self.0.jwk()] }).to_string()
    }

    fn issuer(&self, audiences: &[&str]) -> Issuer {
        Issuer::jwks("https://login.example.com", "", self.set()).audiences(audiences.iter().copied())
    }

    async fn verifier(&self) -> Verifier {
        self.built(Verifier::builder().issuer(self.issuer(&[API, MCP]))).await
    }

    async fn built(&self, builder: VerifierBuilder) -> Verifier {
        builder.clock(clock(NOW)).build().await.unwrap()
    }

    fn token(&self, scope: &str) -> String {
        let claims =
            json!({ "iss": "https://login.example.com", "sub": "ada", "aud": API, "exp": NOW + 60, "scope": scope });
        self.0.token(&claims)
    }
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/posts", routing::get(posts).post(write))
        .route("/hidden", routing::get(hidden))
        .route("/plain", routing::get(plain))
}

async fn metadata(app: &Router, path: &str) -> Value {
    let answer = get_without(app, path).await;
    assert_eq!(answer.status, 200, "{path}");
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn metadata_is_computed_from_issuers_locations_and_guards() {
    let keys = Keys::new();
    let app = routes().protected_resource(API).guarded_by(keys.verifier().await).into_router();
    let expected = json!({
        "resource": API,
        "authorization_servers": ["https://login.example.com"],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["admin", "posts:read", "posts:write"],
    });
    assert_eq!(metadata(&app, AT).await, expected);
    // Nothing that a client sends is used.
    for (name, value) in [("host", "evil.test"), ("x-forwarded-host", "evil.test"), ("forwarded", "host=evil.test")] {
        let request = Request::get(AT).header(name, value).body(Body::empty()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&send(&app, request).await.body).unwrap(), expected, "{name}");
    }
    // Tenants are customers, and an issuer without a URL has no metadata: neither is listed.
    let tenants = Issuer::entra_multi_tenant(API).tenants(["72f988bf-86f1-41af-91ab-2d7cd011db47"]);
    let builder = Verifier::builder()
        .issuer(keys.issuer(&[API]))
        .issuer(tenants.algorithms([Algorithm::EdDSA]).public_keys(keys.set()))
        .issuer(Issuer::fastapi_users("a secret of thirty-two bytes or more"))
        .token_location(TokenLocation::cookie("__Host-token"));
    let app = GuardedRouter::new()
        .route("/plain", routing::get(plain))
        .protected_resource(API)
        .guarded_by(keys.built(builder).await)
        .into_router();
    let expected = json!({
        "resource": API,
        "authorization_servers": ["https://login.example.com"],
        "bearer_methods_supported": [],
    });
    assert_eq!(metadata(&app, AT).await, expected);
    let app = routes().protected_resource(API).advertise_scopes(["posts:read"]).guarded_by(keys.verifier().await);
    assert_eq!(metadata(&app.into_router(), AT).await["scopes_supported"], json!(["posts:read"]));
}

#[tokio::test]
async fn challenges_name_the_metadata_and_the_scopes() {
    let keys = Keys::new();
    let app = routes().protected_resource(API).guarded_by(keys.verifier().await).into_router();
    let at = format!("resource_metadata=\"{API}{AT}\"");
    let invalid = "error=\"invalid_token\", error_description=\"The access token could not be validated\"";
    assert_eq!(get_with(&app, "/posts", &keys.token("posts:read")).await.status, 200);
    for (path, token, status, challenge) in [
        ("/posts", None, 401, Some(format!("Bearer scope=\"posts:read\", {at}"))),
        ("/plain", None, 401, Some(format!("Bearer {at}"))),
        ("/posts", Some("x".to_owned()), 401, Some(format!("Bearer {invalid}, scope=\"posts:read\", {at}"))),
        (
            "/posts",
            Some(keys.token("other")),
            403,
            Some(format!("Bearer error=\"insufficient_scope\", scope=\"posts:read\", {at}")),
        ),
        ("/hidden", None, 401, Some(format!("Bearer {at}"))),
        ("/hidden?org=acme", Some(keys.token("")), 404, None),
    ] {
        let answer = match &token {
            Some(token) => get_with(&app, path, token).await,
            None => get_without(&app, path).await,
        };
        assert_eq!((answer.status.as_u16(), answer.challenge().map(str::to_owned)), (status, challenge), "{path}");
    }
    // Without a resource, nothing changes.
    let app = routes().guarded_by(keys.verifier().await).into_router();
    assert_eq!(get_without(&app, "/posts").await.challenge(), Some("Bearer"));
    assert_eq!(get_without(&app, AT).await.status, 404);
}

#[tokio::test]
async fn a_router_serves_several_resources_each_with_its_own_routes() {
    let keys = Keys::new();
    let verifier = keys.verifier().await;
    let tools = axum::routing::any(|| async { "tools" });
    let mcp = GuardedRouter::new().guarded_service::<Tools>("/mcp", tools).protected_resource(MCP);
    let own = keys.built(Verifier::builder().issuer(keys.issuer(&["other"]))).await;
    let apart = GuardedRouter::new().route("/apart", routing::get(posts)).guarded_by(own);
    let group = GuardedRouter::new().route("/group/plain", routing::get(plain)).require::<Group>();
    let app = routes().merge(mcp).merge(apart).nest("/nested", group).protected_resource(API).guarded_by(verifier);
    assert!(app.table().to_string().contains("metadata of the protected resource"), "{}", app.table());
    let app = app.into_router();
    let scopes = ["admin", "group", "posts:read", "posts:write"];
    assert_eq!(metadata(&app, AT).await["scopes_supported"], json!(scopes));
    let document = metadata(&app, &format!("{AT}/mcp")).await;
    assert_eq!((&document["resource"], &document["scopes_supported"]), (&json!(MCP), &json!(["tools"])));
    for (path, challenge) in [
        ("/mcp", format!("Bearer scope=\"tools\", resource_metadata=\"{API}{AT}/mcp\"")),
        ("/posts", format!("Bearer scope=\"posts:read\", resource_metadata=\"{API}{AT}\"")),
        ("/nested/group/plain", format!("Bearer scope=\"group\", resource_metadata=\"{API}{AT}\"")),
        // The inner router's own verifier accepts no token for the resource.
        ("/apart", "Bearer".to_owned()),
    ] {
        assert_eq!(get_without(&app, path).await.challenge(), Some(challenge.as_str()), "{path}");
    }
    assert_eq!(get_with(&app, "/mcp", &keys.token("tools")).await.body, "tools");
}

#[tokio::test]
async fn a_router_that_requires_a_policy_still_shows_its_metadata() {
    let keys = Keys::new();
    let app = routes().require::<Group>().protected_resource(API).guarded_by(keys.verifier().await).into_router();
    assert_eq!(metadata(&app, AT).await["resource"], API);
    assert_eq!(get_without(&app, "/plain").await.status, 401);
}

#[tokio::test]
async fn a_resource_that_clients_could_not_use_does_not_build() {
    let keys = Keys::new();
    let verifier = |issuer| keys.built(Verifier::builder().issuer(issuer));
    let good = keys.verifier().await;
    let other = verifier(keys.issuer(&["api"])).await;
    let any = verifier(keys.issuer(&[API]).danger_any_audience()).await;
    let unlisted = verifier(Issuer::fastapi_users("a secret of thirty-two bytes or more")).await;
    let two = Verifier::builder().issuer(keys.issuer(&[API]));
    let two = two.issuer(Issuer::jwks("https://b.test", "b", keys.set()).named("b"));
    let two = keys.built(two).await;
    let new = GuardedRouter::<()>::new;
    for (routes, expected) in [
        (new().protected_resource("http://api.example.com").guarded_by(good.clone()), "is not https"),
        (new().protected_resource("api").guarded_by(good.clone()), "is not an absolute URL"),
        (
            new().protected_resource("https://api.example.com/").guarded_by(good.clone()),
            "\"https://api.example.com/\" is not an audience that the issuer \"https://login.example.com\" accepts",
        ),
        (new().protected_resource(API).guarded_by(other), "is not an audience that the issuer"),
        (new().protected_resource(API).guarded_by(two), "the issuer \"b\" accepts: add it with `audiences([..])`"),
        (new().protected_resource(API).guarded_by(any), "accepts any audience: replace `danger_any_audience()`"),
        (new().protected_resource(API).guarded_by(unlisted), "no issuer of the verifier has a fixed `iss`"),
        (new().protected_resource(API), "needs the verifier: call `guarded_by`"),
        (
            new().protected_resource(API).protected_resource(MCP).guarded_by(good.clone()),
            "`protected_resource` is called twice",
        ),
        (
            new().nest("/api", new().protected_resource(API)).guarded_by(good.clone()),
            "/api: `protected_resource` on a router that is nested",
        ),
        (
            new().nest("/api", new().merge(new().protected_resource(API))).guarded_by(good.clone()),
            "/api: `protected_resource` on a router that is nested",
        ),
        (new().advertise_scopes(["a"]).guarded_by(good.clone()), "`advertise_scopes` needs a resource"),
        (
            new().protected_resource(API).advertise_scopes(["a b"]).guarded_by(good.clone()),
            "`advertise_scopes`: \"a b\" is not a scope",
        ),
        // The same document twice.
        (
            new().merge(new().protected_resource(API)).protected_resource(API).guarded_by(good.clone()),
            "for the same path: call it once",
        ),
    ] {
        let error = routes.build().map(drop).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("protected_resource.rs:"), "{error}\nlacks {expected}");
    }
}
