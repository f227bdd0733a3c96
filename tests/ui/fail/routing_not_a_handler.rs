// What is no handler at all is told so, and not that it carries no guard.
use auth_runtime::require_user;
use auth_runtime::routing::{MethodRouter, get};

struct NoExtractor;

#[require_user]
async fn guarded(_: NoExtractor) {}

fn not_async() {}

fn main() {
    let _: MethodRouter = get(guarded);
    let _: MethodRouter = get(not_async);
}
