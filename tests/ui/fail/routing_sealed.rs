// No type of one's own passes for the arguments of a guarded handler.
use auth_runtime::__private::{DenyAll, Described, Need};
use auth_runtime::routing::GuardedArgs;

struct Open;

impl GuardedArgs for Open {
    const NEED: &'static Need = DenyAll::NEED;
}

fn main() {}
