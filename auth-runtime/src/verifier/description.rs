//! The settings of a verifier as text, for tables of routes: all that decide who is admitted.
//!
//! Each settings type is taken apart field by field, without `..`: a new field does not compile until it is described
//! here, or left out with a reason. Keys are left out, and so is the moment at which a second secret ends, because
//! programs compute it from the time of their start.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Issuer;
#[cfg(feature = "http-client")]
use super::fetching::Fetching;
use super::issuer::DEFAULT_LEEWAY;
use super::replies::Replies;
use crate::authority::DirectorySettings;
use crate::claims::{Audience, ClaimMapping};
use crate::token::TokenType;

/// Whether the text can stand without quotes: it has no character that separates settings.
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

/// The settings in a fixed order, each of them once: the order of calls changes nothing.
pub(super) fn sorted(settings: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
    settings.into_iter().collect::<BTreeSet<_>>().into_iter()
}

impl Issuer {
    /// The name, `iss` and audiences, and each setting that is not the default.
    pub(super) fn description(&self) -> String {
        let Self {
            name,
            claim,
            keys: _,
            audience,
            algorithms,
            leeway,
            token_type,
            accepts_bound_tokens,
            mapping,
            map_identity,
            refinements,
            also_issuers,
            also_secret,
            #[cfg(feature = "http-client")]
            fetching,
        } = self;
        let iss = match claim {
            Ok(Some(iss)) => plain(iss),
            // With a fault, nothing is built.
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
        settings.extend(mapping_name(*mapping).map(|name| call("claim_mapping", [name])));
        if map_identity.is_some() {
            settings.push("map_identity".to_owned());
        }
        settings.extend(sorted(refinements.settings().into_iter().map(|(name, values)| match values.as_slice() {
            [] => name.to_owned(),
            values => call(name, values),
        })));
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
        settings.extend(also_secret.as_ref().map(|also| also.setting().to_owned()));
        #[cfg(feature = "http-client")]
        settings.extend(fetching.settings());
        let settings: String = settings.iter().map(|setting| format!("; {setting}")).collect();
        format!("{issuer} for {audiences}{settings}")
    }
}

/// The name of a mapping, unless it is the one of OpenID Connect, or the tests' own.
fn mapping_name(mapping: ClaimMapping) -> Option<&'static str> {
    Some(mapping.name()).filter(|name| !["oidc", "testing"].contains(name))
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
        // What a refusal looks like admits no caller. This one says too much to all of them.
        let Self { on_denied: _, explain, realm: _ } = self;
        explain.then(|| "danger_explain_denials".to_owned())
    }
}

/// A directory, and how old its answers may be. Its type is not known: no table shows which one it is.
pub(super) fn directory(settings: &DirectorySettings) -> String {
    // A slow directory and a small cache deny.
    let DirectorySettings { fresh_for, may_be_old, timeout: _, bytes: _ } = settings;
    if *may_be_old {
        return format!("directory; {}", time("danger_directory_fresh_for", *fresh_for));
    }
    if *fresh_for == DirectorySettings::default().fresh_for {
        return "directory".to_owned();
    }
    format!("directory; {}", time("directory_fresh_for", *fresh_for))
}
