//! Sealed traits for the arguments of [`GuardedRouter`](super::GuardedRouter). With these traits, rustc's error for an
//! axum type with the same name says which type to use instead, and how to mount the axum type.

use super::method_router::MethodRouter;

/// The argument of [`GuardedRouter::route`](super::GuardedRouter::route): only a [`MethodRouter`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `MethodRouter` of guarded handlers",
    label = "not from `auth_runtime::routing`",
    note = "use `auth_runtime::routing::get` instead of `axum::routing::get`, and do the same for the other methods",
    note = "to mount handlers without a guard, use `public_router`"
)]
pub trait GuardedMethods<S>: sealed::Methods<S> {}

impl<S> GuardedMethods<S> for MethodRouter<S> {}

/// The argument of [`GuardedRouter::merge`](super::GuardedRouter::merge) and
/// [`GuardedRouter::nest`](super::GuardedRouter::nest): only a [`GuardedRouter`](super::GuardedRouter).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `GuardedRouter`",
    label = "its handlers may have no guard",
    note = "build it with `GuardedRouter::new()`",
    note = "to mount an `axum::Router` with one policy for all of it, use `guarded_router::<Policy>(path, router)`",
    note = "to mount an `axum::Router` that every caller may use, use `public_router`"
)]
pub trait GuardedRoutes<R>: sealed::Routes<R> {}

/// No type implements it. If a [`GuardedRouter`](super::GuardedRouter) is passed to `axum::serve`, rustc prints the
/// name of this trait, and its message unless a lifetime hides it.
#[diagnostic::on_unimplemented(
    message = "a `GuardedRouter` cannot be served: it must first become an `axum::Router`",
    label = "write `.into_router()` after it",
    note = "`into_router` panics if the routes are wrong; `build` returns the errors"
)]
pub trait CallIntoRouterFirst {}

pub(super) mod sealed {
    use super::MethodRouter;

    pub trait Methods<S> {
        fn into_methods(self) -> MethodRouter<S>;
    }

    impl<S> Methods<S> for MethodRouter<S> {
        fn into_methods(self) -> MethodRouter<S> {
            self
        }
    }

    /// `R` is the router. It is a parameter so that this file does not depend on the router's file.
    pub trait Routes<R> {
        fn into_routes(self) -> R;
    }
}
