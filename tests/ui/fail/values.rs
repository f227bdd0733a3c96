// Grammar: each key has its own kind of value.
#![allow(unused)]

use auth_runtime::{optional_user, public, require_user};

#[require_user(deny = notfound)]
async fn deny_slip() {}

#[require_user(deny = "not_found")]
async fn deny_quoted() {}

#[require_user(deny = 404)]
async fn deny_number() {}

#[require_user(deny = )]
async fn deny_nothing() {}

#[optional_user(invalid = refuse)]
async fn invalid_word() {}

#[public("load balancer probe")]
async fn reason_without_key() {}

#[public(reason = probe)]
async fn reason_unquoted() {}

#[public(reason = "  ")]
async fn reason_blank() {}

#[require_user(check = )]
async fn check_nothing() {}

#[require_user(check = a = b)]
async fn check_assigns(axum::extract::Path((a, b)): axum::extract::Path<(u8, u8)>) {}

#[require_user(check = |)]
async fn check_half() {}

#[require_user(crate = auth_runtime)]
async fn crate_relative() {}

#[require_user(crate = self::auth)]
async fn crate_self() {}

#[require_user(crate = "::auth_runtime")]
async fn crate_quoted() {}

fn main() {}
