// Placement: if the `cfg_attr` of a guard is off, there is no guard, and a `GuardedRouter` refuses the handler.
#![allow(unused)]

use auth_runtime::{GuardedRouter, require_user, routing::get};

#[cfg_attr(any(), require_user)]
async fn handler() {}

fn main() {
    let _ = GuardedRouter::<()>::new().route("/", get(handler));
}
