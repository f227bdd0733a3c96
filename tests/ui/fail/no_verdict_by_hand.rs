// What a guard is made of cannot be made by hand.
use auth_runtime::__private::{DenyAll, Verdict};

fn main() {
    let _ = DenyAll(());
    let _ = Verdict(true);
}
