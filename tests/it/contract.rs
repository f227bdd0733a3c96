//! The public names that other programs use: each is used as those programs use it. The test is that this compiles.
#![allow(dead_code, clippy::type_complexity)]

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use auth_runtime::routing;
use auth_runtime::testing::{self, TestIssuer, TokenBuilder, denial_matrix};
use auth_runtime::{
    Algorithm, AlreadyInitialized, AsOrgId, ClaimMapping, Claims, ConfigError, DenialReason, Denied, Explanation,
    GuardedRouter, Health, IdError, Identity, Issuer, OrgMember, TokenCache, TokenLocation, TokenType, User, Verified,
    Verifier, VerifierBuilder, VerifyError,
};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

fn verifier(verifier: &Verifier, token: &str) -> Result<(), AlreadyInitialized> {
    let _: Verifier = verifier.clone();
    let _: Health = verifier.health();
    drop(verifier.verify(token));
    auth_runtime::init(verifier.clone())
}

async fn builder(issuer: Issuer) -> Result<Verifier, ConfigError> {
    let builder: VerifierBuilder = Verifier::builder()
        .issuer(issuer)
        .token_location(TokenLocation::authorization())
        .token_location(TokenLocation::cookie("t").danger_allow_cross_site())
        .token_location(TokenLocation::websocket_query("t"))
        .token_location(TokenLocation::websocket_subprotocol("p."))
        .token_cache(TokenCache::bytes(1))
        .token_cache(TokenCache::disabled())
        .max_token_bytes(1)
        .on_denied(|denied: &Denied, _: &Parts| denied.clone().into_response() as Response)
        .danger_explain_denials()
        .start_without_keys();
    drop(Verifier::new(Issuer::danger_bare_hmac("secret")).await?);
    builder.build().await
}

fn issuers() -> Vec<Issuer> {
    vec![
        Issuer::propelauth("https://auth.test", "key").public_key_pem("pem"),
        Issuer::auth0("tenant.test", "api"),
        Issuer::keycloak("https://realm.test", "api"),
        Issuer::oidc("https://issuer.test", "api"),
        Issuer::jwks_url("https://issuer.test", "api", "https://issuer.test/jwks"),
        Issuer::jwks("https://issuer.test", "api", "{}"),
        Issuer::pem("https://issuer.test", "api", "pem"),
        Issuer::fastapi_users("secret"),
        Issuer::google("client"),
        Issuer::supabase("https://ref.supabase.co").anonymous_users().also_hmac("secret", SystemTime::UNIX_EPOCH),
        Issuer::hmac("https://issuer.test", "api", "secret")
            .named("own")
            .audiences(["a"])
            .danger_any_audience()
            .algorithms([Algorithm::HS256])
            .leeway(Duration::ZERO)
            .claim_mapping(ClaimMapping::fastapi_users())
            .map_identity(|_: &Map<String, Value>, identity: Identity| Some(identity))
            .issuer_claim("iss")
            .also_issuer_claim("iss-2")
            .roles_from("roles")
            .permissions_from("permissions")
            .scopes_from("scopes")
            .org_from("org")
            .org_role_from("org_role")
            .user_id_from("/user/id")
            .require_claim("azp", ["web"])
            .danger_user_writable("roles")
            .danger_reassignable_id()
            .also_secret("old", SystemTime::UNIX_EPOCH)
            .danger_allow_http(["keycloak"])
            .danger_no_issuer_claim()
            .token_type(TokenType::AccessJwt)
            .danger_accept_bound_tokens()
            .max_stale(Duration::from_secs(1))
            .http_client(|client| client),
    ]
}

fn mappings() -> [ClaimMapping; 8] {
    [
        ClaimMapping::propelauth(),
        ClaimMapping::auth0(),
        ClaimMapping::keycloak(),
        ClaimMapping::oidc(),
        ClaimMapping::fastapi_users(),
        ClaimMapping::google(),
        ClaimMapping::supabase(),
        ClaimMapping::none(),
    ]
}

struct Tenant(String);

impl AsOrgId for Tenant {
    fn as_org_id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

fn denied(denied: &Denied) -> (StatusCode, DenialReason, Explanation) {
    (denied.status(), denied.reason(), denied.explain())
}

fn user(user: &User) -> Result<(), Denied> {
    let _: (&str, &str, &str, Option<SystemTime>) = (user.id(), user.issuer(), user.issuer_name(), user.expires_at());
    let _: (Result<u64, IdError>, Option<&str>) = (user.id_as(), user.credential_id());
    let _: [Option<bool>; 2] = [user.is_impersonated(), user.email_verified()];
    let _: [Option<&str>; 6] = [
        user.email(),
        user.first_name(),
        user.last_name(),
        user.username(),
        user.legacy_user_id(),
        user.impersonator_user_id(),
    ];
    let _: (Option<OrgMember>, Option<OrgMember>) = (user.org("o"), user.active_org());
    let _: Vec<OrgMember> = user.known_orgs().collect();
    let _: [Option<&[String]>; 2] = [user.roles(), user.scopes()];
    let _: [bool; 2] = [user.has_scope("s"), user.has_permission("p")];
    let _: [bool; 2] = [user.lacks_scope("s"), user.lacks_permission("p")];
    let _: [bool; 4] = [user.is_role("r"), user.lacks_role("r"), user.is_at_least_role("r"), user.is_below_role("r")];
    let _: Option<u64> = user.claim::<u64>("n").unwrap_or_default();
    let _: OrgMember = user.require_org("o")?;
    let _: OrgMember = user.require_org_at_least("o", "r")?;
    let _: OrgMember = user.require_org_exactly("o", "r")?;
    let _: OrgMember = user.require_org_permission("o", "p")?;
    let _: OrgMember = user.require_org_all_permissions("o", &["p"])?;
    Ok(())
}

fn member(member: &OrgMember) -> bool {
    let _: (&str, &Value) = (member.id(), member.metadata());
    let _: [Option<&str>; 3] = [member.role(), member.name(), member.url_safe_name()];
    let _: [Option<&[String]>; 3] = [member.additional_roles(), member.inherited_roles(), member.permissions()];
    let lacks = member.lacks_role("r") || member.is_below_role("r") || member.lacks_permission("p");
    !lacks
        && member.is_role("r")
        && member.is_at_least_role("r")
        && member.has_permission("p")
        && member.has_all_permissions(&["p"])
}

fn claims(verified: &Verified, Claims(value): Claims<Value>) -> Result<Value, VerifyError> {
    drop(value);
    let _: (Option<SystemTime>, Option<Duration>, User) =
        (verified.expires_at(), verified.expires_in(), verified.user());
    verified.claims()
}

fn router(router: GuardedRouter, verifier: Verifier) -> axum::Router {
    let table = router.table();
    for row in table.rows() {
        let _ = (&row.method, &row.path, &row.policy, &row.reason, &row.file, &row.line);
    }
    let changes = table.loosened_since(&table);
    let _ = (table.to_string(), changes.len());
    let router = router.guarded_by(verifier);
    let _ = || -> Option<axum::Router> { GuardedRouter::<()>::new().build().ok() };
    router.into_router()
}

fn token(issuer: &TestIssuer) -> String {
    let token: TokenBuilder<'_> = issuer.token();
    let token = token.user("u").email("e").org("o", "r").org_permission("o", "p").permission("p").role("r").scope("s");
    let token = token.claim("k", "v").header("k", "v").without("k").expires_in(Duration::from_secs(1));
    token.expired().signed_by_stranger().build()
}

async fn matrix(router: GuardedRouter, issuer: &TestIssuer) -> bool {
    let _ = (TestIssuer::with_algorithm(Algorithm::ES256), issuer.issuer(), issuer.verifier().await);
    denial_matrix(router, issuer).await.is_ok()
}

/// Handlers share their arguments between threads, and servers move their state to other threads.
const fn is_shared<T: Send + Sync + 'static>() {}

const _: () = {
    is_shared::<(Verifier, VerifierBuilder, Issuer, ClaimMapping, TokenLocation, TokenCache, TokenType)>();
    is_shared::<(Verified, User, OrgMember, Claims<Value>, Identity, auth_runtime::Membership)>();
    is_shared::<(Denied, DenialReason, Explanation, auth_runtime::Finding)>();
    is_shared::<(ConfigError, VerifyError, IdError, auth_runtime::InvalidTokenReason, auth_runtime::ClaimError)>();
    is_shared::<(AlreadyInitialized, Health, auth_runtime::IssuerHealth, auth_runtime::KeyState)>();
    is_shared::<(GuardedRouter, routing::MethodRouter, routing::Table, routing::Row, routing::TableDiff)>();
    is_shared::<(routing::Change, routing::Loosened, routing::TableError, routing::RouteErrors, routing::RouteFault)>();
    is_shared::<(auth_runtime::openapi::Documentation, auth_runtime::openapi::OpenApiError)>();
    is_shared::<(TestIssuer, TokenBuilder<'static>, testing::TestClock, testing::MatrixError, testing::DenialReport)>();
};

/// Handlers, states and tasks of other programs need these types on every thread.
const _: () = {
    const fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Verifier>();
    is_shared::<VerifierBuilder>();
    is_shared::<Issuer>();
    is_shared::<Verified>();
    is_shared::<User>();
    is_shared::<OrgMember>();
    is_shared::<Denied>();
    is_shared::<GuardedRouter>();
    is_shared::<ConfigError>();
    is_shared::<VerifyError>();
};
