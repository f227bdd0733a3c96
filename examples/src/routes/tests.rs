//! Compares the routes with the committed table, and tests that each guard admits the right callers.

use std::fmt::Write as _;

use auth_runtime::Verifier;
use auth_runtime::testing::{DenialMatrix, TestIssuer};
use serde_json::json;
use sqlx::{Row as _, SqlitePool};

use crate::app::App;
use crate::settings::Settings;

/// Two of the demo users. Ada is a superuser.
const ADA: &str = "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a01";
const BOB: &str = "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a03";

/// A directory that is removed after its test.
struct Directory(std::path::PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("example-api-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // If this fails, the test has already failed, or a few files stay behind.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The state of the API, with its own database.
async fn app(directory: &Directory) -> App {
    let settings = Settings::in_directory(&directory.0);
    App::open(&settings, settings.port).await.unwrap()
}

#[tokio::test]
async fn routes_match_the_committed_table() {
    let directory = Directory::new("table");
    let table = super::all(app(&directory).await).unwrap().table();
    if let Err(difference) = table.compare(include_str!("../../routes.txt")) {
        panic!("{difference}");
    }
}

/// Adds a post of this user, and returns its id.
async fn post_of(db: &SqlitePool, user: &str) -> String {
    let sql = "INSERT INTO post (owner_issuer, owner_id, title, content, published) VALUES ('own', ?, 't', 'c', TRUE)";
    sqlx::query(sql).bind(user).execute(db).await.unwrap().last_insert_rowid().to_string()
}

/// Everything that a refused request must not change.
async fn rows(db: SqlitePool) -> String {
    let mut rows = String::new();
    for sql in ["SELECT * FROM post ORDER BY id", "SELECT * FROM user ORDER BY id"] {
        for row in sqlx::query(sql).fetch_all(&db).await.unwrap() {
            for column in 0..row.len() {
                let value = row.try_get_unchecked::<Option<String>, _>(column);
                write!(rows, "{value:?} ").unwrap();
            }
        }
    }
    rows
}

#[tokio::test]
async fn every_guard_admits_exactly_as_its_policy_says() {
    let directory = Directory::new("matrix");
    let issuer = TestIssuer::new();
    // The guards of the API's own accounts require the name of their issuer.
    let verifier = Verifier::builder().issuer(issuer.issuer().named("own")).directory(issuer.directory());
    let verifier = verifier.build().await.unwrap();
    let app = app(&directory).await;
    let db = app.db.clone();
    let [of_ada, of_bob] = [post_of(&db, ADA).await, post_of(&db, BOB).await];
    let router = super::all(app).unwrap().guarded_by(verifier);
    let matrix = DenialMatrix::new()
        .caller("ada", issuer.token().user(ADA).build())
        .caller("bob", issuer.token().user(BOB).build())
        .in_path("/posts/{id}", "id", "post")
        .object("post", of_ada)
        .owned_by("ada")
        .object("post", of_bob)
        .owned_by("bob")
        .unrestricted("GET /posts/{id}", "id")
        // Only a superuser may request accounts, including their own.
        .in_path("/users/{id}", "id", "account")
        .object("account", ADA)
        .owned_by("ada")
        .object("account", BOB)
        .owned_by("ada")
        .body("PUT /posts/{id}", json!({ "title": "changed", "content": "changed" }))
        .body("PATCH /users/{id}", json!({ "is_verified": false }))
        .send_admitted()
        .watch(move || rows(db.clone()));
    let report = matrix.run(router, &issuer).await.unwrap_or_else(|error| panic!("{error}"));
    println!("{report}");
    assert_eq!(
        report.objects(),
        [
            "GET /users/{id}: id",
            "PUT /posts/{id}: id",
            "PATCH /users/{id}: id",
            "DELETE /posts/{id}: id",
            "DELETE /users/{id}: id",
        ]
    );
    // A member is named by two parameters, and anyone can become one: `tests/api` tests who may change whom.
    let members = ["DELETE", "PUT"].into_iter().flat_map(|method| {
        ["issuer", "user_id"].map(|name| {
            format!("{method} /api/org/{{org_id}}/members/{{issuer}}/{{user_id}}: {name}: no object is given")
        })
    });
    assert_eq!(report.objects_not_shown(), members.collect::<Vec<_>>(), "{report}");
    // The routes whose decisions the table does not show. Those without an object are tested in `tests/api`, over HTTP.
    let up_to_check = [
        "DELETE /api/org/{org_id}/members/{issuer}/{user_id}",
        "PUT /api/org/{org_id}/members/{issuer}/{user_id}",
        "POST /auth/jwt/logout",
        "DELETE /posts/{id}",
        "GET /posts/{id}",
        "PUT /posts/{id}",
        "PATCH /users/me",
        "DELETE /users/{id}",
        "GET /users/{id}",
        "PATCH /users/{id}",
    ];
    assert_eq!(report.up_to_check(), up_to_check);
    let open = ["/docs", "/docs/", "/docs/swagger-initializer.js", "/docs/{*rest}", "/openapi.json"];
    assert_eq!(report.skipped(), open.map(|path| format!("GET {path}: a public service or router")));
    assert!(report.requests() > 3 * report.routes(), "{report}");
}
