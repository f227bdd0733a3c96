//! The API's own issuer: its published keys, and the rotation of its key.

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
fn after_rotation_the_new_key_signs_and_old_tokens_verify() {
    let server = Server::start();
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let is_bob = |server: &Server, token: &str| {
        assert_eq!(server.get_as(token, "/api/whoami").expect(200).json(), json!({ "user_id": BOB }));
    };
    let old = server.token(&["bob"]);
    is_bob(&server, &old);
    assert!(server.run(&["rotate-key"]).status.success());

    // The running server uses the new key, to sign and to verify.
    let new = server.token(&["bob"]);
    let logged_in = server.logged_in("bob@example.com", "password");
    assert_ne!(kid(&old), kid(&new));
    assert_eq!(kid(&logged_in), kid(&new));
    for token in [&old, &new, &logged_in] {
        is_bob(&server, token);
    }
    let published = server.get("/.well-known/jwks.json").json();
    let published: Vec<&str> =
        published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(published, [kid(&new), kid(&old)]);

    let port = server.port.to_string();
    let (directory, _) = server.interrupt();
    let server = Server::start_with(directory, &[("PORT", &port)]);
    for token in [&old, &new] {
        is_bob(&server, token);
    }
}

#[test]
fn an_unreadable_key_file_keeps_the_previous_key() {
    let server = Server::start();
    let token = server.token(&["bob"]);
    std::fs::write(server.directory.file("example-key.pem"), "no key at all").unwrap();
    server.get_as(&server.logged_in("bob@example.com", "password"), "/api/whoami").expect(200);
    server.get_as(&token, "/api/whoami").expect(200);
    assert!(server.log().contains("could not be read again"), "{}", server.log());
    let output = server.run(&["token", "--user", "bob"]);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8(output.stderr).unwrap().contains("is not an RSA private key"));
}
