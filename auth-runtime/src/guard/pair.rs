//! A guard and the argument that it stands beside, as one argument of a handler.
//!
//! Handlers are many. Whatever waits here is compiled once for all that have such an argument and such sources; only what
//! puts the pair together, a [`Pairing`], is compiled once more for each.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use pin_project_lite::pin_project;

use super::{Asks, Guard, Policy, Repeatable, admit};

/// The first argument of a guarded handler, with its guard. A tuple would say the same, but axum compiles the extractor
/// of a tuple, and all that it awaits, once more for each handler.
#[derive(Debug)]
pub struct Guarded<G, T>(pub G, pub T);

/// The same for an argument that is the last too, so that it may take the body.
#[derive(Debug)]
pub struct GuardedLast<G, T>(pub G, pub T);

/// Tells axum that the last argument reads the request's parts alone. Axum's own way of telling holds for every such
/// extractor, and is compiled once more for each.
#[derive(Debug)]
pub struct ViaParts(());

/// Tells axum that the last argument takes the request whole.
#[derive(Debug)]
pub struct ViaRequest(());

impl<S, P, From, Check, T> FromRequestParts<S> for Guarded<Guard<P, From, Check>, T>
where
    S: Send + Sync,
    P: Policy<From, Check> + 'static,
    From: FromRequestParts<S> + Repeatable + Send + Sync + 'static,
    Check: FromRequestParts<S> + Send + 'static,
    T: FromRequestParts<S>,
{
    type Rejection = Response;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        Pairing::<_, Self> {
            argument: argument::<_, _, _, T>(parts, state, Guard::<P, From, Check>::ASKS),
            pair: PhantomData,
        }
    }
}

impl<S, P, From, Check, T> FromRequest<S, ViaParts> for GuardedLast<Guard<P, From, Check>, T>
where
    S: Send + Sync,
    P: Policy<From, Check> + 'static,
    From: FromRequestParts<S> + Repeatable + Send + Sync + 'static,
    Check: FromRequestParts<S> + Send + 'static,
    T: FromRequestParts<S>,
{
    type Rejection = Response;

    fn from_request(request: Request, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        Pairing::<_, Self> {
            argument: last::<_, _, _, T>(request, state, Guard::<P, From, Check>::ASKS),
            pair: PhantomData,
        }
    }
}

impl<S, P, From, Check, T> FromRequest<S, ViaRequest> for GuardedLast<Guard<P, From, Check>, T>
where
    S: Send + Sync,
    P: Policy<From, Check> + 'static,
    From: FromRequestParts<S> + Repeatable + Send + Sync + 'static,
    Check: FromRequestParts<S> + Send + 'static,
    T: FromRequest<S>,
{
    type Rejection = Response;

    fn from_request(request: Request, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        Pairing::<_, Self> {
            argument: body::<_, _, _, T>(request, state, Guard::<P, From, Check>::ASKS),
            pair: PhantomData,
        }
    }
}

/// The argument of a request that was admitted.
async fn argument<S, From, Check, T>(
    parts: &mut Parts,
    state: &S,
    asks: &'static Asks<From, Check>,
) -> Result<T, Response>
where
    S: Send + Sync,
    From: FromRequestParts<S> + Send + Sync,
    Check: FromRequestParts<S>,
    T: FromRequestParts<S>,
{
    admit(parts, state, asks).await?;
    T::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)
}

/// The same, of the request whole.
async fn last<S, From, Check, T>(request: Request, state: &S, asks: &'static Asks<From, Check>) -> Result<T, Response>
where
    S: Send + Sync,
    From: FromRequestParts<S> + Send + Sync,
    Check: FromRequestParts<S>,
    T: FromRequestParts<S>,
{
    let mut parts = request.into_parts().0;
    admit(&mut parts, state, asks).await?;
    T::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)
}

/// The same for an argument that may read the body.
async fn body<S, From, Check, T>(request: Request, state: &S, asks: &'static Asks<From, Check>) -> Result<T, Response>
where
    S: Send + Sync,
    From: FromRequestParts<S> + Send + Sync,
    Check: FromRequestParts<S>,
    T: FromRequest<S>,
{
    let (mut parts, body) = request.into_parts();
    admit(&mut parts, state, asks).await?;
    T::from_request(Request::from_parts(parts, body), state).await.map_err(IntoResponse::into_response)
}

pin_project! {
    /// Waits for an argument, and stands it beside the guard of its handler.
    struct Pairing<F, Pair> {
        #[pin]
        argument: F,
        pair: PhantomData<fn() -> Pair>,
    }
}

macro_rules! pairing {
    ($pair:ident) => {
        impl<F, P, From, Check, T> Future for Pairing<F, $pair<Guard<P, From, Check>, T>>
        where
            F: Future<Output = Result<T, Response>>,
        {
            type Output = Result<$pair<Guard<P, From, Check>, T>, Response>;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                match self.project().argument.poll(context) {
                    Poll::Ready(Ok(argument)) => Poll::Ready(Ok($pair(Guard { policy: PhantomData }, argument))),
                    Poll::Ready(Err(refusal)) => Poll::Ready(Err(refusal)),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    };
}

pairing!(Guarded);
pairing!(GuardedLast);
