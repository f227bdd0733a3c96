//! What may not stand on one handler, decided while the program is compiled. rustc prints the messages.

use super::need::{Attribute, Need, OrgSource};

/// Fails to compile where two attributes of one handler contradict each other.
// `assert!` would print its condition beside the message.
#[allow(clippy::manual_assert, clippy::panic)]
pub const fn compatible(above: &Need, below: &Need) {
    let (above, below) = (Asked::by(above), Asked::by(below));
    let both = above.and(below);
    if both.nobody {
        return;
    }
    if both.public {
        panic!("`#[public]` opens the route: no other guard may stand beside it; remove one of them");
    }
    if both.optional && both.user {
        panic!("`#[optional_user]` lets everybody in, `#[require_*]` does not: remove one of them");
    }
    if above.org && below.org {
        panic!("a handler selects one organisation: keep `from = ..` on one of its attributes");
    }
}

/// Fails to compile where a handler takes an `OrgMember` and no attribute selects an organisation.
// `assert!` would print its condition beside the message.
#[allow(clippy::manual_assert, clippy::panic)]
pub const fn org_selected(need: &Need) {
    let asked = Asked::by(need);
    if !asked.org && !asked.nobody {
        panic!("the handler takes an `OrgMember`, but no attribute selects an organisation: add `from = ..`");
    }
}

/// What attributes ask for, alone or together. Found in one pass: rustc does it for every handler.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Asked {
    /// Of an attribute that failed to compile, what it was is not known, and its own error is enough.
    pub(crate) nobody: bool,
    public: bool,
    optional: bool,
    user: bool,
    org: bool,
    /// Whether an argument of the handler names the organisation.
    pub(crate) argument: bool,
    pub(crate) check: bool,
}

impl Asked {
    pub(crate) const fn by(need: &Need) -> Self {
        let nobody = matches!(need, Need::Nobody);
        let nothing =
            Self { nobody, public: false, optional: false, user: false, org: false, argument: false, check: false };
        match need {
            Need::Nobody => nothing,
            Need::Rule(rule) => Self {
                nobody,
                public: matches!(rule.attribute, Attribute::Public),
                optional: matches!(rule.attribute, Attribute::OptionalUser),
                user: !matches!(rule.attribute, Attribute::Public | Attribute::OptionalUser),
                org: !matches!(rule.org, OrgSource::None),
                argument: matches!(rule.org, OrgSource::Argument(_)),
                check: rule.check.is_some(),
            },
            Need::All(needs) => {
                let (mut all, mut rest) = (nothing, *needs);
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
            public: self.public | other.public,
            optional: self.optional | other.optional,
            user: self.user | other.user,
            org: self.org | other.org,
            argument: self.argument | other.argument,
            check: self.check | other.check,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{Attribute, Need, OrgSource, compatible, org_selected};
    use crate::decide::Rule;

    const fn of(attribute: Attribute, org: OrgSource) -> Need {
        Need::Rule(Rule { attribute, org, ..Rule::BASE })
    }

    const NOBODY: Need = Need::Nobody;
    const PUBLIC: Need = of(Attribute::Public, OrgSource::None);
    const OPTIONAL: Need = of(Attribute::OptionalUser, OrgSource::None);
    const USER: Need = of(Attribute::RequireUser, OrgSource::None);
    const ORG: Need = of(Attribute::RequireOrg, OrgSource::Active);
    const PERMISSION: Need = of(Attribute::RequirePermission, OrgSource::None);
    const ORG_PERMISSION: Need = of(Attribute::RequirePermission, OrgSource::Path("org"));
    const USER_AND_ORG: Need = Need::All(&[&USER, &ORG]);
    const USER_AND_OPTIONAL: Need = Need::All(&[&USER, &OPTIONAL]);
    const USER_AND_NOBODY: Need = Need::All(&[&USER, &NOBODY]);

    /// What rustc would print.
    fn said(of: impl Fn() + std::panic::UnwindSafe) -> String {
        let said = catch_unwind(of).err().map(|panic| panic.downcast_ref::<&str>().copied().unwrap_or("?"));
        said.map(|message| message.split(':').next().unwrap_or_default().to_owned()).unwrap_or_default()
    }

    #[test]
    fn attributes_that_contradict_each_other() {
        const OPEN: &str = "`#[public]` opens the route";
        const LETS_IN: &str = "`#[optional_user]` lets everybody in, `#[require_*]` does not";
        const ONE_ORG: &str = "a handler selects one organisation";
        for (one, other, expected) in [
            (&USER, &USER, ""),
            (&OPTIONAL, &OPTIONAL, ""),
            (&USER, &ORG, ""),
            (&PERMISSION, &ORG, ""),
            (&PERMISSION, &USER_AND_ORG, ""),
            (&PUBLIC, &PUBLIC, OPEN),
            (&PUBLIC, &USER, OPEN),
            (&PUBLIC, &OPTIONAL, OPEN),
            (&PUBLIC, &USER_AND_ORG, OPEN),
            (&OPTIONAL, &USER, LETS_IN),
            (&OPTIONAL, &ORG, LETS_IN),
            (&OPTIONAL, &PERMISSION, LETS_IN),
            (&OPTIONAL, &USER_AND_ORG, LETS_IN),
            (&USER, &USER_AND_OPTIONAL, LETS_IN),
            (&ORG, &ORG, ONE_ORG),
            (&ORG, &ORG_PERMISSION, ONE_ORG),
            (&ORG_PERMISSION, &USER_AND_ORG, ONE_ORG),
            // What could not be understood has an error of its own.
            (&NOBODY, &PUBLIC, ""),
            (&NOBODY, &NOBODY, ""),
            (&USER_AND_NOBODY, &OPTIONAL, ""),
        ] {
            assert_eq!(said(|| compatible(one, other)), expected, "{one:?} {other:?}");
            assert_eq!(said(|| compatible(other, one)), expected, "{other:?} {one:?}");
        }
    }

    #[test]
    fn a_member_of_what_nothing_selects() {
        const NONE: &str = "the handler takes an `OrgMember`, but no attribute selects an organisation";
        for (need, expected) in [
            (&USER, NONE),
            (&PERMISSION, NONE),
            (&USER_AND_OPTIONAL, NONE),
            (&ORG, ""),
            (&ORG_PERMISSION, ""),
            (&USER_AND_ORG, ""),
            (&NOBODY, ""),
            (&USER_AND_NOBODY, ""),
        ] {
            assert_eq!(said(|| org_selected(need)), expected, "{need:?}");
        }
    }
}
