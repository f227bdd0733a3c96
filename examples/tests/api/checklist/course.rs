//! The FastAPI course: posts, login, and who may do what.

use serde_json::json;

use super::{
    Here::{Checked, ShownBy},
    Line, SHARED,
};
use crate::server::{ADA, BOB, Server, now};

pub const LINES: &[Line] = &[
    Line {
        says: "/posts: list, 201 with five fields, 404 by name, 204, PUT",
        here: ShownBy(&["posts::posts_are_created_read_changed_and_deleted"]),
    },
    Line { says: "the token's claim user_id becomes the current user's id", here: Checked(user_id) },
    Line { says: "any decode error, or no user id: 401 `Could not validate credentials`", here: Checked(invalid) },
    Line { says: "a missing token: 401 `Not authenticated`", here: Checked(missing) },
    Line { says: "POST /login: form, token; 404 `Invalid Credentials` for both causes", here: Checked(login) },
    Line { says: "HS256 with a secret key of the application", here: Checked(shared_secret) },
    Line {
        says: "only the owner changes a post",
        here: ShownBy(&["posts::only_the_owner_changes_a_post_and_other_bodies_are_not_read"]),
    },
    Line { says: "the table of scenarios: list, read, delete, update, without a token", here: Checked(scenarios) },
];

fn hs256(secret: &str, claims: &serde_json::Value) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap()
}

fn user_id(server: &Server) {
    let token = hs256(SHARED, &json!({ "user_id": 7, "aud": "fastapi-users:auth", "exp": now() + 60 }));
    assert_eq!(server.get_as(&token, "/api/whoami").expect(200).json(), json!({ "user_id": "7" }));
}

fn invalid(server: &Server) {
    let aud = "fastapi-users:auth";
    for token in [
        "garbage".to_owned(),
        hs256(SHARED, &json!({ "aud": aud, "exp": now() + 60 })),
        hs256(SHARED, &json!({ "user_id": ADA, "sub": BOB, "aud": aud, "exp": now() + 60 })),
        hs256(SHARED, &json!({ "user_id": ADA, "aud": aud, "exp": now() - 300 })),
        hs256(SHARED, &json!({ "user_id": ADA, "aud": "another", "exp": now() + 60 })),
        hs256(SHARED, &json!({ "user_id": ADA, "aud": aud, "exp": now() + 60, "nbf": now() + 300 })),
        hs256("another secret of more than 32 bytes", &json!({ "user_id": ADA, "aud": aud, "exp": now() + 60 })),
    ] {
        let answer = server.get_as(&token, "/posts").expect(401);
        assert_eq!(answer.detail(), "Could not validate credentials");
        assert!(answer.challenge().unwrap().starts_with("Bearer "));
    }
}

fn missing(server: &Server) {
    let answer = server.get("/posts").expect(401);
    assert_eq!((answer.detail(), answer.challenge()), (json!("Not authenticated"), Some("Bearer")));
}

fn login(server: &Server) {
    let login = |username, password| {
        server.request("POST", "/login").form(&[("username", username), ("password", password)]).send()
    };
    let answer = login("bob@example.com", "password").expect(200).json();
    assert_eq!(answer["token_type"], "bearer");
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(server.get_as(token, "/api/whoami").json(), json!({ "user_id": BOB }));
    for (username, password) in [("bob@example.com", "wrong"), ("nobody@example.com", "password")] {
        assert_eq!(login(username, password).expect(404).body, r#"{"detail":"Invalid Credentials"}"#);
    }
}

fn shared_secret(server: &Server) {
    let token = hs256(SHARED, &json!({ "sub": ADA, "aud": ["fastapi-users:auth"], "exp": now() + 60 }));
    server.get_as(&token, "/posts").expect(200);
}

fn scenarios(server: &Server) {
    for (method, path) in
        [("GET", "/posts"), ("POST", "/posts"), ("GET", "/posts/1"), ("DELETE", "/posts/1"), ("PUT", "/posts/1")]
    {
        server.request(method, path).send_without_its_body().expect(401);
        server.request(method, path).bearer("garbage").send_without_its_body().expect(401);
    }
}
