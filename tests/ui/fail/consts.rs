// Types: a const that names something is a `&'static str`, and is there.
#![allow(unused)]

use auth_runtime::{require_permission, require_user};

const LEVEL: u8 = 1;
const VIEW: Option<&str> = Some("view");

#[require_user(role >= LEVEL)]
async fn number() {}

#[require_permission(VIEW)]
async fn no_const() {}

fn main() {}
