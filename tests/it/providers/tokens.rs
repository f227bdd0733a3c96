//! The tokens of each provider in their documented shapes: where each claim is stored, and which tokens are refused.

use std::fmt::Write as _;

use auth_runtime::InvalidTokenReason::{
    Application, Audience, Claim, ClaimValue, IdToken, Issuer as Iss, Signature, Tenant, UnknownKey,
};
use auth_runtime::{Algorithm, DenialReason, InvalidTokenReason, Issuer, TokenLocation, Verifier};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::{Server, app, app_of, claims};
use crate::support::{Signer, get_with, send};

/// A token, by its changes to the documented claims, and the expected result.
pub(super) type Row<'a> = (&'a str, &'a Value, Value, Result<&'a str, InvalidTokenReason>);

/// Sends each token to a guarded route.
pub(super) async fn check(issuer: Issuer, signer: &Signer, rows: &[Row<'_>]) {
    let app = app(issuer).await;
    let mut faults = String::new();
    for (about, documented, changes, expected) in rows {
        let answer = get_with(&app, "/me", &signer.token(&claims(documented, changes))).await;
        let found = match answer.denied {
            Some(DenialReason::InvalidToken(reason)) if answer.status == 401 => Err(reason),
            None if answer.status == 200 => Ok(answer.body.as_str()),
            _ => panic!("{about}: {answer:?}"),
        };
        if found != *expected {
            writeln!(faults, "{about}:\n  expected {expected:?}\n  found    {found:?}").unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

fn rs256() -> Signer {
    Signer::new(Algorithm::RS256, "k1")
}

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const OTHER_TENANT: &str = "22222222-2222-4222-8222-222222222222";
const API: &str = "33333333-3333-4333-8333-333333333333";
const OID: &str = "00000000-0000-0000-66f3-3332eca7ea81";

#[tokio::test]
async fn entra() {
    let server = Server::start(&["login.microsoftonline.com"]).await;
    let signer = rs256();
    let v2 = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let host = "login.microsoftonline.com";
    let keys = format!("{host}/{TENANT}/discovery/v2.0/keys");
    server.metadata(&format!("{host}/{TENANT}/v2.0/.well-known/openid-configuration"), &v2(TENANT), &keys);
    server.keys(&keys, &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::entra(TENANT, API).audiences([API, "api://saas"]));

    let access_v2 = json!({
        "aud": API, "iss": v2(TENANT), "aio": "AXQAi/8IAAAA", "azp": "6cb04018-a3f5-46a7-b995-940c78f5aef3",
        "azpacr": "0", "name": "Abe Lincoln", "oid": OID, "preferred_username": "abeli@microsoft.com", "rh": "I",
        "scp": "access_as_user files.read", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": TENANT,
        "roles": ["Editor"], "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
    });
    let access_v1 = json!({
        "aud": "api://saas", "iss": format!("https://sts.windows.net/{TENANT}/"), "acr": "1", "amr": ["pwd", "rsa"],
        "appid": "90c10000-0000-4000-8000-000000000000", "appidacr": "0", "email": "ada@example.com",
        "family_name": "Lovelace", "given_name": "Ada", "ipaddr": "192.0.2.1", "name": "Ada Lovelace", "oid": OID,
        "scp": "user_impersonation", "sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": TENANT,
        "unique_name": "ada@example.com", "ver": "1.0",
    });
    let application = json!({
        "aud": API, "iss": v2(TENANT), "azp": API, "oid": OID, "sub": OID, "tid": TENANT, "roles": ["Files.Read.All"],
        "ver": "2.0",
    });
    let id = json!({
        "aud": API, "iss": v2(TENANT), "name": "Abe Lincoln", "nonce": "123523", "oid": OID, "sub": "AAAAAAA",
        "tid": TENANT, "preferred_username": "abeli@microsoft.com", "ver": "2.0",
    });
    let user = format!("{OID} login=abeli@microsoft.com roles=Editor scopes=access_as_user,files.read");
    let user_v1 = format!("{OID} email=ada@example.com first=Ada last=Lovelace scopes=user_impersonation");
    let rows: &[Row<'_>] = &[
        ("version 2", &access_v2, json!({}), Ok(&user)),
        ("a nonce, copied from the request", &access_v2, json!({ "nonce": "n" }), Ok(&user)),
        ("version 1", &access_v1, json!({}), Ok(&user_v1)),
        ("an ID token", &id, json!({}), Err(Claim("scp"))),
        ("an ID token with roles", &id, json!({ "roles": ["Editor"] }), Err(Claim("scp"))),
        ("an application's", &application, json!({}), Err(Application)),
        ("an application's, marked", &application, json!({ "idtyp": "app", "sub": "x" }), Err(Application)),
        ("marked both ways", &access_v2, json!({ "idtyp": "app" }), Err(Claim("idtyp"))),
        ("of another tenant", &access_v2, json!({ "tid": OTHER_TENANT }), Err(Claim("tid"))),
        ("of another issuer", &access_v2, json!({ "iss": v2(OTHER_TENANT), "tid": OTHER_TENANT }), Err(Iss)),
        ("of no tenant", &access_v2, json!({ "tid": null }), Err(Claim("tid"))),
        ("for Microsoft Graph", &access_v2, json!({ "aud": "00000003-0000-0000-c000-000000000000" }), Err(Audience)),
        ("no oid", &access_v2, json!({ "oid": null }), Err(Claim("oid"))),
    ];
    check(issuer(), &signer, rows).await;
    let own = format!("{OID} roles=Files.Read.All application=true");
    let rows: &[Row<'_>] = &[
        ("an application's", &application, json!({}), Ok(&own)),
        ("an application's, marked", &application, json!({ "idtyp": "app", "sub": "x" }), Ok(&own)),
        ("an application without roles", &application, json!({ "roles": null }), Err(Claim("scp"))),
        ("a user's", &access_v2, json!({}), Ok(&user)),
        ("an ID token with roles", &id, json!({ "roles": ["Editor"] }), Err(Claim("scp"))),
    ];
    check(issuer().applications(), &signer, rows).await;
}

#[tokio::test]
async fn cognito() {
    const CLIENT: &str = "57cbishk4j24pabc1234567890";
    const SUB: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    let server = Server::start(&["cognito-idp.us-east-1.amazonaws.com"]).await;
    // Each kind of token has its own key, in the same set.
    let signer = rs256();
    server.keys("cognito-idp.us-east-1.amazonaws.com/us-east-1_example/.well-known/jwks.json", &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::cognito("us-east-1", "us-east-1_example", CLIENT));
    let iss = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example";
    let access = json!({
        "sub": SUB, "device_key": SUB, "cognito:groups": ["testgroup"], "iss": iss, "version": 2, "client_id": CLIENT,
        "origin_jti": SUB, "event_id": SUB, "token_use": "access", "scope": "phone openid profile photos/read email",
        "auth_time": 1_676_313_851, "jti": SUB, "username": "my-test-user",
    });
    let id = json!({
        "sub": SUB, "cognito:groups": ["testgroup"], "iss": iss, "aud": CLIENT, "cognito:username": "my-test-user",
        "token_use": "id", "email": "my-test-user@example.com", "email_verified": true, "custom:role": "admin",
        "at_hash": "kTx05xZ0LiqIYoKjdJHzAg",
    });
    let machine = json!({
        "sub": CLIENT, "client_id": CLIENT, "token_use": "access", "scope": "photos/read", "iss": iss, "version": 2,
        "auth_time": 1_676_313_851, "jti": SUB,
    });
    let user = format!("{SUB} login=my-test-user roles=testgroup scopes=phone,openid,profile,photos/read,email");
    let no_groups = format!("{SUB} login=my-test-user scopes=a");
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok(&user)),
        ("for a bound resource", &access, json!({ "aud": "https://photos.example.com" }), Ok(&user)),
        ("with a custom attribute", &access, json!({ "custom:role": "admin" }), Ok(&user)),
        ("a user without groups", &access, json!({ "cognito:groups": null, "scope": "a" }), Ok(&no_groups)),
        ("an ID token", &id, json!({}), Err(Claim("token_use"))),
        ("an ID token with a client", &id, json!({ "client_id": CLIENT }), Err(Claim("token_use"))),
        ("an application's", &machine, json!({}), Err(Application)),
        ("of another client", &access, json!({ "client_id": "other" }), Err(Audience)),
        ("of another client, for us", &access, json!({ "client_id": "other", "aud": CLIENT }), Err(Audience)),
        ("of no client", &access, json!({ "client_id": null, "aud": CLIENT }), Err(Claim("client_id"))),
        ("of another pool", &access, json!({ "iss": format!("{iss}2") }), Err(Iss)),
        ("of no use", &access, json!({ "token_use": null }), Err(Claim("token_use"))),
    ];
    check(issuer(), &signer, rows).await;
    let own = format!("{CLIENT} scopes=photos/read application=true");
    let rows: &[Row<'_>] =
        &[("an application's", &machine, json!({}), Ok(&own)), ("a user's", &access, json!({}), Ok(&user))];
    check(issuer().applications(), &signer, rows).await;
}

#[tokio::test]
async fn google() {
    const CLIENT: &str = "1234987819200.apps.googleusercontent.com";
    let server = Server::start(&["accounts.google.com", "www.googleapis.com"]).await;
    let signer = rs256();
    let keys = "www.googleapis.com/oauth2/v3/certs";
    server.metadata("accounts.google.com/.well-known/openid-configuration", "https://accounts.google.com", keys);
    server.keys(keys, &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::google(CLIENT));
    let id = json!({
        "iss": "https://accounts.google.com", "azp": CLIENT, "aud": CLIENT, "sub": "10769150350006150715113082367",
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "hd": "example.com", "email": "jsmith@example.com",
        "email_verified": "true", "nonce": "0394852-3190485-2490358", "given_name": "Jane", "family_name": "Smith",
    });
    let user = "10769150350006150715113082367 email=jsmith@example.com verified=true first=Jane last=Smith";
    let rows: &[Row<'_>] = &[
        ("an ID token", &id, json!({}), Ok(user)),
        ("without a scheme", &id, json!({ "iss": "accounts.google.com" }), Ok(user)),
        ("verified as a boolean", &id, json!({ "email_verified": true }), Ok(user)),
        ("of another issuer", &id, json!({ "iss": "https://accounts.google.com/" }), Err(Iss)),
        ("for another client", &id, json!({ "aud": "other.apps.googleusercontent.com" }), Err(Audience)),
        ("for nobody", &id, json!({ "aud": null }), Err(Claim("aud"))),
        ("no sub", &id, json!({ "sub": null }), Err(Claim("sub"))),
    ];
    check(issuer(), &signer, rows).await;
    let of_domain = issuer().require_claim("hd", ["example.com"]);
    let rows: &[Row<'_>] = &[
        ("of the company", &id, json!({}), Ok(user)),
        ("of another company", &id, json!({ "hd": "evil.example" }), Err(ClaimValue("hd"))),
        ("a private person", &id, json!({ "hd": null }), Err(Claim("hd"))),
    ];
    check(of_domain, &signer, rows).await;
}

const IAP_AUDIENCE: &str = "/projects/1234567890123/global/backendServices/9876543210987654321";

fn iap_token() -> Value {
    json!({
        "iss": "https://cloud.google.com/iap", "aud": IAP_AUDIENCE, "sub": "accounts.google.com:102345", "hd": "example.com",
        "email": "ada@example.com", "google": { "access_levels": ["accessPolicies/1/accessLevels/x"] },
    })
}

const HEADER: &str = "x-goog-iap-jwt-assertion";

fn iap(server: &Server) -> (Issuer, Signer) {
    let signer = Signer::new(Algorithm::ES256, "f9R3yg");
    server.keys("www.gstatic.com/iap/verify/public_key-jwk", &[signer.jwk()]);
    (server.reached_by(Issuer::google_iap(IAP_AUDIENCE)), signer)
}

#[tokio::test]
async fn google_iap() {
    let server = Server::start(&["www.gstatic.com"]).await;
    let (issuer, signer) = iap(&server);
    let header = "x-goog-iap-jwt-assertion";
    let app = app(issuer).await;
    let rs256 = Signer::new(Algorithm::RS256, "f9R3yg");
    for (about, signer, changes, expected) in [
        ("an assertion", &signer, json!({}), Ok("accounts.google.com:102345 email=ada@example.com")),
        ("for another service", &signer, json!({ "aud": "/projects/1/apps/other" }), Err(Audience)),
        ("of Google, but not of IAP", &signer, json!({ "iss": "https://accounts.google.com" }), Err(Iss)),
        ("by another algorithm", &rs256, json!({}), Err(UnknownKey)),
    ] {
        let token = signer.token(&claims(&iap_token(), &changes));
        let answer = send(&app, Request::get("/me").header(header, token).body(Body::empty()).unwrap()).await;
        let found = match answer.denied {
            Some(DenialReason::InvalidToken(reason)) => Err(reason),
            _ => Ok(answer.body.as_str()),
        };
        assert_eq!(found, expected, "{about}");
    }
}

#[tokio::test]
async fn cloudflare_access() {
    const TAG: &str = "32eafc7626e737136d2a5e1d3f8a9c4c32eafc7626e737136d2a5e1d3f8a9c4c";
    let server = Server::start(&["yourteam.cloudflareaccess.com"]).await;
    let signer = rs256();
    let keys =
        json!({ "keys": [signer.jwk()], "public_cert": { "kid": "k1", "cert": "-----BEGIN" }, "public_certs": [] });
    server.answers("yourteam.cloudflareaccess.com/cdn-cgi/access/certs", 200, keys);
    // Here the tokens are read from `Authorization` too, for the table.
    let located = async |issuer: Issuer| {
        let builder = Verifier::builder().token_location(TokenLocation::authorization()).issuer(issuer);
        app_of(builder.build().await.unwrap())
    };
    let issuer = || server.reached_by(Issuer::cloudflare_access("yourteam", TAG));
    let user = json!({
        "aud": [TAG], "email": "user@example.com", "nbf": super::ISSUED, "iss": "https://yourteam.cloudflareaccess.com",
        "type": "app", "identity_nonce": "6ei69kawdKzMIAPF", "sub": "7335d417-61da-459d-899c-0a01c76a2f94", "country": "US",
    });
    let service = json!({
        "type": "app", "aud": [TAG], "iss": "https://yourteam.cloudflareaccess.com",
        "common_name": "e367826f93b8d71185e03fe518aff3b4.access", "sub": "",
    });
    let ada = "7335d417-61da-459d-899c-0a01c76a2f94 email=user@example.com";
    let (people, all) = (located(issuer()).await, located(issuer().applications()).await);
    for (about, documented, changes, expected, of_all) in [
        ("a user's", &user, json!({}), Ok(ada), Ok(ada)),
        ("of the whole organization", &user, json!({ "type": "org" }), Err(Claim("type")), Err(Claim("type"))),
        ("of another application", &user, json!({ "aud": ["other"] }), Err(Audience), Err(Audience)),
        ("of another team", &user, json!({ "iss": "https://evil.cloudflareaccess.com" }), Err(Iss), Err(Iss)),
        (
            "a service token",
            &service,
            json!({}),
            Err(Application),
            Ok("e367826f93b8d71185e03fe518aff3b4.access application=true"),
        ),
        ("a service without a name", &service, json!({ "common_name": null }), Err(Claim("sub")), Err(Claim("sub"))),
    ] {
        for (app, expected) in [(&people, &expected), (&all, &of_all)] {
            let answer = get_with(app, "/me", &signer.token(&claims(documented, &changes))).await;
            let found = match answer.denied {
                Some(DenialReason::InvalidToken(reason)) => Err(reason),
                _ => Ok(answer.body.as_str()),
            };
            assert_eq!(found, *expected, "{about}");
        }
    }
}

/// Only tokens of its issuer are accepted from the header of a proxy. It is read last, and only on requests on which a
/// cookie would be accepted.
#[tokio::test]
async fn a_proxys_header_accepts_only_tokens_of_its_issuer() {
    let server = Server::start(&["www.gstatic.com", "accounts.google.com", "www.googleapis.com"]).await;
    let (issuer, signer) = iap(&server);
    let other = rs256();
    let keys = "www.googleapis.com/oauth2/v3/certs";
    server.metadata("accounts.google.com/.well-known/openid-configuration", "https://accounts.google.com", keys);
    server.keys(keys, &[other.jwk()]);
    let google = server.reached_by(Issuer::google("client"));
    let of_iap = signer.token(&claims(&iap_token(), &json!({})));
    let of_iap_too = signer.token(&claims(&iap_token(), &json!({ "sub": "accounts.google.com:2" })));
    let of_google = json!({ "iss": "https://accounts.google.com", "aud": "client", "sub": "g" });
    let of_google = other.token(&claims(&of_google, &json!({})));
    let in_authorization = format!("Bearer {of_google}");
    let iap_in_authorization = format!("Bearer {of_iap}");

    let both = app_of(Verifier::builder().issuer(google).issuer(issuer.clone()).build().await.unwrap());
    let alone = app_of(Verifier::builder().issuer(issuer).build().await.unwrap());
    for (about, app, method, headers, status, id) in [
        ("the header", &both, Method::GET, &[(HEADER, of_iap.as_str())][..], 200, "accounts.google.com:102345"),
        ("another issuer's token in it", &both, Method::GET, &[(HEADER, &of_google)], 401, ""),
        ("another issuer's token elsewhere", &both, Method::GET, &[("authorization", &in_authorization)], 200, "g"),
        ("and, cached, in it", &both, Method::GET, &[(HEADER, &of_google)], 401, ""),
        (
            "it comes last",
            &both,
            Method::GET,
            &[(HEADER, of_iap.as_str()), ("authorization", in_authorization.as_str())],
            200,
            "g",
        ),
        ("after a bad token", &both, Method::GET, &[(HEADER, of_iap.as_str()), ("authorization", "Bearer x")], 401, ""),
        ("twice", &both, Method::GET, &[(HEADER, of_iap.as_str()), (HEADER, of_iap_too.as_str())], 400, ""),
        ("alone, the header", &alone, Method::GET, &[(HEADER, &of_iap)], 200, "accounts.google.com:102345"),
        ("alone, nothing else is read", &alone, Method::GET, &[("authorization", &iap_in_authorization)], 401, ""),
        (
            "alone, beside other schemes",
            &alone,
            Method::GET,
            &[(HEADER, of_iap.as_str()), ("authorization", "Bearer x")],
            200,
            "accounts.google.com:102345",
        ),
        (
            "a form of another site",
            &alone,
            Method::POST,
            &[(HEADER, &of_iap), ("sec-fetch-site", "cross-site")],
            401,
            "",
        ),
        ("perhaps of another site", &alone, Method::POST, &[(HEADER, &of_iap)], 401, ""),
        (
            "a form of our own",
            &alone,
            Method::POST,
            &[(HEADER, &of_iap), ("sec-fetch-site", "same-origin")],
            200,
            "accounts.google.com:102345",
        ),
    ] {
        let mut request = Request::builder().method(method).uri("/me");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = send(app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{about}: {answer:?}");
        let found = answer.body.split(' ').next().unwrap();
        assert!(status != 200 || found == id, "{about}: {found}");
    }
}

#[tokio::test]
async fn firebase() {
    let server = Server::start(&["www.googleapis.com"]).await;
    let signer = rs256();
    server.keys("www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com", &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::firebase("shop-1234"));
    let id = json!({
        "iss": "https://securetoken.google.com/shop-1234", "aud": "shop-1234", "auth_time": super::ISSUED,
        "user_id": "Uid1", "sub": "Uid1", "name": "Ada", "email": "ada@example.com", "email_verified": false,
        "firebase": { "identities": { "email": ["ada@example.com"] }, "sign_in_provider": "password" },
    });
    let anonymous = json!({
        "iss": "https://securetoken.google.com/shop-1234", "aud": "shop-1234", "provider_id": "anonymous",
        "user_id": "Uid2", "sub": "Uid2", "firebase": { "identities": {}, "sign_in_provider": "anonymous" },
    });
    let custom = json!({
        "iss": "firebase-adminsdk@shop-1234.iam.gserviceaccount.com", "sub": "firebase-adminsdk@shop-1234.iam.gserviceaccount.com",
        "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit", "uid": "Uid1",
    });
    let of_tenant = json!({ "firebase": { "sign_in_provider": "password", "tenant": "tenant2-m6tyz" } });
    let ada = "Uid1 email=ada@example.com verified=false";
    let rows: &[Row<'_>] = &[
        ("an ID token", &id, json!({}), Ok(ada)),
        ("signed in by a custom token", &id, json!({ "firebase": { "sign_in_provider": "custom" } }), Ok(ada)),
        ("an anonymous sign-in", &anonymous, json!({}), Err(ClaimValue("/firebase/sign_in_provider"))),
        ("a custom token", &custom, json!({}), Err(Claim("/firebase/sign_in_provider"))),
        ("of a tenant", &id, of_tenant.clone(), Err(Tenant)),
        ("of another project", &id, json!({ "iss": "https://securetoken.google.com/other" }), Err(Iss)),
        ("for another project", &id, json!({ "aud": "other" }), Err(Audience)),
        ("an empty sub", &id, json!({ "sub": "" }), Err(Claim("sub"))),
        ("without a sign-in", &id, json!({ "firebase": null }), Err(Claim("/firebase/sign_in_provider"))),
    ];
    check(issuer(), &signer, rows).await;
    let rows: &[Row<'_>] =
        &[("an anonymous sign-in", &anonymous, json!({}), Ok("Uid2")), ("a user", &id, json!({}), Ok(ada))];
    check(issuer().anonymous_users(), &signer, rows).await;
    let other_tenant = json!({ "firebase": { "sign_in_provider": "password", "tenant": "tenant3-abcde" } });
    let rows: &[Row<'_>] = &[
        ("of the tenant", &id, of_tenant, Ok("tenant2-m6tyz/Uid1 email=ada@example.com verified=false")),
        ("of another tenant", &id, other_tenant, Err(Tenant)),
        ("of none", &id, json!({}), Err(Tenant)),
    ];
    check(issuer().tenants(["tenant2-m6tyz"]), &signer, rows).await;
}

#[tokio::test]
async fn supabase() {
    const SUB: &str = "123e4567-e89b-12d3-a456-426614174000";
    let server = Server::start(&["abcdefghijklmnopqrst.supabase.co"]).await;
    let signer = Signer::new(Algorithm::ES256, "k1");
    server.keys("abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json", &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::supabase("https://abcdefghijklmnopqrst.supabase.co"));
    let access = json!({
        "aal": "aal1", "amr": [{ "method": "password", "timestamp": super::ISSUED }],
        "app_metadata": { "provider": "email", "providers": ["email"], "roles": ["editor"] }, "aud": "authenticated",
        "email": "user@example.com", "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "phone": "",
        "role": "authenticated", "session_id": SUB, "sub": SUB, "is_anonymous": false,
        "user_metadata": { "email_verified": true, "roles": ["admin"] },
    });
    let anon_key = json!({
        "iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": "anon",
    });
    let ada = format!("{SUB} email=user@example.com");
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok(&ada)),
        ("an anonymous sign-in", &access, json!({ "is_anonymous": true }), Err(ClaimValue("is_anonymous"))),
        ("perhaps an anonymous sign-in", &access, json!({ "is_anonymous": "true" }), Err(ClaimValue("is_anonymous"))),
        ("the anon key", &anon_key, json!({}), Err(Claim("role"))),
        ("a token of the old issuer", &access, json!({ "iss": "supabase" }), Err(Iss)),
        ("of the role anon", &access, json!({ "role": "anon" }), Err(Claim("role"))),
        ("of the service role", &access, json!({ "role": "service_role" }), Err(Claim("role"))),
        ("for another audience", &access, json!({ "aud": "other" }), Err(Audience)),
        ("of another project", &access, json!({ "iss": "https://other.supabase.co/auth/v1" }), Err(Iss)),
    ];
    check(issuer(), &signer, rows).await;
    let anonymous = format!("{SUB} roles=editor");
    let rows: &[Row<'_>] = &[(
        "an anonymous sign-in, and roles that the server writes",
        &access,
        json!({ "is_anonymous": true, "email": "" }),
        Ok(&anonymous),
    )];
    check(issuer().anonymous_users().roles_from("/app_metadata/roles"), &signer, rows).await;
}

#[tokio::test]
async fn clerk() {
    let server = Server::start(&["clerk.example.com"]).await;
    let signer = rs256();
    server.keys("clerk.example.com/.well-known/jwks.json", &[signer.jwk()]);
    let issuer = || {
        server.reached_by(Issuer::clerk("https://clerk.example.com").authorized_parties(["https://app.example.com"]))
    };
    let v2 = json!({
        "azp": "https://app.example.com", "iss": "https://clerk.example.com", "jti": "a1", "nbf": super::ISSUED,
        "sid": "sess_123", "sub": "user_123", "v": 2, "fva": [7, -1], "pla": "u:free",
        "fea": "o:dashboard,o:teams,u:export",
        "o": { "id": "org_123", "slg": "acme", "rol": "admin", "per": "manage,read", "fpm": "2,3" },
    });
    let v1 = json!({
        "azp": "https://app.example.com", "iss": "https://clerk.example.com", "nbf": super::ISSUED, "sid": "sess_123",
        "sub": "user_123", "org_id": "org_123", "org_slug": "acme", "org_role": "org:admin",
        "org_permissions": ["org:dashboard:read", "org:teams:manage"],
        "act": { "iss": "https://dashboard.clerk.com", "sid": "sess_9", "sub": "user_9" },
    });
    let machine =
        json!({ "iss": "https://clerk.example.com", "sub": "mch_2vYVtestTESTtestTESTtestTESTtest", "jti": "mt_1" });
    let template = json!({ "iss": "https://clerk.example.com", "sub": "user_123", "azp": "https://app.example.com" });
    let in_org =
        "user_123 active=org_123 org=org_123/acme/org:admin/org:dashboard:read,org:teams:manage,org:teams:read";
    let rows: &[Row<'_>] = &[
        ("version 2", &v2, json!({}), Ok(in_org)),
        ("version 2, no organization", &v2, json!({ "o": null, "fea": null }), Ok("user_123")),
        (
            "version 1, impersonated",
            &v1,
            json!({}),
            Ok("user_123 active=org_123 org=org_123//org:admin/org:dashboard:read,org:teams:manage actor=user_9"),
        ),
        ("a pending session", &v2, json!({ "sts": "pending" }), Err(Claim("sts"))),
        ("an active session", &v2, json!({ "sts": "active" }), Ok(in_org)),
        ("a machine's", &machine, json!({}), Err(Claim("sid"))),
        ("a machine's that names a party", &machine, json!({ "azp": "https://app.example.com" }), Err(Claim("sid"))),
        ("of a template", &template, json!({}), Err(Claim("sid"))),
        ("for another origin", &v2, json!({ "azp": "https://evil.example.com" }), Err(Audience)),
        ("for no origin", &v2, json!({ "azp": null }), Err(Claim("azp"))),
        ("of another instance", &v2, json!({ "iss": "https://clerk.evil.example" }), Err(Iss)),
        ("an organization of another form", &v2, json!({ "o": "org_123" }), Err(Claim("o"))),
        ("an organization without an id", &v2, json!({ "o": { "rol": "admin" } }), Err(Claim("o"))),
    ];
    check(issuer(), &signer, rows).await;
    let rows: &[Row<'_>] = &[
        ("for no origin", &v2, json!({ "azp": null }), Ok(in_org)),
        ("for another origin", &v2, json!({ "azp": "https://evil.example.com" }), Err(Audience)),
        ("a machine's", &machine, json!({}), Err(Claim("sid"))),
    ];
    check(issuer().native_clients(), &signer, rows).await;
}

#[tokio::test]
async fn kinde() {
    let server = Server::start(&["acme.kinde.com"]).await;
    let signer = rs256();
    server.keys("acme.kinde.com/.well-known/jwks", &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::kinde("acme.kinde.com", "https://api.example.com"));
    let access = json!({
        "aud": ["https://api.example.com"], "azp": "0123456789abcdef", "feature_flags": { "theme": { "t": "s", "v": "x" } },
        "iss": "https://acme.kinde.com", "jti": "j1", "org_code": "org_1234", "org_name": "Acme",
        "permissions": ["create:todos", "delete:todos"], "scp": ["openid", "email"], "sub": "kp_123",
    });
    let id = json!({
        "at_hash": "0lo8kQ", "aud": ["https://acme.kinde.com", "https://api.example.com"], "azp": "0123456789abcdef",
        "iss": "https://acme.kinde.com", "jti": "j2", "org_codes": ["org_1234"], "email": "ada@example.com",
        "given_name": "Ada", "sub": "kp_123",
    });
    let machine = json!({
        "aud": ["https://api.example.com"], "azp": "m2m_client", "gty": ["client_credentials"],
        "iss": "https://acme.kinde.com", "jti": "j3", "scope": "read:todos", "scp": ["read:todos", "write:todos"], "v": "2",
    });
    let ada = "kp_123 scopes=openid,email active=org_1234 org=org_1234/Acme//create:todos,delete:todos";
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok(ada)),
        (
            "outside any organization",
            &access,
            json!({ "org_code": null, "org_name": null, "permissions": null }),
            Ok("kp_123 scopes=openid,email"),
        ),
        ("an ID token", &id, json!({}), Err(IdToken)),
        ("an ID token, marked by its nonce", &id, json!({ "at_hash": null, "nonce": "n" }), Err(IdToken)),
        ("an application's", &machine, json!({}), Err(Application)),
        ("for no audience", &access, json!({ "aud": [] }), Err(Audience)),
        ("for another audience", &access, json!({ "aud": ["https://other.example.com"] }), Err(Audience)),
        ("of another business", &access, json!({ "iss": "https://evil.kinde.com" }), Err(Iss)),
    ];
    check(issuer(), &signer, rows).await;
    let rows: &[Row<'_>] = &[
        ("an application's", &machine, json!({}), Ok("m2m_client scopes=read:todos application=true")),
        (
            "an application's in an organization",
            &machine,
            json!({ "org_code": "org_1234" }),
            Ok("m2m_client scopes=read:todos active=org_1234 org=org_1234///? application=true"),
        ),
        ("a user's", &access, json!({}), Ok(ada)),
        ("an ID token", &id, json!({}), Err(IdToken)),
    ];
    check(issuer().applications(), &signer, rows).await;
}

#[tokio::test]
async fn workos() {
    const CLIENT: &str = "client_01HXYZ";
    let server = Server::start(&["api.workos.com"]).await;
    let signer = rs256();
    server.keys(&format!("api.workos.com/sso/jwks/{CLIENT}"), &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::workos(CLIENT));
    let iss = format!("https://api.workos.com/user_management/{CLIENT}");
    let access = json!({
        "iss": iss, "sub": "user_01HXYZ", "act": { "sub": "admin@example.com" }, "org_id": "org_01HXYZ", "role": "member",
        "roles": ["member"], "permissions": ["posts:read", "posts:write"], "entitlements": ["audit-logs"],
        "sid": "session_01HXYZ", "jti": "01HXYZ",
    });
    let connect = json!({
        "iss": "https://acme.authkit.app", "aud": CLIENT, "client_id": CLIENT, "sub": CLIENT, "org_id": "org_01HXYZ",
    });
    let ada = "user_01HXYZ active=org_01HXYZ org=org_01HXYZ//member/posts:read,posts:write";
    let impersonated = format!("{ada} actor=admin@example.com");
    let rows: &[Row<'_>] = &[
        ("an access token, impersonated", &access, json!({}), Ok(&impersonated)),
        ("an access token", &access, json!({ "act": null }), Ok(ada)),
        (
            "several roles",
            &access,
            json!({ "act": null, "roles": ["member", "billing"] }),
            Ok("user_01HXYZ active=org_01HXYZ org=org_01HXYZ//member,billing/posts:read,posts:write"),
        ),
        (
            "outside any organization",
            &access,
            json!({ "act": null, "org_id": null, "role": null, "roles": null, "permissions": null }),
            Ok("user_01HXYZ"),
        ),
        ("of another client", &access, json!({ "iss": "https://api.workos.com/user_management/client_2" }), Err(Iss)),
        ("of an old environment, which names no client", &access, json!({ "iss": "https://api.workos.com" }), Err(Iss)),
        ("of another application", &connect, json!({}), Err(Claim("sid"))),
        ("without a session", &access, json!({ "sid": null }), Err(Claim("sid"))),
        ("roles of another type", &access, json!({ "roles": "admin" }), Err(Claim("roles"))),
    ];
    check(issuer(), &signer, rows).await;
    let old = issuer().also_issuer_claim("https://api.workos.com");
    let rows: &[Row<'_>] =
        &[("of an old environment", &access, json!({ "act": null, "iss": "https://api.workos.com" }), Ok(ada))];
    check(old, &signer, rows).await;
}

#[tokio::test]
async fn okta() {
    let server = Server::start(&["example.okta.com"]).await;
    let signer = rs256();
    let (iss, keys) = ("https://example.okta.com/oauth2/default", "example.okta.com/oauth2/default/v1/keys");
    server.metadata("example.okta.com/oauth2/default/.well-known/openid-configuration", iss, keys);
    server.keys(keys, &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::okta(iss, "api://default"));
    let access = json!({
        "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": iss, "aud": "api://default",
        "sub": "ada@example.com", "cid": "nmdP1fcyvdVO11AL7ECm", "uid": "00ujmkLgagxeRrAg20g3", "scp": ["openid", "email"],
        "groups": ["Everyone", "Editors"],
    });
    let id = json!({
        "sub": "00ujmkLgagxeRrAg20g3", "name": "Ada", "email": "ada@example.com", "ver": 1, "iss": iss,
        "aud": "nmdP1fcyvdVO11AL7ECm", "jti": "ID.4eAWJOCMB3SX8XewDfVR", "amr": ["pwd"], "idp": "00oi5tk7xA3P5gcUx0g3",
        "nonce": "n", "at_hash": "preview_at_hash",
    });
    let machine = json!({
        "ver": 1, "jti": "AT.1", "iss": iss, "aud": "api://default", "cid": "0oa123", "scp": ["read"], "sub": "0oa123",
    });
    let ada = "00ujmkLgagxeRrAg20g3 login=ada@example.com scopes=openid,email";
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok(ada)),
        ("an ID token", &id, json!({}), Err(Claim("cid"))),
        ("an ID token for the same audience", &id, json!({ "aud": "api://default" }), Err(Claim("cid"))),
        ("an ID token with a client", &id, json!({ "aud": "api://default", "cid": "c" }), Err(IdToken)),
        ("an application's", &machine, json!({}), Err(Application)),
        ("for another audience", &access, json!({ "aud": "api://other" }), Err(Audience)),
        ("of the org server", &access, json!({ "iss": "https://example.okta.com" }), Err(Iss)),
        ("a user of another form", &access, json!({ "uid": true }), Err(Claim("uid"))),
    ];
    check(issuer(), &signer, rows).await;
    let with_roles =
        format!("{} roles=Everyone,Editors scopes=openid,email", "00ujmkLgagxeRrAg20g3 login=ada@example.com");
    let rows: &[Row<'_>] = &[
        ("an application's", &machine, json!({}), Ok("0oa123 scopes=read application=true")),
        ("a user's", &access, json!({}), Ok(&with_roles)),
    ];
    check(issuer().applications().roles_from("groups"), &signer, rows).await;
}

#[tokio::test]
async fn zitadel() {
    const PROJECT: &str = "227652971010359300";
    const ORG: &str = "227652970020503556";
    let server = Server::start(&["acme.zitadel.cloud"]).await;
    let signer = rs256();
    let (iss, keys) = ("https://acme.zitadel.cloud", "acme.zitadel.cloud/oauth/v2/keys");
    server.metadata("acme.zitadel.cloud/.well-known/openid-configuration", iss, keys);
    server.keys(keys, &[signer.jwk()]);
    let issuer = || server.reached_by(Issuer::zitadel("https://acme.zitadel.cloud", PROJECT));
    let roles = format!("urn:zitadel:iam:org:project:{PROJECT}:roles");
    let other_roles = "urn:zitadel:iam:org:project:99:roles";
    let granted = json!({ "editor": { ORG: "acme.zitadel.cloud" }, "viewer": { ORG: "acme.zitadel.cloud" } });
    let access = json!({
        "iss": iss, "sub": "165467338479501569", "aud": ["69234237810729019@portal", PROJECT], "jti": "V2_1", "client_id": "c",
        "urn:zitadel:iam:user:resourceowner:id": ORG, "urn:zitadel:iam:user:resourceowner:name": "ACME", roles.clone(): granted,
        "nbf": super::ISSUED,
    });
    let id = json!({
        "iss": iss, "sub": "165467338479501569", "aud": ["69234237810729019@portal", PROJECT], "azp": "c", "amr": ["pwd"],
        "auth_time": super::ISSUED, "email": "ada@example.com", "nonce": "n", "at_hash": "h", roles.clone(): { "editor": { ORG: "acme" } },
    });
    let older = json!([{ "editor": { ORG: "acme" } }, { "viewer": { ORG: "acme", "77": "partner" } }]);
    let elsewhere = json!({ roles.clone(): null, "urn:zitadel:iam:org:project:roles": { "editor": { ORG: "acme" } } });
    let ada = format!("165467338479501569 org={ORG}/ACME/editor,viewer/?");
    let in_two = format!("165467338479501569 org={ORG}/ACME/editor,viewer/? org=77//viewer/?");
    let member = format!("165467338479501569 org={ORG}/ACME//?");
    let rows: &[Row<'_>] = &[
        ("an access token", &access, json!({}), Ok(&ada)),
        ("of an older version, in two organizations", &access, json!({ roles.clone(): older }), Ok(&in_two)),
        (
            "roles of another project",
            &access,
            json!({ roles.clone(): null, other_roles: { "owner": { ORG: "a" } } }),
            Ok(&member),
        ),
        ("roles of whichever project", &access, elsewhere, Ok(&member)),
        ("an ID token", &id, json!({}), Err(Claim("jti"))),
        ("an ID token with an id", &id, json!({ "jti": "j" }), Err(IdToken)),
        ("of another project", &access, json!({ "aud": ["99"] }), Err(Audience)),
        ("of another instance", &access, json!({ "iss": "https://evil.zitadel.cloud" }), Err(Iss)),
        (
            "roles of another form",
            &access,
            json!({ roles.clone(): ["editor"] }),
            Err(Claim("urn:zitadel:iam:org:project:{projectid}:roles")),
        ),
    ];
    check(issuer(), &signer, rows).await;
}

/// Every kind of token is also refused if its signature is not the provider's.
#[tokio::test]
async fn another_key_signs_nothing() {
    let server = Server::start(&["acme.kinde.com"]).await;
    let signer = rs256();
    server.keys("acme.kinde.com/.well-known/jwks", &[signer.jwk()]);
    let issuer = server.reached_by(Issuer::kinde("acme.kinde.com", "api"));
    let token = json!({ "aud": "api", "iss": "https://acme.kinde.com", "sub": "kp_123" });
    check(issuer, &Signer::new(Algorithm::RS256, "k1"), &[("of another key", &token, json!({}), Err(Signature))]).await;
}
