//! The claims of a token whose signature was checked: parsed once, checked against the rules, turned into an identity.

mod actor;
mod mapping;
mod orgs;
mod provider_rules;
mod reader;
mod refinements;
mod rules;
mod slot;
mod table;
mod texts;
mod token_claims;
pub(crate) mod typed;
mod values;

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};

pub use mapping::ClaimMapping;

pub(crate) use mapping::{Absent, IdTokens, IdentityMap, Mapping};
#[cfg(any(feature = "http-client", feature = "testing"))]
pub(crate) use provider_rules::ProviderClaims;
pub(crate) use provider_rules::{KeyScope, ProviderRules, Tenants, TokenKinds};
pub(crate) use reader::ClaimReader;
pub(crate) use refinements::{Part, Refinements};
pub(crate) use rules::{Audience, Registered, Rules, Validity};
pub(crate) use slot::{Allowance, Names, OrgRow, OrgSlot, Row, Slot};
pub(crate) use texts::is_text;
pub(crate) use token_claims::TokenClaims;

use crate::error::InvalidTokenReason;
use crate::json::{self, Text};

/// The `iss` of unverified claims. Use it only to choose an issuer.
pub(crate) fn unverified_issuer(payload: &str) -> Result<Option<String>, InvalidTokenReason> {
    struct Issuer;

    impl<'de> Visitor<'de> for Issuer {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut issuer = None;
            // A second `iss` changes nothing: after the signature is checked, the claims are parsed again by the strict
            // reader.
            while let Some(Text(name)) = map.next_key()? {
                if name == "iss" && issuer.is_none() {
                    issuer = Some(map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(issuer)
        }
    }

    json::read(payload, Issuer).map_err(|_| InvalidTokenReason::Claims)
}
