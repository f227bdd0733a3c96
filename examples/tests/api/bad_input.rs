//! Invalid and hostile input.

use serde_json::{Value, json};

use crate::server::{SECRET, Server};

#[test]
fn malformed_bodies_are_refused_and_the_server_serves_on() {
    let server = Server::start();
    let token = server.token(&["ada"]);
    let nested = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    for body in ["", "{", "null", "[]", "\"text\"", "{\"title\": 1}", "{\"title\": \"\\ud800\"}", "\u{0}", &nested] {
        for (path, bearer) in [("/posts", true), ("/auth/register", false), ("/auth/verify", false)] {
            let request = server.request("POST", path).text("application/json", body);
            let request = if bearer { request.bearer(&token) } else { request };
            let detail = request.send().expect(422).detail();
            assert_eq!(detail[0]["type"], "value_error", "{path} {body:?}");
        }
    }
    for body in ["", "=", "&&&", "username", "username=a", "username=a&username=b&password=c", "%ff=%fe", "a=%zz"] {
        for path in ["/auth/jwt/login", "/login"] {
            server.request("POST", path).text("application/x-www-form-urlencoded", body).send().expect(422);
        }
    }
    server.request("POST", "/posts").bearer(&token).text("text/plain", "{}").send().expect(422);
    server.request("PUT", "/posts/1").bearer(&token).text("text/plain", "{}").send().expect(404);
    for id in ["x", "1.5", "-", "99999999999999999999", "%00", "1%27"] {
        server.get_as(&token, &format!("/posts/{id}")).expect(400);
        server.request("DELETE", &format!("/posts/{id}")).bearer(&token).send().expect(400);
    }
    server.get_as(&token, "/posts?limit=-1").expect(400);
    server.get_as(&token, "/nowhere").expect(404);
    server.request("PATCH", "/posts").bearer(&token).send().expect(405);
}

#[test]
fn long_bodies_and_passwords_are_refused() {
    let server = Server::start();
    let long = SECRET.repeat(20_000);
    let registration = json!({ "email": "dan@example.com", "password": long });
    assert_eq!(server.post("/auth/register", &registration).expect(413).detail(), "The body is too large");
    server.login("ada@example.com", &long).expect(413);
    // Short enough to be read, too long to be hashed.
    let long = SECRET.repeat(1000);
    assert_eq!(server.login("ada@example.com", &long).expect(400).detail(), "LOGIN_BAD_CREDENTIALS");
    let registration = json!({ "email": "dan@example.com", "password": long });
    let detail = server.post("/auth/register", &registration).expect(400).detail();
    assert_eq!(detail["code"], "REGISTER_INVALID_PASSWORD");
    let address = format!("{}@example.com", "d".repeat(400));
    server.post("/auth/register", &json!({ "email": address, "password": SECRET })).expect(422);
    let token = server.token(&["ada"]);
    let post = json!({ "title": "x".repeat(3_000_000), "content": "" });
    server.request("POST", "/posts").bearer(&token).json(&post).send().expect(413);
}

#[test]
fn sql_in_any_input_string_is_stored_as_text() {
    let server = Server::start();
    let token = server.token(&["ada"]);
    for sql in [
        "'; DROP TABLE user; --",
        "\" OR \"\"=\"",
        "' OR 1=1 --",
        "1; DELETE FROM post",
        "%' UNION SELECT hashed_password FROM user --",
        "\\'; VACUUM; --",
        "a\u{0}b'); --",
    ] {
        let post = json!({ "title": sql, "content": sql });
        let kept = server.request("POST", "/posts").bearer(&token).json(&post).send().expect(201).json();
        let path = format!("/posts/{}", kept["id"]);
        assert_eq!([&kept["title"], &kept["content"]], [sql, sql]);
        let kept = server.request("PUT", &path).bearer(&token).json(&post).send().expect(200).json();
        assert_eq!(server.get_as(&token, &path).json(), kept);

        server.login(sql, "password").expect(400);
        server.login("ada@example.com", sql).expect(400);
        server.post("/auth/register", &json!({ "email": sql, "password": SECRET })).expect(422);
        server.post("/auth/forgot-password", &json!({ "email": sql })).expect(422);
        server.post("/auth/verify", &json!({ "token": sql })).expect(400);
        server.post("/auth/reset-password", &json!({ "token": sql, "password": SECRET })).expect(400);
        let encoded: String = form_urlencoded::byte_serialize(sql.as_bytes()).collect::<String>().replace('+', "%20");
        server.get_as(&token, &format!("/users/{encoded}")).expect(404);
        server.get_as(&token, &format!("/posts/{encoded}")).expect(400);
        server.get_as(&token, &format!("/api/org/{encoded}/check")).expect(403);
        if !sql.contains('\u{0}') {
            let minted = server.token(&[sql, "--org", sql, "--role", sql, "--permission", sql]);
            let claims: Value = server.get_as(&minted, "/api/private").expect(200).json();
            assert_eq!(claims["user_id"], sql);
            let named = server.get_as(&minted, &format!("/api/org/{encoded}/check")).expect(200).json();
            assert_eq!(named["message"], format!("You are in {sql}"));
            server.get_as(&minted, "/users/me").expect(401);
        }
    }
    // An address may contain a quote.
    let odd = json!({ "email": "o'hara--@example.com", "password": SECRET });
    server.post("/auth/register", &odd).expect(201);
    server.logged_in("o'hara--@example.com", SECRET);
    assert_eq!(server.directory.sql("SELECT CAST(count(*) AS TEXT) FROM user")[0], "4");
    assert_eq!(server.directory.sql("SELECT CAST(count(*) AS TEXT) FROM post")[0], "7");
}

#[test]
fn a_flood_of_logins_is_limited_and_other_requests_are_served() {
    let server = Server::start();
    let token = server.token(&["ada"]);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let login = || server.login("ada@example.com", "wrong password").status;
        let logins: Vec<_> = (0..50).map(|_| scope.spawn(login)).collect();
        while !logins.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            server.get("/health").expect(200);
            server.get_as(&token, "/posts").expect(200);
        }
        logins.into_iter().map(|login| login.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|known| **known == status).count();
    assert_eq!(count(400) + count(503), 50, "{statuses:?}");
    assert!(count(400) >= 32, "{statuses:?}");
    server.logged_in("ada@example.com", "password");
}
