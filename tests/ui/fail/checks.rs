// Types: `check` must have an allowed type, and its arguments must only read the request's parts.
#![allow(unused)]

use auth_runtime::{User, require_user};

#[require_user(check = user.id())]
async fn text(user: User) {}

#[require_user(check = looked_up(&user))]
async fn not_awaited(user: User) {}

#[require_user(check = Err::<bool, _>(5.0))]
async fn no_response() {}

#[require_user(check = Some(true))]
async fn option(user: User) {}

async fn looked_up(user: &User) -> bool {
    user.email_verified() == Some(true)
}

fn main() {}
