//! Deserializes the claims of a verified token into types of the application.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};

use crate::bounded::Quoted;
use crate::error::{ClaimError, InvalidTokenReason};
use crate::json::{self, Text};
use crate::{base64url, token};

/// All claims of a verified token, as one value.
pub(crate) fn all<T: DeserializeOwned>(token: &[u8]) -> Result<T, Misfit> {
    let payload = payload(token).map_err(|_| Misfit::default())?;
    serde_json::from_str(&payload).map_err(|_| Misfit::of::<T>(&payload))
}

/// Why verified claims are not a `T`. It contains the field, but never its value, which `serde_json`'s own message
/// quotes.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Misfit {
    /// For example `orgs[0].plan`; empty if no field is wrong.
    path: String,
    is_missing: bool,
}

impl Misfit {
    /// Parses the claims again to find the wrong field. This happens only after an error.
    fn of<T: DeserializeOwned>(payload: &str) -> Self {
        let mut payload = serde_json::Deserializer::from_str(payload);
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut payload) else { return Self::default() };
        let is_top = error.path().iter().next().is_none();
        let mut path = if is_top { String::new() } else { error.path().to_string() };
        let message = error.inner().to_string();
        let missing = missing_field(&message);
        if let Some(field) = missing {
            path.push_str(if is_top { "" } else { "." });
            path.push_str(field);
        }
        Self { path, is_missing: missing.is_some() }
    }
}

/// The field that serde did not find. It is a name in the declaration of `T`.
fn missing_field(message: &str) -> Option<&str> {
    let (name, _) = message.strip_prefix("missing field `")?.split_once('`')?;
    Some(name)
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str("of another type"),
            path if self.is_missing => write!(f, "{} is missing", Quoted(path)),
            path => write!(f, "{} is of another type", Quoted(path)),
        }
    }
}

/// The claim with this name; `None` if the verified token does not have it, or if the credential is not a token.
pub(crate) fn one<T: DeserializeOwned>(token: &[u8], name: &str) -> Result<Option<T>, ClaimError> {
    if token.is_empty() {
        return Ok(None);
    }
    let claims = payload(token).ok();
    claims
        .and_then(|claims| json::read(&claims, One(name, PhantomData)).ok())
        .ok_or_else(|| ClaimError { name: name.to_owned() })
}

/// The claims as JSON text.
pub(crate) fn payload(token: &[u8]) -> Result<String, InvalidTokenReason> {
    let payload = base64url::decode(token::split(token, usize::MAX)?.payload)?;
    String::from_utf8(payload).map_err(|_| InvalidTokenReason::Claims)
}

/// Reads the claim with this name, and skips the others.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::Misfit;

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Plan {
        Free,
        Paid { seats: u32 },
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Claims {
        plan: Plan,
        orgs: Option<Vec<BTreeMap<String, bool>>>,
    }

    #[test]
    fn the_error_of_a_wrong_claim_type_names_the_field_without_its_value() {
        for (payload, expected) in [
            (r#"{"plan":"free"}"#, "of another type"),
            ("[]", "of another type"),
            ("{}", r#""plan" is missing"#),
            (r#"{"plan":7777}"#, r#""plan" is of another type"#),
            (r#"{"plan":"s3cret"}"#, r#""plan" is of another type"#),
            (r#"{"plan":{"s3cret":{}}}"#, r#""plan" is of another type"#),
            (r#"{"plan":{"paid":{}}}"#, r#""plan.paid.seats" is missing"#),
            (r#"{"plan":{"paid":{"seats":"s3cret"}}}"#, r#""plan.paid.seats" is of another type"#),
            (r#"{"plan":"free","orgs":[{},{"a":"s3cret"}]}"#, r#""orgs[1].a" is of another type"#),
        ] {
            assert_eq!(Misfit::of::<Claims>(payload).to_string(), expected, "{payload}");
        }
    }
}
