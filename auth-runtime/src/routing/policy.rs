//! The policy of a route as a value: made from attributes, or read from a committed table.

use std::fmt;

use super::mounted::{Entry, MethodEntry};
use crate::policy::{Attribute, Deny, Expression, Formula, Invalid, Need, OrgSource, Rule, duration};

/// What a route requires of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Policy {
    /// Open to everyone, with the method that added it, such as `public_service`.
    Open { verb: String, reason: String },
    /// An attribute that could not be parsed.
    DenyAll,
    /// Policies that decide separately, and must all admit the request. The last one is the handler's own.
    Parts(Vec<Part>),
}

/// Attributes that decide together, about one organization.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Part {
    /// The name of the policy, if it has one.
    pub(crate) name: Option<String>,
    pub(crate) clauses: Vec<Clause>,
}

/// One attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // Each is an argument of the attribute.
pub(crate) struct Clause {
    pub(crate) attribute: Attribute,
    pub(crate) condition: Formula,
    pub(crate) org: OrgSelector,
    pub(crate) load: Option<Check>,
    pub(crate) check: Option<Check>,
    /// Parameters of the path that guards need not read, and why.
    pub(crate) unrestricted: Vec<(String, String)>,
    /// `deny = not_found`
    pub(crate) denies_not_found: bool,
    /// `invalid = reject`
    pub(crate) rejects_invalid: bool,
    /// `despite_router`
    pub(crate) is_exempt: bool,
    /// `audit`
    pub(crate) is_audited: bool,
    pub(crate) reason: Option<String>,
    /// The maximum age of the directory's answer.
    pub(crate) fresh_ms: Option<u64>,
    /// The declared roles, highest first, if the condition contains `role >= ".."`.
    pub(crate) order: Vec<String>,
}

/// The expression of a `load` or a `check`, and the handler's arguments that it uses, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Check {
    pub(crate) expression: String,
    pub(crate) bindings: String,
}

/// Where the organization id comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum OrgSelector {
    None,
    /// The argument in `from`, and the pattern of the handler that binds it.
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
    pub(super) fn of(handled: &MethodEntry) -> Self {
        if let Entry::Open { verb, reason } = handled.entry {
            return Self::Open { verb: verb.to_owned(), reason: reason.to_owned() };
        }
        let around = handled.required().iter().map(|required| required.need);
        Self::of_needs(around.chain(handled.need().into_iter().flat_map(Need::each_policy)))
    }

    pub(crate) fn of_needs(needs: impl IntoIterator<Item = &'static Need>) -> Self {
        let parts: Option<Vec<_>> = needs.into_iter().map(Part::of).collect();
        parts.map_or(Self::DenyAll, Self::Parts)
    }

    pub(crate) fn parts(&self) -> &[Part] {
        match self {
            Self::Open { .. } | Self::DenyAll => &[],
            Self::Parts(parts) => parts,
        }
    }

    pub(crate) fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.parts().iter().flat_map(|part| &part.clauses)
    }

    /// Whether the route needs no authentication.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Open { .. } => true,
            Self::DenyAll => false,
            Self::Parts(_) => self.clauses().all(|clause| clause.attribute == Attribute::Public),
        }
    }
}

/// The parts that only OpenAPI documents and tests use.
#[cfg(any(feature = "aide", feature = "testing", feature = "utoipa"))]
impl Policy {
    /// Whether a caller without a token may be admitted.
    pub(crate) fn admits_anonymous(&self) -> bool {
        match self {
            Self::DenyAll => false,
            _ => !self.clauses().any(Clause::requires_user),
        }
    }

    /// Whether an invalid token is treated as no token.
    pub(crate) fn admits_invalid(&self) -> bool {
        self.admits_anonymous() && !self.clauses().any(|clause| clause.rejects_invalid)
    }

    /// The sources of all organizations that are selected.
    pub(crate) fn orgs(&self) -> impl Iterator<Item = &OrgSelector> {
        self.parts().iter().map(Part::org).filter(|org| **org != OrgSelector::None)
    }

    /// Whether the directory's answer may be older than under another policy. For a part with several attributes, the
    /// shortest `fresh` counts.
    #[cfg(feature = "testing")]
    pub(crate) fn takes_older_than(&self, other: &Self) -> bool {
        let least = |part: &Part| part.clauses.iter().filter_map(|clause| clause.fresh_ms).min().unwrap_or(u64::MAX);
        let [own, others] = [self, other].map(|policy| policy.parts().iter().map(least).collect::<Vec<_>>());
        if own.len() == others.len() {
            own.iter().zip(&others).any(|(own, other)| own > other)
        } else {
            own.iter().min() > others.iter().min()
        }
    }

    /// Whether every refusal of a verified caller looks like a missing route.
    pub(crate) fn denies_not_found(&self) -> bool {
        let mut refusing = self.parts().iter().filter(|part| part.clauses.iter().any(Clause::requires_user)).peekable();
        refusing.peek().is_some() && refusing.all(Part::denies_not_found)
    }

    pub(crate) fn checks(&self) -> impl Iterator<Item = &Check> {
        self.clauses().filter_map(|clause| clause.check.as_ref())
    }

    pub(crate) fn loads(&self) -> impl Iterator<Item = &Check> {
        self.clauses().filter_map(|clause| clause.load.as_ref())
    }
}

impl Part {
    /// The attributes of a policy; `None` if one of them could not be parsed.
    fn of(need: &Need) -> Option<Self> {
        if denies_all(need) {
            return None;
        }
        let mut clauses = Vec::new();
        need.find(&mut |rule| {
            clauses.push(Clause::of(rule));
            None::<()>
        });
        Some(Self { name: need.name().map(str::to_owned), clauses })
    }

    /// Where its organization comes from.
    #[cfg(any(feature = "aide", feature = "testing", feature = "utoipa"))]
    pub(crate) fn org(&self) -> &OrgSelector {
        self.clauses
            .iter()
            .map(|clause| &clause.org)
            .find(|org| **org != OrgSelector::None)
            .unwrap_or(&OrgSelector::None)
    }

    #[cfg(any(feature = "aide", feature = "testing", feature = "utoipa"))]
    fn denies_not_found(&self) -> bool {
        self.clauses.iter().any(|clause| clause.denies_not_found)
    }
}

fn denies_all(need: &Need) -> bool {
    match need {
        Need::DenyAll => true,
        Need::Rule(_) => false,
        Need::All(needs) => needs.iter().any(|need| denies_all(need)),
        Need::Named { need, .. } => denies_all(need),
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
                OrgSource::None => OrgSelector::None,
                OrgSource::Argument { name, binding, .. } => {
                    OrgSelector::Argument { name: name.to_owned(), binding: binding.to_owned() }
                }
                OrgSource::Path(name) => OrgSelector::Path(name.to_owned()),
                OrgSource::Query(name) => OrgSelector::Query(name.to_owned()),
                OrgSource::Header(name) => OrgSelector::Header(name.to_owned()),
                OrgSource::Active => OrgSelector::Active,
            },
            load: rule.settings.load.map(Check::of),
            check: rule.settings.check.map(Check::of),
            unrestricted: rule
                .settings
                .unrestricted
                .iter()
                .map(|(name, why)| ((*name).to_owned(), (*why).to_owned()))
                .collect(),
            denies_not_found: rule.settings.deny == Deny::NotFound,
            rejects_invalid: rule.settings.invalid == Invalid::Reject,
            is_exempt: rule.settings.despite_router,
            is_audited: rule.settings.audit,
            reason: rule.settings.reason.map(str::to_owned),
            fresh_ms: rule.settings.fresh,
            order: order.iter().copied().map(str::to_owned).collect(),
        }
    }

    #[cfg(any(feature = "aide", feature = "testing", feature = "utoipa"))]
    pub(crate) fn requires_user(&self) -> bool {
        !matches!(self.attribute, Attribute::Public | Attribute::OptionalUser)
    }
}

impl OrgSelector {
    /// Prints it as an attribute writes it, with its binding.
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

/// Prints the policy in a normal form that does not depend on the layout of the source. Constants are printed as their
/// values.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &[])
    }
}

impl Policy {
    /// Prints the normal form. The order of roles is printed only if it is not the `usual` one.
    pub(super) fn write(&self, f: &mut dyn fmt::Write, usual: &[String]) -> fmt::Result {
        match self {
            Self::Open { verb, reason } => write!(f, "{verb}(reason = {reason:?})"),
            Self::DenyAll => f.write_str("deny_all"),
            Self::Parts(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
                f.write_str(if index == 0 { "" } else { "; " })?;
                part.write(f, usual)
            }),
        }
    }
}

impl Part {
    fn write(&self, f: &mut dyn fmt::Write, usual: &[String]) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}: ")?;
        }
        self.clauses.iter().enumerate().try_for_each(|(index, clause)| {
            f.write_str(if index == 0 { "" } else { " + " })?;
            clause.write(f, usual)
        })
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
        if self.is_exempt {
            parts.push("despite_router".to_owned());
        }
        if self.is_audited {
            parts.push("audit".to_owned());
        }
        let mut key = |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name} = {value}")));
        key("from", self.org.text());
        key("load", self.load.as_ref().map(Check::text));
        key("check", self.check.as_ref().map(Check::text));
        key("deny", self.denies_not_found.then(|| "not_found".to_owned()));
        key("invalid", self.rejects_invalid.then(|| "reject".to_owned()));
        key("reason", self.reason.as_ref().map(|reason| format!("{reason:?}")));
        key("fresh", self.fresh_ms.map(|ms| format!("{:?}", duration::text(ms / 1000))));
        let is_usual = self.order == usual || !self.condition.is_ordered();
        key("roles", (!is_usual).then(|| format!("{:?}", self.order)));
        parts.extend(self.unrestricted.iter().map(|(name, why)| format!("unrestricted({name}, reason = {why:?})")));
        f.write_str(self.name())?;
        if parts.is_empty() { Ok(()) } else { write!(f, "({})", parts.join(", ")) }
    }
}
