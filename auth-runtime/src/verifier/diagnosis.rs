//! Details of refused tokens for the log: what was expected, and what the token has.

use std::sync::Arc;

use http::request::Parts;
use serde_json::Value;

use super::{Credentials, Verifier};
use crate::bounded::{bounded, list};
use crate::claims::{typed, unverified_issuer};
use crate::error::{InvalidTokenReason, VerifyError};
use crate::token;

/// The audiences that an issuer accepts, and those of a token that it signed.
pub(crate) struct WrongAudience {
    /// The claim that contains them.
    pub(crate) claim: &'static str,
    pub(crate) accepted: String,
    pub(crate) came: String,
}

/// The unverified `iss` of a token whose issuer is unknown. The field is `None` if the token has no `iss`.
struct UnknownIssuer {
    iss: Option<String>,
}

impl Verifier {
    /// The `iss` of each issuer, as a bounded list.
    pub(crate) fn known_issuers(&self) -> String {
        list(self.inner.issuers.iter().flat_map(|issuer| {
            let also = issuer.claims.rules().also_issuers.iter().map(|iss| &**iss);
            std::iter::once(issuer.iss().map_or("no `iss`", |iss| iss)).chain(also)
        }))
    }

    /// The issuer of a request's token, if the token was refused for this reason: the `iss`, or the name if tokens have
    /// no `iss`. The issuer's key has signed the token, or its endpoint was asked about it. No part of any other token
    /// may be logged.
    pub(crate) fn signed_by(&self, reason: InvalidTokenReason, parts: &Parts) -> Option<Arc<str>> {
        if !is_of_signed_claims(reason) {
            return None;
        }
        let Credentials::Token(token, _) = self.locations().credentials(parts) else { return None };
        #[cfg(feature = "http-client")]
        if let Some(issuer) = self.introspecting(&token) {
            return Some(issuer.identifier(None));
        }
        let issuer = self.issuer_of(&typed::payload(&token).ok()?).ok()?;
        Some(issuer.identifier(typed::one::<String>(&token, "iss").ok().flatten().as_deref()))
    }

    /// The audiences of a request's token, if it was refused because of them. They are checked after the signature, so
    /// they may be logged.
    pub(crate) fn wrong_audience(&self, reason: InvalidTokenReason, parts: &Parts) -> Option<WrongAudience> {
        let Credentials::Token(token, _) = self.locations().credentials(parts) else { return None };
        #[cfg(feature = "http-client")]
        if self.introspecting(&token).is_some() {
            // The audience is in the endpoint's answer, which is not kept.
            return None;
        }
        let issuer = self.issuer_of(&typed::payload(&token).ok()?).ok()?;
        let rules = issuer.claims.rules();
        let claim = rules.provider.audience.0;
        let is_about_it = reason == InvalidTokenReason::Audience || reason == InvalidTokenReason::Claim(claim);
        if rules.audience.is_any || !is_about_it {
            return None;
        }
        let came = match typed::one(&token, claim).ok()? {
            None => "has none".to_owned(),
            Some(Value::String(audience)) => format!("has {}", list([audience.as_str()])),
            Some(Value::Array(audiences)) if audiences.iter().all(Value::is_string) => {
                format!("has {}", list(audiences.iter().filter_map(Value::as_str)))
            }
            // Its text is not shown: it can be anything.
            Some(Value::Array(_)) => "has an array whose values are not all strings".to_owned(),
            Some(other) => format!("has {}", kind(&other)),
        };
        Some(WrongAudience { claim, accepted: list(rules.audience.names.iter().map(String::as_str)), came })
    }

    /// Details about a refusal, in addition to its step.
    #[cold]
    pub(super) fn in_detail(&self, token: &[u8], error: VerifyError) -> VerifyError {
        self.log_unknown_issuer(token, error);
        match error {
            VerifyError::Invalid(InvalidTokenReason::Malformed) if token::is_padded(token) => {
                InvalidTokenReason::Padded.into()
            }
            _ => error,
        }
    }

    /// Whether no issuer has the `iss` of a request's token. The `iss` is unverified.
    pub(crate) fn is_of_unknown_issuer(&self, parts: &Parts) -> bool {
        let Credentials::Token(token, _) = self.locations().credentials(parts) else { return false };
        self.unknown_issuer(&token).is_some()
    }

    /// The `iss` of a token if no issuer has it.
    fn unknown_issuer(&self, token: &[u8]) -> Option<UnknownIssuer> {
        let iss = unverified_issuer(&typed::payload(token).ok()?).ok()?;
        let is_known = self.inner.issuers.iter().any(|issuer| issuer.claims.rules().is_issued_by(iss.as_deref()));
        (!is_known).then_some(UnknownIssuer { iss })
    }

    /// Logs the `iss` of a refused token if no issuer has it. It is unverified, so anyone can have written it: it is
    /// logged only at level debug.
    fn log_unknown_issuer(&self, token: &[u8], error: VerifyError) {
        // A key can also be unknown because it belongs to another issuer.
        let may_be_unknown =
            matches!(error, VerifyError::Invalid(InvalidTokenReason::Issuer | InvalidTokenReason::UnknownKey));
        if !may_be_unknown || !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let Some(UnknownIssuer { iss }) = self.unknown_issuer(token) else { return };
        let iss = iss.as_deref().map(bounded);
        tracing::debug!(iss = iss.as_deref(), known = %self.known_issuers(), "the issuer of a token is not known");
    }
}

/// Whether a token is refused for this reason only after its signature was verified. There is no `_` arm, so that a new
/// reason must be added here.
fn is_of_signed_claims(reason: InvalidTokenReason) -> bool {
    match reason {
        InvalidTokenReason::Claim(_)
        | InvalidTokenReason::ClaimValue(_)
        | InvalidTokenReason::Expired
        | InvalidTokenReason::NotYetValid
        | InvalidTokenReason::Audience
        | InvalidTokenReason::IdToken
        | InvalidTokenReason::SecurityEvent
        | InvalidTokenReason::Application
        | InvalidTokenReason::Tenant
        | InvalidTokenReason::Revoked
        | InvalidTokenReason::TooLongLived
        | InvalidTokenReason::SenderConstrained
        | InvalidTokenReason::Identity
        | InvalidTokenReason::Shape
        | InvalidTokenReason::NotLocal
        | InvalidTokenReason::Lifetime => true,
        // The last two can be found before the signature is checked.
        InvalidTokenReason::TooLong
        | InvalidTokenReason::Malformed
        | InvalidTokenReason::Padded
        | InvalidTokenReason::Header
        | InvalidTokenReason::Algorithm
        | InvalidTokenReason::Type
        | InvalidTokenReason::UnknownKey
        | InvalidTokenReason::Signature
        | InvalidTokenReason::NotActive
        | InvalidTokenReason::Credentials
        | InvalidTokenReason::Issuer
        | InvalidTokenReason::Claims => false,
    }
}

/// The type of a value that is not an audience.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
