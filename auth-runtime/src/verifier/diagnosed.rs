//! What the verification of one token checks, for a person who wants to know why it is refused.
//!
//! The code that verifies makes the decision and records its steps. This file only describes them.

use std::fmt;

use serde_json::Value;

use super::trusted::TrustedIssuer;
use super::{Buffers, Verifier};
use crate::bounded::{Quoted, bounded, list};
use crate::claims::{KeyScope, TokenClaims, typed};
use crate::clock::seconds;
use crate::error::VerifyError;
use crate::id::{Identity, Membership};
use crate::token::{self, Progress, Step, TokenType};

/// What the verification of one token checks: the result of [`Verifier::diagnose`].
///
/// It contains no part of the token itself, no signature and no key. [`mapped`](Self::mapped) has the values of claims.
/// `Debug` prints none of them.
#[derive(Clone)]
pub struct Diagnosis {
    result: Result<(), VerifyError>,
    issuer: Option<String>,
    checks: Vec<Check>,
    mapped: Option<Vec<MappedPart>>,
}

/// One check of a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// What is checked: the name of the claim or header parameter, if it is one.
    pub name: &'static str,
    /// The result.
    pub state: CheckState,
    /// What the settings of the issuer require.
    pub expected: String,
    /// What the token has. For its header and the claims `iss`, `aud`, `exp`, `nbf` and `iat`, these are values,
    /// escaped and at most 256 bytes long. For other claims, only their names. `None` if there is nothing to show, or
    /// if the check was not reached.
    pub found: Option<String>,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CheckState {
    /// The token passed.
    Passed,
    /// The token was refused here.
    Failed,
    /// Verification ended before this check.
    NotReached,
}

/// One part of the identity that the claim mapping read.
#[derive(Clone)]
#[non_exhaustive]
pub struct MappedPart {
    /// The part: `id`, `roles`, `organization`...
    pub name: &'static str,
    /// Its values; `None` if they are unknown, which is different from an empty list.
    pub values: Option<Vec<String>>,
}

impl Diagnosis {
    /// The result of the verification.
    ///
    /// # Errors
    /// The reason why the token was refused.
    pub fn result(&self) -> Result<(), VerifyError> {
        self.result
    }

    /// The name or the `iss` of the issuer whose rules were applied, if it was found.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Every check, in the order of verification.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The identity that the claim mapping read from the claims. `None` if the signature was not verified, or if the
    /// claims could not be read.
    pub fn mapped(&self) -> Option<&[MappedPart]> {
        self.mapped.as_deref()
    }
}

impl fmt::Debug for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnosis").field("result", &self.result).finish_non_exhaustive()
    }
}

impl fmt::Debug for MappedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MappedPart").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Verifier {
    /// Verifies a token like [`verify`](Self::verify), and lists each check, with what was expected and what the token
    /// has. `cargo auth explain` prints it.
    ///
    /// The token is verified each time, and the result is not cached. The directory is not asked. A token for an
    /// introspection endpoint is not sent to it: its form is checked like that of a JWT.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use auth_runtime::testing::{CheckState, TestIssuer};
    /// let issuer = TestIssuer::new();
    /// let diagnosis = issuer.verifier().await.diagnose(&issuer.token().expired().build()).await;
    /// let failed = diagnosis.checks().iter().find(|check| check.state == CheckState::Failed).unwrap();
    /// assert_eq!(failed.name, "exp, nbf, iat");
    /// # })
    /// ```
    pub async fn diagnose(&self, token: &str) -> Diagnosis {
        let token = token.as_bytes();
        let mut progress = Progress::default();
        let verified = self.verify_waiting(token, &mut progress).await;
        let failed = verified.is_err().then(|| progress.step());
        let accepted = verified.as_ref().ok().map(|verified| Identity::from(&**verified.subject()));
        let result = verified.map(drop).map_err(|error| self.in_detail(token, error));
        let is_reached = |step: Step| failed.is_none_or(|failed| step <= failed);
        let seen = Seen::of(self, token);
        let checks = Step::ALL.map(|step| Check {
            name: name(step),
            state: match failed {
                Some(failed) if step == failed => CheckState::Failed,
                Some(failed) if step > failed => CheckState::NotReached,
                _ => CheckState::Passed,
            },
            expected: seen.expected(step),
            found: if is_reached(step) { seen.found(step) } else { None },
        });
        let is_read = is_reached(Step::Iss);
        let issuer = seen.issuer.filter(|_| is_reached(Step::Key)).map(|issuer| issuer.label().to_owned());
        let identity = accepted.or_else(|| if is_read { seen.identity() } else { None });
        Diagnosis { result, issuer, checks: checks.into(), mapped: identity.map(parts_of) }
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Form => "form",
        Step::Header => "header",
        Step::Encoding => "encoding",
        Step::Issuer => "issuer",
        Step::TokenType => "typ",
        Step::Key => "key",
        Step::Signature => "signature",
        Step::Claims => "claims",
        Step::RequiredClaims => "required claims",
        Step::UserId => "user id",
        Step::Identity => "identity",
        Step::Iss => "iss",
        Step::Expiry => "exp, nbf, iat",
        Step::Aud => "aud",
        Step::SecurityEvent => "events",
        Step::IdToken => "ID token",
        Step::Bound => "cnf",
        Step::AccessJwt => "RFC 9068",
        Step::KeyTrusted => "key in use",
    }
}

/// The readable parts of the token, and the issuer whose rules apply.
struct Seen<'a> {
    verifier: &'a Verifier,
    issuer: Option<&'a TrustedIssuer>,
    token: &'a [u8],
    header: Value,
    payload: Option<String>,
}

impl<'a> Seen<'a> {
    fn of(verifier: &'a Verifier, token: &'a [u8]) -> Self {
        let mut buffers = Buffers::new();
        let parts = token::split(token, verifier.inner.max_token_bytes).ok();
        let header = parts.and_then(|parts| buffers.header.decode(parts.header).ok());
        let header = header.and_then(|header| serde_json::from_slice(header).ok()).unwrap_or_default();
        let payload = parts.and_then(|_| typed::payload(token).ok());
        let issuer = match (verifier.inner.issuers.as_slice(), &payload) {
            ([only], _) => Some(&**only),
            (_, Some(payload)) => verifier.issuer_of(payload).ok().map(|issuer| &**issuer),
            (_, None) => None,
        };
        Self { verifier, issuer, token, header, payload }
    }

    fn expected(&self, step: Step) -> String {
        match step {
            Step::Form => {
                let longest = self.verifier.inner.max_token_bytes;
                format!("a compact JWS: three parts, at most {longest} bytes, its header at most 4096")
            }
            Step::Header => "a JSON object with a signature algorithm in `alg`; `typ` is absent, JWT, JOSE or at+jwt; \
                             `kid` has at most 256 bytes; no `crit`, `b64`, `zip`, `enc` or `cty`"
                .to_owned(),
            Step::Encoding => "payload and signature in base64url without padding, the payload in UTF-8".to_owned(),
            Step::Issuer if self.verifier.inner.issuers.len() < 2 => "any: the verifier has one issuer".to_owned(),
            Step::Issuer => format!("`iss` is one of {}", self.verifier.known_issuers()),
            Step::Signature => "made by this key, over header and payload".to_owned(),
            Step::Claims => {
                "a JSON object without duplicate names, at most 32 levels deep, each claim of its type".to_owned()
            }
            Step::SecurityEvent => "no `events`".to_owned(),
            Step::KeyTrusted => "not removed, and not expired".to_owned(),
            _ => self.issuer.map_or_else(|| "set by the issuer".to_owned(), |issuer| expected_by(issuer, step)),
        }
    }

    fn found(&self, step: Step) -> Option<String> {
        match step {
            Step::Form => {
                let parts = self.token.split(|byte| *byte == b'.').count();
                Some(format!("{} bytes, {parts} {}", self.token.len(), if parts == 1 { "part" } else { "parts" }))
            }
            Step::Header => Some(self.parameters(&["alg", "typ", "kid"])),
            Step::TokenType => Some(self.parameters(&["typ"])),
            Step::Key => Some(self.parameters(&["alg", "kid"])),
            Step::Issuer if self.verifier.inner.issuers.len() < 2 => None,
            Step::Issuer | Step::Iss => Some(self.texts("iss")),
            Step::Expiry => Some(self.times()),
            Step::Aud => Some(self.texts("aud")),
            Step::SecurityEvent => Some(self.present(&["events"])),
            Step::IdToken => Some(self.present(&["at_hash", "c_hash", "nonce", "scope", "scp"])),
            Step::Bound => Some(self.present(&["cnf"])),
            Step::AccessJwt => Some(self.present(&["iss", "exp", "aud", "sub", "client_id", "iat", "jti"])),
            Step::RequiredClaims => {
                let required = self.issuer?.claims.required();
                if required.is_empty() { None } else { Some(self.present(required)) }
            }
            Step::Encoding | Step::Signature | Step::Claims | Step::UserId | Step::Identity | Step::KeyTrusted => None,
        }
    }

    fn parameters(&self, names: &[&str]) -> String {
        let shown = names.iter().map(|name| match self.header.get(name) {
            None => format!("no `{name}`"),
            Some(Value::String(text)) => format!("{name} {}", Quoted(text)),
            Some(_) => format!("{name} that is not a string"),
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    fn claim(&self, name: &str) -> Option<Value> {
        typed::one(self.token, name).ok().flatten()
    }

    fn texts(&self, name: &str) -> String {
        match self.claim(name) {
            None => format!("no `{name}`"),
            Some(Value::String(text)) => Quoted(&text).to_string(),
            Some(Value::Array(texts)) => list(texts.iter().map(|text| text.as_str().unwrap_or("(no string)"))),
            Some(_) => "another type".to_owned(),
        }
    }

    /// Which of these claims the token has.
    fn present(&self, names: &[&str]) -> String {
        let claims: Value =
            self.payload.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let is_present = |name: &&&str| {
            if name.starts_with('/') { claims.pointer(name).is_some() } else { claims.get(**name).is_some() }
        };
        let found: Vec<_> = names.iter().filter(is_present).map(|name| format!("`{name}`")).collect();
        if found.is_empty() { "none of these".to_owned() } else { found.join(", ") }
    }

    fn times(&self) -> String {
        let now = seconds(self.verifier.inner.clock.now_ms());
        let shown = ["exp", "nbf", "iat"].map(|name| match self.claim(name).map(|value| value.as_f64()) {
            None => format!("no `{name}`"),
            Some(None) => format!("{name} that is not a number"),
            Some(Some(time)) => format!("{name} {time} ({})", distance(time - now)),
        });
        shown.join(", ")
    }

    /// The identity in the claims of a refused token, read by the code that verifies. The provider's own code and
    /// `map_identity` run after the rules, so they are not reached.
    fn identity(&self) -> Option<Identity> {
        let now = seconds(self.verifier.inner.clock.now_ms());
        let (mut claims, mut progress) = (TokenClaims::default(), Progress::default());
        let payload = self.payload.as_deref()?;
        // The reason of the refusal is known already.
        let _ = self.issuer?.claims.read(payload, KeyScope::default(), now, &mut claims, &mut progress);
        Some(Identity::from(&claims.subject))
    }
}

fn expected_by(issuer: &TrustedIssuer, step: Step) -> String {
    let rules = issuer.claims.rules();
    match step {
        Step::TokenType if rules.token_type == TokenType::AccessJwt => "at+jwt".to_owned(),
        Step::TokenType => "any type that the header rule accepts".to_owned(),
        Step::Key => {
            let keys = issuer.keys.names().into_iter().map(|(algorithm, kid)| match kid {
                Some(kid) => format!("{algorithm} {}", Quoted(&kid)),
                None => format!("{algorithm} without `kid`"),
            });
            format!("one of the keys: {}", keys.collect::<Vec<_>>().join(", "))
        }
        Step::RequiredClaims => match issuer.claims.required() {
            [] => "no other claim is required".to_owned(),
            claims => format!("accepted values of {}", claims.join(", ")),
        },
        Step::UserId => match issuer.claims.id_claim() {
            Some(claim) => format!("a user id in `{claim}`, and no contradiction about organizations"),
            None => "none in the claims: `map_identity` or the provider sets it".to_owned(),
        },
        Step::Identity => "a user with an id, accepted by the provider's rules and by `map_identity`".to_owned(),
        Step::Iss if rules.provider.issuer_of.is_some() => "the `iss` of one of the provider's tenants".to_owned(),
        Step::Iss => {
            let spellings: Vec<_> = issuer.spellings().collect();
            if spellings.is_empty() { "no `iss`".to_owned() } else { format!("one of {}", list(spellings)) }
        }
        Step::Expiry => {
            let leeway = rules.leeway.as_secs();
            format!("`exp` in the future, `nbf` and `iat` in the past; leeway {leeway} s")
        }
        Step::Aud if rules.audience.is_any => "any audience".to_owned(),
        Step::Aud => format!("one of {}", list(rules.audience.names.iter().map(String::as_str))),
        Step::IdToken => {
            "no marks of an ID token, unless the provider's credentials are ID tokens: `at_hash`, `c_hash`, \
                          or `nonce` without `scope` and `scp`"
                .to_owned()
        }
        Step::Bound if rules.accepts_bound_tokens => "`cnf` is accepted, but not checked".to_owned(),
        Step::Bound => "no `cnf`".to_owned(),
        Step::AccessJwt if rules.token_type == TokenType::AccessJwt => {
            "`iss`, `exp`, `aud`, `sub`, `client_id`, `iat`, `jti`".to_owned()
        }
        Step::AccessJwt => "not required for this issuer's tokens".to_owned(),
        _ => String::new(),
    }
}

fn distance(seconds: f64) -> String {
    let whole = seconds.abs().floor();
    if seconds < 0.0 { format!("{whole} s ago") } else { format!("in {whole} s") }
}

fn parts_of(identity: Identity) -> Vec<MappedPart> {
    let one = |value: Option<String>| value.map(|value| vec![value]);
    let orgs = identity.memberships.iter().map(org).collect();
    let verified = identity.email_verified.map(|is_verified| is_verified.to_string());
    let impersonated = identity.impersonated.map(|is_impersonated| is_impersonated.to_string());
    let parts = [
        ("id", Some(vec![identity.id])),
        ("active organization", one(identity.active_org)),
        ("organizations", Some(orgs)),
        ("roles", identity.roles),
        ("permissions", identity.permissions),
        ("scopes", identity.scopes),
        ("email", one(identity.email)),
        ("email verified", one(verified)),
        ("impersonated", one(impersonated)),
    ];
    parts.into_iter().map(|(name, values)| MappedPart { name, values: values.map(|values| escaped(&values)) }).collect()
}

fn escaped(values: &[String]) -> Vec<String> {
    values.iter().map(|value| bounded(value).into_owned()).collect()
}

fn org(membership: &Membership) -> String {
    let roles: Vec<_> = membership.role.iter().chain(&membership.additional_roles).map(String::as_str).collect();
    let roles = if roles.is_empty() { "unknown".to_owned() } else { roles.join(", ") };
    let permissions = membership.permissions.as_ref().map_or_else(|| "unknown".to_owned(), |all| all.join(", "));
    format!("{} (role: {roles}; permissions: {permissions})", membership.id)
}
