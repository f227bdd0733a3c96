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
const fn holds_nobody(need: &Need) -> bool {
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
