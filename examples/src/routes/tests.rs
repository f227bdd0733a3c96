//! What the routes are, held to what was agreed; and that each guard admits whom it says.

use auth_runtime::testing::{DenialMatrix, TestIssuer};
use auth_runtime::{GuardedRouter, Verifier};

use crate::app::App;
use crate::settings::Settings;

/// A directory that is gone with its test.
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
        // A test that fails here has failed already, or leaves a few files behind.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The whole API on a database of its own.
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
    // The API's own accounts are asked for by the name of their issuer.
    let verifier = Verifier::new(issuer.issuer().named("own")).await.unwrap();
    let router = router(&directory).await.guarded_by(verifier);
    let matrix = DenialMatrix::new().run(router, &issuer).await.unwrap_or_else(|error| panic!("{error}"));
    println!("{matrix}");
    // Whom these admit, only their authors know: `tests/api` asks them over HTTP.
    let up_to_check = [
        "POST /auth/jwt/logout",
        "DELETE /posts/{id}",
        "PUT /posts/{id}",
        "PATCH /users/me",
        "DELETE /users/{id}",
        "GET /users/{id}",
        "PATCH /users/{id}",
    ];
    assert_eq!(matrix.up_to_check(), up_to_check);
    let open = ["/docs", "/docs/", "/docs/{*rest}", "/openapi.json"];
    assert_eq!(matrix.skipped(), open.map(|path| format!("GET {path}: open by its verb")));
    assert!(matrix.requests() > 3 * matrix.routes(), "{matrix}");
}
