// Only an admitted request makes a `Require`.
use auth_runtime::{Require, require_user};

#[require_user]
pub struct Member;

fn main() {
    let _ = Require::<Member> { user: None, org: None, policy: std::marker::PhantomData };
}
