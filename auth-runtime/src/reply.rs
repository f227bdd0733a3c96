//! What a client is told: a status, a challenge (RFC 6750 section 3), a problem (RFC 9457), and no more.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use serde_json::json;

use crate::decide::{Denied, Reason};
use crate::verifier::{Verifier, VerifierBuilder};

type OnDenied = dyn Fn(&Denied, &Parts) -> Response + Send + Sync;

/// How a verifier's refusals are answered.
#[derive(Clone, Default)]
struct Replies {
    on_denied: Option<Arc<OnDenied>>,
    explain: bool,
    realm: Option<Arc<str>>,
}

impl VerifierBuilder {
    fn replies(&mut self) -> &mut Replies {
        self.settings_mut().get_or_insert_default()
    }

    /// Answers refusals by this function instead: the whole response, status included.
    ///
    /// It is told everything ([`Denied::explain`]); what it passes on is its own choice. An `Err` of a `check` is not
    /// passed through it.
    pub fn on_denied(mut self, reply: impl Fn(&Denied, &Parts) -> Response + Send + Sync + 'static) -> Self {
        self.replies().on_denied = Some(Arc::new(reply));
        self
    }

    /// Puts into the body of a refusal what exactly was asked and what the caller has; off by default. For
    /// development: it tells a stranger which roles and permissions exist.
    pub fn explain_denials(mut self, explain: bool) -> Self {
        self.replies().explain = explain;
        self
    }

    /// Names the protection space in challenges (RFC 9110 section 11.5). Characters that would need quoting are left
    /// out.
    pub fn realm(mut self, realm: &str) -> Self {
        let printable = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        self.replies().realm = Some(realm.chars().filter(printable).collect::<String>().into());
        self
    }
}

/// Answers a refusal as the verifier in charge wants it answered, and reports it.
pub(crate) fn refuse(denied: Denied, verifier: Option<&Verifier>, parts: &Parts) -> Response {
    let replies = verifier.and_then(|verifier| verifier.settings().get::<Replies>()).cloned().unwrap_or_default();
    let denied = denied.in_realm(replies.realm);
    report(&denied, parts);
    let response = match &replies.on_denied {
        Some(reply) => reply(&denied, parts),
        None => answer(&denied, replies.explain),
    };
    refuse_as(response, denied)
}

/// Marks a response as the refusal that it is.
pub(crate) fn refuse_as(mut response: Response, denied: Denied) -> Response {
    response.extensions_mut().insert(denied);
    response
}

/// The event tells names of roles, permissions and organisations, and nothing else that came with the request: a
/// path may hold a secret, and a token always is one.
fn report(denied: &Denied, parts: &Parts) {
    let status = denied.status().as_u16();
    let method = parts.method.as_str();
    if status >= 500 {
        tracing::error!(status, method, reason = %denied, "request refused");
    } else {
        tracing::info!(status, method, reason = %denied, "request refused");
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        refuse_as(answer(&self, false), self)
    }
}

fn answer(denied: &Denied, explain: bool) -> Response {
    let status = denied.status();
    let mut problem = json!({
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail(denied),
    });
    if explain
        && !denied.is_hidden()
        && let Some(problem) = problem.as_object_mut()
    {
        problem.insert("explanation".to_owned(), denied.explain().to_string().into());
    }
    let mut response = Response::new(Body::from(problem.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(challenge) = challenge(denied).and_then(|challenge| HeaderValue::try_from(challenge).ok()) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Reason::KeysUnavailable { retry_after } = denied.reason() {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    }
    response
}

fn detail(denied: &Denied) -> &'static str {
    match (denied.status(), denied.reason()) {
        (_, Reason::NoCredentials) => "Not authenticated",
        (_, Reason::InvalidToken(_)) => "Could not validate credentials",
        (_, Reason::AmbiguousCredentials) => "More than one token",
        (_, Reason::OrgNotNamed) => "The organization must be named exactly once",
        (_, Reason::KeysUnavailable { .. }) => "Credentials cannot be validated at the moment",
        (StatusCode::NOT_FOUND, _) => "Not Found",
        (StatusCode::FORBIDDEN, _) => "Forbidden",
        _ => "Internal Server Error",
    }
}

/// The challenge, where the status has one. `invalid_token` is one text for every cause.
fn challenge(denied: &Denied) -> Option<String> {
    if denied.is_hidden() {
        return None;
    }
    let mut challenge = "Bearer".to_owned();
    let mut separator = " ";
    let mut attribute = |name: &str, value: &str| {
        // Writing into a string cannot fail.
        let _ = write!(challenge, "{separator}{name}=\"{value}\"");
        separator = ", ";
    };
    if let Some(realm) = denied.realm() {
        attribute("realm", realm);
    }
    match denied.reason() {
        Reason::NoCredentials => {}
        Reason::InvalidToken(_) => {
            attribute("error", "invalid_token");
            attribute("error_description", "The access token could not be validated");
        }
        Reason::AmbiguousCredentials => attribute("error", "invalid_request"),
        Reason::NotAMember | Reason::Condition | Reason::Check | Reason::Nobody => {
            attribute("error", "insufficient_scope");
            let scopes = denied.scopes();
            if !scopes.is_empty() {
                attribute("scope", &scopes.join(" "));
            }
        }
        _ => return None,
    }
    Some(challenge)
}
