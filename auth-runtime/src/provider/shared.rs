//! What several rooms share: addresses that are given as a host, and memberships with several roles.

use crate::id::Membership;
use crate::keys::Address;

/// The address of a host that is given alone, or as an `https` address without a path.
pub(super) fn host_address(host_or_url: &str) -> Result<Address, String> {
    let text = if host_or_url.contains("://") || host_or_url.is_empty() {
        host_or_url.to_owned()
    } else {
        format!("https://{host_or_url}")
    };
    Address::parse_issuer(&text).and_then(|address| match address.path() {
        "/" => Ok(address),
        path => Err(format!("has the path `{path}`: give the host alone")),
    })
}

/// The text of an address without a slash at its end, as most providers write their `iss`.
pub(super) fn without_slash(address: &Address) -> &str {
    address.as_str().trim_end_matches('/')
}

/// Whether this can stand in a host's name or in a path without a change.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The membership of a user whose roles have no order of their own. One role is held to the order in `auth.toml`; of
/// several, each is held exactly.
pub(super) fn membership<'r>(org: &str, roles: impl IntoIterator<Item = &'r str>) -> Membership {
    let mut roles = roles.into_iter();
    let Some(first) = roles.next() else { return Membership::without_role(org) };
    roles.fold(Membership::new(org, first), Membership::additional_role)
}
