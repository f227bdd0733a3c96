// Types: rustc itself reports a missing const, at the name.
#![allow(unused)]

use auth_runtime::{require_permission, require_user};

#[require_permission(perm::MISSING)]
async fn module() {}

#[require_user(scope(MISSING))]
async fn unknown() {}

fn main() {}
