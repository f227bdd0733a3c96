//! The claims of a token whose signature was checked: read once, held to the rules, made into an identity.

mod orgs;
mod profile;
mod reader;
mod rules;
mod seeds;
pub(crate) mod typed;

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};

pub use profile::{CustomProfile, Profile};

pub(crate) use reader::{Found, read};
pub(crate) use rules::{Audience, Rules, Validity};

use crate::error::TokenFault;
use crate::json::{self, Text};

/// The `iss` of claims that nobody has verified yet: good for choosing an issuer, and for nothing else.
pub(crate) fn unverified_issuer(payload: &str) -> Result<Option<String>, TokenFault> {
    struct Issuer;

    impl<'de> Visitor<'de> for Issuer {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut issuer = None;
            // A second `iss` changes nothing: the claims are read again, strictly, once the signature is known.
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

    json::read(payload, Issuer).map_err(|_| TokenFault::Claims)
}
