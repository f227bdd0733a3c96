// Only an admitted request has a guard.
use auth_runtime::__private::{DenyAll, Guard};

fn main() {
    let _: Guard<DenyAll> = Guard { policy: std::marker::PhantomData };
}
