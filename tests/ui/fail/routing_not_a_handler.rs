// For something that is not a handler at all, the error says that, and not that the guard is missing.
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
