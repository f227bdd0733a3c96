//! The attributes in other kinds of crates: with renamed dependencies, with stricter lints, in an older edition.

use auth_runtime::GuardedRouter;
use auth_runtime::testing::TestIssuer;
use axum::Router;

use crate::support::{get_with, get_without};

async fn mounted(routes: GuardedRouter, issuer: &TestIssuer) -> Router {
    routes.guarded_by(issuer.verifier().await).into_router()
}

#[tokio::test]
async fn attributes_work_in_edition_2021() {
    let issuer = TestIssuer::new();
    let app = mounted(auth_tests_edition_2021::routes(), &issuer).await;
    let ada = issuer.token().user("ada").org("acme", "Admin").org_permission("acme", "can_view_billing").build();
    let bob = issuer.token().user("bob").org("acme", "Admin").build();
    assert_eq!(get_without(&app, "/health").await.body, "ok");
    assert_eq!(get_without(&app, "/hello").await.body, "nobody");
    assert_eq!(get_with(&app, "/hello", &ada).await.body, "ada");
    assert_eq!(get_with(&app, "/users/ada", &ada).await.body, "ada ada");
    assert_eq!(get_with(&app, "/orgs/acme/billing", &ada).await.body, "acme Admin");
    for path in ["/users/ada", "/orgs/acme/billing"] {
        assert_eq!(get_without(&app, path).await.status, 401, "{path}");
        assert_eq!(get_with(&app, path, &bob).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn attributes_work_under_other_names() {
    let issuer = TestIssuer::new();
    let app = mounted(auth_tests_renamed::routes(), &issuer).await;
    let ada = issuer.token().user("ada").org("acme", "Admin").org_permission("acme", "can_view_billing").build();
    for (path, text) in [
        ("/renamed", "ada"),
        ("/orgs/acme", "acme Admin"),
        ("/from_a_module", "ada"),
        ("/from_a_macro", "from_a_macro"),
    ] {
        assert_eq!(get_without(&app, path).await.status, 401, "{path}");
        assert_eq!(get_with(&app, path, &ada).await.body, text, "{path}");
    }
    assert_eq!(get_with(&app, "/orgs/globex", &ada).await.status, 403);
}

#[tokio::test]
async fn attributes_compile_under_strict_lints() {
    let issuer = TestIssuer::new();
    let app = mounted(auth_tests_strict::routes(), &issuer).await;
    let ada = issuer.token().user("ada").claim("email_verified", true).build();
    assert_eq!(get_without(&app, "/health").await.body, "ok");
    for (path, text) in [("/hello", "ada"), ("/users/ada", "ada"), ("/seven", "seven"), ("/generic", "")] {
        assert_eq!(get_with(&app, path, &ada).await.body, text, "{path}");
        assert_eq!(get_with(&app, path, "garbage").await.status, 401, "{path}");
    }
    assert_eq!(get_with(&app, "/users/bob", &ada).await.status, 403);
    // A hidden route.
    assert_eq!(get_with(&app, "/orgs/acme/billing", &ada).await.status, 404);
}
