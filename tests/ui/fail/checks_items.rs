// `check`: rustc reports a name that may be a function, a const, or a word of a macro.
#![allow(unused)]

use auth_runtime::{User, require_user};

#[require_user(check = user.email().is_some_and(is_known))]
async fn function(user: User) {}

#[require_user(check = owns(&user, 1).await)]
async fn called(user: User) {}

#[require_user(check = !LIMIT)]
async fn constant() {}

#[require_user(check = matches!(usr, _))]
async fn in_a_macro(user: User) {}

fn main() {}
