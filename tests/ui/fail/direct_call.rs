// Only a router can call a guarded handler, because nothing else has the guard argument.
#![allow(unused)]

use auth_runtime::{User, require_user};

#[require_user]
async fn no_arguments() {}

#[require_user]
async fn one_argument(user: User) {}

fn main() {
    let _ = no_arguments();
    let _ = (|user: User| one_argument(user))(todo!());
}
