//! Token introspection (RFC 7662): asks an authorization server about a token that only this server can read.

mod answer;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode};

pub(crate) use answer::{Active, claims};

use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Subject;
use crate::keys::{Address, Customize, http_client, read_body};
use crate::lookup::{Lookup, Pace, Question};

/// The longest time for which an answer is used, even if its `exp` is later.
pub(crate) const ANSWER_MS: u64 = 60_000;
const UNSEEN_PER_SECOND: u32 = 100;
const TIMEOUT_MS: u64 = 5_000;
const MAX_TOKEN_BYTES: usize = 4 * 1024;

pub(crate) const PACE: Pace =
    Pace { found_ms: ANSWER_MS, not_found_ms: ANSWER_MS, unseen_per_second: UNSEEN_PER_SECOND, timeout_ms: TIMEOUT_MS };

/// The endpoint to ask, and the tokens to ask about.
#[derive(Clone)]
pub(crate) struct Introspection {
    pub(crate) address: Address,
    client_id: String,
    client_secret: String,
    /// Whether this program's credentials are sent in the body instead of the `Authorization` header.
    pub(crate) secret_in_body: bool,
    /// The prefix of the tokens; `None` if they have no common prefix.
    pub(crate) prefix: Option<String>,
    pub(crate) takes_jwts: bool,
    /// Whether to accept an answer that does not say which kind of token it is about.
    pub(crate) takes_unmarked: bool,
}

impl Introspection {
    pub(crate) fn new(address: Address, client_id: &str, client_secret: &str) -> Self {
        Self {
            address,
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            secret_in_body: false,
            prefix: None,
            takes_jwts: false,
            takes_unmarked: false,
        }
    }

    /// The endpoint, and each setting that decides which tokens are accepted, as pairs of a method's name and its
    /// values.
    pub(crate) fn settings(&self) -> Vec<(&'static str, Vec<String>)> {
        // This program's own credentials are left out: they do not decide which tokens are accepted.
        let Self { address, client_id: _, client_secret: _, secret_in_body: _, prefix, takes_jwts, takes_unmarked } =
            self;
        let mut settings = vec![("introspection", vec![address.to_string()])];
        settings.extend(prefix.iter().map(|prefix| ("token_prefix", vec![prefix.clone()])));
        settings.extend(takes_jwts.then(|| ("introspect_jwts", Vec::new())));
        settings.extend(takes_unmarked.then(|| ("danger_unmarked_tokens", Vec::new())));
        settings
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refused = |setting, fault| Err(ConfigError::new(setting, fault));
        if self.client_id.is_empty() {
            return refused("client_id", "is empty");
        }
        if self.client_secret.is_empty() {
            return refused(
                "client_secret",
                "is empty: the endpoint must require credentials, or it would answer anyone",
            );
        }
        match &self.prefix {
            Some(prefix) if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) => {
                refused("token_prefix", "is not visible ASCII")
            }
            _ => Ok(()),
        }
    }

    /// The body of the request.
    fn form(&self, token: &str) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token).append_pair("token_type_hint", "access_token");
        if self.secret_in_body {
            form.append_pair("client_id", &self.client_id).append_pair("client_secret", &self.client_secret);
        }
        form.finish()
    }

    /// Whether to ask about this token. A JWT is sent only if a setting allows it: an issuer with keys can verify it,
    /// and this server may have no right to see it.
    pub(crate) fn takes(&self, token: &[u8], is_jwt: bool) -> bool {
        let has_prefix = self.prefix.as_ref().is_none_or(|prefix| token.starts_with(prefix.as_bytes()));
        has_prefix && (self.takes_jwts || !is_jwt)
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A running request. It returns the user of the token, or the reason why the token is not accepted here.
pub(crate) type Asking = Question<Arc<Subject>, InvalidTokenReason>;

/// The endpoint of one issuer, and its cached answers.
pub(crate) struct Introspector {
    pub(crate) settings: Introspection,
    client: Client,
    pub(crate) answers: Lookup<Arc<Subject>, InvalidTokenReason>,
}

impl Introspector {
    pub(crate) fn new(settings: Introspection, customize: Option<&Customize>) -> Result<Self, ConfigError> {
        settings.check()?;
        let client = http_client(settings.address.is_loopback(), customize)
            .map_err(|fault| ConfigError::new("http_client", fault))?;
        Ok(Self { settings, client, answers: Lookup::new() })
    }

    /// Asks about a token. The error is for the log, and contains no secret.
    pub(crate) async fn ask(&self, token: &str) -> Result<Vec<u8>, String> {
        let Introspection { address, client_id, client_secret, secret_in_body, .. } = &self.settings;
        let mut request = self
            .client
            .post(address.url())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(self.settings.form(token));
        if !secret_in_body {
            request = request.header(AUTHORIZATION, basic(client_id, client_secret)?);
        }
        let response = request.send().await.map_err(|error| innermost(&error))?;
        match response.status() {
            StatusCode::OK => read_body(response).await.map_err(str::to_owned),
            StatusCode::UNAUTHORIZED => Err("answered 401: are the client id and the secret right?".to_owned()),
            status => Err(format!("answered {status}")),
        }
    }
}

/// The id and the secret are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(client_id: &str, client_secret: &str) -> Result<HeaderValue, String> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(client_secret)));
    let mut value =
        HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| "the secret cannot be sent in a header")?;
    value.set_sensitive(true);
    Ok(value)
}

/// The innermost cause, because it is the most precise one. The texts of outer errors contain the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}

/// Whether a token has a form in which it may be sent to an introspection endpoint. No server issues tokens in another
/// form.
pub(crate) fn askable(token: &[u8]) -> Result<&str, InvalidTokenReason> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(InvalidTokenReason::TooLong);
    }
    let is_visible = token.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(token).ok().filter(|_| is_visible).ok_or(InvalidTokenReason::Malformed)
}
