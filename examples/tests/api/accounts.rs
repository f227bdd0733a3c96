//! Accounts: the routes of fastapi-users, with their statuses and bodies.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Answer;
use crate::server::{ADA, BOB, Directory, SECRET, Server, block_on, connect};

const DAN: &str = "dan@example.com";

fn password(n: u32) -> String {
    format!("{SECRET}-{n}")
}

fn register(server: &Server, email: &str, password: &str) -> Answer {
    server.post("/auth/register", &json!({ "email": email, "password": password }))
}

#[test]
fn registration_answers_as_fastapi_users_does() {
    let server = Server::start();
    let answer = register(&server, "Dan@EXAMPLE.com", &password(1)).expect(201).json();
    let fields: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["email", "id", "is_active", "is_superuser", "is_verified"], "and no hash");
    assert_eq!(answer["email"], "Dan@example.com", "the domain in lower case, the rest as it was");
    assert_eq!([&answer["is_active"], &answer["is_superuser"], &answer["is_verified"]], [true, false, false]);

    for email in ["Dan@EXAMPLE.com", "dan@example.com", "DAN@example.com"] {
        assert_eq!(register(&server, email, &password(1)).expect(400).detail(), "REGISTER_USER_ALREADY_EXISTS");
    }
    let flags = json!({ "email": "eve@example.com", "password": password(1),
        "is_active": false, "is_superuser": true, "is_verified": true });
    let eve = server.post("/auth/register", &flags).expect(201).json();
    assert_eq!([&eve["is_active"], &eve["is_superuser"], &eve["is_verified"]], [true, false, false]);

    for (password, reason) in [
        ("short", "Password should be at least 8 characters"),
        (&"x".repeat(1025), "Password should be at most 1024 bytes"),
    ] {
        let detail = register(&server, "f@example.com", password).expect(400).detail();
        assert_eq!(detail, json!({ "code": "REGISTER_INVALID_PASSWORD", "reason": reason }));
    }
    for body in [
        json!({}),
        json!({ "email": DAN }),
        json!({ "password": password(1) }),
        json!({ "email": "dan", "password": password(1) }),
        json!({ "email": "dan@localhost", "password": password(1) }),
        json!({ "email": "Dan <dan@example.com>", "password": password(1) }),
        json!({ "email": "dan@example.com\r\nBcc: all@example.com", "password": password(1) }),
        json!({ "email": ["dan@example.com"], "password": password(1) }),
        json!({ "email": DAN, "password": 12_345_678 }),
    ] {
        let detail = server.post("/auth/register", &body).expect(422).detail();
        assert_eq!(detail[0]["loc"], json!(["body"]), "{body}");
    }
}

#[test]
fn concurrent_registrations_of_one_address_create_one_account() {
    let server = Server::start();
    let emails = ["gil@example.com", "GIL@example.com", "Gil@Example.com", "gIL@example.COM"];
    let start = Barrier::new(emails.len());
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let start = &start;
        let server = &server;
        let all = emails.map(|email| {
            scope.spawn(move || {
                start.wait();
                register(server, email, &password(1)).status
            })
        });
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400, 400, 400]);
    server.logged_in("gil@example.com", &password(1));
}

#[test]
fn login_takes_a_form_and_does_not_say_why_it_fails() {
    let server = Server::start();
    register(&server, DAN, &password(1)).expect(201);
    let answer = server.login("DAN@example.com", &password(1)).expect(200).json();
    assert_eq!(answer["token_type"], "bearer");
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(server.get_as(token, "/users/me").expect(200).json()["email"], DAN);

    server.directory.sql("UPDATE user SET is_active = FALSE WHERE email = 'bob@example.com'");
    let wrong =
        [(DAN, "wrong password"), ("nobody@example.com", "password"), ("bob@example.com", "password"), ("", "")];
    for (email, password) in wrong {
        assert_eq!(server.login(email, password).expect(400).body, r#"{"detail":"LOGIN_BAD_CREDENTIALS"}"#);
        let form = [("username", email), ("password", password)];
        let answer = server.request("POST", "/login").form(&form).send().expect(404);
        assert_eq!(answer.body, r#"{"detail":"Invalid Credentials"}"#);
    }
    let form = [("username", DAN), ("password", &password(1))];
    let answer = server.request("POST", "/login").form(&form).send().expect(200).json();
    assert_eq!(answer["token_type"], "bearer");

    let path = "/auth/jwt/login";
    let grant = |grant| server.request("POST", path).form(&[form[0], form[1], ("grant_type", grant)]).send();
    grant("password").expect(200);
    grant("client_credentials").expect(422);
    server.request("POST", path).form(&form[..1]).send().expect(422);
    server.request("POST", path).form(&form[1..]).send().expect(422);
    server.request("POST", path).form(&[]).send().expect(422);
    server.post(path, &json!({ "username": DAN, "password": password(1) })).expect(422);
}

#[test]
fn login_of_an_unknown_user_takes_as_long_as_of_a_known_user() {
    let server = Server::start();
    let time = |email| {
        let start = Instant::now();
        server.login(email, "wrong password").expect(400);
        start.elapsed()
    };
    // The fastest of several tries, because other load on the machine can only add time.
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..12 {
        known = known.min(time("ada@example.com"));
        unknown = unknown.min(time("nobody@example.com"));
        if unknown > known / 2 && known > unknown / 2 && known > Duration::from_millis(5) {
            return;
        }
    }
    panic!("{known:?} known, {unknown:?} unknown");
}

#[test]
fn password_hashes_of_fastapi_users_verify_and_are_renewed() {
    let directory = Directory::new();
    block_on(async {
        use sqlx::{Connection as _, Executor as _};
        let mut old = connect(&directory.file("test.db")).await;
        // The table as SQLAlchemy creates it for fastapi-users.
        let table = "CREATE TABLE user (id CHAR(36) NOT NULL, email VARCHAR(320) NOT NULL,
            hashed_password VARCHAR(1024) NOT NULL, is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL,
            is_verified BOOLEAN NOT NULL, PRIMARY KEY (id)); CREATE UNIQUE INDEX ix_user_email ON user (email)";
        old.execute(table).await.unwrap();
        for (id, email, hash) in [
            ("1f1d6f3c-0000-4000-8000-000000000001", "old@example.com", bcrypt::hash("an old password", 4).unwrap()),
            ("1f1d6f3c-0000-4000-8000-000000000002", "odd@example.com", "no hash at all".to_owned()),
        ] {
            let insert = sqlx::query("INSERT INTO user VALUES (?, ?, ?, 1, 0, 0)").bind(id).bind(email).bind(hash);
            insert.execute(&mut old).await.unwrap();
        }
        old.close().await.unwrap();
    });
    let url = [("DATABASE_URL", "sqlite:///./test.db")];
    let server = Server::start_with(directory, &url);
    server.login("ada@example.com", "password").expect(400); // an existing database gets no demo users
    server.login("odd@example.com", "no hash at all").expect(400);
    server.login("old@example.com", "a wrong password").expect(400);
    let hash = || {
        block_on(async {
            let mut db = connect(&server.directory.file("test.db")).await;
            let sql = "SELECT hashed_password FROM user WHERE email = 'old@example.com'";
            sqlx::query_scalar::<_, String>(sql).fetch_one(&mut db).await.unwrap()
        })
    };
    assert!(hash().starts_with("$2"), "{}", hash());
    server.logged_in("old@example.com", "an old password");
    let renewed = hash();
    assert!(renewed.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{renewed}");
    server.logged_in("old@example.com", "an old password");
    assert_eq!(hash(), renewed, "renewed once");
}

#[test]
fn users_read_and_change_their_own_account() {
    let server = Server::start();
    let dan = register(&server, DAN, &password(1)).expect(201).json();
    let token = server.logged_in(DAN, &password(1));
    server.directory.sql("UPDATE user SET is_verified = TRUE WHERE email = 'dan@example.com'");
    let me = |body: &Value| server.request("PATCH", "/users/me").bearer(&token).json(body).send();

    let mut verified = dan.clone();
    verified["is_verified"] = json!(true);
    assert_eq!(server.get_as(&token, "/users/me").expect(200).json(), verified);
    assert_eq!(me(&json!({})).expect(200).json(), verified);
    let flags = json!({ "is_superuser": true, "is_active": false, "is_verified": false });
    assert_eq!(me(&flags).expect(200).json(), verified, "the flags are a superuser's business");
    assert_eq!(me(&json!({ "email": "ADA@example.com" })).expect(400).detail(), "UPDATE_USER_EMAIL_ALREADY_EXISTS");
    assert_eq!(me(&json!({ "email": DAN })).expect(200).json(), verified, "the same address stays verified");
    let detail = me(&json!({ "password": "short" })).expect(400).detail();
    assert_eq!(detail["code"], "UPDATE_USER_INVALID_PASSWORD");
    me(&json!({ "email": "dan" })).expect(422);

    let moved = me(&json!({ "email": "daniel@example.com", "password": password(2) })).expect(200).json();
    assert_eq!((&moved["email"], &moved["is_verified"]), (&json!("daniel@example.com"), &json!(false)));
    server.login(DAN, &password(1)).expect(400);
    server.login("daniel@example.com", &password(1)).expect(400);
    server.logged_in("daniel@example.com", &password(2));

    server.request("POST", "/auth/jwt/logout").send().expect(401);
    assert_eq!(server.request("POST", "/auth/jwt/logout").bearer(&token).send().expect(204).body, "");
    server.get_as(&token, "/users/me").expect(200); // tokens are not stored, so logout cannot delete one

    server.directory.sql("UPDATE user SET is_active = FALSE WHERE email = 'daniel@example.com'");
    for (method, path) in [("GET", "/users/me"), ("PATCH", "/users/me"), ("POST", "/auth/jwt/logout")] {
        let answer = server.request(method, path).bearer(&token).json(&json!({})).send().expect(401);
        assert_eq!(answer.detail(), "Could not validate credentials");
        assert!(answer.challenge().unwrap().contains("invalid_token"));
    }
    server.request("PATCH", "/users/me").bearer(&token).send_without_its_body().expect(401);
    server.get("/users/me").expect(401);
    server.get_as("garbage", "/users/me").expect(401);
}

#[test]
fn superusers_manage_all_accounts() {
    let server = Server::start();
    let (ada, bob) = (server.token(&["ada"]), server.token(&["bob"]));
    let dan = register(&server, DAN, &password(1)).expect(201).json();
    let path = format!("/users/{}", dan["id"].as_str().unwrap());
    let shouted = path.to_uppercase().replace("/USERS/", "/users/");

    for method in ["GET", "PATCH", "DELETE"] {
        server.request(method, &path).send_without_its_body().expect(401);
        server.request(method, &path).bearer(&bob).send_without_its_body().expect(403);
        // The response does not reveal existing accounts to callers without access.
        server.request(method, "/users/nobody").bearer(&bob).send_without_its_body().expect(403);
        for unknown in ["nobody", "1f1d6f3c-0000-4000-8000-000000000009"] {
            let path = format!("/users/{unknown}");
            let answer = server.request(method, &path).bearer(&ada).json(&json!({})).send().expect(404);
            assert_eq!(answer.body, r#"{"detail":"Not Found"}"#);
        }
    }
    assert_eq!(server.get_as(&ada, &path).expect(200).json(), dan);
    assert_eq!(server.get_as(&ada, &shouted).expect(200).json(), dan, "a UUID in capitals is the same");
    let change = |body: &Value| server.request("PATCH", &path).bearer(&ada).json(body).send();
    assert_eq!(change(&json!({ "email": "bob@example.com" })).expect(400).detail(), "UPDATE_USER_EMAIL_ALREADY_EXISTS");
    assert_eq!(change(&json!({ "password": "short" })).expect(400).detail()["code"], "UPDATE_USER_INVALID_PASSWORD");
    for flag in ["is_active", "is_superuser", "is_verified"] {
        for value in [false, true] {
            assert_eq!(change(&json!({ flag: value })).expect(200).json()[flag], json!(value));
        }
    }
    let both = change(&json!({ "email": "d@example.com", "is_verified": true })).expect(200).json();
    assert_eq!(both["is_verified"], true, "what the superuser says counts");
    change(&json!({ "password": password(2) })).expect(200);
    let token = server.logged_in("d@example.com", &password(2));
    server.get_as(&token, &path).expect(200); // has become a superuser

    assert_eq!(server.request("DELETE", &path).bearer(&ada).send().expect(204).body, "");
    server.request("DELETE", &path).bearer(&ada).send().expect(404);
    server.get_as(&token, "/users/me").expect(401);
    server.login("d@example.com", &password(2)).expect(400);

    // The first superuser is created in the database.
    server.directory.sql("UPDATE user SET is_superuser = 1 WHERE email = 'bob@example.com'");
    server.get_as(&bob, &format!("/users/{ADA}")).expect(200);
    server.request("DELETE", &format!("/users/{BOB}")).bearer(&ada).send().expect(204);
    server.get_as(&bob, &format!("/users/{ADA}")).expect(401);
}

#[test]
fn an_address_is_verified_by_mail() {
    let server = Server::start();
    register(&server, DAN, &password(1)).expect(201);
    let request = |email: &str| server.post("/auth/request-verify-token", &json!({ "email": email }));
    for email in [DAN, "nobody@example.com", "ada@example.com"] {
        assert_eq!(request(email).expect(202).body, "null", "the same for everybody");
    }
    request("dan").expect(422);
    server.post("/auth/request-verify-token", &json!({})).expect(422);
    let token = server.mailed_token(DAN, 0);
    server.await_log("outbox/");
    let verify = |token: &str| server.post("/auth/verify", &json!({ "token": token }));

    server.directory.sql("UPDATE user SET email = 'other@example.com' WHERE email = 'dan@example.com'");
    assert_eq!(verify(&token).expect(400).detail(), "VERIFY_USER_BAD_TOKEN", "of another address");
    server.directory.sql("UPDATE user SET email = 'dan@example.com' WHERE email = 'other@example.com'");
    assert_eq!(verify(&token).expect(200).json()["is_verified"], true);
    assert_eq!(verify(&token).expect(400).detail(), "VERIFY_USER_ALREADY_VERIFIED");
    assert_eq!(request(DAN).expect(202).body, "null");

    // Each kind of token is refused in place of the other.
    server.get_as(&token, "/users/me").expect(401);
    server.post("/auth/forgot-password", &json!({ "email": DAN })).expect(202);
    let reset = server.mailed_token(DAN, 1);
    let access = server.logged_in(DAN, &password(1));
    let mut old = server.claims(BOB);
    old["aud"] = json!("fastapi-users:verify");
    old["exp"] = json!(crate::server::now() - 1);
    for bad in ["", "garbage", &reset, &access, &server.sign(&old)] {
        assert_eq!(verify(bad).expect(400).detail(), "VERIFY_USER_BAD_TOKEN");
    }
    server.post("/auth/verify", &json!({})).expect(422);
    assert!(server.mails("ada@example.com").is_empty() && server.mails("nobody@example.com").is_empty());
}

#[test]
fn a_password_is_reset_by_mail_once() {
    let server = Server::start();
    register(&server, DAN, &password(1)).expect(201);
    server.directory.sql("UPDATE user SET is_active = FALSE WHERE email = 'grace@example.com'");
    let forgot = |email: &str| server.post("/auth/forgot-password", &json!({ "email": email }));
    for email in [DAN, "nobody@example.com", "grace@example.com"] {
        assert_eq!(forgot(email).expect(202).body, "null", "the same for everybody");
    }
    server.post("/auth/forgot-password", &json!({})).expect(422);
    let token = server.mailed_token(DAN, 0);
    let reset = |token: &str, password: &str| {
        server.post("/auth/reset-password", &json!({ "token": token, "password": password }))
    };
    assert_eq!(reset(&token, "short").expect(400).detail()["code"], "RESET_PASSWORD_INVALID_PASSWORD");
    server.directory.sql("UPDATE user SET is_active = FALSE WHERE email = 'dan@example.com'");
    assert_eq!(reset(&token, &password(2)).expect(400).detail(), "RESET_PASSWORD_BAD_TOKEN");
    server.directory.sql("UPDATE user SET is_active = TRUE WHERE email = 'dan@example.com'");

    let start = Barrier::new(2);
    let mut statuses = std::thread::scope(|scope| {
        let both = [2, 3].map(|n| {
            let (start, reset, token) = (&start, &reset, &token);
            scope.spawn(move || {
                start.wait();
                reset(token, &password(n)).status
            })
        });
        both.map(|one| one.join().unwrap())
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "good for one change");
    server.login(DAN, &password(1)).expect(400);
    assert_eq!(reset(&token, &password(4)).expect(400).detail(), "RESET_PASSWORD_BAD_TOKEN");

    let access = server.token(&["dan"]);
    for bad in ["", "garbage", &access] {
        assert_eq!(reset(bad, &password(4)).expect(400).body, r#"{"detail":"RESET_PASSWORD_BAD_TOKEN"}"#);
    }
    server.post("/auth/reset-password", &json!({ "token": token })).expect(422);
    server.post("/auth/reset-password", &json!({ "password": password(4) })).expect(422);
    assert!(server.mails("grace@example.com").is_empty() && server.mails("nobody@example.com").is_empty());
}

#[test]
fn account_routes_accept_only_the_apis_own_tokens() {
    const SHARED: &str = "a secret that this API shares with a FastAPI application";
    let server = Server::start_with(Directory::used(), &[("APP_SECRET", SHARED)]);
    let claims = json!({ "sub": ADA, "aud": "fastapi-users:auth", "exp": crate::server::now() + 600 });
    let key = jsonwebtoken::EncodingKey::from_secret(SHARED.as_bytes());
    let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap();
    assert_eq!(server.get_as(&token, "/api/whoami").expect(200).json(), json!({ "user_id": ADA }));
    let guarded = [
        ("GET", "/users/me".to_owned()),
        ("PATCH", "/users/me".to_owned()),
        ("POST", "/auth/jwt/logout".to_owned()),
        ("GET", format!("/users/{BOB}")),
        ("DELETE", format!("/users/{BOB}")),
    ];
    for (method, path) in guarded {
        server.request(method, &path).bearer(&token).send_without_its_body().expect(403);
    }
}
