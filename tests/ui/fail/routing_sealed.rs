// No type of an application can be the arguments of a guarded handler.
use auth_runtime::__private::{DenyAll, Need, Policy};
use auth_runtime::routing::guarded_handler::sealed::GuardedArgs;

struct Open;

impl GuardedArgs for Open {
    const NEED: &'static Need = <DenyAll as Policy<()>>::NEED;
}

fn main() {}
