//! The settings of a verifier as text, for tables of routes: all settings that decide which requests are admitted.
//!
//! Each settings type is taken apart field by field, without `..`: a new field does not compile until it is described
//! here, or left out with a reason. Keys are left out, but the URL of introspection is not. The end of an additional
//! secret is left out too, because programs may compute it from the time of their start.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Issuer;
#[cfg(feature = "http-client")]
use super::fetching::Fetching;
use super::issuer::DEFAULT_LEEWAY;
#[cfg(feature = "http-client")]
use super::key_source::KeySource;
use super::replies::Replies;
use crate::authority::{DirectorySettings, Revocations};
use crate::claims::{Audience, ClaimMapping, Tenants, TokenKinds};
use crate::token::TokenType;

/// Whether the text needs no quotes: it has no character that separates settings.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/@*$+!|".contains(c);
    !text.is_empty() && text.chars().all(is_plain)
}

/// A text, in quotes if it could be mistaken for something else.
pub(super) fn plain(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { format!("{text:?}") }
}

/// A setting with its values, as a program would write it: `leeway(300s)`.
pub(super) fn call(name: &str, values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let values: Vec<_> = values.into_iter().map(|value| plain(value.as_ref())).collect();
    format!("{name}({})", values.join(", "))
}

pub(super) fn time(name: &str, time: Duration) -> String {
    call(name, [format!("{time:?}")])
}

/// Settings by the names of their methods, as a program would write them.
pub(super) fn written<T: AsRef<str>>(settings: Vec<(&'static str, Vec<T>)>) -> impl Iterator<Item = String> {
    settings.into_iter().map(|(name, values)| if values.is_empty() { name.to_owned() } else { call(name, values) })
}

/// The settings in a fixed order, each of them once. The order of calls does not matter.
pub(super) fn sorted(settings: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    settings.into_iter().collect::<BTreeSet<_>>().into_iter()
}

impl Issuer {
    /// The name, `iss` and audiences, and each setting that is not the default.
    #[cfg_attr(not(feature = "http-client"), allow(unused_variables))]
    pub(super) fn description(&self) -> String {
        let Self {
            name,
            claim,
            keys,
            audience,
            algorithms,
            leeway,
            token_type,
            accepts_bound_tokens,
            mapping,
            map_identity,
            preset,
            refinements,
            also_issuers,
            also_secret,
            memberships_from_tokens,
            scope_limits,
            // A provider's rules depend only on the constructor, whose name and `iss` are shown.
            provider: _,
            kinds,
            proxy,
            #[cfg(feature = "testing")]
            is_local,
            #[cfg(feature = "http-client")]
            fetching,
        } = self;
        let iss = match claim {
            Ok(Some(iss)) => plain(iss),
            // With an error, no verifier is built.
            Ok(None) | Err(_) => "no `iss`".to_owned(),
        };
        let iss = also_issuers.iter().fold(iss, |iss, also| format!("{iss} or {}", plain(also)));
        let issuer = name.as_ref().map_or_else(|| iss.clone(), |name| format!("{} ({iss})", plain(name)));
        let mut settings = Vec::new();
        let Audience { names, is_any } = audience;
        let audiences = if *is_any {
            settings.push(call("danger_any_audience", names));
            "any audience".to_owned()
        } else {
            names.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ")
        };
        settings.extend(provider_name(*preset).map(|name| call("provider", [name])));
        #[cfg(feature = "testing")]
        if *is_local {
            settings.push("development".to_owned());
        }
        settings.extend(proxy.map(|proxy| call("header", [proxy.header])));
        #[cfg(feature = "http-client")]
        if let Ok(KeySource::Introspection(introspection)) = keys {
            settings.extend(written(introspection.settings()));
        }
        if mapping.name() != preset.name() {
            settings.push(call("claim_mapping", [mapping.name()]));
        }
        settings.extend(kinds_settings(kinds));
        if map_identity.is_some() {
            settings.push("map_identity".to_owned());
        }
        settings.extend(sorted(written(refinements.settings())));
        if let Some(algorithms) = algorithms {
            settings.push(call("algorithms", algorithms.iter().map(ToString::to_string)));
        }
        if *leeway != DEFAULT_LEEWAY {
            settings.push(time("leeway", *leeway));
        }
        match token_type {
            TokenType::Any => {}
            TokenType::AccessJwt => settings.push(call("token_type", ["AccessJwt"])),
        }
        if *accepts_bound_tokens {
            settings.push("danger_accept_bound_tokens".to_owned());
        }
        if *memberships_from_tokens {
            settings.push("memberships_from_tokens".to_owned());
        }
        settings.extend(scope_limits.as_ref().map(|limits| call("limit_by_scopes", limits.settings())));
        settings.extend(also_secret.as_ref().map(|also| also.setting().to_owned()));
        #[cfg(feature = "http-client")]
        settings.extend(fetching.settings());
        let settings = settings.iter().fold(String::new(), |all, setting| all + "; " + setting);
        format!("{issuer} for {audiences}{settings}")
    }
}

/// The provider of a constructor, by the name of its mapping. Constructors without a provider have the mapping of
/// OpenID Connect, and the issuer for tests has its own.
fn provider_name(preset: ClaimMapping) -> Option<&'static str> {
    Some(preset.name()).filter(|name| !["oidc", "testing"].contains(name))
}

fn kinds_settings(kinds: &TokenKinds) -> Vec<String> {
    let TokenKinds { applications, native_clients, tenants } = kinds;
    let mut settings = Vec::new();
    settings.extend(applications.then(|| "applications".to_owned()));
    settings.extend(native_clients.then(|| "native_clients".to_owned()));
    match tenants {
        Tenants::Unnamed => {}
        #[cfg(feature = "http-client")]
        Tenants::Named(ids) => settings.push(call("tenants", ids.iter().collect::<BTreeSet<_>>())),
        #[cfg(feature = "http-client")]
        Tenants::Any => settings.push("danger_any_tenant".to_owned()),
    }
    settings
}

#[cfg(feature = "http-client")]
impl Fetching {
    fn settings(&self) -> Vec<String> {
        let Self { max_stale, customize, plain_hosts } = self;
        let mut settings = Vec::new();
        if *max_stale != Self::default().max_stale {
            settings.push(time("max_stale", *max_stale));
        }
        if customize.is_some() {
            settings.push("http_client".to_owned());
        }
        settings.extend(plain_hosts.as_ref().map(|hosts| call("danger_allow_http", hosts)));
        settings
    }
}

impl Replies {
    pub(super) fn settings(&self) -> Option<String> {
        // The responses to refused requests do not decide who is admitted. `explain` is shown because it reveals
        // details to callers. The builder describes the identity headers, because they are only known when it builds.
        let Self { on_denied: _, explain, realm: _, identity_headers: _ } = self;
        explain.then(|| "danger_explain_denials".to_owned())
    }
}

/// A directory, and how old its answers may be. Its type is unknown, so a table does not show which directory it is.
pub(super) fn directory(settings: &DirectorySettings) -> String {
    // The timeout and the size of the cache are left out: they can only cause refusals.
    let DirectorySettings { fresh_for, may_be_old, timeout: _, bytes: _ } = settings;
    if *may_be_old {
        return format!("directory; {}", time("danger_directory_fresh_for", *fresh_for));
    }
    if *fresh_for == DirectorySettings::default().fresh_for {
        return "directory".to_owned();
    }
    format!("directory; {}", time("directory_fresh_for", *fresh_for))
}

/// Revocations, and their settings.
pub(super) fn revoked(revocations: &Revocations) -> String {
    let mut parts = vec!["revocations".to_owned()];
    parts.extend(revocations.description());
    parts.join("; ")
}
