// Place: an associated fn without `self` looks like a free one: rustc says that it is none.
#![allow(unused)]

use auth_runtime::require_user;

struct Handlers;

impl Handlers {
    #[require_user]
    async fn associated() {}
}

fn main() {}
