//! A second implementation of the decision, for tests.
//!
//! This shares no code with `policy::decide`, which decides for the guards. The denial matrix and the comparison of
//! tables define what a guard must do. If they used `decide`, its own errors would be invisible to its tests.

use crate::policy::{Atom, Formula};
use crate::routing::policy::{Clause, Part, Policy};

/// Whether a user with a valid token is admitted. `condition` evaluates the condition of an attribute. The logic has
/// three values, and only `Some(true)` admits. Attributes are numbered in the order of `Policy::clauses`.
pub(super) fn admits(policy: &Policy, condition: impl Fn(usize, &Part, &Clause) -> Option<bool>) -> bool {
    match policy {
        Policy::Open { .. } => true,
        Policy::DenyAll => false,
        Policy::Parts(_) => clauses(policy)
            .enumerate()
            .all(|(index, (part, clause))| !clause.requires_user() || condition(index, part, clause) == Some(true)),
    }
}

/// Every attribute, with the policy to which it belongs.
pub(super) fn clauses(policy: &Policy) -> impl Iterator<Item = (&Part, &Clause)> {
    policy.parts().iter().flat_map(|part| part.clauses.iter().map(move |clause| (part, clause)))
}

/// Whether a formula is true. `answer` evaluates its atoms; `None` means unknown.
pub(super) fn holds<A>(formula: &Formula<A>, answer: &dyn Fn(&A) -> Option<bool>) -> Option<bool> {
    match formula {
        Formula::Always => Some(true),
        Formula::All(parts) => kleene(parts, false, answer),
        Formula::Any(parts) => kleene(parts, true, answer),
        Formula::Not(inner) => holds(inner, answer).map(|holds| !holds),
        Formula::Atom(atom) => answer(atom),
    }
}

fn kleene<A>(parts: &[Formula<A>], settles: bool, answer: &dyn Fn(&A) -> Option<bool>) -> Option<bool> {
    let mut is_unknown = false;
    for part in parts {
        match holds(part, answer) {
            Some(answer) if answer == settles => return Some(settles),
            answer => is_unknown |= answer.is_none(),
        }
    }
    (!is_unknown).then_some(!settles)
}

/// Each atom of a policy, with its attribute, in order.
pub(super) fn atoms(policy: &Policy) -> Vec<(&Part, &Clause, &Atom)> {
    let mut atoms = Vec::new();
    for (part, clause) in clauses(policy) {
        clause.condition.each(&mut |atom| atoms.push((part, clause, atom)));
    }
    atoms
}

/// Whether a role equals another one or is above it; `None` if the declared order does not contain both.
pub(super) fn reaches(assigned: &str, bar: &str, order: &[String]) -> Option<bool> {
    let rank = |role: &str| order.iter().position(|known| known == role);
    if assigned == bar { Some(true) } else { Some(rank(assigned)? <= rank(bar)?) }
}
