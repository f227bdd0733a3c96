//! Helpers for several providers: URLs that are given as a host, and memberships with several roles.

use crate::id::Membership;
use crate::keys::Address;

/// The URL of a host. The host is given alone, or as an `https` URL without a path.
pub(super) fn host_address(host_or_url: &str) -> Result<Address, String> {
    let text = if host_or_url.contains("://") || host_or_url.is_empty() {
        host_or_url.to_owned()
    } else {
        format!("https://{host_or_url}")
    };
    Address::parse_issuer(&text).and_then(|address| match address.path() {
        "/" => Ok(address),
        path => Err(format!("has the path `{path}`: use only the host")),
    })
}

/// The text of a URL without a trailing slash, because most providers write their `iss` like this.
pub(super) fn without_slash(address: &Address) -> &str {
    address.as_str().trim_end_matches('/')
}

/// Whether this can be part of a host name or a path without escaping.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The membership of a user whose token does not order roles. The order in `auth.toml` applies to a single role;
/// several roles must match exactly.
pub(super) fn membership<'r>(org: &str, roles: impl IntoIterator<Item = &'r str>) -> Membership {
    let mut roles = roles.into_iter();
    let Some(first) = roles.next() else { return Membership::without_role(org) };
    roles.fold(Membership::new(org, first), Membership::additional_role)
}
