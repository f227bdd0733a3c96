//! PropelAuth's quickstart.

use auth_test_support::new_key;
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

use super::{
    Here::{Checked, OutOfScope, ShownBy},
    Line,
};
use crate::server::{ADA, GRACE, Server, now, sign_with};

pub const LINES: &[Line] = &[
    Line {
        says: "init with auth URL and API key; verifies the key and fetches metadata, one time",
        here: ShownBy(&["start::a_wrong_environment_variable_is_named"]),
    },
    Line {
        says: "optional manual public key, no network",
        here: ShownBy(&[
            "programs::propelauth_verifies_tokens_of_the_project",
            "external::several_providers_are_configured_at_once",
        ]),
    },
    Line { says: "require_user: 401 without a valid token", here: Checked(no_valid_token) },
    Line { says: "the handler receives the user; /api/whoami returns {\"user_id\"}", here: Checked(whoami) },
    Line { says: "optional_user", here: Checked(optional) },
    Line { says: "curl: no header gives 401, a Bearer token 200", here: Checked(curl) },
    Line {
        says: "create-access-token API for tests (POST /access_token)",
        here: OutOfScope("PropelAuth's management API has its own crate; here `token` mints: start::token_mints_.."),
    },
    Line { says: "offline verification, no call for each request", here: Checked(offline) },
];

/// All kinds of refused requests, including those in PropelAuth's test suites.
fn no_valid_token(server: &Server) {
    let good = server.token(&["ada"]);
    let claims = server.claims(ADA);
    let with = |member: &str, value: Value| {
        let mut claims = claims.clone();
        claims[member] = value;
        server.sign(&claims)
    };
    let without = |member: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(member);
        server.sign(&claims)
    };
    let kid = jsonwebtoken::decode_header(&good).unwrap().kid.unwrap();
    let key = new_key("RS256");
    let pem = std::fs::read(server.directory.file("example-key.pem")).unwrap();
    let hmac = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &EncodingKey::from_secret(&pem));
    let (head, _) = good.rsplit_once('.').unwrap();
    let swapped = server.token(&["bob"]);
    let (_, signature) = swapped.rsplit_once('.').unwrap();
    for (case, token) in [
        ("garbage", "garbage".to_owned()),
        ("an expired token", with("exp", json!(now() - 300))),
        ("one that expired before its leeway", with("exp", json!(now() - 61))),
        ("no exp", without("exp")),
        ("one from the future", with("nbf", json!(now() + 300))),
        ("another issuer", with("iss", json!("http://127.0.0.1:1"))),
        ("the issuer over https", with("iss", json!(format!("https://127.0.0.1:{}", server.port)))),
        ("the issuer with a slash", with("iss", json!(format!("http://127.0.0.1:{}/", server.port)))),
        ("a list of issuers", with("iss", json!([claims["iss"]]))),
        ("no issuer", without("iss")),
        ("another audience", with("aud", json!("another-api"))),
        ("no user", without("user_id")),
        ("another key", sign_with(&key, &kid, &claims)),
        ("an unknown key", sign_with(&key, "unknown", &claims)),
        ("the key file as a shared secret", hmac.unwrap()),
        ("another token's signature", format!("{head}.{signature}")),
        ("no signature", format!("{head}.")),
    ] {
        let answer = server.get_as(&token, "/api/whoami");
        assert_eq!(answer.status, 401, "{case}");
        assert_eq!(answer.detail(), "Could not validate credentials", "{case}");
        assert!(answer.challenge().unwrap().starts_with("Bearer error=\"invalid_token\""), "{case}: {answer:?}");
    }
    for header in ["token X", "Basic YWRhOnBhc3N3b3Jk", "Bearer", "Bearer ", "Bearer a b", "", &good] {
        server.request("GET", "/api/whoami").header("authorization", header).send().expect(401);
    }
    // An unknown provider does not refuse the login.
    let known = with("login_method", json!({ "login_method": "social_sso", "provider": "Apple" }));
    server.get_as(&known, "/api/whoami").expect(200);
}

fn whoami(server: &Server) {
    let answer = server.get_as(&server.token(&["ada"]), "/api/whoami").expect(200);
    assert_eq!(answer.json(), json!({ "user_id": ADA }));
}

fn optional(server: &Server) {
    assert_eq!(server.get("/api/whoami_optional").expect(200).json(), json!({}));
    let answer = server.get_as(&server.token(&["grace"]), "/api/whoami_optional").expect(200);
    assert_eq!(answer.json(), json!({ "user_id": GRACE }));
}

fn curl(server: &Server) {
    let answer = server.get("/api/whoami").expect(401);
    assert_eq!(answer.detail(), "Not authenticated");
    assert_eq!(answer.challenge(), Some("Bearer"));
    server.get_as(&server.token(&["ada"]), "/api/whoami").expect(200);
}

/// The server has no network at all, and the first and the hundredth request are alike.
fn offline(server: &Server) {
    let token = server.token(&["ada"]);
    for _ in 0..100 {
        server.get_as(&token, "/api/whoami").expect(200);
    }
}
