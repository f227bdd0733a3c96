//! Describes a policy as a sentence for users of the API.

use crate::policy::{Atom, Attribute, Formula, duration};
use crate::routing::policy::{OrgSelector, Policy};
use crate::verifier::Verifier;

/// The description of an operation, followed by who has access.
pub(super) fn described(description: Option<String>, policy: &Policy) -> String {
    let description = description.map(|text| format!("{text}\n\n")).unwrap_or_default();
    format!("{description}Access: {}.", of(policy))
}

/// Who has access.
fn of(policy: &Policy) -> String {
    if policy.is_public() {
        return "everybody".to_owned();
    }
    if *policy == Policy::DenyAll {
        return "nobody".to_owned();
    }
    let mut parts = Vec::new();
    for org in policy.orgs().filter_map(org) {
        if !parts.contains(&org) {
            parts.push(org);
        }
    }
    for clause in policy.clauses().filter(|clause| clause.condition != Formula::Always) {
        parts.push(formula(&clause.condition, policy.clauses().count() > 1 || !parts.is_empty()));
    }
    if policy.checks().next().is_some() {
        parts.push("a check specific to this operation".to_owned());
    }
    let optional = policy.clauses().any(|clause| clause.attribute == Attribute::OptionalUser);
    let who = if optional && policy.admits_anonymous() {
        "everyone; with an access token, as its user"
    } else {
        "an access token"
    };
    if parts.is_empty() { who.to_owned() } else { format!("{who}, with {}", parts.join(", and ")) }
}

/// The responses of the guard to requests that it refuses, with their descriptions. `verifier` is that of the route;
/// `None` if it is not known yet.
pub(super) fn refusals(policy: &Policy, verifier: Option<&Verifier>) -> Vec<(u16, &'static str)> {
    if policy.is_public() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let is_misnamed = policy
        .orgs()
        .any(|source| matches!(source, OrgSelector::Path(_) | OrgSelector::Query(_) | OrgSelector::Header(_)));
    let is_lenient = policy.admits_invalid();
    let is_contradicted = match verifier {
        Some(verifier) if is_lenient => verifier.refuses_two_cookies(),
        Some(verifier) => verifier.refuses_two_credentials(),
        None => !is_lenient,
    };
    match (is_contradicted, is_misnamed) {
        (true, true) => all.push((400, "More than one credential, or the organization is not named exactly once")),
        (true, false) => all.push((400, "More than one credential")),
        (false, true) => all.push((400, "The organization is not named exactly once")),
        (false, false) => {}
    }
    if !is_lenient || verifier.is_some_and(Verifier::refuses_invalid_for_another) {
        all.push((401, "No valid access token"));
    }
    if is_selective(policy) && !policy.denies_not_found() {
        all.push((403, "The caller has no access"));
    }
    if is_selective(policy) && policy.denies_not_found() || policy.loads().next().is_some() {
        all.push((404, "Not found, or the caller has no access"));
    }
    let is_audited = policy.clauses().any(|clause| clause.is_audited);
    if is_audited || verifier.is_none_or(Verifier::can_be_unavailable) {
        all.push((503, "Whether the caller has access cannot be decided at the moment"));
    }
    all
}

/// The scopes that every caller needs, in order. Alternatives are left out: an OpenAPI document cannot express "or"
/// between scopes.
pub(super) fn scopes(policy: &Policy) -> Vec<String> {
    let mut needed = Vec::new();
    for clause in policy.clauses() {
        for scope in needed_scopes(&clause.condition) {
            if !needed.iter().any(|known| known == scope) {
                needed.push(scope.to_owned());
            }
        }
    }
    needed
}

/// Whether a caller with a valid token may be refused.
fn is_selective(policy: &Policy) -> bool {
    let is_asked = policy.clauses().any(|clause| clause.condition != Formula::Always);
    is_asked || policy.orgs().next().is_some() || policy.checks().next().is_some() || *policy == Policy::DenyAll
}

/// The scopes that a caller needs for the condition to hold.
fn needed_scopes(condition: &Formula) -> Vec<&str> {
    match condition {
        Formula::Atom(Atom::Scope(scope)) => vec![scope],
        Formula::All(parts) => parts.iter().flat_map(needed_scopes).collect(),
        Formula::Any(parts) => {
            let mut of_each = parts.iter().map(needed_scopes);
            let first = of_each.next().unwrap_or_default();
            of_each.fold(first, |common, other| common.into_iter().filter(|scope| other.contains(scope)).collect())
        }
        Formula::Always | Formula::Not(_) | Formula::Atom(_) => Vec::new(),
    }
}

fn org(source: &OrgSelector) -> Option<String> {
    let named = match source {
        OrgSelector::None => return None,
        OrgSelector::Argument { name, .. } => format!("given by `{}`", name.rsplit('.').next().unwrap_or(name)),
        OrgSelector::Path(name) => format!("given by path parameter `{name}`"),
        OrgSelector::Query(name) => format!("given by query parameter `{name}`"),
        OrgSelector::Header(name) => format!("given by header `{name}`"),
        OrgSelector::Active => "that is active in the token".to_owned(),
    };
    Some(format!("membership in the organization {named}"))
}

fn formula(condition: &Formula, is_part: bool) -> String {
    let joined = |parts: &[Formula], word: &str| {
        let text = parts.iter().map(|part| formula(part, true)).collect::<Vec<_>>().join(word);
        if is_part && parts.len() > 1 { format!("({text})") } else { text }
    };
    match condition {
        Formula::Always => String::new(),
        Formula::All(parts) => joined(parts, " and "),
        Formula::Any(parts) => joined(parts, " or "),
        Formula::Not(inner) => format!("not {}", formula(inner, true)),
        Formula::Atom(atom) => match atom {
            Atom::RoleAtLeast(role) => format!("role `{role}` or one above it"),
            Atom::RoleIs(role) => format!("role `{role}`"),
            Atom::OwnRoleAtLeast(role) => format!("own role `{role}` or one above it"),
            Atom::OwnRoleIs(role) => format!("own role `{role}`"),
            Atom::Permission(permission) => format!("permission `{permission}`"),
            Atom::Scope(scope) => format!("scope `{scope}`"),
            Atom::Issuer(issuer) => format!("issuer `{issuer}`"),
            Atom::EmailVerified => "a verified email address".to_owned(),
            Atom::Impersonated => "an actor who acts as the user".to_owned(),
            Atom::Acr(class) => format!("a login of class `{class}`"),
            Atom::Amr(method) => format!("a login by `{method}`"),
            Atom::AuthAge(seconds) => format!("a login within the last {}", duration::text(u64::from(*seconds))),
            Atom::Claim(name, value) => format!("claim `{name}` with the value `{value}`"),
        },
    }
}
