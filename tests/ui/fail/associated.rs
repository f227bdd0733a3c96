// Location: an associated function without `self` looks like a free function. rustc itself refuses it.
#![allow(unused)]

use auth_runtime::require_user;

struct Handlers;

impl Handlers {
    #[require_user]
    async fn associated() {}
}

fn main() {}
