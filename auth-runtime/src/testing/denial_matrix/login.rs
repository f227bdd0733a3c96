//! The login of a caller, and the other claims that conditions ask for.

use std::collections::BTreeMap;

use serde_json::json;

use super::caller::{Caller, OTHER};
use crate::policy::Atom;
use crate::testing::TokenBuilder;

/// The age of a login that meets no `auth_age`, in seconds.
const LONG_AGO: u32 = 2 * 366 * 86_400;
/// The time that a test may take between making a token and the decision, in seconds.
const SLACK: u32 = 5;

/// The claims about the login.
pub(super) struct Login<'a> {
    /// A token has only one class.
    pub(super) acr: Option<&'a Atom>,
    /// The shortest `auth_age` that is met, in seconds.
    pub(super) age: Option<u32>,
}

impl Caller {
    pub(super) fn login(&self) -> Login<'_> {
        let ages = self.held.iter().filter_map(|atom| if let Atom::AuthAge(age) = atom { Some(*age) } else { None });
        Login { acr: self.held.iter().find(|atom| matches!(atom, Atom::Acr(_))), age: ages.min() }
    }

    /// Writes the login and the claims, so that no answer about them is unknown.
    pub(super) fn with_login<'a>(&self, token: TokenBuilder<'a>, now: u64) -> TokenBuilder<'a> {
        let Login { acr, age } = self.login();
        let class = if let Some(Atom::Acr(class)) = acr { &**class } else { OTHER };
        let methods =
            self.held.iter().filter_map(|atom| if let Atom::Amr(method) = atom { Some(&**method) } else { None });
        let age = age.map_or(LONG_AGO, |age| age.saturating_sub(SLACK));
        let mut token = token
            .claim("acr", class)
            .claim("amr", json!(methods.collect::<Vec<_>>()))
            .claim("auth_time", now.saturating_sub(u64::from(age)));
        let mut claims: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for atom in &self.asked_claims {
            if let Atom::Claim(name, value) = atom {
                let values = claims.entry(name).or_default();
                if self.held.contains(atom) {
                    values.push(value);
                }
            }
        }
        for (name, values) in claims {
            token = if values.is_empty() { token.claim(name, OTHER) } else { token.claim(name, json!(values)) };
        }
        token
    }
}
