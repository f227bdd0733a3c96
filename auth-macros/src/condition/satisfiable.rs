//! Whether a condition can be true.
//!
//! Only true admits. A condition that is false for both values of an atom is also not true if the atom is unknown. So
//! if no assignment of true and false makes a condition true, no token does.

use quote::ToTokens as _;

use crate::condition::{Atom, AtomKind, Condition, Name};

/// With more different atoms, the check is skipped: 2^12 assignments are fast, 2^24 are not.
const LIMIT: usize = 12;

/// How many roles a member of an organization has.
#[derive(Clone, Copy, PartialEq)]
enum Structure {
    /// One role, with others below it.
    Single,
    /// Any number of roles, without order.
    Multi,
}

/// Whether a token can meet the condition, in an organization with either structure.
pub(crate) fn satisfiable(condition: &Condition) -> bool {
    if matches!(condition, Condition::Atom(_)) {
        return true;
    }
    let mut atoms = Vec::new();
    collect(condition, &mut atoms);
    if atoms.len() > LIMIT {
        return true;
    }
    (0..1_u32 << atoms.len()).any(|bits| {
        let held = Assignment { atoms: &atoms, bits };
        held.meets(condition) && (held.agrees_with(Structure::Single) || held.agrees_with(Structure::Multi))
    })
}

/// An atom: its kind and its name as written.
#[derive(PartialEq)]
struct Key {
    kind: AtomKind,
    name: String,
    /// Literals with different texts are different names. Only rustc knows the text of a const.
    literal: bool,
    value: String,
    seconds: Option<u32>,
}

impl Key {
    fn of(atom: &Atom) -> Self {
        let (name, literal) = match &atom.name {
            Some(Name::Literal(literal)) => (literal.value(), true),
            Some(Name::Const(path)) => (path.to_token_stream().to_string(), false),
            None => (String::new(), true),
        };
        let value = atom.value.as_ref().map(|value| value.to_token_stream().to_string()).unwrap_or_default();
        Self { kind: atom.kind, name, literal, value, seconds: atom.seconds }
    }

    /// Whether both atoms name the same role, this one with the kind `self_kind` and the other with `other_kind`.
    fn is_twin(&self, other: &Self, self_kind: AtomKind, other_kind: AtomKind) -> bool {
        (self.kind, other.kind) == (self_kind, other_kind) && (&self.name, self.literal) == (&other.name, other.literal)
    }
}

fn collect(condition: &Condition, atoms: &mut Vec<Key>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                collect(part, atoms);
            }
        }
        Condition::Not(inner) => collect(inner, atoms),
        Condition::Atom(atom) => {
            let key = Key::of(atom);
            if !atoms.contains(&key) {
                atoms.push(key);
            }
        }
    }
}

/// One row of the truth table.
struct Assignment<'a> {
    atoms: &'a [Key],
    bits: u32,
}

impl Assignment<'_> {
    fn meets(&self, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.meets(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.meets(part)),
            Condition::Not(inner) => !self.meets(inner),
            Condition::Atom(atom) => {
                let key = Key::of(atom);
                self.rows().any(|(other, holds)| holds && *other == key)
            }
        }
    }

    /// Whether a member of such an organization could have these values.
    fn agrees_with(&self, structure: Structure) -> bool {
        let pairs = || self.rows().flat_map(|a| self.rows().map(move |b| (a, b)));
        pairs().all(|((a, a_holds), (b, b_holds))| {
            let exact = a.is_twin(b, AtomKind::RoleIs, AtomKind::RoleAtLeast);
            let own = a.is_twin(b, AtomKind::OwnRoleIs, AtomKind::OwnRoleAtLeast);
            if (exact || own) && a_holds && !b_holds {
                return false;
            }
            // A login within 5 minutes is also a login within an hour.
            if a.kind == AtomKind::AuthAge
                && b.kind == AtomKind::AuthAge
                && a.seconds <= b.seconds
                && a_holds
                && !b_holds
            {
                return false;
            }
            let two_contexts = a.kind == AtomKind::Acr && b.kind == AtomKind::Acr && a.literal && b.literal;
            if two_contexts && a.name != b.name && a_holds && b_holds {
                return false;
            }
            match structure {
                Structure::Multi => !exact || a_holds == b_holds,
                Structure::Single => {
                    let differ = a.literal && b.literal && a.name != b.name;
                    let both = a.kind == AtomKind::RoleIs && b.kind == AtomKind::RoleIs;
                    !(both && differ && a_holds && b_holds)
                }
            }
        })
    }

    fn rows(&self) -> impl Iterator<Item = (&Key, bool)> {
        self.atoms.iter().enumerate().map(|(index, atom)| (atom, self.bits >> index & 1 == 1))
    }
}
