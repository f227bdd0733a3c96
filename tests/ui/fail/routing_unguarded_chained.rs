// A handler without a guard cannot be chained to a guarded one.
use auth_runtime::require_user;
use auth_runtime::routing::{MethodFilter, MethodRouter, get};

#[require_user]
async fn guarded() {}

async fn unguarded() {}

fn main() {
    let _: MethodRouter = get(guarded).post(unguarded);
    let _: MethodRouter = get(guarded).on(MethodFilter::PUT, unguarded);
    let _: MethodRouter = get(guarded).fallback(unguarded);
}
