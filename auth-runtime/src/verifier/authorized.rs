//! Adds the directory's answers to a verified token.

use super::{Verified, Verifier};
#[cfg(feature = "redis")]
use crate::authority::Forgotten;
use crate::authority::{Asks, Unavailable};
use crate::clock::Moment;
use crate::id::OrgMember;
use crate::policy::{DenialReason, Denied};

impl Verified {
    /// Whether a directory decides about memberships, roles and permissions.
    pub(crate) fn has_directory(&self) -> bool {
        self.directory().is_some()
    }

    /// The token with the directory's answers about its user, if they are fresh enough for a request that arrived at
    /// this moment. Without a directory, the token itself. Otherwise, `Err` with the token.
    pub(crate) fn known(self, asks: &Asks<'_>, arrived: Moment) -> Result<Self, Self> {
        let Some((lookups, recent)) = self.directory() else { return Ok(self) };
        match lookups.known(self.of_token(), recent, asks, arrived) {
            Some(known) => Ok(self.with_asked(known)),
            None => Err(self),
        }
    }

    /// The token with the directory's answers about its user. Without a directory, the token itself.
    pub(crate) async fn ask(self, asks: Asks<'_>) -> Result<Self, (Self, DenialReason)> {
        let Some((lookups, _)) = self.directory() else { return Ok(self) };
        // Rare, and boxed, so that the data for waiting does not enlarge the future of every handler.
        match Box::pin(lookups.ask(self.of_token(), asks)).await {
            Ok(subject) => Ok(self.with_asked(subject)),
            Err(Unavailable { retry_after }) => Err((self, DenialReason::DirectoryUnavailable { retry_after })),
        }
    }

    /// The user's membership in an organization that only the handler can know, such as the organization of a loaded
    /// row; `None` if the user is not a member. Asks the directory, unless a cached answer is fresh. Without a
    /// directory, the token decides.
    ///
    /// ```
    /// use auth_runtime::{Denied, Verified, require_user};
    /// # struct Invoice { org: String }
    /// # async fn invoice() -> Invoice { Invoice { org: "acme".to_owned() } }
    ///
    /// #[require_user]
    /// async fn show(verified: Verified) -> Result<String, Denied> {
    ///     let invoice = invoice().await;
    ///     Ok(match verified.membership(&invoice.org).await? {
    ///         Some(org) if org.has_permission("invoices:read") => "the invoice".to_owned(),
    ///         _ => "not yours".to_owned(),
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// The directory cannot answer: 503.
    pub async fn membership(&self, org: &str) -> Result<Option<OrgMember>, Denied> {
        let asks = Asks { org: Some(org), grants: false, max_age_ms: u64::MAX, permissions: &[] };
        let asked = match self.clone().known(&asks, self.clock().moment()) {
            Ok(known) => known,
            Err(verified) => verified
                .ask(asks)
                .await
                .map_err(|(verified, reason)| Denied::new(reason).of(Some(verified.subject())).after_guard())?,
        };
        let subject = asked.subject();
        Ok(subject.position(org).map(|position| OrgMember::new(subject, position, &[])))
    }
}

impl Verifier {
    /// Forgets the directory's answers about a user, so that the next request asks again. Call it after a change of the
    /// user's memberships. The issuer is given by its name or its `iss`. If `issuer` is the name of an issuer with
    /// several tenants, this applies to the users with this id in all tenants. An answer whose lookup began before this
    /// call is not used for any later request.
    ///
    /// With `Revocations::redis`, other processes are informed within a second if Redis is reachable. Otherwise they
    /// are not informed: their answers are at most as old as
    /// [`directory_fresh_for`](crate::VerifierBuilder::directory_fresh_for).
    ///
    /// ```
    /// # use auth_runtime::{User, Verifier};
    /// # fn removed(verifier: &Verifier, user: &User) {
    /// let (issuer, id) = user.key();
    /// verifier.forget_user(issuer, id);
    /// # }
    /// ```
    pub fn forget_user(&self, issuer: &str, id: &str) {
        // Other processes forget the users with this id of all issuers. This is more than necessary, but never less.
        #[cfg(feature = "redis")]
        if let Some(revocations) = &self.inner.revocations {
            revocations.forget_elsewhere(Forgotten::User { id: id.to_owned() });
        }
        let Some(lookups) = &self.inner.lookups else { return };
        let mut known = self.inner.issuers.iter();
        if let Some(tenants) = known.clone().find(|known| known.has_tenants() && known.name.as_deref() == Some(issuer))
        {
            return lookups.forget_user(|in_key| tenants.is_issued_by(Some(in_key)), id);
        }
        let key = known.find(|known| known.is_issued_by(Some(issuer))).map(|known| known.key_of(issuer));
        lookups.forget_user(|in_key| in_key == key.as_deref().unwrap_or(issuer), id);
    }

    /// Forgets the directory's answers about all members of an organization, like [`forget_user`](Self::forget_user)
    /// for one user.
    pub fn forget_org(&self, org: &str) {
        if let Some(lookups) = &self.inner.lookups {
            lookups.forget_org(org);
        }
        #[cfg(feature = "redis")]
        if let Some(revocations) = &self.inner.revocations {
            revocations.forget_elsewhere(Forgotten::Org { id: org.to_owned() });
        }
    }
}
