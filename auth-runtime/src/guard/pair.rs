//! A guard and what it stands beside, as one argument of a handler.
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

use super::sources::Extract;
use super::{Erase as _, ErasedPolicy, Guard, Guarded, GuardedLast, GuardedWith, GuardedWithLast, Policy, admit};

/// Tells axum that the last argument reads the request's parts alone. Axum's own way of telling holds for every such
/// extractor, and is compiled once more for each.
#[derive(Debug)]
pub struct ViaParts(());

/// Tells axum that the last argument takes the request whole.
#[derive(Debug)]
pub struct ViaRequest(());

impl<S, P, T> FromRequestParts<S> for Guarded<P, T>
where
    S: Send + Sync,
    P: Policy<()>,
    T: FromRequestParts<S>,
{
    type Rejection = Response;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        Pairing { argument: argument::<_, T>(parts, state, P::ERASED), guard: PhantomData::<P> }
    }
}

impl<S, P, T> FromRequest<S, ViaParts> for GuardedLast<P, T>
where
    S: Send + Sync,
    P: Policy<()>,
    T: FromRequestParts<S>,
{
    type Rejection = Response;

    fn from_request(request: Request, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        LastPairing { argument: last::<_, T>(request, state, P::ERASED), guard: PhantomData::<P> }
    }
}

impl<S, P, T> FromRequest<S, ViaRequest> for GuardedLast<P, T>
where
    S: Send + Sync,
    P: Policy<()>,
    T: FromRequest<S>,
{
    type Rejection = Response;

    fn from_request(request: Request, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        LastPairing { argument: body::<_, T>(request, state, P::ERASED), guard: PhantomData::<P> }
    }
}

impl<St, P, S> FromRequestParts<St> for GuardedWith<P, S>
where
    St: Send + Sync,
    P: Policy<S>,
    S: Extract<St, Slots: Send> + Send + 'static,
{
    type Rejection = Response;

    fn from_request_parts(parts: &mut Parts, state: &St) -> impl Future<Output = Result<Self, Response>> + Send {
        WithPairing { argument: admit(parts, state, P::ERASED), guard: PhantomData::<P> }
    }
}

impl<St, P, S> FromRequest<St, ViaParts> for GuardedWithLast<P, S>
where
    St: Send + Sync,
    P: Policy<S>,
    S: Extract<St, Slots: Send> + Send + 'static,
{
    type Rejection = Response;

    fn from_request(request: Request, state: &St) -> impl Future<Output = Result<Self, Response>> + Send {
        WithLastPairing { argument: whole(request, state, P::ERASED), guard: PhantomData::<P> }
    }
}

/// The argument of a request that was admitted.
async fn argument<S, T>(parts: &mut Parts, state: &S, policy: &'static ErasedPolicy<()>) -> Result<T, Response>
where
    S: Send + Sync,
    T: FromRequestParts<S>,
{
    admit(parts, state, policy).await?;
    T::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)
}

/// The same, of the request whole.
async fn last<S, T>(request: Request, state: &S, policy: &'static ErasedPolicy<()>) -> Result<T, Response>
where
    S: Send + Sync,
    T: FromRequestParts<S>,
{
    let mut parts = request.into_parts().0;
    admit(&mut parts, state, policy).await?;
    T::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)
}

/// The same for an argument that may read the body.
async fn body<S, T>(request: Request, state: &S, policy: &'static ErasedPolicy<()>) -> Result<T, Response>
where
    S: Send + Sync,
    T: FromRequest<S>,
{
    let (mut parts, body) = request.into_parts();
    admit(&mut parts, state, policy).await?;
    T::from_request(Request::from_parts(parts, body), state).await.map_err(IntoResponse::into_response)
}

/// The arguments that the attributes of a handler read, where it has no others.
async fn whole<St, S>(request: Request, state: &St, policy: &'static ErasedPolicy<S>) -> Result<S, Response>
where
    St: Send + Sync,
    S: Extract<St, Slots: Send>,
{
    admit(&mut request.into_parts().0, state, policy).await
}

macro_rules! pairing {
    ($pairing:ident, $pair:ident) => {
        pin_project! {
            /// Waits for an argument, and stands it beside the guard of its handler. Generic over little: each name in
            /// its type is written into debug information for every handler.
            struct $pairing<F, P> {
                #[pin]
                argument: F,
                guard: PhantomData<P>,
            }
        }

        impl<F, P, T> Future for $pairing<F, P>
        where
            F: Future<Output = Result<T, Response>>,
        {
            type Output = Result<$pair<P, T>, Response>;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                match self.project().argument.poll(context) {
                    Poll::Ready(Ok(argument)) => Poll::Ready(Ok($pair(Guard::MADE, argument))),
                    Poll::Ready(Err(refusal)) => Poll::Ready(Err(refusal)),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    };
}

pairing!(Pairing, Guarded);
pairing!(LastPairing, GuardedLast);
pairing!(WithPairing, GuardedWith);
pairing!(WithLastPairing, GuardedWithLast);
