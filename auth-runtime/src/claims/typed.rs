//! The claims of a verified token, deserialized into types of the application.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};

use crate::error::{ClaimError, TokenFault};
use crate::json::{self, Text};
use crate::{base64url, token};

/// All claims of a verified token, as one value.
pub(crate) fn all<T: DeserializeOwned>(token: &[u8]) -> Result<T, TokenFault> {
    serde_json::from_str(&payload(token)?).map_err(|_| TokenFault::Shape)
}

/// The claim of this name; `None` if the verified token does not have it.
pub(crate) fn one<T: DeserializeOwned>(token: &[u8], name: &str) -> Result<Option<T>, ClaimError> {
    let claims = payload(token).ok();
    claims
        .and_then(|claims| json::read(&claims, One(name, PhantomData)).ok())
        .ok_or_else(|| ClaimError { name: name.to_owned() })
}

/// The claims as JSON text.
pub(crate) fn payload(token: &[u8]) -> Result<String, TokenFault> {
    let payload = base64url::decode(token::split(token, usize::MAX)?.payload)?;
    String::from_utf8(payload).map_err(|_| TokenFault::Claims)
}

/// Reads the claim of this name, and skips the others.
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
