//! The application's settings for the responses to refused requests. Guards read them; verification does not.

use std::sync::Arc;

// The only axum type in this module.
use axum::response::Response;
use http::HeaderName;
use http::request::Parts;

use crate::error::ConfigError;
use crate::policy::Denied;

type OnDenied = dyn Fn(&Denied, &Parts) -> Response + Send + Sync;

/// How a verifier's refusals are turned into responses.
#[derive(Clone, Default)]
pub(crate) struct Replies {
    /// The application's function that makes the whole response.
    pub(crate) on_denied: Option<Arc<OnDenied>>,
    /// Whether the body explains the refusal.
    pub(crate) explain: bool,
    /// Headers that identify the user to other services. A service behind a guard never gets them from a client.
    pub(crate) identity_headers: Vec<HeaderName>,
    /// The protection space in challenges.
    pub(crate) realm: Option<Arc<str>>,
}

impl Replies {
    /// The realm is sent in quotes, and nothing in it is escaped.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let can_be_sent = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        match self.realm.as_deref().and_then(|realm| realm.chars().find(|c| !can_be_sent(*c))) {
            None => Ok(()),
            Some(c) => Err(ConfigError::new(
                "realm",
                format!("contains {c:?}, which a challenge cannot contain: use printable ASCII without `\"` and `\\`"),
            )),
        }
    }
}
