//! The five attributes as an enum.

/// The attribute that is being expanded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Attribute {
    Public,
    OptionalUser,
    RequireUser,
    RequireOrg,
    RequirePermission,
}

impl Attribute {
    pub(crate) const ALL: [Self; 5] =
        [Self::Public, Self::OptionalUser, Self::RequireUser, Self::RequireOrg, Self::RequirePermission];

    /// The name under which the runtime exports the attribute.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::OptionalUser => "optional_user",
            Self::RequireUser => "require_user",
            Self::RequireOrg => "require_org",
            Self::RequirePermission => "require_permission",
        }
    }

    /// The variant of the runtime's `Attribute`.
    pub(crate) const fn variant(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::OptionalUser => "OptionalUser",
            Self::RequireUser => "RequireUser",
            Self::RequireOrg => "RequireOrg",
            Self::RequirePermission => "RequirePermission",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }

    /// Whether it is one of the `require_*` attributes, which require a user and take a condition.
    pub(crate) const fn requires(self) -> bool {
        matches!(self, Self::RequireUser | Self::RequireOrg | Self::RequirePermission)
    }
}
