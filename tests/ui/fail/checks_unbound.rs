// `check`: a name that no argument binds is rustc's own error, at the name.
#![allow(unused)]

use auth_runtime::{User, require_user};

#[require_user(check = usr.id() == "x")]
async fn slip(user: User) {}

#[require_user(check = owns(&user, 1).await)]
async fn no_function(user: User) {}

fn main() {}
