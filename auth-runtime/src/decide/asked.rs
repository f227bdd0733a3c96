//! What attributes ask for, alone or together.

use super::need::{Attribute, Need, OrgSource};
use crate::id::Hierarchy;

/// What attributes ask for, alone or together: found in one pass, for a guard while the program is compiled.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    /// One failed to compile: what it asked for is not known.
    pub(crate) nobody: bool,
    /// Credentials are not even looked at.
    pub(crate) public: bool,
    /// Where the handler's organisation comes from.
    pub(crate) org: OrgSource,
    pub(crate) check: bool,
    /// The declared order of roles.
    pub(crate) hierarchy: Hierarchy,
}

impl Asked {
    const NOTHING: Self = Self { nobody: false, public: true, org: OrgSource::None, check: false, hierarchy: &[] };

    pub(crate) const fn by(need: &Need) -> Self {
        match need {
            Need::Nobody => Self { nobody: true, public: false, ..Self::NOTHING },
            Need::Rule(rule) => Self {
                nobody: false,
                public: matches!(rule.attribute, Attribute::Public),
                org: rule.org,
                check: rule.check.is_some(),
                hierarchy: rule.hierarchy,
            },
            Need::All(needs) => {
                let (mut all, mut rest) = (Self::NOTHING, *needs);
                while let [first, others @ ..] = rest {
                    all = all.and(Self::by(first));
                    rest = others;
                }
                all
            }
        }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            nobody: self.nobody || other.nobody,
            public: self.public && other.public,
            org: if matches!(self.org, OrgSource::None) { other.org } else { self.org },
            check: self.check || other.check,
            hierarchy: if self.hierarchy.is_empty() { other.hierarchy } else { self.hierarchy },
        }
    }
}
