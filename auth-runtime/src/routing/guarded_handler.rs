//! The handlers that a [`GuardedRouter`](super::GuardedRouter) accepts: functions that are handlers of axum and whose
//! first argument is a guard.

use std::any::type_name;
use std::convert::Infallible;
use std::pin::Pin;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::handler::{Handler, HandlerService, Layered};
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service};

use crate::guard::{Guard, Guarded, GuardedLast, GuardedWith, GuardedWithLast, Policy, Require, Requirement, Sources};
use crate::policy::Need;
use sealed::FirstArgument;

/// A guarded handler: an `async fn` with one of the attributes, with or without layers (`handler.layer(..)`).
///
/// No other type can implement it. A type of your own that implements axum's [`Handler`](axum::handler::Handler) could
/// wrap a guarded handler and respond without running its guard.
///
/// ```
/// use auth_runtime::require_user;
/// use auth_runtime::routing::{GuardedHandler, MethodRouter, get};
///
/// fn mount<H: GuardedHandler<T, ()>, T: 'static>(handler: H) -> MethodRouter {
///     get(handler)
/// }
///
/// #[require_user]
/// async fn whoami() {}
///
/// let _ = mount(whoami);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler that a guard can protect",
    label = "not an `async fn` that axum can call",
    note = "a handler is an `async fn` whose arguments are extractors and whose result is `IntoResponse`, with or without layers (`handler.layer(..)`); use `#[axum::debug_handler]` to see what is missing",
    note = "no other type is accepted, not even one that implements `Handler`, because it could respond without its \
            guard",
    note = "a generic function that passes a handler on needs the bound `H: GuardedHandler<T, S>`"
)]
pub trait GuardedHandler<T, S>: sealed::AxumHandler<T, S> {
    #[doc(hidden)]
    const NEED: &'static Need;
    #[doc(hidden)]
    const HAS_SECOND: Option<fn() -> bool> = None;
}

// `do_not_recommend` is not used here, so that the error shows the bound that fails. Each bound has its own message.
impl<H, T, S> GuardedHandler<T, S> for H
where
    H: sealed::AxumHandler<T, S>,
    T: sealed::GuardedArgs,
{
    const NEED: &'static Need = T::NEED;
    const HAS_SECOND: Option<fn() -> bool> = T::HAS_SECOND;
}

/// The response of a handler, while it runs.
pub(super) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Whether one of these types is a `Require`.
fn has_require(types: &str) -> bool {
    types.contains(type_name::<Require<()>>().trim_end_matches("()>"))
}

/// Private, so that no type of an application can be a guarded handler by itself.
mod sealed {
    use axum::extract::Request;
    use axum::handler::Handler;

    use super::Answering;
    use crate::policy::Need;

    /// A function, alone or in layers, for which axum implements [`Handler`].
    ///
    /// [`Handler`] is a supertrait. So each implementation compiles only if its bounds prove that axum's own
    /// implementation of [`Handler`] applies. Two implementations cannot apply to one type, so an application cannot
    /// add its own. Without these bounds, an application could implement [`Handler`] for a function pointer with a
    /// guard and an argument that is not an extractor.
    pub trait AxumHandler<T, S>: Handler<T, S> {
        /// Calls the handler. The type of the future does not depend on the handler.
        fn answer(self, request: Request, state: S) -> Answering;
    }

    /// The arguments of a handler whose first argument is a guard or is paired with one.
    #[diagnostic::on_unimplemented(
        message = "this handler has no guard",
        label = "unguarded handler",
        note = "add `#[require_user]`, `#[require_org(.., from = ..)]`, `#[require_permission(..)]` or `#[optional_user]` to it, or `#[public(reason = \"..\")]` to allow every request",
        note = "attributes work only on `async fn`: in a closure, take `_: Require<Policy>` as the first argument, where `Policy` is a unit struct with these attributes",
        note = "a `Require<..>` guards a handler only as its first argument"
    )]
    pub trait GuardedArgs {
        const NEED: &'static Need;
        /// Whether another argument is a guard too; `None` if attributes have already checked this.
        const HAS_SECOND: Option<fn() -> bool>;
    }

    /// A first argument that is a guard or is paired with one. [`GuardedArgs`] has one implementation for each number
    /// of arguments, and this trait distinguishes the kinds of guards. Otherwise, if a closure leaves out the type of
    /// its argument, rustc would not point at it.
    #[diagnostic::on_unimplemented(
        message = "this handler has no guard",
        label = "unguarded handler",
        note = "add `#[require_user]`, `#[require_org(.., from = ..)]`, `#[require_permission(..)]` or `#[optional_user]` to it, or `#[public(reason = \"..\")]` to allow every request",
        note = "attributes work only on `async fn`: in a closure, take `_: Require<Policy>` as the first argument, where `Policy` is a unit struct with these attributes",
        note = "a `Require<..>` guards a handler only as its first argument"
    )]
    pub trait FirstArgument {
        const NEED: &'static Need;
        /// Whether other arguments can be guards too. Attributes already refuse this when they expand.
        const IS_REQUIRE: bool = false;
    }
}

#[diagnostic::do_not_recommend]
impl<F, Fut, S> sealed::AxumHandler<((),), S> for F
where
    F: FnOnce() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output: IntoResponse> + Send,
{
    fn answer(self, request: Request, state: S) -> Answering {
        Handler::<((),), S>::call(self, request, state)
    }
}

#[diagnostic::do_not_recommend]
impl<L, H, T, S> sealed::AxumHandler<T, S> for Layered<L, H, T, S>
where
    L: Layer<HandlerService<H, T, S>> + Clone + Send + Sync + 'static,
    H: sealed::AxumHandler<T, S>,
    L::Service: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    T: 'static,
    S: 'static,
{
    fn answer(self, request: Request, state: S) -> Answering {
        Box::pin(self.call(request, state))
    }
}

macro_rules! axum_handler {
    ($($arg:ident)*; $last:ident) => {
        #[diagnostic::do_not_recommend]
        impl<F, Fut, S, M, $($arg,)* $last> sealed::AxumHandler<(M, $($arg,)* $last,), S> for F
        where
            F: FnOnce($($arg,)* $last) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output: IntoResponse> + Send,
            S: Send + Sync + 'static,
            $($arg: FromRequestParts<S> + Send,)*
            $last: FromRequest<S, M> + Send,
        {
            fn answer(self, request: Request, state: S) -> Answering {
                Handler::<(M, $($arg,)* $last,), S>::call(self, request, state)
            }
        }
    };
}

macro_rules! guarded_args {
    ($($rest:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<M, First, $($rest),*> sealed::GuardedArgs for (M, First, $($rest,)*)
        where
            First: FirstArgument,
        {
            const NEED: &'static Need = First::NEED;
            const HAS_SECOND: Option<fn() -> bool> =
                if First::IS_REQUIRE { Some(|| has_require(type_name::<($($rest,)*)>())) } else { None };
        }
    };
}

impl<P: Requirement> FirstArgument for Require<P> {
    const NEED: &'static Need = P::NEED;
    const IS_REQUIRE: bool = true;
}

#[diagnostic::do_not_recommend]
impl<P: Policy<()>> FirstArgument for Guard<P> {
    const NEED: &'static Need = P::NEED;
}

#[diagnostic::do_not_recommend]
impl<P: Policy<()>, First> FirstArgument for Guarded<P, First> {
    const NEED: &'static Need = P::NEED;
}

#[diagnostic::do_not_recommend]
impl<P: Policy<()>, Only> FirstArgument for GuardedLast<P, Only> {
    const NEED: &'static Need = P::NEED;
}

#[diagnostic::do_not_recommend]
impl<P: Policy<Args>, Args: Sources> FirstArgument for GuardedWith<P, Args> {
    const NEED: &'static Need = P::NEED;
}

#[diagnostic::do_not_recommend]
impl<P: Policy<Args>, Args: Sources> FirstArgument for GuardedWithLast<P, Args> {
    const NEED: &'static Need = P::NEED;
}

/// Implements it for as many arguments as axum supports.
macro_rules! each_arity {
    ($($arg:ident)*; $last:ident $($more:ident)*) => {
        axum_handler!($($arg)*; $last);
        guarded_args!($($arg)*);
        each_arity!($($arg)* $last; $($more)*);
    };
    ($($arg:ident)*;) => {};
}

each_arity!(; A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
