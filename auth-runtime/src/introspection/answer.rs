//! Converts the answer of an introspection endpoint (RFC 7662 section 2.2) into claims with the form of a JWT's claims.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::InvalidTokenReason;
use crate::json;

/// The claims of an active token.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Active {
    pub(crate) claims: String,
    /// Whether the answer has `exp`. If not, `exp` in the claims is the time until which the answer is used.
    pub(crate) expires: bool,
}

/// Reads an answer. `Ok(None)` means that the token is not active. The outer `Err` means that the answer cannot be
/// read.
///
/// `iss` is the issuer of the tokens. `until` becomes `exp` if the answer has none.
pub(crate) fn claims(
    body: &[u8],
    iss: &str,
    until: Duration,
    takes_unmarked: bool,
) -> Result<Option<Result<Active, InvalidTokenReason>>, &'static str> {
    let Value::Object(mut answer) = json::document(body)? else { return Err("is not a JSON object") };
    match answer.remove("active") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Ok(None),
        _ => return Err("does not say whether the token is active"),
    }
    Ok(Some(check_kind(&answer, takes_unmarked).and_then(|()| complete(answer, iss, until))))
}

/// How servers mark access tokens. An endpoint also answers about refresh tokens, which are not credentials for an API.
/// Servers give refresh tokens another mark or no mark.
const MARKS: &[(&str, &[&str])] = &[
    ("token_type", &["bearer", "dpop"]),
    // Keycloak, and servers that return the `typ` of a JWT.
    ("typ", &["bearer", "dpop", "at+jwt", "application/at+jwt"]),
    // Hydra.
    ("token_use", &["access_token", "access"]),
];

fn check_kind(answer: &Map<String, Value>, takes_unmarked: bool) -> Result<(), InvalidTokenReason> {
    let mut is_marked = takes_unmarked;
    for (name, accepted) in MARKS {
        match answer.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(kind)) if accepted.iter().any(|known| kind.eq_ignore_ascii_case(known)) => {
                is_marked = true;
            }
            Some(_) => return Err(InvalidTokenReason::Type),
        }
    }
    if is_marked { Ok(()) } else { Err(InvalidTokenReason::Type) }
}

/// Adds the claims that an answer may leave out, so that the same rules as for a JWT apply.
fn complete(mut answer: Map<String, Value>, iss: &str, until: Duration) -> Result<Active, InvalidTokenReason> {
    match answer.get("iss") {
        None | Some(Value::Null) => {
            answer.insert("iss".to_owned(), iss.into());
        }
        Some(Value::String(named)) if named == iss => {}
        Some(_) => return Err(InvalidTokenReason::Issuer),
    }
    let expires = answer.get("exp").is_some_and(|exp| !exp.is_null());
    if !expires {
        answer.insert("exp".to_owned(), until.as_secs_f64().into());
    }
    Ok(Active { claims: Value::Object(answer).to_string(), expires })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    const ISS: &str = "https://login.test";

    fn read(answer: &Value, unmarked: bool) -> Result<Option<Result<Active, InvalidTokenReason>>, &'static str> {
        claims(answer.to_string().as_bytes(), ISS, Duration::from_secs(90), unmarked)
    }

    #[test]
    fn an_access_token_is_active_and_marked() {
        for (answer, marked, unmarked) in [
            (json!({ "active": true, "token_type": "Bearer" }), Ok(()), Ok(())),
            (json!({ "active": true, "token_type": "bearer", "iss": ISS }), Ok(()), Ok(())),
            (json!({ "active": true, "typ": "Bearer" }), Ok(()), Ok(())),
            (json!({ "active": true, "token_use": "access_token" }), Ok(()), Ok(())),
            (json!({ "active": true }), Err(InvalidTokenReason::Type), Ok(())),
            // Refresh tokens: Keycloak, Hydra, and others.
            (json!({ "active": true, "typ": "Refresh" }), Err(InvalidTokenReason::Type), Err(InvalidTokenReason::Type)),
            (
                json!({ "active": true, "token_type": "Bearer", "token_use": "refresh_token" }),
                Err(InvalidTokenReason::Type),
                Err(InvalidTokenReason::Type),
            ),
            (
                json!({ "active": true, "token_type": "refresh_token" }),
                Err(InvalidTokenReason::Type),
                Err(InvalidTokenReason::Type),
            ),
            (json!({ "active": true, "token_type": 7 }), Err(InvalidTokenReason::Type), Err(InvalidTokenReason::Type)),
            (
                json!({ "active": true, "token_type": "Bearer", "iss": "https://other.test" }),
                Err(InvalidTokenReason::Issuer),
                Err(InvalidTokenReason::Issuer),
            ),
        ] {
            for (takes_unmarked, expected) in [(false, marked), (true, unmarked)] {
                let found = read(&answer, takes_unmarked).unwrap().unwrap();
                assert_eq!(found.map(drop), expected, "{answer}");
            }
        }
        assert_eq!(read(&json!({ "active": false, "token_type": "Bearer" }), true), Ok(None));
        for answer in [json!({}), json!({ "active": "true" }), json!({ "active": 1 }), json!([]), json!("active")] {
            assert!(read(&answer, true).is_err(), "{answer}");
        }
        assert!(claims(br#"{"active":false,"active":true}"#, ISS, Duration::ZERO, true).is_err());
    }

    #[test]
    fn what_an_answer_leaves_out_is_added() {
        let active = |answer: Value| read(&answer, true).unwrap().unwrap().unwrap();
        let given = active(json!({ "active": true, "exp": 7, "iss": ISS }));
        assert_eq!(given, Active { claims: json!({ "exp": 7, "iss": ISS }).to_string(), expires: true });
        let added = active(json!({ "active": true }));
        assert_eq!(added, Active { claims: json!({ "exp": 90.0, "iss": ISS }).to_string(), expires: false });
    }
}
