//! A result that is usually known without waiting.

use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of which only the result is known.
pub(super) type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A result, or the future that waits for it. The future is boxed and its type is hidden. Otherwise rustc would compile
/// it again in every program, and prove for every handler that each part of it is `Send`.
pub(super) enum Soon<'a, T> {
    /// `None` after the result was taken.
    Now(Option<T>),
    Later(Waiting<'a, T>),
}

impl<T> Soon<'_, T> {
    pub(super) fn now(result: T) -> Self {
        Self::Now(Some(result))
    }
}

impl<T: Unpin> Future for Soon<'_, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match self.get_mut() {
            Self::Now(result) => result.take().map_or(Poll::Pending, Poll::Ready),
            Self::Later(waiting) => waiting.as_mut().poll(context),
        }
    }
}
