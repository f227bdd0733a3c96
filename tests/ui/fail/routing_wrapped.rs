// A handler that an application implements is refused, because it could respond by itself, whatever is inside it.
use std::future::{Ready, ready};

use auth_runtime::require_user;
use auth_runtime::routing::{GuardedHandler, MethodRouter, get};
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use tower::layer::util::Identity;

#[require_user]
async fn guarded() {}

#[require_user]
async fn guarded_with_arguments(_: Method, _: Uri) {}

#[derive(Clone)]
struct Wrap<H>(H);

impl<H, T, S> Handler<T, S> for Wrap<H>
where
    H: Handler<T, S>,
{
    type Future = Ready<Response>;

    fn call(self, _: Request, _: S) -> Self::Future {
        ready("everybody may read this".into_response())
    }
}

#[derive(Clone)]
struct State;
struct Marker;
struct Unused;
struct Never;

// axum does not implement `Handler` for these pointers, so Rust allows it here.
impl<G: 'static> Handler<(Marker, G, Unused), State> for fn(G, Unused) -> Ready<()> {
    type Future = Ready<Response>;

    fn call(self, _: Request, _: State) -> Self::Future {
        ready("everybody may read this".into_response())
    }
}

impl<G: 'static> Handler<(Marker, G), State> for fn(G) -> Never {
    type Future = Ready<Response>;

    fn call(self, _: Request, _: State) -> Self::Future {
        ready("everybody may read this".into_response())
    }
}

fn with_an_argument<H, G, A, Fut>(_: H) -> MethodRouter<State>
where
    H: FnOnce(G, A) -> Fut,
    G: 'static,
    fn(G, Unused) -> Ready<()>: GuardedHandler<(Marker, G, Unused), State>,
{
    get((|_, _| ready(())) as fn(G, Unused) -> Ready<()>)
}

fn without_a_future<H, G, Fut>(_: H) -> MethodRouter<State>
where
    H: FnOnce(G) -> Fut,
    G: 'static,
    fn(G) -> Never: GuardedHandler<(Marker, G), State>,
{
    get((|_| Never) as fn(G) -> Never)
}

fn main() {
    let _: MethodRouter = get(Wrap(guarded));
    let _: MethodRouter = get(Wrap(guarded).layer(Identity::new()));
    let _ = with_an_argument(guarded_with_arguments);
    let _ = without_a_future(guarded);
}
