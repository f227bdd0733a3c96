//! What a directory says of the user of a token.

use super::{Verified, Verifier};
use crate::authority::{Asks, Unavailable};
use crate::id::OrgMember;
use crate::policy::{DenialReason, Denied};

impl Verified {
    /// The token with what is asked about its user, if nothing has to be waited for. Without a directory, the token itself.
    pub(crate) fn known(&self, asks: &Asks<'_>) -> Option<Self> {
        match self.lookups() {
            None => Some(self.clone()),
            Some(lookups) => lookups.known(self.of_token(), asks).map(|subject| self.with_asked(subject)),
        }
    }

    /// Whether a directory has the say about memberships, roles and permissions.
    pub(crate) fn has_directory(&self) -> bool {
        self.lookups().is_some()
    }

    /// The token with what is asked about its user.
    pub(crate) async fn asked(&self, asks: Asks<'_>) -> Result<Self, DenialReason> {
        match self.lookups() {
            None => Ok(self.clone()),
            Some(lookups) => match lookups.ask(self.of_token(), asks).await {
                Ok(subject) => Ok(self.with_asked(subject)),
                Err(Unavailable { retry_after }) => Err(DenialReason::DirectoryUnavailable { retry_after }),
            },
        }
    }

    /// The user's membership in an organization that only the handler can know, such as that of a row that it has loaded;
    /// `None` if the user is no member. Asks the directory, unless an answer is kept and fresh. Without a directory, the
    /// token answers.
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
    /// The directory cannot tell: 503.
    pub async fn membership(&self, org: &str) -> Result<Option<OrgMember>, Denied> {
        let asks = Asks { org: Some(org), grants: false, max_age_ms: u64::MAX, permissions: &[] };
        let asked = match self.known(&asks) {
            Some(known) => known,
            None => {
                self.asked(asks).await.map_err(|reason| Denied::new(reason).of(Some(self.subject())).after_guard())?
            }
        };
        let subject = asked.subject();
        Ok(subject.position(org).map(|position| OrgMember::new(subject, position, &[])))
    }
}

impl Verifier {
    /// Forgets what the directory answered about a user, so that the next request asks again: for whoever has just changed
    /// the user's memberships. The issuer is named by its name or its `iss`. An answer whose question began before this call
    /// is given to no request that comes after it.
    ///
    /// Other processes do not learn of it. Their answers are as old as
    /// [`directory_fresh_for`](crate::VerifierBuilder::directory_fresh_for) at most.
    ///
    /// ```
    /// # use auth_runtime::{User, Verifier};
    /// # fn removed(verifier: &Verifier, user: &User) {
    /// let (issuer, id) = user.key();
    /// verifier.forget_user(issuer, id);
    /// # }
    /// ```
    pub fn forget_user(&self, issuer: &str, id: &str) {
        if let Some(lookups) = &self.inner.lookups {
            lookups.forget_user(self.key_of(issuer), id);
        }
    }

    /// Forgets what the directory answered about all members of an organization, as [`forget_user`](Self::forget_user) does
    /// for one user.
    pub fn forget_org(&self, org: &str) {
        if let Some(lookups) = &self.inner.lookups {
            lookups.forget_org(org);
        }
    }

    /// How an issuer is called in the key of a user: by its name, if it has one.
    fn key_of<'a>(&'a self, issuer: &'a str) -> &'a str {
        let known = self.inner.issuers.iter().find(|known| known.iss().is_some_and(|iss| **iss == *issuer));
        known.and_then(|known| known.name.as_deref()).unwrap_or(issuer)
    }
}
