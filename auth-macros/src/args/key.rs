//! The keys of the attributes, and the attributes that have each key.

use crate::attribute::Attribute;

/// A key of an attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key {
    From,
    Load,
    Check,
    Deny,
    Invalid,
    Reason,
    Fresh,
    Crate,
}

impl Key {
    pub(super) const ALL: [Self; 8] =
        [Self::From, Self::Load, Self::Check, Self::Deny, Self::Invalid, Self::Reason, Self::Fresh, Self::Crate];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::Load => "load",
            Self::Check => "check",
            Self::Deny => "deny",
            Self::Invalid => "invalid",
            Self::Reason => "reason",
            Self::Fresh => "fresh",
            Self::Crate => "crate",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    pub(super) const fn is_of(self, attribute: Attribute) -> bool {
        match self {
            Self::From => matches!(attribute, Attribute::RequireOrg | Attribute::RequirePermission),
            Self::Load | Self::Check | Self::Deny => !matches!(attribute, Attribute::Public),
            Self::Invalid => matches!(attribute, Attribute::OptionalUser),
            Self::Reason => matches!(attribute, Attribute::Public),
            Self::Fresh => attribute.requires(),
            Self::Crate => true,
        }
    }

    /// The error if another attribute has this key.
    pub(super) const fn elsewhere(self) -> &'static str {
        match self {
            Self::From => "`from` is only for `require_org` and `require_permission`: remove it",
            Self::Load => "`load` is not allowed on `public`, which allows every request: remove it",
            Self::Check => "`check` is not allowed on `public`, which allows every request: remove it",
            Self::Deny => "`deny` is not allowed on `public`, which allows every request: remove it",
            Self::Invalid => {
                "`invalid` is only for `optional_user`: remove it, this attribute always refuses an invalid token"
            }
            Self::Reason => "`reason` is only for `public`: remove it",
            Self::Fresh => "`fresh` is only for `require_user`, `require_org` and `require_permission`: remove it",
            Self::Crate => "",
        }
    }

    /// The key as text.
    pub(super) const fn usage(self) -> &'static str {
        match self {
            Self::From => "`from = org_id`",
            Self::Load => "`load = ..`",
            Self::Check => "`check = ..`",
            Self::Deny => "`deny = not_found`",
            Self::Invalid => "`invalid = reject`",
            Self::Reason => "`reason = \"..\"`",
            Self::Fresh => "`fresh = \"0s\"`",
            Self::Crate => "`crate = ::path::to::auth_runtime`",
        }
    }
}
