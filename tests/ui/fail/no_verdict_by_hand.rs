// The parts of a guard cannot be made by hand.
use auth_runtime::__private::{DenyAll, NoSource, Verdict};

fn main() {
    let _ = DenyAll(());
    let _ = NoSource(());
    let _ = Verdict(true);
}
