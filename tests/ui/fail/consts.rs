// Types: a const that names something is a `&'static str`, and is there.
use auth_runtime::{require_permission, require_user};

const LEVEL: u8 = 1;
static VIEW: &str = "view";

#[require_user(role >= LEVEL)]
async fn number() {}

#[require_permission(VIEW)]
async fn no_const() {}

fn main() {}
