// Handlers that cannot have a guard.
#![allow(unused)]

use auth_runtime::{User, require_user};

#[require_user]
async fn flag<const FLAG: bool>(user: User) {}

fn main() {}
