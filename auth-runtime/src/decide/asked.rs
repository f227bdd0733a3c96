//! What attributes ask for, alone or together.

use super::need::{Need, OrgSource};

/// What attributes ask for, alone or together. Found in one pass, while the program is compiled.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    /// One failed to compile: what it asked for is not known.
    pub(crate) nobody: bool,
    /// An argument of the handler names the organisation.
    pub(crate) argument: bool,
    pub(crate) check: bool,
}

impl Asked {
    pub(crate) const fn by(need: &Need) -> Self {
        match need {
            Need::Nobody => Self { nobody: true, argument: false, check: false },
            Need::Rule(rule) => Self {
                nobody: false,
                argument: matches!(rule.org, OrgSource::Argument(_)),
                check: rule.check.is_some(),
            },
            Need::All(needs) => {
                let (mut all, mut rest) = (Self { nobody: false, argument: false, check: false }, *needs);
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
            nobody: self.nobody | other.nobody,
            argument: self.argument | other.argument,
            check: self.check | other.check,
        }
    }
}
