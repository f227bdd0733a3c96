//! Claims that users can write themselves at their identity provider. No decision depends on them.

use std::borrow::Cow;

/// The user's own metadata, recognized by its name at any depth, even with a prefix:
/// `https://example.com/user_metadata`.
const USER_METADATA: &[&str] = &["user_metadata", "unsafe_metadata"];

/// The profile claims of OpenID Connect Core section 5.1 that users can write at most providers.
const PROFILE: &[&str] = &[
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
];

/// The claims of one issuer that its users can write themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserWritable {
    /// The claims of the provider. A name that ends in `*` matches all names with this beginning.
    of_provider: Vec<&'static str>,
    /// The claims that decisions may depend on anyway, because a setting allows it.
    allowed: Vec<String>,
}

impl UserWritable {
    pub(crate) fn new(of_provider: Vec<&'static str>, allowed: Vec<String>) -> Self {
        Self { of_provider, allowed }
    }

    /// Whether a decision must not depend on this claim: a name, or a JSON Pointer.
    pub(crate) fn refuses(&self, claim: &str) -> bool {
        self.contains(claim) && !self.allowed.iter().any(|allowed| allowed == claim)
    }

    fn contains(&self, claim: &str) -> bool {
        let Some(first) = segments(claim).next() else { return false };
        let is_listed = PROFILE.iter().chain(&self.of_provider).any(|name| match name.strip_suffix('*') {
            Some(beginning) => first.starts_with(beginning),
            None => first == *name,
        });
        let is_metadata = |name: &str| name.rsplit(['/', ':']).next().is_some_and(|name| USER_METADATA.contains(&name));
        is_listed || segments(claim).any(|segment| is_metadata(&segment))
    }
}

/// The names on the path to a claim: a name, or a JSON Pointer (RFC 6901).
pub(crate) fn segments(claim: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let pointer = claim.strip_prefix('/');
    let is_pointer = pointer.is_some();
    let separator = move |c: char| is_pointer && c == '/';
    pointer.unwrap_or(claim).split(separator).map(move |segment| {
        if is_pointer && segment.contains('~') {
            Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(segment)
        }
    })
}
