//! What may not stand on one handler, decided while the program is compiled. rustc prints the messages.

use super::need::{Attribute, Need, OrgSource};

/// Fails to compile where two attributes of one handler contradict each other.
// `assert!` would print its condition beside the message.
#[allow(clippy::manual_assert, clippy::panic)]
pub const fn compatible(above: &Need, below: &Need) {
    if holds_nobody(above) || holds_nobody(below) {
        return;
    }
    if is_any(above, Attribute::Public) || is_any(below, Attribute::Public) {
        panic!("`#[public]` opens the route: no other guard may stand beside it; remove one of them");
    }
    let optional = is_any(above, Attribute::OptionalUser) || is_any(below, Attribute::OptionalUser);
    if optional && (requires_user(above) || requires_user(below)) {
        panic!("`#[optional_user]` lets everybody in, `#[require_*]` does not: remove one of them");
    }
    if selects_org(above) && selects_org(below) {
        panic!("a handler selects one organisation: keep `from = ..` on one of its attributes");
    }
}

/// Fails to compile where a handler takes an `OrgMember` and no attribute selects an organisation.
// `assert!` would print its condition beside the message.
#[allow(clippy::manual_assert, clippy::panic)]
pub const fn org_selected(need: &Need) {
    if !selects_org(need) && !holds_nobody(need) {
        panic!("the handler takes an `OrgMember`, but no attribute selects an organisation: add `from = ..`");
    }
}

/// Whether an argument of the handler names the organisation, and whether there is a `check`.
pub(crate) const fn asks_arguments(need: &Need) -> (bool, bool) {
    match need {
        Need::Nobody => (false, false),
        Need::Rule(rule) => (matches!(rule.org, OrgSource::Argument(_)), rule.check.is_some()),
        Need::All(needs) => {
            let (mut org, mut check) = (false, false);
            let mut rest = *needs;
            while let [first, others @ ..] = rest {
                let (first_org, first_check) = asks_arguments(first);
                org |= first_org;
                check |= first_check;
                rest = others;
            }
            (org, check)
        }
    }
}

// `Need::Nobody` stands for an attribute that failed to compile: what it was is not known, and its own error is
// enough.
pub(super) const fn holds_nobody(need: &Need) -> bool {
    match need {
        Need::Nobody => true,
        Need::Rule(_) => false,
        Need::All(needs) => {
            let mut rest = *needs;
            while let [first, others @ ..] = rest {
                if holds_nobody(first) {
                    return true;
                }
                rest = others;
            }
            false
        }
    }
}

const fn is_any(need: &Need, attribute: Attribute) -> bool {
    match need {
        Need::Nobody => false,
        Need::Rule(rule) => rule.attribute as u8 == attribute as u8,
        Need::All(needs) => {
            let mut rest = *needs;
            while let [first, others @ ..] = rest {
                if is_any(first, attribute) {
                    return true;
                }
                rest = others;
            }
            false
        }
    }
}

const fn requires_user(need: &Need) -> bool {
    is_any(need, Attribute::RequireUser)
        || is_any(need, Attribute::RequireOrg)
        || is_any(need, Attribute::RequirePermission)
}

const fn selects_org(need: &Need) -> bool {
    match need {
        Need::Nobody => false,
        Need::Rule(rule) => !matches!(rule.org, OrgSource::None),
        Need::All(needs) => {
            let mut rest = *needs;
            while let [first, others @ ..] = rest {
                if selects_org(first) {
                    return true;
                }
                rest = others;
            }
            false
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
