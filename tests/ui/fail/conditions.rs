// Grammar: a condition consists of known atoms, `&&`, `||`, `!` and parentheses, and comes first.
#![allow(unused)]

use auth_runtime::{optional_user, public, require_org, require_permission, require_user};
use axum::extract::Path;

#[require_user(role > "Admin")]
async fn greater() {}

#[require_user(role != "Admin")]
async fn differs() {}

#[require_user(role = "Admin")]
async fn assigned() {}

#[require_user(role <= "Admin" && role => "Admin")]
async fn two_at_once() {}

#[require_user(role("Admin"))]
async fn called() {}

#[require_user(role)]
async fn alone() {}

#[require_user(role >= )]
async fn half() {}

#[require_permission(role >= "Admin")]
async fn role_of_no_org() {}

#[require_org("Admin", from = org_id)]
async fn bare(Path(org_id): Path<String>) {}

#[require_user(permision("x"))]
async fn slip() {}

#[require_user(is_admin)]
async fn unknown() {}

#[require_permission(Permission("x"))]
async fn capital() {}

#[require_permission(42)]
async fn number() {}

#[require_user(scope)]
async fn unnamed() {}

#[require_user(scope("a", "b"))]
async fn two_names() {}

#[require_user(email_verified())]
async fn flag_called() {}

#[require_user(email_verified == true)]
async fn flag_compared() {}

#[require_user(email_verified & impersonated)]
async fn one_ampersand() {}

#[require_user(email_verified | impersonated)]
async fn one_bar() {}

#[require_user(email_verified and impersonated)]
async fn and() {}

#[require_user(not email_verified)]
async fn not() {}

#[require_user(email_verified impersonated)]
async fn nothing_between() {}

#[require_user(email_verified, impersonated)]
async fn comma() {}

#[require_permission("a", "b")]
async fn comma_between_names() {}

#[require_user((email_verified, impersonated) && !)]
async fn comma_inside() {}

#[require_user(deny = not_found, email_verified)]
async fn last() {}

#[require_user(email_verified && )]
async fn nothing_after() {}

#[require_user(())]
async fn nothing_inside() {}


#[optional_user(email_verified)]
async fn optional() {}

#[public(email_verified)]
async fn open() {}

// Forms of other frameworks: a bare scope, and a scope as a key.
#[require_user("admin")]
async fn bare_scope() {}

#[require_user(scope = "admin")]
async fn scope_as_a_key() {}

fn main() {}
