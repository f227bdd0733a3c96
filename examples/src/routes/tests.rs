//! Compares the routes with the committed table, and tests that each guard admits the right callers.

use auth_runtime::testing::{DenialMatrix, TestIssuer};
use auth_runtime::{GuardedRouter, Verifier};

use crate::app::App;
use crate::settings::Settings;

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

/// The whole API with its own database.
async fn router(directory: &Directory) -> GuardedRouter {
    let settings = Settings::in_directory(&directory.0);
    super::all(App::open(&settings, settings.port).await.unwrap()).unwrap()
}

#[tokio::test]
async fn routes_match_the_committed_table() {
    let directory = Directory::new("table");
    let table = router(&directory).await.table();
    if let Err(difference) = table.compare(include_str!("../../routes.txt")) {
        panic!("{difference}");
    }
}

#[tokio::test]
async fn every_guard_admits_exactly_as_its_policy_says() {
    let directory = Directory::new("matrix");
    let issuer = TestIssuer::new();
    // The guards of the API's own accounts require the name of their issuer.
    let verifier = Verifier::builder().issuer(issuer.issuer().named("own")).directory(issuer.directory());
    let verifier = verifier.build().await.unwrap();
    let router = router(&directory).await.guarded_by(verifier);
    let matrix = DenialMatrix::new().run(router, &issuer).await.unwrap_or_else(|error| panic!("{error}"));
    println!("{matrix}");
    // The matrix cannot test these checks: `tests/api` tests them over HTTP.
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
    assert_eq!(matrix.up_to_check(), up_to_check);
    let open = ["/docs", "/docs/", "/docs/{*rest}", "/openapi.json"];
    assert_eq!(matrix.skipped(), open.map(|path| format!("GET {path}: a public service or router")));
    assert!(matrix.requests() > 3 * matrix.routes(), "{matrix}");
}
