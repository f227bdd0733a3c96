//! Settings that do not build, and the errors of a start without keys.

use std::fmt::Write as _;

use auth_runtime::routing::get;
use auth_runtime::{Algorithm, GuardedRouter, Issuer, Verifier, require_user};
use serde_json::json;

use super::Server;
use crate::support::{Signer, get_with};

const TENANT: &str = "11111111-1111-4111-8111-111111111111";

fn clerk() -> Issuer {
    Issuer::clerk("clerk.example.com").authorized_parties(["https://app.example.com"])
}

/// Each issuer that must not start, the setting that the error names, and words of its text.
#[tokio::test]
async fn a_bad_provider_fails_the_build_and_names_its_setting() {
    let rows = vec![
        (Issuer::entra("common", "api"), "tenant_id", "entra_multi_tenant"),
        (Issuer::entra("organizations", "api"), "tenant_id", "entra_multi_tenant"),
        (Issuer::entra("contoso.onmicrosoft.com", "api"), "tenant_id", "a domain cannot be used"),
        (Issuer::entra("", "api"), "tenant_id", "is empty"),
        (Issuer::entra(TENANT, ""), "audiences", "is empty"),
        (Issuer::entra(TENANT, "api").tenants([TENANT]), "tenants", "is for other issuers"),
        (Issuer::entra(TENANT, "api").danger_any_tenant(), "danger_any_tenant", "is for other issuers"),
        (Issuer::entra(TENANT, "api").anonymous_users(), "anonymous_users", "are not refused for this reason"),
        (Issuer::entra_multi_tenant("api"), "tenants", "is empty"),
        (Issuer::entra_multi_tenant("api").tenants([""; 0]), "tenants", "is empty"),
        (Issuer::entra_multi_tenant("api").tenants([""]), "tenants", "is empty"),
        (Issuer::entra_multi_tenant("api").tenants(["common"]), "tenants", "means many"),
        (Issuer::entra_multi_tenant("api").tenants([TENANT, "contoso.com"]), "tenants", "contoso.com"),
        (Issuer::entra_multi_tenant("").tenants([TENANT]), "audiences", "is empty"),
        (Issuer::entra_multi_tenant("api").tenants([TENANT]).issuer_claim("x"), "issuer_claim", "with one tenant"),
        (
            Issuer::entra_multi_tenant("api")
                .tenants([TENANT])
                .named("https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0"),
            "named",
            "is the `iss` of a tenant",
        ),
        (
            Issuer::entra_multi_tenant("api").tenants([TENANT]).named("entra").danger_no_issuer_claim(),
            "issuer_claim",
            "with one tenant",
        ),
        (
            Issuer::entra_multi_tenant("api").tenants([TENANT]).also_issuer_claim("x"),
            "also_issuer_claim",
            "with one tenant",
        ),
        (Issuer::cognito("", "us-east-1_example", "client"), "region", "is not a region"),
        (Issuer::cognito("us-east-1/x", "us-east-1_example", "client"), "region", "is not a region"),
        (Issuer::cognito("eu-west-1", "us-east-1_example", "client"), "pool_id", "begins with the region"),
        (Issuer::cognito("us-east-1", "us-east-1_a/../b", "client"), "pool_id", "is not a user pool's id"),
        (Issuer::cognito("us-east-1", "us-east-1_example", ""), "audiences", "is empty"),
        (Issuer::google(""), "audiences", "is empty"),
        (Issuer::google("client").applications(), "applications", "is for other issuers"),
        (
            Issuer::okta("https://example.okta.com/oauth2/default", "api").refuse_applications(),
            "refuse_applications",
            "is for other issuers",
        ),
        (Issuer::google_iap(""), "audience", "/projects/"),
        (Issuer::google_iap("1234567890123"), "audience", "/projects/"),
        (Issuer::cloudflare_access("", "tag"), "team", "is empty"),
        (Issuer::cloudflare_access("team/path", "tag"), "team", ""),
        (Issuer::cloudflare_access("http://team.cloudflareaccess.com", "tag"), "cloudflare_access", "is not https"),
        (Issuer::cloudflare_access("team", ""), "audiences", "is empty"),
        (Issuer::firebase(""), "project_id", "is not a project's id"),
        (Issuer::firebase("123456789012"), "project_id", "its number"),
        (Issuer::firebase("a/b"), "project_id", "is not a project's id"),
        (Issuer::firebase("shop-1234").tenants([""; 0]), "tenants", "is empty"),
        (Issuer::firebase("shop-1234").tenants(["a/b"]), "tenants", "is not a tenant's id"),
        (Issuer::firebase("shop-1234").danger_any_tenant(), "danger_any_tenant", "is for other issuers"),
        (Issuer::supabase("https://x.supabase.co/auth/v1"), "project_url", "use only the host"),
        (Issuer::supabase("http://x.supabase.co"), "supabase", "is not https"),
        (Issuer::clerk("clerk.example.com"), "authorized_parties", "is empty"),
        (Issuer::clerk("clerk.example.com").native_clients(), "authorized_parties", "is empty"),
        (Issuer::clerk("clerk.example.com").authorized_parties([""; 0]), "authorized_parties", "is empty"),
        (Issuer::clerk("clerk.example.com").authorized_parties(["https://a.com/"]), "authorized_parties", "slash"),
        (Issuer::clerk("").authorized_parties(["https://a.com"]), "frontend_api", ""),
        (Issuer::google("client").authorized_parties(["https://a.com"]), "authorized_parties", "is for other issuers"),
        (Issuer::google("client").native_clients(), "native_clients", "is for other issuers"),
        (Issuer::kinde("https://acme.kinde.com/x", "api"), "domain", "use only the host"),
        (Issuer::kinde("acme.kinde.com", ""), "audiences", "is empty"),
        (Issuer::workos(""), "client_id", "is not a client id"),
        (Issuer::workos("client/../x"), "client_id", "is not a client id"),
        (Issuer::okta("https://example.okta.com", "api"), "issuer", "org authorization server"),
        (Issuer::okta("https://example.okta.com/", "api"), "issuer", "org authorization server"),
        (Issuer::okta("https://example.okta.com/oauth2/default", ""), "audiences", "is empty"),
        (Issuer::zitadel("https://acme.zitadel.cloud/ui", "1"), "instance", "use only the host"),
        (Issuer::zitadel("acme.zitadel.cloud", ""), "audiences", "is empty"),
    ];
    Box::pin(check(rows)).await;
}

/// No decision depends on claims that users can write.
#[tokio::test]
async fn claims_that_users_write_decide_nothing() {
    let cognito = || Issuer::cognito("us-east-1", "us-east-1_example", "client");
    let supabase = || Issuer::supabase("https://x.supabase.co");
    let auth0 = || Issuer::auth0("acme.eu.auth0.com", "api");
    let keycloak = || Issuer::keycloak("https://sso.example.com/realms/shop", "api");
    let propelauth = || Issuer::propelauth("https://auth.example.com", "key");
    let rows = vec![
        (cognito().roles_from("custom:role"), "roles_from", "custom:role"),
        (cognito().require_claim("custom:tenant", ["a"]), "require_claim", "custom:tenant"),
        (cognito().org_from("custom:org"), "org_from", "custom:org"),
        (supabase().roles_from("/user_metadata/roles"), "roles_from", "user_metadata"),
        (supabase().permissions_from("/user_metadata/p"), "permissions_from", "user_metadata"),
        (supabase().user_id_from("email"), "user_id_from", "email"),
        (supabase().require_claim("email", ["a@example.com"]), "require_claim", "email"),
        (clerk().roles_from("/unsafe_metadata/roles"), "roles_from", "unsafe_metadata"),
        (clerk().org_from("/metadata/unsafe_metadata/org"), "org_from", "unsafe_metadata"),
        (Issuer::entra(TENANT, "api").require_claim("upn", ["a"]), "require_claim", "upn"),
        (Issuer::entra(TENANT, "api").user_id_from("preferred_username"), "user_id_from", "preferred_username"),
        (Issuer::okta("https://x.okta.com/oauth2/default", "api").user_id_from("sub"), "user_id_from", "sub"),
        (Issuer::google("client").user_id_from("email"), "user_id_from", "email"),
        (auth0().roles_from("https://example.com/user_metadata"), "roles_from", "user_metadata"),
        (auth0().roles_from("/https:~1~1example.com~1user_metadata/roles"), "roles_from", "user_metadata"),
        (auth0().require_claim("nickname", ["ada"]), "require_claim", "nickname"),
        (keycloak().user_id_from("preferred_username"), "user_id_from", "preferred_username"),
        (keycloak().require_claim("locale", ["fr"]), "require_claim", "locale"),
        (propelauth().roles_from("/properties/roles"), "roles_from", "properties"),
        (propelauth().require_claim("username", ["ada"]), "require_claim", "username"),
        (Issuer::google_iap("/projects/1/apps/a").require_claim("email", ["a"]), "require_claim", "email"),
        (Issuer::cloudflare_access("team", "tag").require_claim("email", ["a"]), "require_claim", "email"),
        (Issuer::firebase("shop").roles_from("name"), "roles_from", "name"),
        (Issuer::kinde("a.kinde.com", "api").require_claim("given_name", ["a"]), "require_claim", "given_name"),
        (Issuer::workos("client_1").require_claim("email", ["a"]), "require_claim", "email"),
        (
            Issuer::zitadel("a.zitadel.cloud", "1").roles_from("/urn:zitadel:iam:user:metadata/roles"),
            "roles_from",
            "urn:zitadel:iam:user:metadata",
        ),
        // This is true even with another mapping.
        (
            cognito().claim_mapping(auth_runtime::ClaimMapping::oidc()).roles_from("custom:role"),
            "roles_from",
            "custom:role",
        ),
    ];
    Box::pin(check(rows)).await;
}

#[require_user(claim("custom:role") == "admin")]
async fn custom() {}

#[require_user(claim("/user_metadata/plan") == "paid" || claim("/a/unsafe_metadata/plan") == "paid")]
async fn metadata() {}

#[require_user(!(claim("locale") == "fr"))]
async fn locale() {}

#[require_user(claim("department") == "sales")]
async fn department() {}

#[require_user(claim("custom:role") == "admin")]
struct Custom;

/// A condition that compares such a claim does not build either. If the verifier is not known yet, the condition admits
/// no user.
#[tokio::test]
async fn conditions_over_claims_that_users_write_do_not_build() {
    let signer = Signer::new("RS256", "k");
    let keys = json!({ "keys": [signer.jwk()] }).to_string();
    let cognito = || Issuer::cognito("us-east-1", "us-east-1_example", "client").public_keys(keys.clone());
    let verifier = async |issuer: Issuer| Verifier::new(issuer).await.unwrap();
    let strict = verifier(cognito()).await;
    let lax = verifier(cognito().danger_user_writable("custom:role").danger_user_writable("locale")).await;
    let routes = || -> [(GuardedRouter, &str, bool); 6] {
        [
            (GuardedRouter::new().route("/", get(custom)), "custom:role", true),
            (GuardedRouter::new().nest("/a", GuardedRouter::new().route("/", get(custom))), "custom:role", true),
            (GuardedRouter::new().route("/", get(department)).require::<Custom>(), "custom:role", true),
            (GuardedRouter::new().route("/", get(metadata)), "/user_metadata/plan", false),
            (GuardedRouter::new().route("/", get(metadata)), "/a/unsafe_metadata/plan", false),
            (GuardedRouter::new().route("/", get(locale)), "locale", true),
        ]
    };
    for ((router, claim, _), (again, _, is_allowed)) in routes().into_iter().zip(routes()) {
        let error = router.guarded_by(strict.clone()).build().unwrap_err().to_string();
        let setting = format!("`.danger_user_writable({claim:?})`");
        assert!(error.contains(&format!("`claim({claim:?})`")) && error.contains(&setting), "{error}");
        assert!(error.contains("cognito-idp.us-east-1.amazonaws.com"), "{error}");
        assert_eq!(again.guarded_by(lax.clone()).build().is_ok(), is_allowed, "{claim}");
    }
    assert!(GuardedRouter::<()>::new().route("/", get(department)).guarded_by(strict.clone()).build().is_ok());
    // The verifier of a nested router decides for its routes.
    let inner = || GuardedRouter::<()>::new().route("/", get(custom));
    assert!(
        GuardedRouter::<()>::new()
            .nest("/a", inner().guarded_by(lax.clone()))
            .guarded_by(strict.clone())
            .build()
            .is_ok()
    );
    assert!(
        GuardedRouter::<()>::new()
            .nest("/a", inner().guarded_by(strict.clone()))
            .guarded_by(lax.clone())
            .build()
            .is_err()
    );

    let claims = json!({
        "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example", "sub": "u1", "client_id": "client",
        "token_use": "access", "username": "u1", "iat": super::ISSUED, "exp": super::EXPIRES, "custom:role": "admin",
        "locale": "de", "department": "sales",
    });
    let token = signer.token(&claims);
    for (verifier, status) in [(&strict, 403), (&lax, 200)] {
        // The guards of a router whose routes are not visible when the verifier is set.
        let unseen = axum::Router::new()
            .route("/custom", axum::routing::get(custom))
            .route("/locale", axum::routing::get(locale));
        let app = GuardedRouter::new().public_router("guarded by itself", unseen);
        let app = app.guarded_by(verifier.clone()).into_router();
        for uri in ["/custom", "/locale"] {
            let answer = get_with(&app, uri, &token).await;
            assert_eq!(answer.status, status, "{uri} {answer:?}");
            let says = answer.explanation.contains("users can write it themselves");
            assert_eq!(says, status == 403, "{answer:?}");
        }
    }
    let app = GuardedRouter::new().route("/", get(department)).guarded_by(strict).into_router();
    assert_eq!(get_with(&app, "/", &token).await.status, 200);
}

async fn check(rows: impl IntoIterator<Item = (Issuer, &'static str, &'static str)>) {
    let mut faults = String::new();
    for (issuer, setting, words) in rows {
        let shown = format!("{issuer:?}");
        match Verifier::new(issuer).await {
            Ok(_) => writeln!(faults, "built: {shown}").unwrap(),
            Err(error) if error.setting() == setting && error.to_string().contains(words) => {}
            Err(error) => writeln!(faults, "{shown}\n  expected {setting}: {words}\n  found    {error}").unwrap(),
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// An issuer for one tenant and one for several would both be asked for the tenant's tokens.
#[tokio::test]
async fn two_issuers_of_one_tenant_do_not_build() {
    for builder in [
        Verifier::builder()
            .issuer(Issuer::entra(TENANT, "api"))
            .issuer(Issuer::entra_multi_tenant("api").tenants([TENANT])),
        Verifier::builder()
            .issuer(Issuer::entra_multi_tenant("api").tenants([TENANT]))
            .issuer(Issuer::entra(TENANT, "api")),
        Verifier::builder()
            .issuer(Issuer::entra_multi_tenant("api").tenants([TENANT]))
            .issuer(Issuer::entra_multi_tenant("other").danger_any_tenant()),
    ] {
        let error = builder.build().await.unwrap_err();
        assert!(["issuer", "also_issuer_claim"].contains(&error.setting()), "{error}");
    }
}

/// If the provider responds that the customer does not exist, the error names the wrong setting.
#[tokio::test]
async fn a_failed_start_is_explained_for_the_provider() {
    let hosts = [
        "login.microsoftonline.com",
        "cognito-idp.us-east-1.amazonaws.com",
        "team.cloudflareaccess.com",
        "clerk.example.com",
        "acme.kinde.com",
        "api.workos.com",
        "example.okta.com",
        "acme.zitadel.cloud",
        "x.supabase.co",
        "old.supabase.co",
        "accounts.google.com",
        "www.gstatic.com",
    ];
    let server = Server::start(&hosts).await;
    let host = "login.microsoftonline.com";
    server.answers(
        &format!("{host}/{TENANT}/v2.0/.well-known/openid-configuration"),
        400,
        json!({ "error": "invalid_tenant" }),
    );
    server.keys("old.supabase.co/auth/v1/.well-known/jwks.json", &[]);
    server.keys("www.gstatic.com/iap/verify/public_key-jwk", &[Signer::new(Algorithm::RS256, "k").jwk()]);
    let rows = vec![
        (Issuer::entra(TENANT, "api"), "tenant_id", "Microsoft Entra has no tenant with this id"),
        (Issuer::cognito("us-east-1", "us-east-1_example", "client"), "pool_id", "Cognito has no user pool"),
        (Issuer::cloudflare_access("team", "tag"), "team", "Cloudflare has no team"),
        (clerk(), "frontend_api", "is not the Frontend API URL"),
        (Issuer::kinde("acme.kinde.com", "api"), "domain", "is not the domain of a Kinde business"),
        (Issuer::workos("client_1"), "client_id", "WorkOS has no client"),
        (Issuer::okta("https://example.okta.com/oauth2/default", "api"), "issuer", "Okta has no authorization server"),
        (Issuer::zitadel("acme.zitadel.cloud", "1"), "instance", "there is no ZITADEL instance"),
        (Issuer::supabase("x.supabase.co"), "project_url", "there is no Supabase project"),
        (Issuer::supabase("old.supabase.co"), "project_url", "Issuer::hmac"),
        (Issuer::google("client"), "google", "could not fetch keys"),
        (Issuer::google_iap("/projects/1/apps/a"), "google_iap", "no key can be used"),
    ];
    let rows = rows.into_iter().map(|(issuer, setting, words)| (server.reached_by(issuer), setting, words));
    Box::pin(check(rows)).await;
    let asked = server.asked();
    for address in [
        "cognito-idp.us-east-1.amazonaws.com/us-east-1_example/.well-known/jwks.json",
        "team.cloudflareaccess.com/cdn-cgi/access/certs",
        "clerk.example.com/.well-known/jwks.json",
        "acme.kinde.com/.well-known/jwks",
        "api.workos.com/sso/jwks/client_1",
    ] {
        assert!(asked.iter().any(|asked| asked == address), "{address}: {asked:?}");
    }
}
