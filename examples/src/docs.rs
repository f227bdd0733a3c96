//! The API's description: `/openapi.json`, and `/docs` to read it and try it in a browser.

use auth_runtime::GuardedRouter;
use auth_runtime::openapi::Documentation;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::security::{Flow, OAuth2, Password, Scopes, SecurityScheme};
use utoipa_swagger_ui::SwaggerUi;

use crate::Failure;
use crate::app::App;

// In the order in which a visitor tries them. The operations are in the order in which they are mounted.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Example API",
        description = "Click Authorize and sign in as `ada@example.com`, `grace@example.com` or `bob@example.com` with the \
                       password `password`; leave the client empty. Or paste a token: \
                       `cargo run -q -- token --user ada` prints one."
    ),
    tags(
        (name = "start here"),
        (name = "organizations", description = "ada owns acme, grace is an admin of it, bob is a member; bob owns globex."),
        (name = "members"),
        (name = "posts"),
        (name = "accounts"),
        (name = "issuer", description = "What another service needs to verify this API's tokens."),
        (name = "service")
    )
)]
struct Api;

/// Adds the description of these routes to them. A mounted handler without a description stops the start.
pub(crate) fn describe(routes: GuardedRouter<App>) -> Result<GuardedRouter<App>, Failure> {
    let password = OAuth2::new([Flow::Password(Password::new("/auth/jwt/login", Scopes::new()))]);
    let documentation = Documentation::new().scheme("password", SecurityScheme::OAuth2(password));
    // The guards define the access to each operation.
    let document = documentation.every_route().write(&routes, Api::openapi())?;
    let start = get(|| async { ([(CONTENT_TYPE, "text/javascript")], include_str!("docs/swagger-initializer.js")) });
    let page: Router<App> = Router::from(SwaggerUi::new("/docs").url("/openapi.json", document));
    let page = page.route("/docs/swagger-initializer.js", start);
    Ok(routes.public_router("documentation", page))
}
