// Grammar: tokens that a `macro_rules!` passes must meet the same rules, and nothing can hide in them.
#![allow(unused)]

use auth_runtime::require_user;

macro_rules! role {
    ($role:expr) => {
        #[require_user(role >= $role)]
        async fn role() {}
    };
}
role!("Admin" + "s");

macro_rules! condition {
    ($condition:expr, $name:ident) => {
        #[require_user($condition)]
        async fn $name() {}
    };
}
condition!(email_verified & impersonated, one);
condition!(2 > 1, two);

fn main() {}
