//! The API's description: `/openapi.json`, and `/docs` to read it and try it in a browser.

use auth_runtime::GuardedRouter;
use auth_runtime::openapi::Documentation;
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::{Failure, accounts, issuers, orgs, posts, revoke, routes};

#[derive(OpenApi)]
#[openapi(info(
    title = "Example API",
    description = "Click Authorize and paste the output of `cargo run -q -- token --user ada`."
))]
struct Api;

/// Adds the description of these routes to them. A mounted handler without a description, or a description without a
/// mounted handler, stops the start.
pub(crate) fn describe(routes: GuardedRouter<App>) -> Result<GuardedRouter<App>, Failure> {
    let mut document = Api::openapi();
    for (tag, mut area) in [
        ("start here", routes::Documented::openapi()),
        ("users and organizations", orgs::Documented::openapi()),
        ("members", orgs::DocumentedMembers::openapi()),
        ("posts", posts::Documented::openapi()),
        ("accounts", accounts::Documented::openapi()),
        ("accounts", revoke::Documented::openapi()),
        ("issuer", issuers::Documented::openapi()),
    ] {
        for item in area.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                operation.tags = Some(vec![tag.to_owned()]);
            }
        }
        document.merge(area);
    }
    // The guards define who may call what.
    let document = Documentation::new().every_route().write(&routes, document)?;
    // Otherwise Swagger UI would load a badge from another host.
    let config = Config::from("/openapi.json").validator_url("none");
    let page = SwaggerUi::new("/docs").url("/openapi.json", document).config(config);
    Ok(routes.public_router("documentation", page))
}
