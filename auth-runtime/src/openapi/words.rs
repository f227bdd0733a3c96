//! Describes a policy as a sentence for users of the API.

use crate::policy::{Atom, Attribute, Formula, duration};
use crate::routing::policy::{Policy, Source};

/// Who has access.
pub(super) fn of(policy: &Policy) -> String {
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

/// Whether a caller with a valid token may be refused.
pub(super) fn is_selective(policy: &Policy) -> bool {
    let is_asked = policy.clauses().any(|clause| clause.condition != Formula::Always);
    is_asked || policy.orgs().next().is_some() || policy.checks().next().is_some() || *policy == Policy::DenyAll
}

/// The scopes that a caller needs for the condition to hold.
pub(super) fn needed_scopes(condition: &Formula) -> Vec<&str> {
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

fn org(source: &Source) -> Option<String> {
    let named = match source {
        Source::None => return None,
        Source::Argument { name, .. } => format!("given by `{}`", name.rsplit('.').next().unwrap_or(name)),
        Source::Path(name) => format!("given by path parameter `{name}`"),
        Source::Query(name) => format!("given by query parameter `{name}`"),
        Source::Header(name) => format!("given by header `{name}`"),
        Source::Active => "that is active in the token".to_owned(),
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
            Atom::Impersonated => "an actor for the user".to_owned(),
            Atom::Acr(class) => format!("a login of class `{class}`"),
            Atom::Amr(method) => format!("a login by `{method}`"),
            Atom::AuthAge(seconds) => format!("a login no longer ago than {}", duration::text(u64::from(*seconds))),
            Atom::Claim(name, value) => format!("claim `{name}` of `{value}`"),
        },
    }
}
