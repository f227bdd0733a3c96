//! The API's own issuer: what it publishes, and how its key changes.

use serde_json::json;

use crate::server::{BOB, Server};

#[test]
fn discovery_and_keys_are_public() {
    let server = Server::start();
    let discovery = server.get("/.well-known/openid-configuration").expect(200).json();
    let issuer = format!("http://127.0.0.1:{}", server.port);
    assert_eq!(discovery["issuer"], issuer);
    assert_eq!(discovery["jwks_uri"], format!("{issuer}/.well-known/jwks.json"));
    let jwks = server.get("/.well-known/jwks.json").expect(200).json();
    let key = jwks["keys"][0].as_object().unwrap();
    let members: Vec<&String> = key.keys().collect();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"], "and nothing private");
}

#[test]
fn a_new_key_signs_and_tokens_of_the_old_one_live_on() {
    let server = Server::start();
    let port = server.port.to_string();
    let old = server.token(&["bob"]);
    let output = server.run(&["rotate-key"]);
    assert!(output.status.success(), "{output:?}");
    let (directory, _) = server.interrupt();

    let server = Server::start_with(directory, &[("PORT", &port)]);
    let new = server.token(&["bob"]);
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    assert_ne!(kid(&old), kid(&new));
    for token in [&old, &new] {
        assert_eq!(server.get_as(token, "/api/whoami").expect(200).json(), json!({ "user_id": BOB }));
    }
    let published = server.get("/.well-known/jwks.json").json();
    let published: Vec<&str> =
        published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(published, [kid(&new), kid(&old)]);
}
