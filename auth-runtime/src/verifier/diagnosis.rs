//! Details of refused tokens for the log: what was expected, and what the token has.

use std::sync::Arc;

use http::request::Parts;
use serde_json::Value;

use super::{Credentials, Verifier};
use crate::bounded::{bounded, list};
use crate::claims::{typed, unverified_issuer};
use crate::error::{InvalidTokenReason, VerifyError};
use crate::token;

/// The audiences of a token that was refused because of them.
pub(crate) struct WrongAudience {
    /// The `iss` of the issuer whose key signed the token, or its name if its tokens have no `iss`.
    pub(crate) issuer: Arc<str>,
    pub(crate) accepted: String,
    pub(crate) came: String,
}

/// The unverified `iss` of a token of an unknown issuer; `None` inside if the token has no `iss`.
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

    /// The audiences of a request's token, if it was refused because of them. `aud` is checked after the signature, so
    /// it may be logged. Nothing of any other refused token may be logged.
    pub(crate) fn wrong_audience(&self, parts: &Parts) -> Option<WrongAudience> {
        let Credentials::Token(token, _) = self.locations().credentials(parts) else { return None };
        let issuer = self.issuer_of(&typed::payload(&token).ok()?).ok()?;
        let audience = &issuer.claims.rules().audience;
        if audience.is_any {
            return None;
        }
        let came = match typed::one(&token, issuer.claims.rules().provider.audience.0).ok()?? {
            Value::String(audience) => list([audience.as_str()]),
            Value::Array(audiences) => list(audiences.iter().filter_map(Value::as_str)),
            _ => return None,
        };
        Some(WrongAudience {
            issuer: issuer.identifier(typed::one::<String>(&token, "iss").ok().flatten().as_deref()),
            accepted: list(audience.names.iter().map(String::as_str)),
            came,
        })
    }

    /// Says what is known of a refusal beyond the step that it comes from.
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
