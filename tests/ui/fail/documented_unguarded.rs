// `routes!` takes guarded, documented handlers only.
use auth_runtime::{GuardedRouter, require_user, routes};

#[utoipa::path(get, path = "/open", responses((status = 200)))]
async fn open() {}

#[require_user]
async fn undocumented() {}

#[utoipa::path(get, path = "/fine", responses((status = 200)))]
#[require_user]
async fn fine() {}

fn main() {
    let _: GuardedRouter = GuardedRouter::new().routes(routes!(fine, open));
    let _: GuardedRouter = GuardedRouter::new().routes(routes!(fine, undocumented));
    let _: GuardedRouter = GuardedRouter::new().routes(routes!());
    let _: GuardedRouter = GuardedRouter::new().routes(routes!(|| async {}));
}
