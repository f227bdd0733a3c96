//! Policies of one route that no request can satisfy together.
//!
//! The attributes of one handler are compared when they expand. Named policies can be compared only here, when their
//! routes are mounted. The compared parts are those that `&&` joins, because each of them must be true.

use super::mounted::MethodEntry;
use super::parameters::org_parameter;
use crate::policy::{Atom, Formula, Need, OrgSource};

/// A part of a condition that must be true: otherwise its policy refuses.
struct Part {
    atom: Atom,
    holds: bool,
}

/// What the answers to the parts of a policy depend on, in addition to the user.
#[derive(Eq, PartialEq)]
enum Whose<'a> {
    User,
    /// The organization, by the name of its path parameter.
    Parameter(&'a str),
    /// The organization, by its `from`.
    Other(String),
}

/// Describes each pair of policies that contradict each other. They can be around the handler, or its own.
pub(super) fn contradictions(path: &str, handled: &MethodEntry) -> Vec<String> {
    let around = handled.required().iter().map(|required| (required.who(), required.need));
    let own = handled.need().into_iter().flat_map(Need::each_policy);
    let own = own.map(|need| (need.name().map_or_else(|| "the guard".to_owned(), |name| format!("`{name}`")), need));
    let policies: Vec<_> =
        around.chain(own).map(|(who, need)| (who, whose(need, path, handled), parts(need))).collect();
    let mut found = Vec::new();
    for (index, (who, whose, parts)) in policies.iter().enumerate() {
        for (other, others, more) in policies.iter().skip(index + 1) {
            let mut pairs = parts.iter().flat_map(|part| more.iter().map(move |other| (part, other)));
            let is_same = |part: &Part| whose == others || !part.is_about_org();
            let contradiction = pairs.find(|(part, other)| is_same(part) && is_same(other) && part.contradicts(other));
            if let Some((part, against)) = contradiction {
                found.push(format!(
                    "no request is admitted: {who} needs {}, and {other} needs {}",
                    part.text(),
                    against.text()
                ));
            }
        }
    }
    found
}

fn whose<'a>(need: &Need, path: &'a str, handled: &MethodEntry) -> Whose<'a> {
    match need.org_source() {
        OrgSource::None => Whose::User,
        OrgSource::Path(name) => Whose::Parameter(name),
        OrgSource::Argument { .. } => {
            let other = || Whose::Other(need.org_source().to_string());
            org_parameter(path, handled).map_or_else(other, Whose::Parameter)
        }
        other => Whose::Other(other.to_string()),
    }
}

fn parts(need: &Need) -> Vec<Part> {
    fn collect(condition: &Formula, holds: bool, parts: &mut Vec<Part>) {
        match condition {
            Formula::All(conditions) if holds => {
                for condition in conditions {
                    collect(condition, holds, parts);
                }
            }
            Formula::Any(conditions) if !holds => {
                for condition in conditions {
                    collect(condition, holds, parts);
                }
            }
            Formula::Not(inner) => collect(inner, !holds, parts),
            Formula::Atom(atom) => parts.push(Part { atom: atom.clone(), holds }),
            Formula::Always | Formula::All(_) | Formula::Any(_) => {}
        }
    }
    let mut parts = Vec::new();
    need.find(&mut |rule| {
        collect(&Formula::from(&rule.condition), true, &mut parts);
        None::<()>
    });
    parts
}

impl Part {
    /// Whether its answer depends on the organization that its policy selects.
    fn is_about_org(&self) -> bool {
        matches!(self.atom, Atom::RoleAtLeast(_) | Atom::RoleIs(_) | Atom::Permission(_) | Atom::Scope(_))
    }

    /// Whether no user can meet both. As for the attributes of one handler, a member may have more than one role.
    fn contradicts(&self, other: &Self) -> bool {
        if let (Atom::Acr(class), Atom::Acr(another)) = (&self.atom, &other.atom)
            && self.holds
            && other.holds
        {
            return class != another;
        }
        match (self.holds, other.holds) {
            (true, false) => self.atom.implies(&other.atom),
            (false, true) => other.atom.implies(&self.atom),
            _ => false,
        }
    }

    fn text(&self) -> String {
        let condition = Formula::Atom(self.atom.clone());
        let condition = if self.holds { condition } else { Formula::Not(Box::new(condition)) };
        format!("`{condition}`")
    }
}

impl Atom {
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::RoleIs(role), Self::RoleAtLeast(least)) | (Self::OwnRoleIs(role), Self::OwnRoleAtLeast(least)) => {
                role == least
            }
            // A login within a time is also within every longer time.
            (Self::AuthAge(age), Self::AuthAge(longer)) => age <= longer,
            _ => self == other,
        }
    }
}
