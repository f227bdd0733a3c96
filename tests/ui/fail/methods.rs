// Location: an attribute must be on a free `async fn`, not inside an `impl` or a `trait`.
#![allow(unused)]

use auth_runtime::require_user;

struct Handlers;

impl Handlers {
    #[require_user]
    async fn by_reference(&self) {}

    #[require_user]
    async fn by_value(self) {}

    #[require_user]
    async fn in_its_types(other: Self) {}
}

trait Handle {
    #[require_user]
    async fn declared();

    #[require_user]
    async fn declared_with_self(&self);

    #[require_user]
    async fn provided(&self) {}
}

fn main() {}
