//! Credentials that are revoked before they expire.

use std::time::Duration;

use super::revocable::Revocable;
use super::{Opened, Verified, Verifier};
#[cfg(feature = "redis")]
use crate::authority::Recency;
use crate::authority::{Facts, NotCounted, RevocationError, Revocations};
use crate::claims::{Registered, typed};
use crate::error::{InvalidTokenReason, VerifyError};
use crate::id::Subject;
use crate::keys::RevocationState;

impl Verifier {
    /// The revocations of this verifier, if it has any.
    pub fn revocations(&self) -> Option<&Revocations> {
        self.inner.revocations.as_ref()
    }

    /// The state of shared revocations.
    #[cfg(feature = "redis")]
    pub(super) fn revocation_state(&self) -> Option<RevocationState> {
        Some(match self.inner.revocations.as_ref()?.recency()? {
            Recency::Fresh => RevocationState::Fresh,
            Recency::Stale => RevocationState::Stale,
            Recency::Out => RevocationState::Unavailable,
        })
    }

    /// No revocations are shared.
    #[cfg(not(feature = "redis"))]
    #[allow(clippy::unused_self)]
    pub(super) fn revocation_state(&self) -> Option<RevocationState> {
        None
    }

    /// The ids by which a token can be revoked. A token that would outlive its revocation is refused.
    pub(super) fn revocable(
        &self,
        subject: &Subject,
        opened: &Opened<'_>,
        registered: &Registered<'_>,
        now: f64,
    ) -> Result<Option<Revocable>, InvalidTokenReason> {
        let Some(revocations) = &self.inner.revocations else { return Ok(None) };
        // Without `iat`, the latest possible time is now.
        if !revocations.covers(registered.iat.unwrap_or(now), registered.exp.unwrap_or(f64::MAX)) {
            return Err(InvalidTokenReason::TooLongLived);
        }
        let text = |name| typed::one::<String>(opened.token, name).ok().flatten();
        let (sub, sid) = (text("sub"), text("sid"));
        let mut users = vec![subject.id()];
        users.extend(sub.as_deref().filter(|sub| *sub != subject.id()));
        users.extend(subject.texts.maybe(subject.impersonator_user_id));
        let facts = Facts {
            issuers: [Some(subject.issuer()), subject.configured_name()].into_iter().flatten().collect(),
            id: subject.credential_id(),
            text: opened.parts.signing_input,
            session: sid.as_deref(),
            users,
            issued_at: registered.iat.map(whole_seconds),
        };
        Ok(Some(Revocable { revocations: revocations.clone(), marks: revocations.marks(&facts) }))
    }

    /// The ids by which an authenticator's credential can be revoked: its own id and, if the time of the login is
    /// known, the user. Without that time, a user who logs in again would stay revoked.
    pub(super) fn revocable_answer(&self, subject: &Subject) -> Option<Revocable> {
        let revocations = self.inner.revocations.as_ref()?;
        let facts = Facts {
            issuers: [Some(subject.issuer()), subject.configured_name()].into_iter().flatten().collect(),
            id: subject.credential_id(),
            users: subject.auth_time.iter().map(|_| subject.id()).collect(),
            issued_at: subject.auth_time,
            ..Facts::default()
        };
        Some(Revocable { revocations: revocations.clone(), marks: revocations.marks(&facts) })
    }
}

/// Rounded down, so that a token counts as issued early rather than late.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
fn whole_seconds(seconds: f64) -> u64 {
    seconds as u64
}

impl Revocations {
    /// Revokes this token: by its `jti`, or by its own text if it has no `jti`. From now on it is refused, even if it
    /// was verified before.
    ///
    /// An issuer that signs no `jti` may sign one text twice, such as for two logins of a user in one second: `iat` and
    /// `exp` are whole seconds. Then both tokens are revoked. If your application signs the tokens, give each its own
    /// `jti`.
    ///
    /// # Errors
    /// The revocation could not be stored. The token is then still accepted.
    pub async fn revoke(&self, verified: &Verified) -> Result<(), RevocationError> {
        let subject = verified.of_token();
        match subject.credential_id() {
            _ if subject.expires_at().is_none() => Err(RevocationError::NeverExpires),
            Some(id) => self.revoke_token(subject.issuer(), id).await,
            None => {
                let token = subject.token();
                let signed = token.iter().rposition(|byte| *byte == b'.').and_then(|end| token.get(..end));
                self.revoke_text(signed.unwrap_or(token)).await
            }
        }
    }
}

impl Verified {
    pub(super) fn check_revoked(&self) -> Result<(), VerifyError> {
        let Some(Revocable { revocations, marks }) = self.revocable() else { return Ok(()) };
        revocations.check(marks).map_err(|not_counted| match not_counted {
            NotCounted::Revoked => InvalidTokenReason::Revoked.into(),
            #[cfg(feature = "redis")]
            NotCounted::OutOfReach { retry_after } => VerifyError::RevocationsUnavailable { retry_after },
        })
    }

    /// A future that ends when the credential has expired or was revoked: for streams and WebSockets, which outlive the
    /// request that the guard admitted. It does not ask the directory. While shared revocations cannot be read, it does
    /// not end.
    ///
    /// ```
    /// use auth_runtime::{Verified, require_user};
    /// # async fn serve() {}
    ///
    /// #[require_user]
    /// async fn events(verified: Verified) {
    ///     tokio::select! {
    ///         () = verified.ended() => {}
    ///         () = serve() => {}
    ///     }
    /// }
    /// ```
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let verified = self.clone();
        async move {
            // Subscribe before the first look, so that no change is missed.
            let mut changes = verified.revocable().map(|revocable| revocable.revocations.subscribe());
            while !matches!(verified.still_counts(verified.clock().moment()), Err(VerifyError::Invalid(_))) {
                let left = verified.expires_in().map(|left| left.max(Duration::from_secs(1)));
                let clock = verified.clock();
                let wait = left.map_or(u64::MAX, |left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
                let expiry = clock.wait_until(clock.steady_ms().saturating_add(wait));
                let change = async {
                    let Some(changes) = &mut changes else { return std::future::pending().await };
                    if changes.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    () = expiry => {}
                    () = change => {}
                }
            }
        }
    }
}
