//! The API's description: `/openapi.json`, and `/docs` to read it in a browser.

use auth_runtime::GuardedRouter;

use crate::app::App;

/// Routes that describe the others.
pub(crate) fn routes() -> GuardedRouter<App> {
    GuardedRouter::new()
}
