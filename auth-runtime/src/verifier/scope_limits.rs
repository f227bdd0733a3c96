//! Limits what the tokens of an issuer can be used for, by their scopes.

use std::collections::BTreeSet;

use crate::error::ConfigError;
use crate::id::Subject;

/// The permissions that each scope allows.
#[derive(Clone, Debug)]
pub(super) struct ScopeLimits(Vec<(String, Vec<String>)>);

impl ScopeLimits {
    pub(super) fn new(rows: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self(rows.into_iter().collect())
    }

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
            // Without known scopes, it is unknown what was delegated.
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
