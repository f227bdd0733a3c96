//! The cache headers of the response to an admitted request.
//!
//! A shared cache does not store the response to a request with `Authorization`, unless the response allows it (RFC
//! 9111 section 3.5). It does not know other credentials. So the response to a request without this header is marked
//! here.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::response::Response;
use http::Request;
use http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue, REFERRER_POLICY, VARY};
use http::request::Parts;

use crate::policy::{Combined, Denied, Need};
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

/// Who can get a response from a handler or a service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Admits {
    /// Everyone; credentials are not read.
    Everybody,
    /// Users, and requests without a user.
    Anybody,
    Users,
}

impl Admits {
    pub(crate) fn of(need: &Need) -> Self {
        match () {
            () if Combined::of(need).public => Self::Everybody,
            () if need.admits_anonymous() => Self::Anybody,
            () => Self::Users,
        }
    }
}

/// What is added to one response.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    vary: HeaderValue,
    /// Whether the URL of the request contains a token.
    is_in_url: bool,
    /// Set by the guard if the request has no user.
    is_anonymous: Option<Arc<AtomicBool>>,
}

impl Marks {
    /// For the response to this request; `None` if no header is needed. The verifier must be set already. `verifier` is
    /// the same, if it is known.
    pub(crate) fn of<B>(admits: Admits, verifier: Option<&Verifier>, request: &mut Request<B>) -> Option<Box<Self>> {
        if admits == Admits::Everybody {
            return None;
        }
        let verifier = verifier.or_else(|| RequestContext::verifier(request.extensions()))?;
        let vary = verifier.vary()?;
        if request.headers().contains_key(AUTHORIZATION) {
            return None;
        }
        // This must run before a guard removes the token from the URL.
        let (vary, is_in_url) = (vary.clone(), verifier.locations().is_in_url(request));
        if !RequestContext::marks_first(request.extensions_mut()) {
            return None;
        }
        let is_anonymous = (admits == Admits::Anybody).then(|| RequestContext::watch(request.extensions_mut()));
        Some(Box::new(Self { vary, is_in_url, is_anonymous }))
    }

    /// For the response to a request that a guard has just admitted, if no router or layer around the guard marks it.
    pub(crate) fn after_guard(parts: &Parts, has_user: bool) -> Option<Self> {
        if RequestContext::is_marked(&parts.extensions) || parts.headers.contains_key(AUTHORIZATION) {
            return None;
        }
        let verifier = RequestContext::verifier(&parts.extensions)?;
        let vary = verifier.vary()?.clone();
        // The guard has removed the token from the URL, if there was one.
        let is_in_url = verifier.locations().can_be_in_url(parts);
        Some(Self { vary, is_in_url, is_anonymous: (!has_user).then(|| Arc::new(AtomicBool::new(true))) })
    }

    /// A refusal already has `no-store`. Cache headers of the application are kept.
    #[cold] // The answer to most requests is not marked.
    pub(crate) fn write<B>(&self, response: &mut http::Response<B>) {
        if response.status().is_informational() || response.extensions().get::<Denied>().is_some() {
            return;
        }
        let headers = response.headers_mut();
        // This fails only if the application itself has added thousands of headers.
        let _ = headers.try_append(VARY, self.vary.clone());
        let is_anonymous = self.is_anonymous.as_ref().is_some_and(|is_anonymous| is_anonymous.load(Ordering::Relaxed));
        if is_anonymous {
            return;
        }
        if self.is_in_url {
            // The URL is a credential: no cache may store it, and no other site may learn it.
            let _ = headers.try_insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            let _ = headers.try_insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        } else if !headers.contains_key(CACHE_CONTROL) {
            let _ = headers.try_insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
    }
}

pin_project_lite::pin_project! {
    /// The response of a handler, which is marked if necessary.
    #[derive(Debug)]
    pub struct Marked<F> {
        #[pin]
        answer: F,
        // Boxed, because most responses have none, and axum moves this future several times.
        marks: Option<Box<Marks>>,
    }
}

impl<F> Marked<F> {
    pub(crate) fn new(answer: F, marks: Option<Box<Marks>>) -> Self {
        Self { answer, marks }
    }
}

impl<F: Future<Output = Response>> Future for Marked<F> {
    type Output = Response;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let this = self.project();
        let mut response = ready!(this.answer.poll(context));
        if let Some(marks) = this.marks.take() {
            marks.write(&mut response);
        }
        Poll::Ready(response)
    }
}
