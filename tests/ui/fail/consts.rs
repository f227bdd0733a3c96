// Types: a const for a name must be a `&'static str`, and must exist.
#![allow(unused)]

use auth_runtime::{require_permission, require_user};

const LEVEL: u8 = 1;
const VIEW: Option<&str> = Some("view");

#[require_user(role >= LEVEL)]
async fn number() {}

#[require_permission(VIEW)]
async fn no_const() {}

fn main() {}
