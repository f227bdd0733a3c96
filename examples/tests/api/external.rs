//! Issuers from the environment, each replaced by a server on loopback.

use serde_json::json;

use crate::issuer::Standin;
use crate::server::{ADA, Directory, Server, now};

const API: &str = "https://api.example.com";

#[test]
fn auth0_is_configured_by_environment_variables() {
    let auth0 = Standin::start("/");
    let domain = auth0.url.trim_end_matches('/');
    let server = Server::start_with(Directory::used(), &[("AUTH0_DOMAIN", domain), ("API_AUDIENCE", API)]);
    // A token of Auth0 for client credentials.
    let claims = json!({
        "iss": auth0.url, "sub": "client@clients", "aud": API, "iat": now(), "exp": now() + 86_400,
        "azp": "client", "gty": "client-credentials",
    });
    let token = auth0.sign(&claims);
    assert_eq!(server.get_as(&token, "/api/private").expect(200).json(), claims);
    assert_eq!(server.get_as(&token, "/api/whoami").expect(200).json(), json!({ "user_id": "client@clients" }));
    for (member, wrong) in [
        ("aud", json!("https://other.example.com")),
        ("aud", json!([])),
        ("iss", json!(domain)),
        ("iss", json!("https://tenant.auth0.com/")),
        ("exp", json!(now() - 61)),
        ("sub", json!("")),
        ("nonce", json!("of an ID token")),
    ] {
        let mut claims = claims.clone();
        claims[member] = wrong;
        server.get_as(&auth0.sign(&claims), "/api/private").expect(401);
    }
    // Signed by one issuer with the `iss` of the other.
    server.get_as(&auth0.sign(&server.claims(ADA)), "/api/private").expect(401);
    server.get_as(&server.sign(&claims), "/api/private").expect(401);

    // The Ada of this tenant is a different user from the Ada with an account here.
    let ada = server.token(&["ada"]);
    let post = json!({ "title": "ada's", "content": "own" });
    let path = format!("/posts/{}", server.request("POST", "/posts").bearer(&ada).json(&post).send().json()["id"]);
    let namesake = auth0.sign(&json!({ "sub": ADA, "aud": API }));
    server.request("DELETE", &path).bearer(&namesake).send().expect(403);
    server.get_as(&namesake, "/users/me").expect(403);
    server.request("DELETE", &path).bearer(&ada).send().expect(204);
}

#[test]
fn auth0_can_be_restricted_by_issuer_and_algorithms() {
    let auth0 = Standin::start("/");
    let domain = auth0.url.trim_end_matches('/');
    let joined = [("AUTH0_DOMAIN", domain), ("API_AUDIENCE", API)];
    let all = [joined[0], joined[1], ("ALGORITHMS", "RS256"), ("ISSUER", auth0.url.as_str())];
    let server = Server::start_with(Directory::used(), &all);
    server.get_as(&auth0.sign(&json!({ "sub": "a", "aud": [API, "other"] })), "/api/private").expect(200);
    drop(server);
    // The `iss` of tokens must be `ISSUER`, whatever the tenant's metadata says.
    let other = [joined[0], joined[1], ("ISSUER", "https://other.example.com/")];
    let server = Server::start_with(Directory::used(), &other);
    server.get_as(&auth0.sign(&json!({ "sub": "a", "aud": API })), "/api/private").expect(401);
    drop(server);
    for (variable, value, named) in [
        // Either the tenant or the variable may be wrong, so the error names both.
        (
            "ALGORITHMS",
            "ES256",
            "error: AUTH0_DOMAIN: issuer `auth0`: `auth0`: the keys were fetched, but no key can be used: it does not fit any allowed algorithm",
        ),
        ("ALGORITHMS", "HS256", "error: ALGORITHMS: "),
        ("AUTH0_DOMAIN", "http://127.0.0.1:1", "error: AUTH0_DOMAIN: "),
        ("AUTH0_DOMAIN", "a b", "error: AUTH0_DOMAIN: "),
    ] {
        let directory = Directory::used();
        let mut command = directory.command(&[]);
        let output = command.env("PORT", "0").envs(joined).env(variable, value).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(named), "{variable}={value}: {said}");
    }
}

#[test]
fn several_providers_are_configured_at_once() {
    let (oidc, auth0) = (Standin::start("/realms/x"), Standin::start("/"));
    let propelauth = Standin::start("");
    let server = Server::start_with(
        Directory::used(),
        &[
            ("OIDC_ISSUER", &oidc.url),
            ("AUTH0_DOMAIN", auth0.url.trim_end_matches('/')),
            ("API_AUDIENCE", API),
            ("PROPELAUTH_AUTH_URL", "https://auth.example.com/"),
            ("PROPELAUTH_API_KEY", "not needed where the key is given"),
            ("PROPELAUTH_VERIFIER_KEY", &propelauth.public_key),
            ("APP_SECRET", "a secret that this API shares with a FastAPI application"),
        ],
    );
    let member = json!({
        "org_id": "acme", "org_name": "Acme", "org_metadata": {}, "url_safe_org_name": "acme",
        "org_role_structure": "single_role_in_hierarchy", "user_role": "Admin",
        "inherited_user_roles_plus_current_role": ["Admin", "Member"], "user_permissions": [], "additional_roles": [],
    });
    let users = [
        (server.token(&["zoe"]), "zoe"),
        (oidc.sign(&json!({ "sub": "o", "aud": API })), "o"),
        (auth0.sign(&json!({ "sub": "a", "aud": API })), "a"),
        (
            propelauth.sign(&json!({ "iss": "https://auth.example.com", "user_id": "p",
                "org_id_to_org_member_info": { "acme": member } })),
            "p",
        ),
    ];
    for (token, user) in &users {
        assert_eq!(server.get_as(token, "/api/whoami").expect(200).json(), json!({ "user_id": user }));
    }
    let admitted = |path: &str| users.iter().map(|(token, _)| server.get_as(token, path).status).collect::<Vec<_>>();
    assert_eq!(admitted("/api/org/acme/admin_only"), [403, 403, 403, 200]);
    assert_eq!(admitted("/users/me"), [401, 403, 403, 403], "accounts are the API's own; zoe has none");
    // No issuer can sign for another.
    for (signer, iss) in [(&oidc, &auth0.url), (&auth0, &oidc.url), (&propelauth, &oidc.url)] {
        server.get_as(&signer.sign(&json!({ "iss": iss, "sub": "x", "aud": API })), "/api/whoami").expect(401);
    }
}
