//! Where the keys of issuers come from.

use super::key_source::KeySource;

/// Where an issuer's keys, or the answers about its tokens, come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Distance {
    /// The program itself.
    Static,
    /// Another program on this machine.
    Loopback,
    /// Another host.
    Distant,
}

impl Distance {
    pub(super) fn of(source: &KeySource) -> Self {
        #[cfg(feature = "http-client")]
        let near = |is_loopback| if is_loopback { Self::Loopback } else { Self::Distant };
        match source {
            KeySource::Static(_) => Self::Static,
            #[cfg(feature = "http-client")]
            KeySource::Remote(remote) => near(remote.origin.address().is_loopback()),
            #[cfg(feature = "http-client")]
            KeySource::Introspection(introspection) => near(introspection.address.is_loopback()),
        }
    }
}
