//! What [`GuardedRouter`] takes, as traits that only its own types implement: of two types with the same name, a trait
//! can say which one to use, and how to mount the other.

use super::method_router::MethodRouter;
use super::router::GuardedRouter;

/// What [`GuardedRouter::route`] takes: a [`MethodRouter`], and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `MethodRouter` of guarded handlers",
    label = "not from `auth_runtime::routing`",
    note = "use `auth_runtime::routing::get` instead of `axum::routing::get`, and the other methods likewise",
    note = "to mount handlers without a guard, use `public_router`"
)]
pub trait GuardedMethods<S>: sealed::Methods<S> {}

impl<S> GuardedMethods<S> for MethodRouter<S> {}

/// What [`GuardedRouter::merge`] and [`GuardedRouter::nest`] take: a [`GuardedRouter`], and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `GuardedRouter`",
    label = "its handlers may have no guard",
    note = "build it with `GuardedRouter::new()`; to mount an `axum::Router` that every caller may use, write `public_router`"
)]
pub trait GuardedRoutes<S>: sealed::Routes<S> {}

impl<S> GuardedRoutes<S> for GuardedRouter<S> {}

/// Nothing implements it. rustc prints its name where a [`GuardedRouter`] is given to `axum::serve`, and its message where
/// no lifetime hides it.
#[diagnostic::on_unimplemented(
    message = "a `GuardedRouter` cannot be served: it must first become an `axum::Router`",
    label = "write `.into_router()` after it",
    note = "`into_router` panics if the routes are wrong; `build` returns the errors"
)]
pub trait CallIntoRouterFirst {}

pub(super) mod sealed {
    use super::{GuardedRouter, MethodRouter};

    pub trait Methods<S> {
        fn into_methods(self) -> MethodRouter<S>;
    }

    impl<S> Methods<S> for MethodRouter<S> {
        fn into_methods(self) -> MethodRouter<S> {
            self
        }
    }

    pub trait Routes<S> {
        fn into_routes(self) -> GuardedRouter<S>;
    }

    impl<S> Routes<S> for GuardedRouter<S> {
        fn into_routes(self) -> GuardedRouter<S> {
            self
        }
    }
}
