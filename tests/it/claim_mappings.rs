//! Every mapping, from signed claims to the user in a handler.

use std::time::{Duration, SystemTime};

use auth_runtime::{
    Algorithm, ClaimMapping, Identity, InvalidTokenReason, Issuer, Membership, TokenType, User, Verifier, VerifyError,
};
use serde_json::{Map, Value, json};

use crate::support::Signer;

async fn user(mapping: ClaimMapping, claims: Value) -> Result<User, VerifyError> {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = Issuer::jwks("https://i.test", "api", json!({ "keys": [signer.jwk()] }).to_string());
    verify(issuer.audiences(["api", "other"]).claim_mapping(mapping), &signer, claims).await
}

/// The user that `map` reads from claims that no built-in mapping reads.
async fn mapped(
    map: impl Fn(&Map<String, Value>, Identity) -> Option<Identity> + Send + Sync + 'static,
    claims: Value,
) -> Result<User, VerifyError> {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = Issuer::jwks("https://i.test", "api", json!({ "keys": [signer.jwk()] }).to_string());
    verify(issuer.claim_mapping(ClaimMapping::none()).map_identity(map), &signer, claims).await
}

async fn verify(issuer: Issuer, signer: &Signer, mut claims: Value) -> Result<User, VerifyError> {
    for (name, value) in [("iss", json!("https://i.test")), ("aud", json!("api")), ("exp", json!(9_999_999_999_u64))] {
        claims.as_object_mut().unwrap().entry(name).or_insert(value);
    }
    let verifier = Verifier::new(issuer).await.unwrap();
    verifier.verify(&signer.token(&claims)).await.map(|verified| verified.user())
}

fn refused(name: &'static str) -> VerifyError {
    InvalidTokenReason::Claim(name).into()
}

#[tokio::test]
async fn propelauth_claims_are_read() {
    let claims = json!({
        "user_id": "u1", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "username": "ada",
        "legacy_user_id": "old", "impersonator_user_id": "bob", "properties": { "x": 1 }, "sub": 7,
        "login_method": { "login_method": "social_sso", "provider": "Apple" },
        "org_id_to_org_member_info": { "acme": {
            "org_id": "acme", "org_name": "Acme", "url_safe_org_name": "acme-inc", "org_metadata": { "plan": "gold" },
            "org_role_structure": "single_role_in_hierarchy", "user_role": "Admin",
            "inherited_user_roles_plus_current_role": ["Admin", "Member"], "user_permissions": ["read"],
            "additional_roles": [], "legacy_org_id": "a",
        } },
    });
    let user = user(ClaimMapping::propelauth(), claims).await.unwrap();
    assert_eq!(
        (user.id(), user.email(), user.first_name(), user.last_name(), user.username(), user.legacy_user_id()),
        ("u1", Some("ada@example.com"), Some("Ada"), Some("Lovelace"), Some("ada"), Some("old"))
    );
    assert_eq!(
        (user.is_impersonated(), user.impersonator_user_id(), user.email_verified()),
        (Some(true), Some("bob"), None)
    );
    let org = user.org("acme").unwrap();
    assert_eq!((org.name(), org.url_safe_name(), org.role()), (Some("Acme"), Some("acme-inc"), Some("Admin")));
    assert_eq!(org.metadata(), &json!({ "plan": "gold" }));
    assert_eq!(
        (org.inherited_roles(), org.additional_roles(), org.permissions()),
        (Some(&["Admin".to_owned(), "Member".to_owned()][..]), Some(&[][..]), Some(&["read".to_owned()][..]))
    );
    assert!(user.roles().is_none() && user.scopes().is_none() && user.active_org().is_none());
    assert_eq!(user.expires_at(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(9_999_999_999)));
    assert_eq!(user.issuer(), "https://i.test");
}

#[tokio::test]
async fn propelauth_claims_of_the_wrong_type_are_refused() {
    for (claim, value) in [
        ("user_id", json!(1)),
        ("impersonator_user_id", json!(true)),
        ("org_id_to_org_member_info", json!("acme")),
        ("org_id_to_org_member_info", json!({ "acme": 1 })),
        ("org_id_to_org_member_info", json!({ "acme": { "user_role": 1 } })),
        ("org_id_to_org_member_info", json!({ "acme": { "user_role": "a", "user_permissions": "read" } })),
        ("org_id_to_org_member_info", json!({ "acme": { "user_role": "a", "user_permissions": [1] } })),
        ("org_member_info", json!([])),
    ] {
        let mut claims = json!({ "user_id": "u1" });
        claims[claim] = value.clone();
        assert_eq!(user(ClaimMapping::propelauth(), claims).await.unwrap_err(), refused(claim), "{claim}: {value}");
    }
}

/// The metadata of an organization is parsed when a handler asks for it, but it is checked immediately.
#[tokio::test]
async fn organization_metadata_is_read() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = Issuer::jwks("https://i.test", "api", json!({ "keys": [signer.jwk()] }).to_string());
    let verifier = Verifier::new(issuer.claim_mapping(ClaimMapping::propelauth())).await.unwrap();
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    // The claims, the map of organizations and the organization take three levels.
    for (metadata, expected) in [
        ("null".to_owned(), Some(Value::Null)),
        (
            r#" { "plan" : "g\u006fld", "seats": [1, -2, 2.5] } "#.to_owned(),
            Some(json!({ "plan": "gold", "seats": [1, -2, 2.5] })),
        ),
        (r#""gold""#.to_owned(), Some(json!("gold"))),
        (nested(29), Some(nested(29).parse().unwrap())),
        (nested(30), None),
        (r#"{"a":1,"a":1}"#.to_owned(), None),
        (r#"{"a":[{"b":1,"\u0062":1}]}"#.to_owned(), None),
        ("1e999".to_owned(), None),
        ("{\"a\":}".to_owned(), None),
        (r#""\ud800""#.to_owned(), None),
    ] {
        let orgs = format!(r#"{{"acme":{{"user_role":"Ad\u006din","org_metadata":{metadata},"org_name":null}}}}"#);
        let claims = format!(
            r#"{{"iss":"https://i.test","aud":"api","exp":9999999999,"user_id":"u1","org_id_to_org_member_info":{orgs}}}"#
        );
        let verified = verifier.verify(&signer.sign(&signer.header().to_string(), &claims)).await;
        assert_eq!(verified.is_ok(), expected.is_some(), "{metadata}");
        let Ok(user) = verified.map(|verified| verified.user()) else { continue };
        let org = user.org("acme").unwrap();
        assert_eq!(
            (Some(org.metadata()), org.role(), org.name()),
            (expected.as_ref(), Some("Admin"), None),
            "{metadata}"
        );
    }
}

#[tokio::test]
async fn auth0_claims_are_read() {
    let bare = user(ClaimMapping::auth0(), json!({ "sub": "auth0|1", "scope": "read write", "permissions": ["p"] }))
        .await
        .unwrap();
    assert!(bare.has_permission("p") && bare.has_scope("write") && bare.known_orgs().count() == 0);
    let claims = json!({ "sub": "auth0|1", "org_id": "org_1", "org_name": "acme", "permissions": ["p"] });
    let user = user(ClaimMapping::auth0(), claims).await.unwrap();
    let org = user.active_org().unwrap();
    assert_eq!((org.id(), org.name(), org.role()), ("org_1", Some("acme"), None));
    assert!(org.has_permission("p") && user.has_permission("p") && !org.is_role("") && !org.is_at_least_role(""));
    // Auth0's tokens have no roles, so all roles are unknown.
    assert!(!org.is_role("Admin") && !org.lacks_role("Admin") && !org.is_below_role("Admin"));
    assert!(org.lacks_permission("q") && org.additional_roles().is_none());
    assert!(user.require_org_permission("org_1", "p").is_ok());
}

#[tokio::test]
async fn keycloak_claims_are_read() {
    let claims = json!({
        "sub": "1", "typ": "Bearer", "scope": "openid email", "preferred_username": "ada", "given_name": "Ada",
        "family_name": "Lovelace", "email": "ada@example.com", "email_verified": true,
        "realm_access": { "roles": ["user"] },
        "resource_access": { "api": { "roles": ["editor"] }, "account": { "roles": ["manage-account"] } },
    });
    let ada = user(ClaimMapping::keycloak(), claims.clone()).await.unwrap();
    assert_eq!(ada.roles().unwrap(), ["user", "editor"]);
    assert_eq!((ada.username(), ada.first_name(), ada.last_name()), (Some("ada"), Some("Ada"), Some("Lovelace")));
    assert!(ada.email_verified() == Some(true) && ada.has_scope("openid"));
    for typ in [json!("ID"), json!("Refresh"), json!("bearer"), Value::Null] {
        let mut claims = claims.clone();
        claims["typ"] = typ;
        assert_eq!(user(ClaimMapping::keycloak(), claims).await.unwrap_err(), refused("typ"));
    }
}

#[tokio::test]
async fn openid_connect_claims_are_read() {
    for (claims, scopes) in [
        (json!({ "sub": "1", "scope": "a b" }), Some(&["a", "b"][..])),
        (json!({ "sub": "1", "scp": "a b" }), Some(&["a", "b"])),
        (json!({ "sub": "1", "scp": ["a", "b"] }), Some(&["a", "b"])),
        (json!({ "sub": "1", "scope": "a", "scp": ["b"] }), Some(&["a"])),
        (json!({ "sub": "1", "scope": "" }), Some(&[])),
        (json!({ "sub": "1" }), None),
    ] {
        let user = user(ClaimMapping::oidc(), claims.clone()).await.unwrap();
        let found: Option<Vec<&str>> = user.scopes().map(|scopes| scopes.iter().map(String::as_str).collect());
        assert_eq!(found.as_deref(), scopes, "{claims}");
    }
    let acted = user(ClaimMapping::oidc(), json!({ "sub": "1", "act": { "sub": "admin" } })).await.unwrap();
    assert_eq!((acted.is_impersonated(), acted.impersonator_user_id()), (Some(true), Some("admin")));
    for (claims, claim) in [
        (json!({ "sub": 1 }), "sub"),
        (json!({ "sub": "" }), "sub"),
        (json!({ "sub": null }), "sub"),
        (json!({}), "sub"),
        (json!({ "sub": "1", "scope": 1 }), "scope"),
    ] {
        assert_eq!(user(ClaimMapping::oidc(), claims.clone()).await.unwrap_err(), refused(claim), "{claims}");
    }
}

#[tokio::test]
async fn fastapi_users_claims_are_read() {
    let secret = b"0123456789abcdef0123456789abcdef";
    let signer = Signer::with_secret(secret, "k");
    let verify = async |claims: Value| {
        let verifier = Verifier::new(Issuer::fastapi_users(secret)).await.unwrap();
        verifier.verify(&signer.sign(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())).await
    };
    let with = |mut claims: Value| {
        claims["exp"] = json!(9_999_999_999_u64);
        claims.as_object_mut().unwrap().entry("aud").or_insert(json!(["fastapi-users:auth"]));
        claims
    };
    for (claims, id) in [
        (json!({ "sub": "u1" }), Some("u1")),
        (json!({ "user_id": "u1" }), Some("u1")),
        (json!({ "user_id": 7 }), Some("7")),
        (json!({ "sub": "7", "user_id": 7 }), Some("7")),
        (json!({ "sub": "u1", "aud": "fastapi-users:auth" }), Some("u1")),
        (json!({ "sub": "u1", "user_id": "u2" }), None),
        (json!({ "user_id": 7.5 }), None),
        (json!({ "user_id": true }), None),
        (json!({}), None),
        (json!({ "sub": "u1", "aud": "fastapi-users:verify" }), None),
        (json!({ "sub": "u1", "iss": "https://i.test" }), None),
        (json!({ "sub": "u1", "iss": null }), None),
    ] {
        let verified = verify(with(claims.clone())).await.ok();
        assert_eq!(verified.as_ref().map(|verified| verified.user().id().to_owned()).as_deref(), id, "{claims}");
    }
}

#[tokio::test]
async fn supabase_claims_are_read_and_anonymous_users_refused() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = || {
        let issuer = Issuer::jwks("https://i.test", "authenticated", json!({ "keys": [signer.jwk()] }).to_string());
        issuer.claim_mapping(ClaimMapping::supabase()).roles_from("/app_metadata/roles")
    };
    let claims = |role: &str, is_anonymous: Value| {
        json!({
            "aud": "authenticated", "sub": "u1", "role": role, "is_anonymous": is_anonymous, "email": "ada@example.com",
            "app_metadata": { "roles": ["editor"] }, "user_metadata": { "roles": ["Admin"] },
        })
    };
    let ada = verify(issuer(), &signer, claims("authenticated", json!(false))).await.unwrap();
    assert_eq!((ada.id(), ada.email(), ada.roles()), ("u1", Some("ada@example.com"), Some(&["editor".to_owned()][..])));
    let anonymous = || claims("authenticated", json!(true));
    let refused_value = InvalidTokenReason::ClaimValue("is_anonymous").into();
    assert_eq!(verify(issuer(), &signer, anonymous()).await.unwrap_err(), refused_value);
    assert!(verify(issuer().anonymous_users(), &signer, anonymous()).await.is_ok());
    for role in ["anon", "service_role", ""] {
        let error = verify(issuer().anonymous_users(), &signer, claims(role, json!(false))).await.unwrap_err();
        assert_eq!(error, refused("role"), "{role}");
    }
}

#[tokio::test]
async fn a_custom_mapping_reads_claims() {
    let map = || {
        |claims: &Map<String, Value>, _: Identity| {
            let id = claims.get("uid")?.as_str()?;
            let roles = claims.get("groups")?.as_array()?.iter().filter_map(Value::as_str);
            let mut identity = Identity::new(id).roles(roles).scopes(["s"]).email("a@b.c", true);
            for org in claims.get("orgs").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                identity = identity.org(Membership::new(org, "Admin").permissions(["p"]));
            }
            Some(match claims.get("active").and_then(Value::as_str) {
                Some(active) => identity.active_org(active),
                None => identity,
            })
        }
    };
    let claims = json!({ "uid": "u1", "groups": ["g"], "orgs": ["acme", "globex"], "active": "globex", "sub": 7 });
    let ada = mapped(map(), claims).await.unwrap();
    assert_eq!(
        (ada.id(), ada.roles().unwrap(), ada.scopes().unwrap()),
        ("u1", &["g".to_owned()][..], &["s".to_owned()][..])
    );
    assert!(ada.email_verified() == Some(true) && ada.has_permission("p") && ada.org("acme").unwrap().is_role("Admin"));
    for claims in [
        json!({ "groups": [] }),
        json!({ "uid": "", "groups": [] }),
        json!({ "uid": "u1", "groups": [], "orgs": ["acme", "acme"] }),
        json!({ "uid": "u1", "groups": [], "orgs": ["acme"], "active": "globex" }),
    ] {
        assert_eq!(mapped(map(), claims.clone()).await.unwrap_err(), InvalidTokenReason::Identity.into(), "{claims}");
    }
}

#[tokio::test]
async fn rfc_9068_tokens_need_every_required_claim() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = || {
        Issuer::jwks("https://i.test", "api", json!({ "keys": [signer.jwk()] }).to_string())
            .token_type(TokenType::AccessJwt)
    };
    let claims = json!({ "iss": "https://i.test", "aud": "api", "exp": 9_999_999_999_u64, "sub": "u", "iat": 1, "jti": "j", "client_id": "c" });
    let typed = |typ: &str, claims: &Value| {
        signer.sign(&json!({ "alg": "EdDSA", "kid": "k", "typ": typ }).to_string(), &claims.to_string())
    };
    let verifier = Verifier::new(issuer()).await.unwrap();
    assert!(verifier.verify(&typed("at+jwt", &claims)).await.is_ok());
    assert_eq!(verifier.verify(&typed("JWT", &claims)).await.unwrap_err(), InvalidTokenReason::Type.into());
    for name in ["iss", "aud", "exp", "sub", "iat", "jti", "client_id"] {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        assert!(verifier.verify(&typed("at+jwt", &claims)).await.is_err(), "without {name}");
    }
    // A mapping that does not read `sub` does not turn off the check of `sub`.
    let propelauth = Verifier::new(issuer().claim_mapping(ClaimMapping::propelauth())).await.unwrap();
    let mut claims = claims;
    claims["user_id"] = json!("u");
    assert!(propelauth.verify(&typed("at+jwt", &claims)).await.is_ok());
    claims.as_object_mut().unwrap().remove("sub");
    assert!(propelauth.verify(&typed("at+jwt", &claims)).await.is_err());
}

#[tokio::test]
async fn bound_tokens_and_any_audience_are_accepted_only_if_configured() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = || Issuer::jwks("https://i.test", "api", json!({ "keys": [signer.jwk()] }).to_string());
    let bound = json!({ "sub": "u", "cnf": { "jkt": "x" } });
    assert_eq!(
        verify(issuer(), &signer, bound.clone()).await.unwrap_err(),
        InvalidTokenReason::SenderConstrained.into()
    );
    assert!(verify(issuer().danger_accept_bound_tokens(), &signer, bound).await.is_ok());
    let elsewhere = json!({ "sub": "u", "aud": "elsewhere" });
    assert_eq!(verify(issuer(), &signer, elsewhere.clone()).await.unwrap_err(), InvalidTokenReason::Audience.into());
    assert!(verify(issuer().danger_any_audience(), &signer, elsewhere).await.is_ok());
}

/// The handler gets the personal data that a custom mapping sets.
#[tokio::test]
async fn a_custom_mapping_fills_every_field_of_user() {
    let map = |_: &Map<String, Value>, _: Identity| {
        let member = Membership::new("acme", "Admin").name("Acme").permissions(["read"]).metadata(json!({ "a": [1] }));
        let identity = Identity::new("u1").email("ada@example.com", true).username("ada").org(member);
        Some(identity.impersonated_by(Some("bob".to_owned())).roles(["staff"]).scopes(["s"]).permissions(["direct"]))
    };
    let user = mapped(map, json!({})).await.unwrap();
    assert_eq!((user.id(), user.email(), user.username()), ("u1", Some("ada@example.com"), Some("ada")));
    assert_eq!(
        (user.email_verified(), user.is_impersonated(), user.impersonator_user_id()),
        (Some(true), Some(true), Some("bob"))
    );
    assert_eq!((user.roles().unwrap(), user.scopes().unwrap()), (&["staff".to_owned()][..], &["s".to_owned()][..]));
    assert!(user.has_permission("direct") && user.active_org().is_none());
    let org = user.org("acme").unwrap();
    assert_eq!(
        (org.name(), org.role(), org.permissions()),
        (Some("Acme"), Some("Admin"), Some(&["read".to_owned()][..]))
    );
    assert_eq!(org.metadata(), &json!({ "a": [1] }));
}
