//! Security schemes in OpenAPI documents: those of verifiers, and those of the document's author.

use auth_runtime::openapi::Documentation;
use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    ApiKey, ApiKeys, AuthenticationError, Authenticator, Directory, DirectoryError, Grants, GuardedRouter, Identity,
    Issuer, Limit, Loaded, Membership, Revocations, TokenLocation, User, Verifier, VerifierBuilder, optional_user,
    public, require_org, require_permission, require_user, routes,
};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use utoipa::openapi::security::{
    ApiKey as Key, ApiKeyValue, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme,
};
use utoipa::{Modify, OpenApi};

#[utoipa::path(get, path = "/plain", responses((status = 200)))]
#[require_permission(scope("read"))]
async fn plain() {}

#[utoipa::path(get, path = "/own", responses((status = 200)), security(("oauth" = ["other"]), ("gateway" = []), ()))]
#[require_permission(scope("read"))]
async fn own() {}

#[utoipa::path(get, path = "/both", responses((status = 200)), security(("bearer" = ["wrong"], "gateway" = [])))]
#[require_permission(scope("read"))]
async fn both() {}

#[utoipa::path(get, path = "/optional", responses((status = 200)), security(("oauth" = [])))]
#[optional_user]
async fn optional() {}

#[utoipa::path(post, path = "/hook", responses((status = 200)), security(("gateway" = []), ("bearer" = [])))]
#[public(reason = "the sender signs its requests")]
async fn hook() {}

#[utoipa::path(get, path = "/open", responses((status = 200)))]
#[public(reason = "open")]
async fn open() {}

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let flow = ClientCredentials::new("https://issuer.test/token", Scopes::from_iter([("read", "reads")]));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("oauth", SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)])));
        let gateway = ApiKeyValue::new("x-gateway-key");
        components.add_security_scheme("gateway", SecurityScheme::ApiKey(Key::Header(gateway)));
    }
}

#[derive(OpenApi)]
#[openapi(modifiers(&Schemes))]
struct Api;

fn all() -> GuardedRouter {
    let guarded = GuardedRouter::new().routes(routes!(plain)).routes(routes!(own)).routes(routes!(both));
    guarded.routes(routes!(optional)).routes(routes!(hook)).routes(routes!(open))
}

fn written(documentation: &Documentation, routes: &GuardedRouter, document: utoipa::openapi::OpenApi) -> Value {
    serde_json::to_value(documentation.write(routes, document).unwrap()).unwrap()
}

fn security(document: &Value, method: &str, path: &str) -> Value {
    document["paths"][path][method]["security"].clone()
}

#[test]
fn schemes_and_requirements_of_the_author_stay_beside_those_of_the_guard() {
    let document = written(&Documentation::new(), &all(), Api::openapi());
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["gateway"], json!({ "type": "apiKey", "in": "header", "name": "x-gateway-key" }));
    assert_eq!(schemes["oauth"]["type"], "oauth2");
    assert_eq!(schemes["bearer"]["type"], "http");
    for (method, path, expected) in [
        ("get", "/plain", json!([{ "bearer": ["read"] }])),
        // The empty alternative would say that no credential is needed.
        ("get", "/own", json!([{ "bearer": ["read"] }, { "oauth": ["other"] }, { "gateway": [] }])),
        ("get", "/both", json!([{ "bearer": ["read"], "gateway": [] }])),
        ("get", "/optional", json!([{}, { "bearer": [] }, { "oauth": [] }])),
        ("post", "/hook", json!([{ "gateway": [] }])),
        ("get", "/open", json!([])),
    ] {
        assert_eq!(security(&document, method, path), expected, "{method} {path}");
    }
}

#[test]
fn what_the_author_requires_of_all_operations_joins_guarded_ones() {
    let mut document = Api::openapi();
    document.security = Some(vec![utoipa::openapi::security::SecurityRequirement::new("gateway", [""; 0])]);
    let document = written(&Documentation::new(), &all(), document);
    assert_eq!(security(&document, "get", "/plain"), json!([{ "bearer": ["read"] }, { "gateway": [] }]));
    assert_eq!(security(&document, "get", "/both"), json!([{ "bearer": ["read"], "gateway": [] }]));
    assert_eq!(security(&document, "get", "/open"), json!([]));
    assert_eq!(document.get("security"), None);
}

#[test]
fn a_way_to_get_a_token_is_an_alternative_of_every_guard() {
    let flow = ClientCredentials::new("https://issuer.test/token", Scopes::new());
    let scheme = SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)]));
    let documentation = Documentation::new().scheme("service", scheme);
    let document = written(&documentation, &all(), Api::openapi());
    assert_eq!(security(&document, "get", "/plain"), json!([{ "bearer": ["read"] }, { "service": ["read"] }]));
    assert_eq!(security(&document, "get", "/open"), json!([]));
    assert_eq!(document["components"]["securitySchemes"]["service"]["type"], "oauth2");
}

#[test]
fn a_bearer_scheme_of_the_author_keeps_its_name() {
    let mut document = Api::openapi();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_default().add_security_scheme("token", bearer);
    let routes = GuardedRouter::new().routes(routes!(plain));
    let document = written(&Documentation::new(), &routes, document);
    assert_eq!(security(&document, "get", "/plain"), json!([{ "token": ["read"] }]));
    assert!(document["components"]["securitySchemes"].get("bearer").is_none());
}

/// The schemes that `GET /plain` accepts, and the declared ones, if the document declares this one too.
async fn with_scheme(
    documentation: &Documentation,
    builder: VerifierBuilder,
    name: &str,
    scheme: SecurityScheme,
) -> (Value, Value) {
    let mut document = Api::openapi();
    document.components.get_or_insert_default().add_security_scheme(name, scheme);
    let routes = GuardedRouter::new().routes(routes!(plain)).guarded_by(builder.build().await.unwrap());
    let document = written(documentation, &routes, document);
    (security(&document, "get", "/plain"), document["components"]["securitySchemes"].clone())
}

#[tokio::test]
async fn schemes_are_the_same_if_they_describe_the_same_place_whatever_their_names() {
    let bearer = || SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let basic = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Basic).build());
    let header = |name: &str| SecurityScheme::ApiKey(Key::Header(ApiKeyValue::new(name)));
    let tokens = || Verifier::builder().issuer(TestIssuer::new().issuer());
    let in_header = || tokens().token_location(TokenLocation::header("X-Token"));
    let none = Documentation::new();
    let also = Documentation::new().scheme("also", bearer());
    for (documentation, builder, name, scheme, expected) in [
        (&none, tokens(), "basic", basic, json!([{ "bearer": ["read"] }])),
        // The name is taken.
        (&none, tokens(), "bearer", header("x-bearer"), json!([{ "bearer_": ["read"] }])),
        (&none, in_header(), "mine", header("x-token"), json!([{ "mine": ["read"] }])),
        (&none, in_header(), "mine", header("x-tokens"), json!([{ "header-X-Token": ["read"] }])),
        // Another way to get a bearer token is an alternative only where bearer tokens are accepted.
        (&also, tokens(), "mine", header("x"), json!([{ "bearer": ["read"] }, { "also": ["read"] }])),
        (&also, in_header(), "mine", header("x-token"), json!([{ "mine": ["read"] }])),
        // What the document declares stays.
        (&also, tokens(), "also", header("x"), json!([{ "bearer": ["read"] }, { "also": ["read"] }])),
    ] {
        let expected_scheme = serde_json::to_value(&scheme).unwrap();
        let (security, schemes) = with_scheme(documentation, builder, name, scheme).await;
        assert_eq!(security, expected, "{name}");
        assert_eq!(schemes[name], expected_scheme, "{name}");
    }
}

#[test]
fn a_scheme_that_is_not_declared_is_an_error() {
    #[derive(OpenApi)]
    struct WithoutSchemes;

    let error = all().openapi(WithoutSchemes::openapi()).err().unwrap();
    let expected = [("GET /both", "gateway"), ("POST /hook", "gateway"), ("GET /optional", "oauth")];
    let expected = expected.iter().copied().chain([("GET /own", "gateway"), ("GET /own", "oauth")]);
    let mut expected: Vec<_> = expected.map(|(at, name)| (at.to_owned(), name.to_owned())).collect();
    let mut found = error.undeclared().to_vec();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!(error.to_string().contains("\n- GET /both: security scheme `gateway` is not declared"), "{error}");
}

#[utoipa::path(get, path = "/events", responses((status = 200, body = String, content_type = "text/event-stream")))]
#[require_user]
async fn events() {}

#[utoipa::path(get, path = "/socket", responses((status = 101)))]
#[require_user]
async fn socket() {}

fn locations() -> GuardedRouter {
    GuardedRouter::new().routes(routes!(plain)).routes(routes!(events)).routes(routes!(socket))
}

async fn built(builder: VerifierBuilder) -> Verifier {
    builder.issuer(TestIssuer::new().issuer()).build().await.unwrap()
}

#[tokio::test]
async fn locations_of_tokens_are_described_as_what_they_are() {
    let builder = Verifier::builder()
        .token_location(TokenLocation::cookie("__Host-t|1"))
        .token_location(TokenLocation::header("X-Token"))
        .token_location(TokenLocation::event_stream_query("token"))
        .token_location(TokenLocation::websocket_query("ticket"))
        .token_location(TokenLocation::websocket_subprotocol("bearer."));
    let document = written(&Documentation::new(), &locations().guarded_by(built(builder).await), Api::openapi());
    let schemes = &document["components"]["securitySchemes"];
    let key = |place: &str, name: &str| json!({ "type": "apiKey", "in": place, "name": name });
    assert_eq!(schemes["header-X-Token"], key("header", "X-Token"));
    assert_eq!(schemes["cookie-__Host-t_1"], key("cookie", "__Host-t|1"));
    assert_eq!(schemes["query-token"], key("query", "token"));
    assert_eq!(schemes["query-ticket"], key("query", "ticket"));
    assert_eq!(schemes["subprotocol-bearer."]["name"], "Sec-WebSocket-Protocol");
    assert!(schemes.get("bearer").is_none(), "the header is not read");
    let (header, cookie) = ("header-X-Token", "cookie-__Host-t_1");
    assert_eq!(security(&document, "get", "/plain"), json!([{ header: ["read"] }, { cookie: ["read"] }]));
    assert_eq!(security(&document, "get", "/events"), json!([{ header: [] }, { "query-token": [] }, { cookie: [] }]));
    let of_socket = json!([{ header: [] }, { "query-ticket": [] }, { "subprotocol-bearer.": [] }, { cookie: [] }]);
    assert_eq!(security(&document, "get", "/socket"), of_socket);
}

#[tokio::test]
async fn api_keys_and_routers_with_their_own_verifier_are_described() {
    let none = |_| async { Ok::<Option<ApiKey>, String>(Some(ApiKey::new("1", Identity::new("a"), Limit::none()))) };
    let keys = |keys: ApiKeys| Verifier::builder().authenticator("keys", keys.prefix("sk_").find(none));
    let by_header = keys(ApiKeys::header("x-gateway-key")).build().await.unwrap();
    let by_either = built(keys(ApiKeys::authorization())).await;
    let inner = GuardedRouter::new().routes(routes!(plain)).guarded_by(by_header);
    let outer = GuardedRouter::new().routes(routes!(own)).nest("/keys", inner).guarded_by(by_either);
    let document = written(&Documentation::new(), &outer, Api::openapi());
    // The author declared this header under another name.
    assert_eq!(security(&document, "get", "/keys/plain"), json!([{ "gateway": ["read"] }]));
    let of_own = json!([{ "bearer": ["read"] }, { "oauth": ["other"] }, { "gateway": [] }]);
    assert_eq!(security(&document, "get", "/own"), of_own);
}

#[test]
fn every_answer_of_a_guard_is_described() {
    #[utoipa::path(get, path = "/query", responses((status = 200)))]
    #[require_org(from = query("org"))]
    async fn by_query() {}

    #[utoipa::path(get, path = "/loaded", responses((status = 200)))]
    #[require_user(load = Some(1))]
    async fn loaded(Loaded(one): Loaded<i32>) {
        assert_eq!(one, 1);
    }

    #[utoipa::path(get, path = "/hidden", responses((status = 200)))]
    #[require_org(from = query("org"), deny = not_found)]
    async fn hidden() {}

    let routes = GuardedRouter::new().routes(routes!(by_query)).routes(routes!(loaded)).routes(routes!(hidden));
    let document = written(&Documentation::new(), &routes.merge(all()), Api::openapi());
    for (path, expected) in [
        ("/query", "400 401 403 503"),
        ("/loaded", "400 401 404 503"),
        ("/hidden", "400 401 404 503"),
        ("/plain", "400 401 403 503"),
        ("/optional", "503"),
        ("/open", ""),
    ] {
        assert_eq!(answers(&document, path), expected, "{path}");
    }
    for (path, description) in [
        ("/query", "More than one credential, or the organization is not named exactly once"),
        ("/plain", "More than one credential"),
    ] {
        assert_eq!(document["paths"][path]["get"]["responses"]["400"]["description"], description, "{path}");
    }
}

/// The refusals that the document describes for `GET`.
fn answers(document: &Value, path: &str) -> String {
    let all = document["paths"][path]["get"]["responses"].as_object().unwrap().keys();
    all.skip_while(|status| *status == "200").map(String::as_str).collect::<Vec<_>>().join(" ")
}

async fn documented(routes: GuardedRouter, builder: VerifierBuilder) -> Value {
    written(&Documentation::new(), &routes.guarded_by(builder.build().await.unwrap()), Api::openapi())
}

/// An authenticator that finds no credential.
struct Sessions {
    is_explicit: bool,
}

impl Authenticator for Sessions {
    async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        Ok(None)
    }

    fn is_explicit(&self) -> bool {
        self.is_explicit
    }
}

/// A directory without members.
struct Nobody;

impl Directory for Nobody {
    async fn membership(&self, _: &User, _: &str) -> Result<Option<Membership>, DirectoryError> {
        Ok(None)
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

/// 400 and 503 come from credentials, so what a verifier reads and asks decides where they are possible.
#[tokio::test]
async fn answers_about_credentials_are_described_where_the_verifier_can_give_them() {
    #[utoipa::path(get, path = "/any", responses((status = 200)))]
    #[require_user]
    async fn any() {}

    #[utoipa::path(get, path = "/in/{org}", responses((status = 200)), params(("org" = String, Path)))]
    #[require_org(from = path("org"))]
    async fn in_org() {}

    #[utoipa::path(get, path = "/audited", responses((status = 200)))]
    #[require_user(audit)]
    async fn audited() {}

    let none = |_| async { Ok::<Option<ApiKey>, String>(None) };
    let keys = || ApiKeys::header("x-key").prefix("sk_").find(none);
    let tokens = || Verifier::builder().issuer(TestIssuer::new().issuer());
    let in_cookie = || tokens().token_location(TokenLocation::cookie("t"));
    let session = |is_explicit| Sessions { is_explicit };
    let one = |is_explicit| Verifier::builder().authenticator("one", session(is_explicit));
    let two = |is_explicit| one(is_explicit).authenticator("two", session(is_explicit));
    // Nothing listens there.
    let fetched = Issuer::jwks_url("https://fetched.test", "api", "http://127.0.0.1:1/keys");
    let asked = Issuer::introspection("http://127.0.0.1:1/ask", "id", "secret", "api");
    let shared = Revocations::redis("redis://127.0.0.1:1").danger_plain_redis();
    for (case, builder, guarded, lenient) in [
        ("tokens", tokens(), "400 401", ""),
        ("revocations of this process", tokens().revocations(Revocations::local()), "400 401", ""),
        ("shared revocations", tokens().revocations(shared), "400 401 503", "503"),
        ("a directory", tokens().directory(Nobody), "400 401 503", "503"),
        ("fetched keys", tokens().issuer(fetched).start_without_keys(), "400 401 503", "503"),
        ("introspection", tokens().issuer(asked), "400 401 503", "503"),
        ("API keys", Verifier::builder().authenticator("keys", keys()), "400 401 503", "503"),
        // A second cookie of this name comes from another host: an anonymous response would log the user out.
        ("tokens in cookies", in_cookie(), "400 401", "400"),
        // The same if a cookie is invalid beside another credential.
        ("cookies and a session", in_cookie().authenticator("one", session(true)), "400 401 503", "400 401 503"),
        ("tokens and a session", tokens().authenticator("one", session(false)), "400 401 503", "503"),
        ("a session", one(false), "401 503", "503"),
        ("two sessions", two(false), "401 503", "401 503"),
        ("another scheme", one(true), "401 503", "503"),
        ("two other schemes", two(true), "400 401 503", "503"),
    ] {
        let routes = GuardedRouter::new().routes(routes!(any)).routes(routes!(optional));
        let document = documented(routes, builder).await;
        assert_eq!(answers(&document, "/any"), guarded, "{case}");
        assert_eq!(answers(&document, "/optional"), lenient, "{case}");
    }
    // What a route asks for adds to this.
    for (case, builder, named, recorded) in
        [("tokens", tokens(), "400 401 403", "400 401 503"), ("a session", one(false), "400 401 403 503", "401 503")]
    {
        let document = documented(GuardedRouter::new().routes(routes!(in_org)).routes(routes!(audited)), builder).await;
        assert_eq!(answers(&document, "/in/{org}"), named, "{case}");
        assert_eq!(answers(&document, "/audited"), recorded, "{case}");
    }
}

#[tokio::test]
async fn an_application_that_answers_refusals_itself_describes_their_form() {
    let own = Verifier::builder().on_denied(|denied, _| denied.status().into_response());
    let routes = GuardedRouter::new().routes(routes!(plain));
    for (verifier, has_form) in [(built(Verifier::builder()).await, true), (built(own).await, false)] {
        let document = written(&Documentation::new(), &routes.clone().guarded_by(verifier), Api::openapi());
        let refused = &document["paths"]["/plain"]["get"]["responses"]["401"];
        assert_eq!(refused["content"].get("application/problem+json").is_some(), has_form, "{refused}");
    }
}
