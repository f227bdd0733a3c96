// Grammar: a name must be a string that can occur in a token, or the path of a `&'static str` const.
#![allow(unused)]

use auth_runtime::{public, require_org, require_permission, require_user};

#[require_user(role >= "")]
async fn empty() {}

#[require_user(role >= " Admin")]
async fn blank_before() {}

#[require_permission("can_view\n")]
async fn control() {}

#[require_permission("can\u{7}view")]
async fn bell() {}

#[require_permission("p"suffix)]
async fn suffix() {}

#[require_user(scope(5) && role == b"Admin" && issuer('i'))]
async fn no_strings() {}

#[require_user(permission(format!("p")))]
async fn call() {}

#[require_org(from = header(" x-org"))]
async fn header() {}

#[public(reason = "")]
async fn reason() {}

fn main() {}
