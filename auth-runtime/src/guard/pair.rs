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

use super::{ErasedPolicy, Guard, Guarded, GuardedLast, Policy, Repeatable, admit};

/// Marks that the last argument only reads the request's parts. axum's own marker exists for every such extractor, and
/// is compiled again for each one.
#[derive(Debug)]
pub struct ViaParts(());

/// Marks that the last argument takes the whole request.
#[derive(Debug)]
pub struct ViaRequest(());

impl<S, P, FromArgs, CheckArgs, T> FromRequestParts<S> for Guarded<P, T, FromArgs, CheckArgs>
where
    S: Send + Sync,
    P: Policy<FromArgs, CheckArgs>,
    FromArgs: FromRequestParts<S> + Repeatable + Send + Sync + 'static,
    CheckArgs: FromRequestParts<S> + Send + 'static,
    T: FromRequestParts<S>,
{
    type Rejection = Response;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        Pairing {
            argument: argument::<_, _, _, T>(parts, state, Guard::<P, FromArgs, CheckArgs>::POLICY),
            guard: PhantomData::<Guard<P, FromArgs, CheckArgs>>,
        }
    }
}

impl<S, P, FromArgs, CheckArgs, T> FromRequest<S, ViaParts> for GuardedLast<P, T, FromArgs, CheckArgs>
where
    S: Send + Sync,
    P: Policy<FromArgs, CheckArgs>,
    FromArgs: FromRequestParts<S> + Repeatable + Send + Sync + 'static,
    CheckArgs: FromRequestParts<S> + Send + 'static,
    T: FromRequestParts<S>,
{
    type Rejection = Response;

    fn from_request(request: Request, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        LastPairing {
            argument: last::<_, _, _, T>(request, state, Guard::<P, FromArgs, CheckArgs>::POLICY),
            guard: PhantomData::<Guard<P, FromArgs, CheckArgs>>,
        }
    }
}

impl<S, P, FromArgs, CheckArgs, T> FromRequest<S, ViaRequest> for GuardedLast<P, T, FromArgs, CheckArgs>
where
    S: Send + Sync,
    P: Policy<FromArgs, CheckArgs>,
    FromArgs: FromRequestParts<S> + Repeatable + Send + Sync + 'static,
    CheckArgs: FromRequestParts<S> + Send + 'static,
    T: FromRequest<S>,
{
    type Rejection = Response;

    fn from_request(request: Request, state: &S) -> impl Future<Output = Result<Self, Response>> + Send {
        LastPairing {
            argument: body::<_, _, _, T>(request, state, Guard::<P, FromArgs, CheckArgs>::POLICY),
            guard: PhantomData::<Guard<P, FromArgs, CheckArgs>>,
        }
    }
}

/// Extracts the argument of an admitted request.
async fn argument<S, FromArgs, CheckArgs, T>(
    parts: &mut Parts,
    state: &S,
    policy: &'static ErasedPolicy<FromArgs, CheckArgs>,
) -> Result<T, Response>
where
    S: Send + Sync,
    FromArgs: FromRequestParts<S> + Send + Sync,
    CheckArgs: FromRequestParts<S>,
    T: FromRequestParts<S>,
{
    admit(parts, state, policy).await?;
    T::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)
}

/// Extracts an argument that takes the whole request.
async fn last<S, FromArgs, CheckArgs, T>(
    request: Request,
    state: &S,
    policy: &'static ErasedPolicy<FromArgs, CheckArgs>,
) -> Result<T, Response>
where
    S: Send + Sync,
    FromArgs: FromRequestParts<S> + Send + Sync,
    CheckArgs: FromRequestParts<S>,
    T: FromRequestParts<S>,
{
    let mut parts = request.into_parts().0;
    admit(&mut parts, state, policy).await?;
    T::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)
}

/// Extracts an argument that may read the body.
async fn body<S, FromArgs, CheckArgs, T>(
    request: Request,
    state: &S,
    policy: &'static ErasedPolicy<FromArgs, CheckArgs>,
) -> Result<T, Response>
where
    S: Send + Sync,
    FromArgs: FromRequestParts<S> + Send + Sync,
    CheckArgs: FromRequestParts<S>,
    T: FromRequest<S>,
{
    let (mut parts, body) = request.into_parts();
    admit(&mut parts, state, policy).await?;
    T::from_request(Request::from_parts(parts, body), state).await.map_err(IntoResponse::into_response)
}

macro_rules! pairing {
    ($pairing:ident, $pair:ident) => {
        pin_project! {
            /// Waits for an argument, and pairs it with the guard of its handler. It has few type parameters, because
            /// each name in its type is written into the debug information of every handler.
            struct $pairing<F, G> {
                #[pin]
                argument: F,
                guard: PhantomData<G>,
            }
        }

        impl<F, P, FromArgs, CheckArgs, T> Future for $pairing<F, Guard<P, FromArgs, CheckArgs>>
        where
            F: Future<Output = Result<T, Response>>,
        {
            type Output = Result<$pair<P, T, FromArgs, CheckArgs>, Response>;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                match self.project().argument.poll(context) {
                    Poll::Ready(Ok(argument)) => {
                        Poll::Ready(Ok($pair(Guard { policy: PhantomData, sources: PhantomData }, argument)))
                    }
                    Poll::Ready(Err(refusal)) => Poll::Ready(Err(refusal)),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    };
}

pairing!(Pairing, Guarded);
pairing!(LastPairing, GuardedLast);
