//! The tokens of Auth0, Keycloak and PropelAuth in their documented shapes: where each claim is stored, and which
//! tokens are refused.

use auth_runtime::InvalidTokenReason::{Application, Audience, Claim, IdToken, Issuer as Iss};
use auth_runtime::{Algorithm, Issuer};
use auth_test_support::RsaPem;
use aws_lc_rs::rsa::KeySize;
use serde_json::json;

use super::Server;
use super::tokens::{Row, check};
use crate::support::Signer;

#[tokio::test]
async fn auth0() {
    let server = Server::start(&["acme.eu.auth0.com"]).await;
    let signer = Signer::new(Algorithm::RS256, "k1");
    let (iss, keys) = ("https://acme.eu.auth0.com/", "acme.eu.auth0.com/.well-known/jwks.json");
    server.metadata("acme.eu.auth0.com/.well-known/openid-configuration", iss, keys);
    server.keys(keys, &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::auth0("acme.eu.auth0.com", "https://api.example.com"));
    let access = json!({
        "iss": iss, "sub": "auth0|123456", "aud": ["https://api.example.com", "https://acme.eu.auth0.com/userinfo"],
        "azp": "spa", "scope": "openid read:posts", "permissions": ["read:posts"],
    });
    let in_org = json!({ "org_id": "org_9ybsU1dN2dKfDkBi", "org_name": "acme" });
    let machine = json!({
        "iss": iss, "sub": "m2m@clients", "aud": "https://api.example.com", "azp": "m2m", "scope": "read:posts",
        "gty": "client-credentials",
    });
    // The other token profile that an API can have.
    let rfc9068 =
        |client: &str| json!({ "azp": null, "gty": null, "client_id": client, "jti": "73WakrfVbNJBaAmhQtEeDv" });
    let id = json!({
        "iss": iss, "sub": "auth0|123456", "aud": "spa", "name": "Ada", "nickname": "ada", "email": "ada@example.com",
        "email_verified": true, "nonce": "n", "sid": "s",
    });
    let member = "auth0|123456 verified=false scopes=openid,read:posts active=org_9ybsU1dN2dKfDkBi \
                  org=org_9ybsU1dN2dKfDkBi/acme//read:posts";
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok("auth0|123456 verified=false scopes=openid,read:posts")),
        ("for an organization", &access, in_org, Ok(member)),
        ("an application's", &machine, json!({}), Ok("m2m@clients verified=false scopes=read:posts application=true")),
        (
            "an application's, by RFC 9068",
            &machine,
            rfc9068("m2m"),
            Ok("m2m@clients verified=false scopes=read:posts application=true"),
        ),
        ("a user's, by RFC 9068", &access, rfc9068("spa"), Ok("auth0|123456 verified=false scopes=openid,read:posts")),
        (
            "of a user who is called like an application",
            &access,
            json!({ "sub": "samlp|acme|m2m@clients" }),
            Ok("samlp|acme|m2m@clients verified=false scopes=openid,read:posts"),
        ),
        ("without `sub`", &access, json!({ "sub": null }), Err(Claim("sub"))),
        ("an ID token", &id, json!({}), Err(Audience)),
        ("an ID token for the API", &id, json!({ "aud": "https://api.example.com" }), Err(IdToken)),
        ("for another API", &access, json!({ "aud": ["https://other.example.com"] }), Err(Audience)),
        ("of another tenant", &access, json!({ "iss": "https://evil.eu.auth0.com/" }), Err(Iss)),
        ("permissions of another form", &access, json!({ "permissions": "read:posts" }), Err(Claim("permissions"))),
    ];
    check(issuer(), &signer, rows).await;
    let rows: &[Row<'_>] = &[
        ("the client that is required", &access, json!({}), Ok("auth0|123456 verified=false scopes=openid,read:posts")),
        (
            "another client's",
            &access,
            json!({ "azp": "other" }),
            Err(auth_runtime::InvalidTokenReason::ClaimValue("azp")),
        ),
    ];
    check(issuer().require_claim("azp", ["spa"]), &signer, rows).await;
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok("auth0|123456 verified=false scopes=openid,read:posts")),
        ("an application's", &machine, json!({}), Err(Application)),
        ("an application's, by RFC 9068", &machine, rfc9068("m2m"), Err(Application)),
    ];
    check(issuer().refuse_applications(), &signer, rows).await;
}

#[tokio::test]
async fn keycloak() {
    let server = Server::start(&["sso.example.com"]).await;
    let signer = Signer::new(Algorithm::RS256, "k1");
    let (iss, keys) =
        ("https://sso.example.com/realms/shop", "sso.example.com/realms/shop/protocol/openid-connect/certs");
    server.metadata("sso.example.com/realms/shop/.well-known/openid-configuration", iss, keys);
    server.keys(keys, &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::keycloak("https://sso.example.com/realms/shop", "shop-api"));
    let access = json!({
        "iss": iss, "sub": "f1", "aud": ["shop-api", "account"], "typ": "Bearer", "azp": "spa", "sid": "s", "acr": "1",
        "scope": "openid profile", "realm_access": { "roles": ["offline_access"] }, "email": "ada@example.com",
        "resource_access": { "shop-api": { "roles": ["editor"] }, "account": { "roles": ["manage-account"] } },
        "email_verified": true, "preferred_username": "ada", "given_name": "Ada", "family_name": "Lovelace",
    });
    let service = json!({
        "iss": iss, "sub": "f2", "aud": "shop-api", "typ": "Bearer", "azp": "batch", "scope": "email",
        "clientId": "batch", "preferred_username": "service-account-batch",
    });
    let ada = "f1 email=ada@example.com verified=true first=Ada last=Lovelace login=ada roles=offline_access,editor \
               scopes=openid,profile";
    let member = format!("{ada} active=acme org=acme///?");
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok(ada)),
        ("in an organization", &access, json!({ "organization": ["acme"] }), Ok(&member)),
        (
            "a service account's",
            &service,
            json!({}),
            Ok("f2 verified=false login=service-account-batch roles= scopes=email"),
        ),
        ("an ID token", &access, json!({ "typ": "ID", "aud": "shop-api", "nonce": "n" }), Err(Claim("typ"))),
        ("a refresh token", &access, json!({ "typ": "Refresh" }), Err(Claim("typ"))),
        ("without the audience mapper", &access, json!({ "aud": "account" }), Err(Audience)),
        ("of another realm", &access, json!({ "iss": "https://sso.example.com/realms/other" }), Err(Iss)),
        ("without the scope `basic`", &access, json!({ "sub": null }), Err(Claim("sub"))),
    ];
    check(issuer(), &signer, rows).await;
}

#[tokio::test]
async fn propelauth() {
    let server = Server::start(&["propelauth-api.com"]).await;
    let key = RsaPem::new(KeySize::Rsa2048);
    let signer = Signer::with_key(Algorithm::RS256, "k1", key.signing_key());
    let metadata = json!({ "verifier_key_pem": key.public });
    server.answers("propelauth-api.com/api/v1/token_verification_metadata", 200, metadata);
    let issuer = || server.reached_by(Issuer::propelauth("https://auth.example.com", "an API key"));
    let acme = json!({
        "org_id": "1189c444", "org_name": "Acme", "url_safe_org_name": "acme", "org_metadata": {}, "user_role": "Admin",
        "inherited_user_roles_plus_current_role": ["Admin", "Member"], "user_permissions": ["can_view_billing"],
    });
    let access = json!({
        "iss": "https://auth.example.com", "user_id": "31c41c16", "sub": "31c41c16", "email": "ada@example.com",
        "first_name": "Ada", "last_name": "Lovelace", "org_id_to_org_member_info": { "1189c444": acme },
    });
    let ada = "31c41c16 email=ada@example.com first=Ada last=Lovelace";
    let member = format!("{ada} org=1189c444/Acme/Admin/can_view_billing");
    let active = format!("{ada} active=1189c444 org=1189c444/Acme/Admin/can_view_billing");
    let impersonated = format!("{member} actor=employee");
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok(&member)),
        (
            "with an active organization",
            &access,
            json!({ "org_id_to_org_member_info": null, "org_member_info": acme }),
            Ok(&active),
        ),
        ("in no organization", &access, json!({ "org_id_to_org_member_info": null }), Ok(ada)),
        ("of an employee", &access, json!({ "impersonator_user_id": "employee" }), Ok(&impersonated)),
        ("of another project", &access, json!({ "iss": "https://auth.evil.com" }), Err(Iss)),
        ("without a user", &access, json!({ "user_id": null }), Err(Claim("user_id"))),
        (
            "memberships of another form",
            &access,
            json!({ "org_id_to_org_member_info": [acme] }),
            Err(Claim("org_id_to_org_member_info")),
        ),
    ];
    check(issuer(), &signer, rows).await;
}
