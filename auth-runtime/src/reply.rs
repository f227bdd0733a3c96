//! The response of a refusal: a status, a challenge (RFC 6750 section 3) and problem details (RFC 9457).

use std::cell::LazyCell;
use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use serde_json::json;

use crate::bounded::bounded;
use crate::observe::{self, Decision};
use crate::policy::{DenialReason, Denied, Explanation, Finding};
use crate::verifier::{Replies, Verifier};

/// Makes the response of a refusal with the settings of the verifier, and logs it.
pub(crate) fn refuse(denied: Denied, verifier: Option<&Verifier>, parts: &Parts) -> Response {
    let replies = verifier.map(Verifier::replies);
    let denied = denied.in_realm(replies.and_then(|replies| replies.realm.clone()));
    let denied = match verifier {
        Some(verifier) => denied.with_challenges(verifier.challenges()),
        None => denied,
    };
    report(&denied, Some(parts));
    note(&denied, parts);
    let response = match replies {
        Some(Replies { on_denied: Some(reply), .. }) => reply(&denied, parts),
        replies => answer(&denied, replies.is_some_and(|replies| replies.explain)),
    };
    marked(response, denied)
}

/// Refuses with the application's own response, and logs it.
pub(crate) fn pass_on(response: Response, denied: Denied, parts: &Parts) -> Response {
    report(&denied, Some(parts));
    note(&denied, parts);
    marked(response, denied)
}

/// Reports the refusal to the layers around the guard and to the audit. If it cannot be recorded, the request is still
/// refused.
fn note(denied: &Denied, parts: &Parts) {
    let is_audited = denied.need().is_some_and(|need| need.any(|rule| rule.settings.audit));
    let _ = observe::note(parts, is_audited, || Decision::refused(denied.clone()));
}

/// Marks a response as a refusal. No cache stores it, unless the application's own response has a `Cache-Control`
/// header.
fn marked(mut response: Response, denied: Denied) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(CACHE_CONTROL) {
        // This fails only if the application itself has added thousands of headers.
        let _ = headers.try_insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response.extensions_mut().insert(denied);
    response
}

/// Writes the event of a refusal, once; its fields are documented at [`Denied`]. It contains nothing else from the
/// request: a path may contain a secret, and a token is a secret.
fn report(denied: &Denied, parts: Option<&Parts>) {
    if denied.is_reported_already() {
        return;
    }
    // Computed only if a subscriber takes the event.
    let explanation = LazyCell::new(|| denied.explain());
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                status = denied.status().as_u16(),
                method = parts.map(|parts| bounded(parts.method.as_str())).as_deref(),
                route = parts.and_then(|parts| parts.extensions.get::<MatchedPath>()).map(MatchedPath::as_str),
                policy = explanation.policy(),
                at = explanation.place().map(|(file, line)| format!("{file}:{line}")).as_deref(),
                user = explanation.user(),
                issuer = explanation.issuer(),
                org = explanation.org(),
                reason = %explanation.reason(),
                findings = findings(&explanation).map(tracing::field::display),
                "request refused"
            )
        };
    }
    if denied.status().is_server_error() {
        event!(error);
    } else {
        event!(info);
    }
}

fn findings(explanation: &Explanation) -> Option<String> {
    let findings: Vec<_> = explanation.findings().iter().map(Finding::to_string).collect();
    (!findings.is_empty()).then(|| findings.join("; "))
}

/// The response of a guard whose verifier has default settings. Each refusal is logged once.
impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        report(&self, None);
        marked(answer(&self, false), self)
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
        && !denied.denies_not_found()
        && let Some(problem) = problem.as_object_mut()
    {
        problem.insert("explanation".to_owned(), denied.explain().to_string().into());
    }
    let mut response = Response::new(Body::from(problem.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(challenge) = challenges(denied) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let DenialReason::KeysUnavailable { retry_after }
    | DenialReason::DirectoryUnavailable { retry_after }
    | DenialReason::Unavailable { retry_after } = denied.reason()
    {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    }
    response
}

fn detail(denied: &Denied) -> &'static str {
    match (denied.status(), denied.reason()) {
        (_, DenialReason::NoCredentials) => "Not authenticated",
        (_, DenialReason::StepUp) => "A different or more recent login is required",
        (_, DenialReason::InvalidToken(_) | DenialReason::InvalidCredential) => "Could not validate credentials",
        (_, DenialReason::AmbiguousCredentials) => "More than one token",
        (_, DenialReason::OrgNotNamed) => "The organization must be named exactly once",
        (_, DenialReason::DotSegment) => "The path must not have a segment `.` or `..`",
        (_, DenialReason::KeysUnavailable { .. } | DenialReason::Unavailable { .. }) => {
            "Credentials cannot be validated at the moment"
        }
        (_, DenialReason::DirectoryUnavailable { .. }) => "Memberships cannot be looked up at the moment",
        (StatusCode::NOT_FOUND, _) => "Not Found",
        (StatusCode::FORBIDDEN, _) => "Forbidden",
        (status, _) => status.canonical_reason().unwrap_or_default(),
    }
}

/// The challenges, if the status has any: one field, as RFC 9110 section 11.6.1 allows.
fn challenges(denied: &Denied) -> Option<HeaderValue> {
    if denied.denies_not_found() {
        return None;
    }
    let known = denied.challenges();
    let bearer = if known.bearer { bearer(denied).map(String::into_bytes) } else { None };
    let others = if denied.status() == StatusCode::UNAUTHORIZED { &*known.others } else { &[] };
    let all: Vec<_> = bearer.into_iter().chain(others.iter().map(|other| other.as_bytes().to_vec())).collect();
    if all.is_empty() { None } else { HeaderValue::from_bytes(&all.join(&b", "[..])).ok() }
}

/// The challenge for bearer tokens. `invalid_token` is one text for every cause.
fn bearer(denied: &Denied) -> Option<String> {
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
    let metadata = denied.challenges().metadata.as_deref();
    // The scopes, so that a client that can get tokens knows what to ask for (RFC 6750 section 3).
    let wanted = || metadata.map(|_| denied.open_scopes().join(" ")).filter(|scopes| !scopes.is_empty());
    match denied.reason() {
        DenialReason::NoCredentials | DenialReason::InvalidCredential => {
            if let Some(scopes) = wanted() {
                attribute("scope", &scopes);
            }
        }
        DenialReason::InvalidToken(_) => {
            attribute("error", "invalid_token");
            attribute("error_description", "The access token could not be validated");
            if let Some(scopes) = wanted() {
                attribute("scope", &scopes);
            }
        }
        DenialReason::StepUp => {
            attribute("error", "insufficient_user_authentication");
            attribute("error_description", "A different or more recent login is required");
            let (classes, age) = denied.step_up();
            if !classes.is_empty() {
                attribute("acr_values", &classes.join(" "));
            }
            if let Some(age) = age {
                attribute("max_age", &age.to_string());
            }
        }
        DenialReason::AmbiguousCredentials => attribute("error", "invalid_request"),
        DenialReason::NotAMember | DenialReason::Condition | DenialReason::Check | DenialReason::DenyAll => {
            attribute("error", "insufficient_scope");
            let scopes = denied.scopes();
            if !scopes.is_empty() {
                attribute("scope", &scopes.join(" "));
            }
        }
        _ => return None,
    }
    if let Some(url) = metadata {
        attribute("resource_metadata", url);
    }
    Some(challenge)
}
