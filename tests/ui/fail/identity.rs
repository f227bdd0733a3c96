// The handler's arguments must fit the guard's users.
#![allow(unused)]

use auth_runtime::{Claims, OrgMember, User, Verified, optional_user, public, require_org, require_user};
use axum::extract::Path;

#[optional_user]
async fn user_where_there_may_be_none(user: User) {}

#[require_user]
async fn option_where_there_is_one(user: Option<User>) {}

#[require_org(from = org_id)]
#[require_user]
async fn said_once(Path(org_id): Path<String>, user: Option<auth_runtime::User>) {}

#[public]
async fn identity_where_nobody_was_asked(user: User, org: OrgMember, verified: Verified, claims: Claims<u8>) {}

#[public]
async fn optional_identity_where_nobody_was_asked(user: Option<User>) {}

fn main() {}
