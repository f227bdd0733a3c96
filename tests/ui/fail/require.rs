// A `Require` guards a handler as its first argument, alone; only an admitted request makes one, and nothing copies it.
use auth_runtime::routing::{get, MethodRouter};
use auth_runtime::{require_user, GuardedRouter, Require};
use axum::extract::Path;

#[require_user]
pub struct Member;

pub struct NoPolicy;

#[require_user]
async fn beside(_: Require<Member>) {}

fn main() {
    let _: MethodRouter = get(|_: Path<String>, _: Require<Member>| async {});
    let _: MethodRouter = get(|_: Require<NoPolicy>| async {});
    let _ = GuardedRouter::<()>::new().require::<NoPolicy>();
    let _ = |member: Require<Member>| member.clone();
}
