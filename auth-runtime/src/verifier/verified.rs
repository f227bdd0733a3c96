//! A verified credential.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;

use super::revocable::Revocable;
use crate::authority::{Lookups, Recent};
use crate::claims::{Validity, typed};
use crate::clock::{Clock, Moment, seconds};
use crate::error::{InvalidTokenReason, VerifyError};
use crate::id::Subject;
use crate::keys::Key;
use crate::user::User;

/// A verified token, or another credential that its [`Authenticator`](crate::Authenticator) accepted: an argument of a
/// guarded handler, and the result of [`Verifier::verify`](crate::Verifier::verify). Only the verifier makes one.
/// Cloning copies a pointer.
///
/// ```
/// use auth_runtime::{Verified, require_user};
/// use axum::http::header::CACHE_CONTROL;
/// use axum::response::IntoResponse;
///
/// /// The client may keep the answer for as long as its token lasts.
/// #[require_user]
/// async fn settings(verified: Verified) -> impl IntoResponse {
///     let seconds = verified.expires_in().map_or(3600, |left| left.as_secs());
///     let settings = format!("settings of {}", verified.user().id());
///     ([(CACHE_CONTROL, format!("private, max-age={seconds}"))], settings)
/// }
/// ```
#[derive(Clone)]
pub struct Verified {
    inner: Arc<Inner>,
    /// The subject of this request, if a directory was asked about it.
    asked: Option<Arc<Subject>>,
}

struct Inner {
    subject: Arc<Subject>,
    basis: Basis,
    clock: Clock,
    directory: Option<(Arc<Lookups>, Recent)>,
    revocable: Option<Revocable>,
}

/// What identified the user.
enum Basis {
    /// A token, the time in which it is valid, and the key that signed it.
    Signature(Validity, Arc<Key>),
    /// An authenticator, for one request.
    Answer,
}

impl Verified {
    /// A token that has passed every check of the verifier with this clock.
    pub(super) fn new(
        subject: Subject,
        validity: Validity,
        key: Arc<Key>,
        clock: Clock,
        authority: (Option<Arc<Lookups>>, Option<Revocable>),
    ) -> Self {
        Self::of(subject.into(), Basis::Signature(validity, key), clock, authority)
    }

    /// A credential that an authenticator of the verifier with this clock has accepted, for this request.
    pub(super) fn by_authenticator(
        subject: Arc<Subject>,
        clock: Clock,
        authority: (Option<Arc<Lookups>>, Option<Revocable>),
    ) -> Self {
        Self::of(subject, Basis::Answer, clock, authority)
    }

    fn of(
        subject: Arc<Subject>,
        basis: Basis,
        clock: Clock,
        (lookups, revocable): (Option<Arc<Lookups>>, Option<Revocable>),
    ) -> Self {
        let directory = lookups.map(|lookups| (lookups, Recent::default()));
        Self { inner: Arc::new(Inner { subject, basis, clock, directory, revocable }), asked: None }
    }

    /// The same token, with the directory's answers about its user.
    pub(super) fn with_asked(self, subject: Arc<Subject>) -> Self {
        Self { asked: Some(subject), ..self }
    }

    /// The subject of the token, without the directory's answers.
    pub(super) fn of_token(&self) -> &Arc<Subject> {
        &self.inner.subject
    }

    pub(super) fn directory(&self) -> Option<&(Arc<Lookups>, Recent)> {
        self.inner.directory.as_ref()
    }

    pub(super) fn revocable(&self) -> Option<&Revocable> {
        self.inner.revocable.as_ref()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Checks what can change with time: the token's expiry, whether its key is still trusted, and whether it was
    /// revoked.
    pub(super) fn still_counts(&self, moment: Moment) -> Result<(), VerifyError> {
        match &self.inner.basis {
            Basis::Signature(validity, key) => {
                validity.check(seconds(moment.now_ms))?;
                key.check_trusted(moment)?;
            }
            Basis::Answer if self.expires_in().is_some_and(|left| left.is_zero()) => {
                return Err(InvalidTokenReason::Expired.into());
            }
            Basis::Answer => {}
        }
        self.check_revoked()
    }

    /// The user behind the token. Its role methods do not use the order in `auth.toml`. For that order, take a [`User`]
    /// as an argument of the handler.
    pub fn user(&self) -> User {
        User::new(Arc::clone(self.subject()), &[])
    }

    /// The verified claims, deserialized into `T`.
    ///
    /// # Errors
    /// The claims are not a `T`, or the credential is not a token.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, VerifyError> {
        Ok(typed::all(self.inner.subject.token()).map_err(|_| InvalidTokenReason::Shape)?)
    }

    /// When the credential expires, without leeway; `None` if it never expires, or if its authenticator does not say.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.inner.subject.expires_at()
    }

    /// The time left until [`expires_at`](Self::expires_at), by the verifier's clock: zero if it has passed, `None` if
    /// the token never expires.
    pub fn expires_in(&self) -> Option<Duration> {
        let now = Duration::from_millis(self.inner.clock.now_ms());
        let since_1970 = self.expires_at()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Some(since_1970.saturating_sub(now))
    }

    /// Seconds since 1970, by the verifier's clock.
    pub(crate) fn now(&self) -> u64 {
        self.inner.clock.now_ms() / 1000
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let Inner { subject, directory, revocable, .. } = &*self.inner;
        let recent = directory.as_ref().map_or(0, |_| Recent::BYTES);
        size_of::<Inner>() + subject.bytes() + recent + revocable.as_ref().map_or(0, Revocable::bytes)
    }

    pub(crate) fn subject(&self) -> &Arc<Subject> {
        self.asked.as_ref().unwrap_or(&self.inner.subject)
    }
}

impl fmt::Debug for Verified {
    /// Prints the user's id and issuer: everything else is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.inner.subject;
        f.debug_struct("Verified")
            .field("user", &subject.id())
            .field("issuer", &subject.issuer())
            .finish_non_exhaustive()
    }
}
