//! Acme is a provider that does not exist. It shows that a provider needs only such a file, and its line in
//! `provider.rs`.
//!
//! It is compiled only for the tests of the library.

use super::oidc::PERSON;
use crate::claims::{ClaimMapping, Mapping, Names, ProviderRules, Slot};
use crate::error::ConfigError;
use crate::keys::{Address, StartError};
use crate::verifier::Issuer;

const ACME: Mapping = Mapping {
    name: "acme",
    claims: &[
        &[
            ("member", Slot::Id),
            ("workspace", Slot::Org),
            ("may", Slot::Permissions(Names::Array)),
            ("act", Slot::Actor),
        ],
        PERSON,
    ],
    user_writable: &["nickname"],
    ..Mapping::PLAIN
};

const RULES: ProviderRules = ProviderRules { settings: &["applications"], ..ProviderRules::NONE };

impl Issuer {
    /// `iss` is the URL; keys are found by discovery.
    fn acme(url: &str, client_id: &str) -> Self {
        Self::discovered("acme", url, Address::parse_issuer(url), client_id, ClaimMapping::new(&ACME))
            .explained_by(explain)
            .held_to(&RULES)
    }
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { error, .. } = error else { return None };
    Some(ConfigError::new("url", format!("is not the URL of an Acme: {error}")))
}

#[cfg(test)]
mod tests;
