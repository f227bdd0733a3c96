//! The claims of a token whose signature was checked: read once, held to the rules, made into an identity.

mod mapping;
mod orgs;
mod reader;
mod rules;
mod table;
mod token_claims;
mod values;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};

pub use mapping::ClaimMapping;

pub(crate) use mapping::{Absent, IdentityMap, Mapping};
pub(crate) use orgs::{OrgRow, OrgSlot};
pub(crate) use reader::ClaimReader;
pub(crate) use rules::{Audience, Rules, Validity};
pub(crate) use table::{Names, Row, Slot};
pub(crate) use token_claims::TokenClaims;

use crate::error::{ClaimError, TokenFault};
use crate::id::{IdentityData, User};
use crate::json::{self, Text};
use crate::{base64url, token};

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

/// The claims of a verified token, as JSON text.
fn verified_claims(token: &[u8]) -> Result<String, TokenFault> {
    let payload = base64url::decode(token::split(token, usize::MAX)?.payload)?;
    String::from_utf8(payload).map_err(|_| TokenFault::Claims)
}

impl IdentityData {
    /// All claims, as a type.
    pub(crate) fn claims<T: DeserializeOwned>(&self) -> Result<T, TokenFault> {
        serde_json::from_str(&verified_claims(self.token())?).map_err(|_| TokenFault::Shape)
    }
}

impl User {
    /// One claim of the verified token, as a type of yours; `None` where the token lacks it.
    ///
    /// Reads the claims at every call.
    ///
    /// # Errors
    /// The claim is there, but is not a `T`.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        struct One<'a, T>(&'a str, PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for One<'_, T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = None;
                while let Some(Text(name)) = map.next_key()? {
                    if name == self.0 {
                        found = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(found)
            }
        }

        let claims = verified_claims(self.data().token()).ok();
        claims
            .and_then(|claims| json::read(&claims, One(name, PhantomData)).ok())
            .ok_or_else(|| ClaimError { name: name.to_owned() })
    }
}
