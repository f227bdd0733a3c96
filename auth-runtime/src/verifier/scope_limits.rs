//! What the tokens of an issuer can be used for at most, by their scopes.

use std::collections::BTreeSet;

use super::Issuer;
use crate::error::ConfigError;
use crate::id::Subject;

/// The permissions that each scope allows at most.
#[derive(Clone, Debug)]
pub(super) struct ScopeLimits(Vec<(String, Vec<String>)>);

impl ScopeLimits {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let mut known = BTreeSet::new();
        for (scope, _) in &self.0 {
            let fault = if scope.is_empty() {
                "has an empty scope".to_owned()
            } else if known.insert(scope) {
                continue;
            } else {
                format!("lists the scope `{scope}` twice: write all its permissions in one list")
            };
            return Err(ConfigError::new("limit_by_scopes", fault));
        }
        Ok(())
    }

    /// Limits a credential to the permissions of its scopes.
    pub(super) fn apply(&self, subject: &mut Subject) {
        let allowed: Vec<String> = match subject.names(subject.scopes.as_ref()) {
            Some(scopes) => scopes.flat_map(|scope| self.of(scope)).cloned().collect(),
            // What is delegated is unknown.
            None => Vec::new(),
        };
        subject.limit_to(&allowed);
    }

    fn of(&self, scope: &str) -> &[String] {
        let listed = self.0.iter().find(|(known, _)| known == scope);
        listed.map(|(_, permissions)| permissions.as_slice()).unwrap_or_default()
    }

    /// Each scope with its permissions, in a fixed order, as text.
    pub(super) fn settings(&self) -> Vec<String> {
        let mut lines: Vec<_> =
            self.0.iter().map(|(scope, allowed)| format!("{scope}: {}", allowed.join(" "))).collect();
        lines.sort();
        lines
    }
}

/// Who decides about memberships, roles and permissions.
impl Issuer {
    /// Takes memberships, roles and permissions from the tokens of this issuer, although the verifier has a
    /// [`Directory`](crate::Directory). The directory is not asked about the users of this issuer.
    ///
    /// Use it for a provider that keeps the memberships itself, such as PropelAuth, beside an issuer whose users are in
    /// your own tables. A member who is removed there keeps entering until the token expires. Without a directory, the
    /// setting changes nothing.
    ///
    /// ```
    /// # use auth_runtime::{Directory, Issuer, Verifier, VerifierBuilder};
    /// # fn builder(own: Issuer, members: impl Directory) -> VerifierBuilder {
    /// Verifier::builder()
    ///     .issuer(own.named("own"))
    ///     .issuer(Issuer::propelauth("https://auth.example.com", "the API key").memberships_from_tokens())
    ///     .directory(members)
    /// # }
    /// ```
    #[must_use]
    pub fn memberships_from_tokens(mut self) -> Self {
        self.memberships_from_tokens = true;
        self
    }

    /// Limits what a token can be used for to the permissions of its scopes, whatever else grants more: a
    /// [`Directory`](crate::Directory), or the token itself.
    ///
    /// Without this setting, a token has the full power of its user in a directory, also if the user delegated only a
    /// little to the client that got it. So use it for an issuer that issues tokens to clients of others.
    ///
    /// A permission holds only if one of the token's scopes lists it and the user has it. One that is not listed is
    /// unknown: a condition that asks for it refuses, even under `!`. A scope that is not in the table allows nothing. Roles
    /// are unknown: ask for permissions. A second call replaces the table.
    ///
    /// A scope that is empty or listed twice does not build.
    ///
    /// ```
    /// use auth_runtime::Issuer;
    /// let issuer = Issuer::oidc("https://login.example.com", "https://api.example.com")
    ///     .limit_by_scopes([("invoices", vec!["invoices:read", "invoices:pay"]), ("reports", vec!["reports:read"])]);
    /// ```
    #[must_use]
    pub fn limit_by_scopes<P: Into<String>>(
        mut self,
        table: impl IntoIterator<Item = (impl Into<String>, impl IntoIterator<Item = P>)>,
    ) -> Self {
        let rows = table
            .into_iter()
            .map(|(scope, permissions)| (scope.into(), permissions.into_iter().map(Into::into).collect()));
        self.scope_limits = Some(ScopeLimits(rows.collect()));
        self
    }
}
