//! The walk-through of fastapi-users.

use serde_json::json;

use super::{
    Here::{Checked, OutOfScope, ShownBy},
    Line, SHARED,
};
use crate::server::{SECRET, Server, now};

pub const LINES: &[Line] = &[
    Line { says: "APP_SECRET by environment", here: Checked(app_secret) },
    Line {
        says: "DATABASE_URL=sqlite:///./test.db; its database is taken over, bcrypt hashes included",
        here: ShownBy(&["accounts::password_hashes_of_fastapi_users_verify_and_are_renewed"]),
    },
    Line { says: "a .env file", here: ShownBy(&["start::dotenv_is_read_and_the_environment_overrides_it"]) },
    Line { says: "the database is made at start", here: Checked(database) },
    Line { says: "POST /auth/register: JSON in, five fields out; a hash in the table `user`", here: Checked(register) },
    Line { says: "POST /auth/jwt/login: a form in, a bearer token out; GET /users/me with it", here: Checked(login) },
    Line { says: "the other routes that manage users", here: ShownBy(&["accounts"]) },
    Line { says: "a first superuser by SQL", here: ShownBy(&["accounts::superusers_manage_all_accounts"]) },
    Line {
        says: "logout of a stateless token changes nothing",
        here: ShownBy(&["accounts::users_read_and_change_their_own_account"]),
    },
    Line { says: "the 2021 token: user_id in place of sub", here: Checked(old_token) },
    Line {
        says: "the OAuth router",
        here: OutOfScope("not in the document; an identity provider's tokens join by issuer"),
    },
    Line { says: "the cookie transport", here: OutOfScope("of the example: `TokenLocation::cookie` is the library's") },
];

fn app_secret(server: &Server) {
    server
        .get_as(&signed(&json!({ "sub": "7", "aud": ["fastapi-users:auth"], "exp": now() + 60 })), "/posts")
        .expect(200);
}

fn signed(claims: &serde_json::Value) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(SHARED.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap()
}

fn database(server: &Server) {
    assert!(server.directory.file("example.db").exists());
}

fn register(server: &Server) {
    let body = json!({ "email": "king.arthur@camelot.bt", "password": SECRET });
    let user = server.post("/auth/register", &body).expect(201).json();
    assert_eq!(user.as_object().unwrap().len(), 5);
    let hash = server.directory.sql("SELECT hashed_password FROM user WHERE email = 'king.arthur@camelot.bt'");
    assert!(hash[0].as_str().unwrap().starts_with("$argon2id$"), "{hash:?}");
}

fn login(server: &Server) {
    let token = server.logged_in("king.arthur@camelot.bt", SECRET);
    let me = server.get_as(&token, "/users/me").expect(200).json();
    assert_eq!(me["email"], "king.arthur@camelot.bt");
    assert_eq!([&me["is_active"], &me["is_superuser"], &me["is_verified"]], [true, false, false]);
}

fn old_token(server: &Server) {
    let old = signed(&json!({ "user_id": "u", "aud": "fastapi-users:auth", "exp": now() + 60 }));
    server.get_as(&old, "/api/whoami").expect(200);
}
