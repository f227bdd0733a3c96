//! Whether a handler's first argument is a guard.

use crate::decide::Need;
use crate::guard::{Described, Guard, Guarded, GuardedLast};

/// A handler that carries a guard: what the attributes make of an `async fn`.
///
/// Every axum handler whose [arguments](GuardedArgs) begin with a guard is one, and nothing else can be.
#[diagnostic::on_unimplemented(
    message = "this handler carries no guard",
    label = "unguarded handler",
    note = "add `#[require_user]`, `#[require_org(.., from = ..)]`, `#[require_permission(..)]` or `#[optional_user]` to it, or open it to everybody by `#[public(reason = \"..\")]`",
    note = "attributes stand on `async fn`s: give a closure a name"
)]
pub trait GuardedHandler<T>: sealed::Handler<T> {
    #[doc(hidden)]
    const NEED: &'static Need;
}

// Does not ask for axum's `Handler`: the verbs do, so that what is no handler at all is told so, and not that it
// carries no guard.
#[diagnostic::do_not_recommend]
impl<H, T: GuardedArgs> GuardedHandler<T> for H {
    const NEED: &'static Need = T::NEED;
}

#[diagnostic::do_not_recommend]
impl<H, T: GuardedArgs> sealed::Handler<T> for H {}

/// The arguments of a handler that carries a guard.
///
/// Implemented for every list of arguments whose first is a guard, or carries one. Nothing
/// else can implement it.
pub trait GuardedArgs: sealed::Args {
    #[doc(hidden)]
    const NEED: &'static Need;
}

/// Out of reach, so that no type of a user's can pass for a guarded handler.
mod sealed {
    pub trait Args {}
    pub trait Handler<T> {}
}

macro_rules! guarded_args {
    ($($rest:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<M, P, F, C, $($rest),*> sealed::Args for (M, Guard<P, F, C>, $($rest,)*) {}

        #[diagnostic::do_not_recommend]
        impl<M, P: Described, F, C, $($rest),*> GuardedArgs for (M, Guard<P, F, C>, $($rest,)*) {
            const NEED: &'static Need = P::NEED;
        }

        #[diagnostic::do_not_recommend]
        impl<M, P, F, C, First, $($rest),*> sealed::Args for (M, Guarded<P, First, F, C>, $($rest,)*) {}

        #[diagnostic::do_not_recommend]
        impl<M, P: Described, F, C, First, $($rest),*> GuardedArgs for (M, Guarded<P, First, F, C>, $($rest,)*) {
            const NEED: &'static Need = P::NEED;
        }
    };
}

#[diagnostic::do_not_recommend]
impl<M, P, F, C, Only> sealed::Args for (M, GuardedLast<P, Only, F, C>) {}

#[diagnostic::do_not_recommend]
impl<M, P: Described, F, C, Only> GuardedArgs for (M, GuardedLast<P, Only, F, C>) {
    const NEED: &'static Need = P::NEED;
}

guarded_args!();
guarded_args!(A1);
guarded_args!(A1 A2);
guarded_args!(A1 A2 A3);
guarded_args!(A1 A2 A3 A4);
guarded_args!(A1 A2 A3 A4 A5);
guarded_args!(A1 A2 A3 A4 A5 A6);
guarded_args!(A1 A2 A3 A4 A5 A6 A7);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8 A9);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14);
guarded_args!(A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15);
