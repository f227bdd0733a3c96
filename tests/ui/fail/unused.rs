// Lints: an argument that only an attribute uses counts as used. Unused arguments and an unneeded `mut` are reported.
#![deny(unused)]

use auth_runtime::{User, require_org, require_user};
use axum::extract::{Path, State};

#[require_org(from = org_id)]
async fn one_of_two_names(Path((org_id, doc)): Path<(String, u32)>) {}

#[require_user(check = user.id() == id)]
async fn other_argument(State(db): State<()>, user: User, Path(id): Path<String>) {}

#[require_user(check = user.id() == id)]
async fn needless_mut(mut user: User, Path(mut id): Path<String>) {}

#[require_user(check = ["a", "b"].iter().any(|id| user.id() == *id))]
async fn bound_by_the_expression(user: User, Path(id): Path<String>) {}

fn main() {
    let _ = (one_of_two_names, other_argument, needless_mut, bound_by_the_expression);
}
