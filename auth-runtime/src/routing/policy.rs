//! The policy of a route as a value: made from what the attributes say, or read from a committed table.

use std::fmt;

use super::mounted::Entry;
use crate::policy::{Attribute, Condition, Deny, Invalid, Need, OrgSource, Rule};

/// What a route asks of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Policy {
    /// What entered by a verb that says so.
    Open { verb: String, reason: String },
    /// An attribute that could not be understood.
    Nobody,
    /// Attributes, which must all admit.
    Clauses(Vec<Clause>),
}

/// One attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Clause {
    pub(crate) attribute: Attribute,
    pub(crate) condition: Formula,
    pub(crate) org: Source,
    pub(crate) check: Option<Check>,
    /// `deny = not_found`
    pub(crate) denies_not_found: bool,
    /// `invalid = reject`
    pub(crate) rejects_invalid: bool,
    pub(crate) reason: Option<String>,
    /// The declared roles, highest first, where a `role >= ".."` stands in the condition.
    pub(crate) order: Vec<String>,
}

/// A `check`, and the handler's arguments that it reads, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Check {
    pub(crate) expression: String,
    pub(crate) bindings: String,
}

/// Where the organisation's id comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    None,
    /// What `from` names, and the handler's argument that binds it.
    Argument {
        name: String,
        binding: String,
    },
    Path(String),
    Query(String),
    Header(String),
    Active,
}

/// A condition over atoms.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Formula {
    Always,
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Not(Box<Formula>),
    Atom(Atom),
}

/// A question about the caller.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Atom {
    RoleAtLeast(String),
    RoleIs(String),
    OwnRoleAtLeast(String),
    OwnRoleIs(String),
    Permission(String),
    Scope(String),
    Issuer(String),
    EmailVerified,
    Impersonated,
}

impl Policy {
    pub(super) fn of(entry: &Entry) -> Self {
        match *entry {
            Entry::Open { verb, reason } => Self::Open { verb: verb.to_owned(), reason: reason.to_owned() },
            Entry::Guarded(need) => Self::of_need(need),
        }
    }

    pub(crate) fn of_need(need: &Need) -> Self {
        if is_nobody(need) {
            return Self::Nobody;
        }
        let mut clauses = Vec::new();
        need.find(&mut |rule| {
            clauses.push(Clause::of(rule));
            None::<()>
        });
        Self::Clauses(clauses)
    }

    pub(crate) fn clauses(&self) -> &[Clause] {
        match self {
            Self::Open { .. } | Self::Nobody => &[],
            Self::Clauses(clauses) => clauses,
        }
    }

    /// Whether nobody is asked who they are.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Open { .. } => true,
            Self::Nobody => false,
            Self::Clauses(clauses) => clauses.iter().all(|clause| clause.attribute == Attribute::Public),
        }
    }

    /// Whether somebody without a token may enter.
    pub(crate) fn admits_anonymous(&self) -> bool {
        match self {
            Self::Nobody => false,
            _ => !self.clauses().iter().any(Clause::requires_user),
        }
    }

    /// Whether a token that does not verify counts as none.
    pub(crate) fn admits_invalid(&self) -> bool {
        self.admits_anonymous() && !self.clauses().iter().any(|clause| clause.rejects_invalid)
    }

    /// Where the organisation comes from.
    pub(crate) fn org(&self) -> &Source {
        self.clauses().iter().map(|clause| &clause.org).find(|org| **org != Source::None).unwrap_or(&Source::None)
    }

    pub(crate) fn denies_not_found(&self) -> bool {
        self.clauses().iter().any(|clause| clause.denies_not_found)
    }

    pub(crate) fn checks(&self) -> impl Iterator<Item = &Check> {
        self.clauses().iter().filter_map(|clause| clause.check.as_ref())
    }

    /// Why it is open to everybody.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Open { reason, .. } => Some(reason),
            _ => self.clauses().iter().find_map(|clause| clause.reason.as_deref()),
        }
    }

    /// Whether somebody with a valid token is admitted, in three-valued logic: only `Some(true)` is.
    pub(crate) fn holds(&self, answer: &dyn Fn(&Clause, &Atom) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Open { .. } => Some(true),
            Self::Nobody => Some(false),
            Self::Clauses(clauses) => kleene(clauses, false, |clause| {
                if clause.requires_user() { clause.condition.holds(&|atom| answer(clause, atom)) } else { Some(true) }
            }),
        }
    }

    /// Each question, with the attribute that asks it, in order.
    pub(crate) fn atoms(&self) -> Vec<(&Clause, &Atom)> {
        let mut atoms = Vec::new();
        for clause in self.clauses() {
            clause.condition.each(&mut |atom| atoms.push((clause, atom)));
        }
        atoms
    }
}

fn is_nobody(need: &Need) -> bool {
    match need {
        Need::Nobody => true,
        Need::Rule(_) => false,
        Need::All(needs) => needs.iter().any(|need| is_nobody(need)),
    }
}

impl Clause {
    fn of(rule: &Rule) -> Self {
        let condition = Formula::of(&rule.condition);
        let mut is_ordered = false;
        condition.each(&mut |atom| is_ordered |= matches!(atom, Atom::RoleAtLeast(_) | Atom::OwnRoleAtLeast(_)));
        let order = if is_ordered { rule.hierarchy } else { &[] };
        Self {
            attribute: rule.attribute,
            condition,
            org: match rule.org {
                OrgSource::None => Source::None,
                OrgSource::Argument { name, binding } => {
                    Source::Argument { name: name.to_owned(), binding: binding.to_owned() }
                }
                OrgSource::Path(name) => Source::Path(name.to_owned()),
                OrgSource::Query(name) => Source::Query(name.to_owned()),
                OrgSource::Header(name) => Source::Header(name.to_owned()),
                OrgSource::Active => Source::Active,
            },
            check: rule
                .check
                .map(|check| Check { expression: check.text.to_owned(), bindings: check.bindings.to_owned() }),
            denies_not_found: rule.deny == Deny::NotFound,
            rejects_invalid: rule.invalid == Invalid::Reject,
            reason: rule.reason.map(str::to_owned),
            order: order.iter().copied().map(str::to_owned).collect(),
        }
    }

    pub(crate) fn requires_user(&self) -> bool {
        !matches!(self.attribute, Attribute::Public | Attribute::OptionalUser)
    }
}

impl Formula {
    fn of(condition: &Condition) -> Self {
        let all = |parts: &[Condition]| parts.iter().map(Self::of).collect();
        let atom = |of: fn(String) -> Atom, name: &str| Self::Atom(of(name.to_owned()));
        match *condition {
            Condition::Always => Self::Always,
            Condition::All(parts) => Self::All(all(parts)),
            Condition::Any(parts) => Self::Any(all(parts)),
            Condition::Not(inner) => Self::Not(Box::new(Self::of(inner))),
            Condition::RoleAtLeast(role) => atom(Atom::RoleAtLeast, role),
            Condition::RoleIs(role) => atom(Atom::RoleIs, role),
            Condition::OwnRoleAtLeast(role) => atom(Atom::OwnRoleAtLeast, role),
            Condition::OwnRoleIs(role) => atom(Atom::OwnRoleIs, role),
            Condition::Permission(permission) => atom(Atom::Permission, permission),
            Condition::Scope(scope) => atom(Atom::Scope, scope),
            Condition::Issuer(issuer) => atom(Atom::Issuer, issuer),
            Condition::EmailVerified => Self::Atom(Atom::EmailVerified),
            Condition::Impersonated => Self::Atom(Atom::Impersonated),
        }
    }

    pub(crate) fn each<'a>(&'a self, each: &mut dyn FnMut(&'a Atom)) {
        match self {
            Self::Always => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each(each)),
            Self::Not(inner) => inner.each(each),
            Self::Atom(atom) => each(atom),
        }
    }

    fn holds(&self, answer: &dyn Fn(&Atom) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::All(parts) => kleene(parts, false, |part| part.holds(answer)),
            Self::Any(parts) => kleene(parts, true, |part| part.holds(answer)),
            Self::Not(inner) => inner.holds(answer).map(|holds| !holds),
            Self::Atom(atom) => answer(atom),
        }
    }
}

/// Written out once more than in `decide`, on purpose: what compares policies and what tests guards must not share a
/// mistake with what decides.
fn kleene<T>(parts: &[T], settles: bool, holds: impl Fn(&T) -> Option<bool>) -> Option<bool> {
    let mut is_unknown = false;
    for part in parts {
        match holds(part) {
            Some(answer) if answer == settles => return Some(settles),
            answer => is_unknown |= answer.is_none(),
        }
    }
    (!is_unknown).then_some(!settles)
}

impl Source {
    /// As an attribute spells it, with what binds it.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Argument { name, binding } => Some(with_bindings(name.clone(), binding)),
            Self::Path(name) => Some(format!("path({name:?})")),
            Self::Query(name) => Some(format!("query({name:?})")),
            Self::Header(name) => Some(format!("header({name:?})")),
            Self::Active => Some("active()".to_owned()),
        }
    }
}

impl Check {
    fn text(&self) -> String {
        with_bindings(format!("{:?}", self.expression), &self.bindings)
    }
}

fn with_bindings(text: String, bindings: &str) -> String {
    if bindings.is_empty() { text } else { format!("{text} with {bindings:?}") }
}

/// The policy in one normal form, however it was laid out in the source; constants are written by their values.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { verb, reason } => write!(f, "{verb}(reason = {reason:?})"),
            Self::Nobody => f.write_str("nobody"),
            Self::Clauses(clauses) => clauses.iter().enumerate().try_for_each(|(index, clause)| {
                f.write_str(if index == 0 { "" } else { " + " })?;
                clause.write(f, &[])
            }),
        }
    }
}

impl Clause {
    pub(crate) fn name(&self) -> &'static str {
        match self.attribute {
            Attribute::Public => "public",
            Attribute::OptionalUser => "optional_user",
            Attribute::RequireUser => "require_user",
            Attribute::RequireOrg => "require_org",
            Attribute::RequirePermission => "require_permission",
        }
    }

    /// Writes the attribute; the order of roles where it is another than the `usual` one.
    pub(super) fn write(&self, f: &mut dyn fmt::Write, usual: &[String]) -> fmt::Result {
        let mut parts = Vec::new();
        if self.condition != Formula::Always {
            parts.push(self.condition.to_string());
        }
        let mut key = |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name} = {value}")));
        key("from", self.org.text());
        key("check", self.check.as_ref().map(Check::text));
        key("deny", self.denies_not_found.then(|| "not_found".to_owned()));
        key("invalid", self.rejects_invalid.then(|| "reject".to_owned()));
        key("reason", self.reason.as_ref().map(|reason| format!("{reason:?}")));
        let is_usual = self.order == usual || !self.is_ordered();
        key("roles", (!is_usual).then(|| format!("{:?}", self.order)));
        f.write_str(self.name())?;
        if parts.is_empty() { Ok(()) } else { write!(f, "({})", parts.join(", ")) }
    }

    pub(super) fn is_ordered(&self) -> bool {
        let mut found = false;
        self.condition.each(&mut |atom| found |= matches!(atom, Atom::RoleAtLeast(_) | Atom::OwnRoleAtLeast(_)));
        found
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], operator| {
            parts.iter().enumerate().try_for_each(|(index, part)| {
                f.write_str(if index == 0 { "" } else { operator })?;
                match part {
                    Self::All(_) | Self::Any(_) => write!(f, "({part})"),
                    _ => part.fmt(f),
                }
            })
        };
        match self {
            Self::Always => Ok(()),
            Self::All(parts) => joined(f, parts, " && "),
            Self::Any(parts) => joined(f, parts, " || "),
            Self::Not(inner) => match &**inner {
                Self::Atom(atom) if !atom.is_comparison() => write!(f, "!{atom}"),
                inner => write!(f, "!({inner})"),
            },
            Self::Atom(atom) => atom.fmt(f),
        }
    }
}

impl Atom {
    fn is_comparison(&self) -> bool {
        matches!(self, Self::RoleAtLeast(_) | Self::RoleIs(_) | Self::OwnRoleAtLeast(_) | Self::OwnRoleIs(_))
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RoleAtLeast(role) | Self::OwnRoleAtLeast(role) => write!(f, "role >= {role:?}"),
            Self::RoleIs(role) | Self::OwnRoleIs(role) => write!(f, "role == {role:?}"),
            Self::Permission(permission) => write!(f, "permission({permission:?})"),
            Self::Scope(scope) => write!(f, "scope({scope:?})"),
            Self::Issuer(issuer) => write!(f, "issuer({issuer:?})"),
            Self::EmailVerified => f.write_str("email_verified"),
            Self::Impersonated => f.write_str("impersonated"),
        }
    }
}
