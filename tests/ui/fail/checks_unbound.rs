// `check`: a name that can only be an argument must be one, and the message lists the arguments.
#![allow(unused)]

use auth_runtime::{User, require_user};
use axum::extract::{Path, State};

#[require_user(check = usr.id() == "x")]
async fn slip(user: User) {}

#[require_user(check = owns(&db, &user, post_id).await)]
async fn no_such_argument(State(pool): State<()>, user: User, Path(id): Path<u64>) {}

#[require_user(check = !allowed.is_empty())]
async fn no_argument_at_all() {}

async fn owns(db: &(), user: &User, id: u64) -> bool {
    true
}

fn main() {}
