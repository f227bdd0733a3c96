//! Authenticators read credentials that are not tokens of an issuer. Application code can neither crash nor block a
//! guard.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;

use crate::clock::Clock;
use crate::id::{Identity, Subject};
use crate::json;

/// Reads credentials that are not tokens of an issuer: sessions, your own API keys, other schemes.
///
/// It identifies the user. The guards then decide, log and respond as for a token. Add it with a name by
/// [`VerifierBuilder::authenticator`](crate::VerifierBuilder::authenticator); the condition `issuer("name")` is then
/// true for its users, and [`User::issuer`](crate::User::issuer) returns that name.
///
/// ```
/// use auth_runtime::{AuthenticationError, Authenticator, Identity};
/// use axum::http::{HeaderValue, header::AUTHORIZATION, request::Parts};
/// # use std::collections::HashMap;
///
/// /// `Authorization: Token SECRET`, with the secrets' owners in a table.
/// struct Tokens(HashMap<String, i64>);
///
/// impl Authenticator for Tokens {
///     async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
///         let Some(value) = request.headers.get(AUTHORIZATION) else { return Ok(None) };
///         let Some(token) = value.to_str().ok().and_then(|value| value.strip_prefix("Token ")) else { return Ok(None) };
///         let owner = self.0.get(token).ok_or(AuthenticationError::Invalid)?;
///         Ok(Some(Identity::new(owner.to_string())))
///     }
///
///     fn is_explicit(&self) -> bool {
///         true // no browser adds this header by itself
///     }
///
///     fn challenge(&self) -> Option<HeaderValue> {
///         Some(HeaderValue::from_static("Token"))
///     }
/// }
/// # let builder = auth_runtime::Verifier::builder().authenticator("tokens", Tokens(HashMap::new()));
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// The user who makes this request; `Ok(None)` if it has no credential of this kind.
    ///
    /// If the identity has [`auth_time`](Identity::auth_time), [`acr`](Identity::acr) or [`amr`](Identity::amr), a
    /// guard that asks for a more recent or stronger login responds with 401 and asks for it. Without them it responds
    /// with 403, because another login would change nothing.
    ///
    /// A panic counts as [`Unavailable`](AuthenticationError::Unavailable), and so does an answer that takes longer
    /// than [`authenticator_timeout`](crate::VerifierBuilder::authenticator_timeout). The answer is not cached: this is
    /// called for each request.
    ///
    /// # Errors
    /// [`Invalid`](AuthenticationError::Invalid) if there is such a credential and it is not valid: 401.
    /// [`Unavailable`](AuthenticationError::Unavailable) if the credential cannot be checked at the moment: 503.
    fn authenticate(
        &self,
        request: &Parts,
    ) -> impl Future<Output = Result<Option<Identity>, AuthenticationError>> + Send;

    /// Whether the credential is explicit: browsers do not add it by themselves, as with a custom header. Called once,
    /// at start.
    ///
    /// Cookies and `Authorization: Basic` are ambient: a browser adds them also to requests that pages of other sites
    /// make. An ambient authenticator is called only for requests on which a cookie would be accepted
    /// ([`TokenLocation::cookie`](crate::TokenLocation::cookie)).
    fn is_explicit(&self) -> bool {
        false
    }

    /// The challenge in `WWW-Authenticate` of a 401 (RFC 9110 section 11.6.1). Called once, at start.
    fn challenge(&self) -> Option<HeaderValue> {
        None
    }

    /// The headers that the credential is read from: `Authorization` and `Cookie` by default. **Override it if the
    /// credential is in another header.** It must always return the same.
    ///
    /// Responses list them in `Vary`, so that a cache never gives one user the response of another, and
    /// [`remove_credential`](Self::remove_credential) removes them.
    ///
    /// ```
    /// # use auth_runtime::{AuthenticationError, Authenticator, Identity};
    /// # use axum::http::{HeaderName, request::Parts};
    /// struct Tickets;
    ///
    /// impl Authenticator for Tickets {
    ///     # async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, AuthenticationError> { Ok(None) }
    ///     // ..
    ///     fn headers(&self) -> Vec<HeaderName> {
    ///         vec![HeaderName::from_static("x-ticket")]
    ///     }
    /// }
    /// ```
    fn headers(&self) -> Vec<HeaderName> {
        vec![header::AUTHORIZATION, header::COOKIE]
    }

    /// Removes the credential from a request that a guard passes on to a service, such as a proxy
    /// ([`guarded_service`](crate::GuardedRouter::guarded_service), [`RequireLayer`](crate::RequireLayer)). The service
    /// could otherwise act as the user.
    ///
    /// By default, the [`headers`](Self::headers) and `Proxy-Authorization` are removed, with all their values.
    /// **Override it if the credential is in the query.** Override it also to keep cookies that the service needs; then
    /// remove the credential's own cookie.
    ///
    /// It is called for every such request, whichever credential was accepted: if a token was accepted, a session
    /// cookie in the same request is still a credential. It is not called if the service is mounted with
    /// `danger_forward_credentials`. If it panics, the response is 503, and the service does not see the request.
    ///
    /// ```
    /// # use auth_runtime::{AuthenticationError, Authenticator, Identity};
    /// # use axum::http::request::Parts;
    /// struct Tickets;
    ///
    /// impl Authenticator for Tickets {
    ///     # async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, AuthenticationError> { Ok(None) }
    ///     // ..
    ///     fn remove_credential(&self, request: &mut Parts) {
    ///         request.uri = axum::http::Uri::from_static("/"); // without the query
    ///     }
    /// }
    /// ```
    fn remove_credential(&self, request: &mut Parts) {
        for name in self.headers().into_iter().chain([header::PROXY_AUTHORIZATION]) {
            request.headers.remove(name);
        }
    }
}

/// Why an [`Authenticator`] returns no user, although the request has a credential of its kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// The credential is not valid: 401.
    Invalid,
    /// The credential cannot be checked at the moment: 503.
    Unavailable,
}

impl fmt::Display for AuthenticationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "the credential is not valid",
            Self::Unavailable => "the credential cannot be checked at the moment",
        })
    }
}

impl Error for AuthenticationError {}

/// The result of an authenticator.
pub(crate) type AuthenticationResult = Result<Option<Identity>, AuthenticationError>;

type Answering<'a> = Pin<Box<dyn Future<Output = AuthenticationResult> + Send + 'a>>;

/// An [`Authenticator`] with its type erased.
pub(crate) trait AnyAuthenticator: Send + Sync {
    fn ask<'a>(&'a self, request: &'a Parts) -> Answering<'a>;

    /// Removes the credential from a request.
    fn remove_from(&self, request: &mut Parts) -> Result<(), NoAnswer>;

    fn as_any(&self) -> &dyn Any;

    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<A: Authenticator> AnyAuthenticator for A {
    fn ask<'a>(&'a self, request: &'a Parts) -> Answering<'a> {
        Box::pin(self.authenticate(request))
    }

    fn remove_from(&self, request: &mut Parts) -> Result<(), NoAnswer> {
        catch_unwind(AssertUnwindSafe(|| self.remove_credential(request))).map_err(|_| NoAnswer::Panicked)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// Checks an identity against the same rules as the identities of tokens. The error is for the log.
///
/// If there is a directory, memberships, roles and permissions come from it.
pub(crate) fn accepted(identity: Identity, name: &Arc<str>, has_directory: bool) -> Result<Subject, &'static str> {
    let mut subject = Subject::from(identity).of_authenticator(name);
    match () {
        () if subject.id().is_empty() => Err("the identity has no user id"),
        () if !subject.sort_memberships() => {
            Err("two memberships in one organization, or no membership in the active one")
        }
        () if subject.metadata().any(|text| json::check(text).is_err()) => Err("metadata nests too deep"),
        () => {
            if has_directory {
                subject.overrule();
            }
            Ok(subject)
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoAnswer {
    Panicked,
    TimedOut,
}

/// Waits for application code until this time, and catches its panics.
pub(crate) async fn bounded<'a, T>(
    clock: &Clock,
    deadline_ms: u64,
    ask: impl FnOnce() -> Pin<Box<dyn Future<Output = T> + Send + 'a>> + Send,
) -> Result<T, NoAnswer> {
    let mut asking = Box::pin(async move {
        tokio::select! {
            biased;
            answer = ask() => Ok(answer),
            () = clock.wait_until(deadline_ms) => Err(NoAnswer::TimedOut),
        }
    });
    std::future::poll_fn(move |context| {
        // A future that has panicked is not polled again: its state may be inconsistent.
        catch_unwind(AssertUnwindSafe(|| asking.as_mut().poll(context))).unwrap_or(Poll::Ready(Err(NoAnswer::Panicked)))
    })
    .await
}
