// A function may pass on any guarded handler.
use auth_runtime::require_user;
use auth_runtime::routing::{GuardedHandler, MethodRouter, get};

fn mount<H, T: 'static>(handler: H) -> MethodRouter
where
    H: GuardedHandler<T, ()>,
{
    get(handler)
}

#[require_user]
async fn guarded() {}

fn main() {
    let _ = mount(guarded);
}
