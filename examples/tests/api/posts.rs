//! Posts, modeled on the FastAPI course, and who may change them.

use serde_json::{Value, json};

use crate::server::{ADA, BOB, Server};

const SHARED: &str = "a secret that this API shares with a FastAPI application";

/// The claims that fastapi-users itself signs.
fn fastapi_token(user: &str) -> String {
    let claims = json!({ "sub": user, "aud": ["fastapi-users:auth"], "exp": crate::server::now() + 600 });
    let key = jsonwebtoken::EncodingKey::from_secret(SHARED.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
}

#[test]
fn posts_are_created_read_changed_and_deleted() {
    let server = Server::start();
    let ada = server.token(&["ada"]);
    let new = json!({ "title": "first", "content": "hello" });
    let post = server.request("POST", "/posts").bearer(&ada).json(&new).send().expect(201).json();
    let fields: Vec<&String> = post.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["content", "created_at", "id", "published", "title"]);
    assert_eq!(post["published"], json!(true), "published unless it says otherwise");
    let path = format!("/posts/{}", post["id"]);

    assert_eq!(server.get_as(&server.token(&["bob"]), &path).expect(200).json(), post);
    assert_eq!(server.get_as(&ada, "/posts").expect(200).json(), json!([post]));
    assert_eq!(server.get_as(&ada, "/posts?limit=5&skip=1").expect(200).json(), json!([]));

    let changed = json!({ "title": "second", "content": "bye", "published": false });
    let answer = server.request("PUT", &path).bearer(&ada).json(&changed).send().expect(200).json();
    assert_eq!((&answer["title"], &answer["published"]), (&json!("second"), &json!(false)));
    assert_eq!(answer["created_at"], post["created_at"]);

    assert_eq!(server.request("DELETE", &path).bearer(&ada).send().expect(204).body, "");
    for method in ["GET", "PUT", "DELETE"] {
        let answer = server.request(method, &path).bearer(&ada).json(&changed).send().expect(404);
        assert_eq!(answer.detail(), format!("Post with id: {} does not exist", post["id"]));
    }
}

#[test]
fn only_the_owner_changes_a_post_and_other_bodies_are_not_read() {
    let server = Server::start_with(crate::server::Directory::used(), &[("APP_SECRET", SHARED)]);
    let ada = server.token(&["ada"]);
    let new = json!({ "title": "ada's", "content": "hello" });
    let post = server.request("POST", "/posts").bearer(&ada).json(&new).send().expect(201).json();
    let path = format!("/posts/{}", post["id"]);

    // Her id in another issuer's token means another user.
    let strangers = [server.token(&["bob"]), fastapi_token(ADA), fastapi_token(BOB)];
    for method in ["PUT", "DELETE"] {
        for stranger in &strangers {
            let answer = server.request(method, &path).bearer(stranger).send_without_its_body().expect(403);
            assert_eq!(answer.detail(), "Forbidden");
        }
        server.request(method, &path).send_without_its_body().expect(401);
        server.request(method, "/posts/77").bearer(&ada).send_without_its_body().expect(404);
    }
    assert_eq!(server.get_as(&ada, &path).json(), post);

    // And the other way round.
    let theirs = server.request("POST", "/posts").bearer(&strangers[1]).json(&new).send().expect(201).json();
    let theirs = format!("/posts/{}", theirs["id"]);
    server.request("DELETE", &theirs).bearer(&ada).send().expect(403);
    server.request("DELETE", &theirs).bearer(&strangers[1]).send().expect(204);
}

#[test]
fn posts_keep_their_owner_if_the_port_changes() {
    let server = Server::start();
    let ada = server.token(&["ada"]);
    let new = json!({ "title": "t", "content": "c" });
    let post: Value = server.request("POST", "/posts").bearer(&ada).json(&new).send().expect(201).json();
    let (directory, rest) = server.interrupt();
    assert!(rest.ends_with("Stopped.\n"), "{rest}");

    let server = Server::start_with(directory, &[]);
    let path = format!("/posts/{}", post["id"]);
    server.request("DELETE", &path).bearer(&server.token(&["bob"])).send().expect(403);
    server.request("DELETE", &path).bearer(&server.token(&["ada"])).send().expect(204);
}
