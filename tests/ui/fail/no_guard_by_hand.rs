// A guard cannot be made, and its policies cannot be named as something else.
use auth_runtime::__private::{DenyAll, Guard, NoSource, Verdict};

fn main() {
    let _: Guard<DenyAll> = Guard { policy: std::marker::PhantomData };
    let _: Guard<DenyAll> = Guard(());
    let _ = Guard::<DenyAll>::default();
    let _ = DenyAll(());
    let _ = NoSource(());
    let _ = Verdict(true);
}
