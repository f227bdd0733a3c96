// An argument with the user is not a guard: without an attribute, no user is authenticated.
use auth_runtime::routing::{MethodRouter, get};
use auth_runtime::{OrgMember, User};

async fn user(_: User) {}

async fn member(_: OrgMember) {}

async fn optional(_: Option<User>) {}

fn main() {
    let _: MethodRouter = get(user);
    let _: MethodRouter = get(member);
    let _: MethodRouter = get(optional);
}
