// Grammar: a key must be known, belong to this attribute, occur once, have a value, and be followed by one comma.
#![allow(unused)]

use auth_runtime::{optional_user, public, require_org, require_permission, require_user};
use axum::extract::Path;

// 1: the nearest key is suggested for a typo.
#[require_org(form = org_id)]
async fn slip(Path(org_id): Path<String>) {}

// 2: all keys are listed for another word.
#[require_user(organization = "x")]
async fn another_word() {}

// 3: a key of another attribute, for each attribute.
#[require_user(from = active())]
async fn from() {}

#[public(check = true, deny = not_found)]
async fn check_and_deny() {}

#[require_permission("p", invalid = reject, reason = "x")]
async fn invalid_and_reason() {}

#[optional_user(from = path("org_id"))]
async fn from_of_none() {}

// 4: given twice.
#[require_user(deny = forbidden, deny = not_found)]
async fn twice() {}

// 5: without a value.
#[require_org(from)]
async fn no_value(Path(org_id): Path<String>) {}

#[require_user(deny)]
async fn no_choice() {}

// 6: commas.
#[require_user(, deny = not_found)]
async fn comma_first() {}

#[require_user(deny = not_found,, check = true)]
async fn comma_twice() {}

#[require_user(deny = not_found check = true)]
async fn comma_missing() {}

// 7: required keys.
#[require_org]
async fn no_source(Path(org_id): Path<String>) {}

#[require_org(role >= "Admin")]
async fn no_source_either(Path(org_id): Path<String>) {}

#[require_permission]
async fn no_permission() {}

#[require_permission(deny = not_found)]
async fn no_permission_either() {}

fn main() {}
