//! Checks the settings of API keys, and describes them for a table of routes.

use std::collections::BTreeSet;
use std::time::Duration;

use http::header::HeaderName;

use super::brought::{KeyLocation, Shape};
use super::{ApiKeys, DEFAULT_FRESH_FOR};
use crate::error::ConfigError;
use crate::lookup::overlap;

const LONGEST_FRESH_FOR: Duration = Duration::from_mins(5);
const MAX_PREFIX_BYTES: usize = 64;
/// How every token begins: the base64url of `{`, followed by a quotation mark or a space.
const JSON_OBJECT: &str = "ey";

impl ApiKeys {
    /// The settings, as pairs of a method's name and its values: the location of keys, the values that are keys, and
    /// each other setting that is not the default.
    pub(crate) fn settings(&self) -> Vec<(&'static str, Vec<String>)> {
        let Self {
            // The constructor alone decides whether a prefix is needed.
            shape: Shape { place, prefixes, has_checksum, needs_prefix: _ },
            fresh_for,
            // These settings are left out: fewer lookups and a shorter time can only cause refusals.
            lookups_per_second: _,
            timeout_ms: _,
            find: _,
            clock: _,
            has_directory: _,
            name: _,
            lookup: _,
        } = self;
        let place = match place {
            KeyLocation::Header(name) => ("header", vec![name.to_ascii_lowercase()]),
            KeyLocation::Authorization => ("authorization", Vec::new()),
        };
        let mut settings = vec![place];
        if !prefixes.is_empty() {
            let sorted: BTreeSet<_> = prefixes.iter().cloned().collect();
            settings.push(("prefix", sorted.into_iter().collect()));
        }
        if !has_checksum {
            settings.push(("minted_elsewhere", Vec::new()));
        }
        if *fresh_for != DEFAULT_FRESH_FOR {
            settings.push(("fresh_for", vec![format!("{fresh_for:?}")]));
        }
        settings
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refused = |setting: &'static str, fault: String| Err(ConfigError::new(setting, fault));
        let name = &self.name;
        if let KeyLocation::Header(header) = &self.shape.place {
            let is_name = HeaderName::try_from(header.as_str()).is_ok();
            if !is_name || ["authorization", "cookie"].iter().any(|other| header.eq_ignore_ascii_case(other)) {
                return refused("authenticator", format!("`{name}`: `{header}` is not a header for API keys"));
            }
        }
        match &self.find {
            None => return refused("find", format!("is missing for `{name}`: no key could be accepted")),
            Some(Err(fault)) => return Err(fault.clone()),
            Some(Ok(_)) => {}
        }
        if self.shape.prefixes.is_empty()
            && (self.shape.needs_prefix || matches!(self.shape.place, KeyLocation::Authorization))
        {
            return refused("prefix", format!("is missing for `{name}`: a key could not be told from a token"));
        }
        for prefix in &self.shape.prefixes {
            if prefix.is_empty() {
                return refused("prefix", format!("of `{name}` is empty: a key could not be told from a token"));
            }
            if prefix.len() > MAX_PREFIX_BYTES || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
                return refused(
                    "prefix",
                    format!("`{prefix}` of `{name}` must be at most 64 visible ASCII characters"),
                );
            }
            if overlap(prefix, JSON_OBJECT) {
                return refused("prefix", format!("`{prefix}` of `{name}`: every token begins with this"));
            }
        }
        if self.fresh_for > LONGEST_FRESH_FOR {
            return refused("fresh_for", format!("of `{name}` is longer than 5 minutes"));
        }
        if self.lookups_per_second == 0 {
            return refused("lookups_per_second", format!("of `{name}` is zero: no key could be accepted"));
        }
        Ok(())
    }
}
