//! The policy of a route as a value: made from what the attributes say, or read from a committed table.

use std::fmt;

use super::mounted::Entry;
use crate::policy::{Attribute, Deny, Expression, Formula, Invalid, Need, OrgSource, Rule};

/// What a route asks of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Policy {
    /// What entered by a verb that says so.
    Open { verb: String, reason: String },
    /// An attribute that could not be understood.
    DenyAll,
    /// Attributes, which must all admit.
    Clauses(Vec<Clause>),
}

/// One attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Clause {
    pub(crate) attribute: Attribute,
    pub(crate) condition: Formula,
    pub(crate) org: Source,
    pub(crate) load: Option<Check>,
    pub(crate) check: Option<Check>,
    /// Parameters of the path that no guard need read, and why.
    pub(crate) unrestricted: Vec<(String, String)>,
    /// `deny = not_found`
    pub(crate) denies_not_found: bool,
    /// `invalid = reject`
    pub(crate) rejects_invalid: bool,
    pub(crate) reason: Option<String>,
    /// The declared roles, highest first, where a `role >= ".."` stands in the condition.
    pub(crate) order: Vec<String>,
}

/// The expression of a `load` or a `check`, and the handler's arguments that it reads, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Check {
    pub(crate) expression: String,
    pub(crate) bindings: String,
}

/// Where the organization's id comes from.
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

impl Policy {
    pub(super) fn of(entry: &Entry) -> Self {
        match *entry {
            Entry::Open { verb, reason } => Self::Open { verb: verb.to_owned(), reason: reason.to_owned() },
            Entry::Guarded(need, _) => Self::of_need(need),
        }
    }

    pub(crate) fn of_need(need: &Need) -> Self {
        if denies_all(need) {
            return Self::DenyAll;
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
            Self::Open { .. } | Self::DenyAll => &[],
            Self::Clauses(clauses) => clauses,
        }
    }

    /// Whether nobody is asked who they are.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Open { .. } => true,
            Self::DenyAll => false,
            Self::Clauses(clauses) => clauses.iter().all(|clause| clause.attribute == Attribute::Public),
        }
    }
}

/// What only OpenAPI documents and tests ask.
#[cfg(any(feature = "testing", feature = "utoipa"))]
impl Policy {
    /// Whether somebody without a token may enter.
    pub(crate) fn admits_anonymous(&self) -> bool {
        match self {
            Self::DenyAll => false,
            _ => !self.clauses().iter().any(Clause::requires_user),
        }
    }

    /// Whether a token that does not verify counts as none.
    pub(crate) fn admits_invalid(&self) -> bool {
        self.admits_anonymous() && !self.clauses().iter().any(|clause| clause.rejects_invalid)
    }

    /// Where the organization comes from.
    pub(crate) fn org(&self) -> &Source {
        self.clauses().iter().map(|clause| &clause.org).find(|org| **org != Source::None).unwrap_or(&Source::None)
    }

    pub(crate) fn denies_not_found(&self) -> bool {
        self.clauses().iter().any(|clause| clause.denies_not_found)
    }

    pub(crate) fn checks(&self) -> impl Iterator<Item = &Check> {
        self.clauses().iter().filter_map(|clause| clause.check.as_ref())
    }

    pub(crate) fn loads(&self) -> impl Iterator<Item = &Check> {
        self.clauses().iter().filter_map(|clause| clause.load.as_ref())
    }
}

fn denies_all(need: &Need) -> bool {
    match need {
        Need::DenyAll => true,
        Need::Rule(_) => false,
        Need::All(needs) => needs.iter().any(|need| denies_all(need)),
    }
}

impl Clause {
    fn of(rule: &Rule) -> Self {
        let condition = Formula::from(&rule.condition);
        let order = if condition.is_ordered() { rule.hierarchy } else { &[] };
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
            load: rule.load.map(Check::of),
            check: rule.check.map(Check::of),
            unrestricted: rule.unrestricted.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect(),
            denies_not_found: rule.deny == Deny::NotFound,
            rejects_invalid: rule.invalid == Invalid::Reject,
            reason: rule.reason.map(str::to_owned),
            order: order.iter().copied().map(str::to_owned).collect(),
        }
    }

    #[cfg(any(feature = "testing", feature = "utoipa"))]
    pub(crate) fn requires_user(&self) -> bool {
        !matches!(self.attribute, Attribute::Public | Attribute::OptionalUser)
    }
}

impl Source {
    /// As an attribute spells it, with what binds it.
    fn text(&self) -> Option<String> {
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
    fn of(written: Expression) -> Self {
        Self { expression: written.text.to_owned(), bindings: written.bindings.to_owned() }
    }

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
        self.write(f, &[])
    }
}

impl Policy {
    /// Writes the normal form; the order of roles only where it is another than the `usual` one.
    pub(super) fn write(&self, f: &mut dyn fmt::Write, usual: &[String]) -> fmt::Result {
        match self {
            Self::Open { verb, reason } => write!(f, "{verb}(reason = {reason:?})"),
            Self::DenyAll => f.write_str("deny_all"),
            Self::Clauses(clauses) => clauses.iter().enumerate().try_for_each(|(index, clause)| {
                f.write_str(if index == 0 { "" } else { " + " })?;
                clause.write(f, usual)
            }),
        }
    }
}

impl Clause {
    fn name(&self) -> &'static str {
        match self.attribute {
            Attribute::Public => "public",
            Attribute::OptionalUser => "optional_user",
            Attribute::RequireUser => "require_user",
            Attribute::RequireOrg => "require_org",
            Attribute::RequirePermission => "require_permission",
        }
    }

    fn write(&self, f: &mut dyn fmt::Write, usual: &[String]) -> fmt::Result {
        let mut parts = Vec::new();
        if self.condition != Formula::Always {
            parts.push(self.condition.to_string());
        }
        let mut key = |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name} = {value}")));
        key("from", self.org.text());
        key("load", self.load.as_ref().map(Check::text));
        key("check", self.check.as_ref().map(Check::text));
        key("deny", self.denies_not_found.then(|| "not_found".to_owned()));
        key("invalid", self.rejects_invalid.then(|| "reject".to_owned()));
        key("reason", self.reason.as_ref().map(|reason| format!("{reason:?}")));
        let is_usual = self.order == usual || !self.condition.is_ordered();
        key("roles", (!is_usual).then(|| format!("{:?}", self.order)));
        parts.extend(self.unrestricted.iter().map(|(name, why)| format!("unrestricted({name}, reason = {why:?})")));
        f.write_str(self.name())?;
        if parts.is_empty() { Ok(()) } else { write!(f, "({})", parts.join(", ")) }
    }
}
