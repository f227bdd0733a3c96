// Placement: `debug_handler` above a guard fails to compile where the guard takes two arguments away, or loads one.
#![allow(unused)]

use auth_runtime::{Loaded, User, require_user};
use axum::debug_handler;
use axum::extract::Path;

#[debug_handler]
#[require_user(check = user.id() == id)]
async fn two_sources(user: User, Path(id): Path<String>) -> String {
    id
}

#[debug_handler]
#[require_user(load = Some(1))]
async fn loaded(Loaded(number): Loaded<u8>) -> String {
    number.to_string()
}

fn main() {}
