//! A guard and the argument after it, combined into one argument of a handler.
//!
//! There are many handlers. The async code here is compiled once for all handlers with the same argument type and
//! sources. Only [`Pairing`], which combines the pair, is compiled again for each handler.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use pin_project_lite::pin_project;

use super::sources::Extract;
use super::{Erase as _, ErasedPolicy, Guard, Guarded, GuardedLast, GuardedWith, GuardedWithLast, Policy, admit};

/// Marks that the last argument only reads the request's parts. axum's own marker exists for every such extractor, and
/// is compiled again for each one.
#[derive(Debug)]
pub struct ViaParts(());

/// Marks that the last argument takes the whole request.
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

/// Extracts the argument of an admitted request.
async fn argument<S, T>(parts: &mut Parts, state: &S, policy: &'static ErasedPolicy<()>) -> Result<T, Response>
where
    S: Send + Sync,
    T: FromRequestParts<S>,
{
    admit(parts, state, policy).await?;
    T::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)
}

// The request is taken apart before the futures of these functions. An `async fn` would store it twice, and malloc
// takes a slower path for more than 1 kB.

/// Extracts an argument that takes the whole request.
fn last<S, T>(
    request: Request,
    state: &S,
    policy: &'static ErasedPolicy<()>,
) -> impl Future<Output = Result<T, Response>> + Send
where
    S: Send + Sync,
    T: FromRequestParts<S>,
{
    let (mut parts, _) = request.into_parts();
    async move {
        admit(&mut parts, state, policy).await?;
        T::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)
    }
}

/// Extracts an argument that may read the body.
fn body<S, T>(
    request: Request,
    state: &S,
    policy: &'static ErasedPolicy<()>,
) -> impl Future<Output = Result<T, Response>> + Send
where
    S: Send + Sync,
    T: FromRequest<S>,
{
    let (mut parts, body) = request.into_parts();
    async move {
        admit(&mut parts, state, policy).await?;
        T::from_request(Request::from_parts(parts, body), state).await.map_err(IntoResponse::into_response)
    }
}

/// Extracts the arguments in a guard, for a handler that has no other arguments.
fn whole<St, S>(
    request: Request,
    state: &St,
    policy: &'static ErasedPolicy<S>,
) -> impl Future<Output = Result<S, Response>> + Send
where
    St: Send + Sync,
    S: Extract<St, Slots: Send> + Send,
{
    let (mut parts, _) = request.into_parts();
    async move { admit(&mut parts, state, policy).await }
}

macro_rules! pairing {
    ($pairing:ident, $pair:ident) => {
        pin_project! {
            /// Waits for an argument, and pairs it with the guard of its handler. It has few type parameters, because
            /// each name in its type is written into the debug information of every handler.
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
