//! What a handler needs, as static data. The attributes write it, and the decision reads it.
//!
//! It uses no other module: the programs that test `auth.toml` include this file alone.

use std::fmt;
use std::panic::Location;

/// What a handler needs of a request: all its attributes together.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // static data, and mostly rules
pub enum Need {
    /// One attribute.
    Rule(Rule),
    /// Several attributes: each must admit the request.
    All(&'static [&'static Need]),
    /// An attribute that could not be parsed: every request is refused.
    DenyAll,
    /// A named policy: the attributes of a unit struct. It decides separately, with its own organization.
    Named {
        /// The name of the struct.
        name: &'static str,
        /// The attributes of the struct.
        need: &'static Need,
    },
}

/// One attribute, as data.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The attribute.
    pub attribute: Attribute,
    /// The condition that must be true.
    pub condition: Condition,
    /// The attribute as written, without `#[` and `]`.
    pub text: &'static str,
    /// Where the organization comes from.
    pub org: OrgSource,
    /// The expression that loads the handler's object.
    pub load: Option<Expression>,
    /// The handler's own check.
    pub check: Option<Expression>,
    /// The response of a denial.
    pub deny: Deny,
    /// How `optional_user` treats invalid credentials.
    pub invalid: Invalid,
    /// Whether a public route stays public below a router that requires a policy.
    pub despite_router: bool,
    /// Whether each decision is recorded.
    pub audit: bool,
    /// Why a public route is open.
    pub reason: Option<&'static str>,
    /// Parameters of the path that no guard need read, and why.
    pub unrestricted: &'static [(&'static str, &'static str)],
    /// Whether the handler has an `OrgMember` argument.
    pub takes_org_member: bool,
    /// The roles of `auth.toml`, highest first; empty if no roles are declared.
    pub hierarchy: &'static [&'static str],
    /// The permissions of each role in `auth.toml`; empty if none are declared.
    pub role_permissions: &'static [(&'static str, &'static [&'static str])],
    /// The maximum age of the directory's answer in milliseconds, if the attribute sets it.
    pub fresh: Option<u64>,
    /// The source file of the attribute.
    pub file: &'static str,
    /// The line of the attribute.
    pub line: u32,
}

impl Rule {
    /// A rule without a condition; the base of every generated rule.
    pub const BASE: Self = Self {
        attribute: Attribute::RequireUser,
        condition: Condition::Always,
        text: "",
        org: OrgSource::None,
        load: None,
        check: None,
        deny: Deny::Forbidden,
        invalid: Invalid::Anonymous,
        despite_router: false,
        audit: false,
        reason: None,
        unrestricted: &[],
        takes_org_member: false,
        hierarchy: &[],
        role_permissions: &[],
        fresh: None,
        file: "",
        line: 0,
    };

    /// The settings that nearly every attribute has; the call's location is the attribute's.
    // Few arguments, because rustc reads them for each attribute.
    #[track_caller]
    pub const fn new(attribute: Attribute, text: &'static str, condition: Condition, org: OrgSource) -> Self {
        let at = Location::caller();
        Self { attribute, condition, text, org, file: at.file(), line: at.line(), ..Self::BASE }
    }
}

/// The five attributes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Attribute {
    /// `#[public]`
    Public,
    /// `#[optional_user]`
    OptionalUser,
    /// `#[require_user]`
    RequireUser,
    /// `#[require_org]`
    RequireOrg,
    /// `#[require_permission]`
    RequirePermission,
}

/// A condition on the token, in Kleene's three-valued logic.
#[derive(Clone, Copy, Debug)]
pub enum Condition {
    /// No condition was written.
    Always,
    /// `a && b`
    All(&'static [Condition]),
    /// `a || b`
    Any(&'static [Condition]),
    /// `!a`
    Not(&'static Condition),
    /// `role >= "x"` in the selected organization
    RoleAtLeast(&'static str),
    /// `role == "x"` in the selected organization
    RoleIs(&'static str),
    /// `role >= "x"` over the token's own roles
    OwnRoleAtLeast(&'static str),
    /// `role == "x"` over the token's own roles
    OwnRoleIs(&'static str),
    /// `permission("p")`
    Permission(&'static str),
    /// `scope("s")`
    Scope(&'static str),
    /// `issuer("i")`
    Issuer(&'static str),
    /// `email_verified`
    EmailVerified,
    /// `impersonated`
    Impersonated,
    /// `acr("a")`
    Acr(&'static str),
    /// `amr("a")`
    Amr(&'static str),
    /// `auth_age <= "5m"`, in seconds
    AuthAge(u32),
    /// `claim("c") == "v"`
    Claim(&'static str, &'static str),
}

/// The expression of a `load` or a `check`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Expression {
    /// The expression as written.
    pub text: &'static str,
    /// The arguments of the handler that the expression uses, separated by commas: `user: User, Path(id): Path<i64>`.
    pub bindings: &'static str,
}

/// Where the organization id comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrgSource {
    /// No organization is selected.
    None,
    /// One of the handler's own arguments, or a field of one.
    Argument {
        /// The name in `from`.
        name: &'static str,
        /// The argument as written: `Path(org_id): Path<String>`.
        binding: &'static str,
    },
    /// The path parameter with this name.
    Path(&'static str),
    /// The query parameter with this name.
    Query(&'static str),
    /// The request header with this name, in lower case.
    Header(&'static str),
    /// The active organization of the token.
    Active,
}

/// Prints it as written in `from = ..`.
impl fmt::Display for OrgSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Argument { name, .. } => f.write_str(name),
            Self::Path(name) => write!(f, "path({name:?})"),
            Self::Query(name) => write!(f, "query({name:?})"),
            Self::Header(name) => write!(f, "header({name:?})"),
            Self::Active => f.write_str("active()"),
        }
    }
}

/// The response of a denial.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deny {
    /// 403 with a challenge.
    Forbidden,
    /// A plain 404.
    NotFound,
}

/// How `optional_user` treats invalid credentials.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Invalid {
    /// Treated as if there were none.
    Anonymous,
    /// Refused, as by `require_user`.
    Reject,
}

impl Rule {
    /// Whether a verified token is required.
    pub(crate) fn requires_user(&self) -> bool {
        !matches!(self.attribute, Attribute::Public | Attribute::OptionalUser)
    }
}

/// The attributes of one handler together.
impl Need {
    /// The first result of `pick` for a rule, in the order in which the attributes are written.
    pub(crate) fn find<T>(&self, pick: &mut dyn FnMut(&Rule) -> Option<T>) -> Option<T> {
        match self {
            Self::DenyAll => None,
            Self::Rule(rule) => pick(rule),
            Self::All(needs) => needs.iter().find_map(|need| need.find(pick)),
            Self::Named { need, .. } => need.find(pick),
        }
    }

    /// The policies that decide separately: each named policy, and all attributes of a handler together.
    pub(crate) fn each_policy(&'static self) -> Vec<&'static Self> {
        match self {
            Self::All(needs) if needs.iter().any(|need| need.name().is_some()) => needs.to_vec(),
            need => vec![need],
        }
    }

    /// The name of the policy, if it has one.
    pub(crate) fn name(&self) -> Option<&'static str> {
        if let Self::Named { name, .. } = self { Some(name) } else { None }
    }

    pub(crate) fn any(&self, test: impl Fn(&Rule) -> bool) -> bool {
        self.find(&mut |rule| test(rule).then_some(())).is_some()
    }

    /// Whether it stays public below routers that require a policy.
    pub(crate) fn is_exempt(&self) -> bool {
        self.any(|rule| rule.despite_router)
    }

    /// Whether requests without a verified token are admitted.
    pub(crate) fn admits_anonymous(&self) -> bool {
        !Combined::of(self).denies_all && !self.any(Rule::requires_user)
    }

    /// Whether invalid credentials are treated as if there were none.
    pub(crate) fn takes_invalid_for_anonymous(&self) -> bool {
        self.admits_anonymous() && !self.any(|rule| rule.invalid == Invalid::Reject)
    }

    /// Where the handler's organization comes from.
    pub(crate) fn org_source(&self) -> OrgSource {
        Combined::of(self).org
    }

    /// The response of the handler's denials: `not_found` if one attribute says so.
    pub(crate) fn deny(&self) -> Deny {
        if self.any(|rule| rule.deny == Deny::NotFound) { Deny::NotFound } else { Deny::Forbidden }
    }

    /// The authentication context classes that the conditions ask for, in order, and the shortest time since the login, in
    /// seconds: what a challenge says (RFC 9470 section 3).
    pub(crate) fn step_up(&self) -> (Vec<&'static str>, Option<u32>) {
        fn collect(condition: &Condition, classes: &mut Vec<&'static str>, age: &mut Option<u32>) {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => {
                    parts.iter().for_each(|part| collect(part, classes, age));
                }
                Condition::Acr(class) if !classes.contains(class) => classes.push(class),
                Condition::AuthAge(seconds) => *age = Some(age.map_or(*seconds, |age| age.min(*seconds))),
                _ => {}
            }
        }
        let (mut classes, mut age) = (Vec::new(), None);
        self.find(&mut |rule| {
            collect(&rule.condition, &mut classes, &mut age);
            None::<()>
        });
        (classes, age)
    }

    /// The claims that the conditions compare.
    pub(crate) fn claims(&self) -> Vec<&'static str> {
        fn collect(condition: &Condition, claims: &mut Vec<&'static str>) {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| collect(part, claims)),
                Condition::Not(inner) => collect(inner, claims),
                Condition::Claim(name, _) => claims.push(name),
                _ => {}
            }
        }
        let mut claims = Vec::new();
        self.find(&mut |rule| {
            collect(&rule.condition, &mut claims);
            None::<()>
        });
        claims
    }

    /// The scopes that the conditions ask for, in order, for the challenge (RFC 6750 section 3).
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        fn collect(condition: &Condition, scopes: &mut Vec<&'static str>) {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => {
                    parts.iter().for_each(|part| collect(part, scopes));
                }
                Condition::Scope(scope) if !scopes.contains(scope) => scopes.push(scope),
                _ => {}
            }
        }
        let mut scopes = Vec::new();
        self.find(&mut |rule| {
            collect(&rule.condition, &mut scopes);
            None::<()>
        });
        scopes
    }
}

/// A summary of all attributes of a handler, computed in one pass. For a guard, it is computed at compile time.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Combined {
    /// An attribute failed to compile, so its needs are unknown: every request is refused.
    pub(crate) denies_all: bool,
    /// Credentials are ignored.
    pub(crate) public: bool,
    /// Where the handler's organization comes from.
    pub(crate) org: OrgSource,
    /// Whether an attribute has a `load` or a `check`.
    pub(crate) settles: bool,
    /// The declared order of roles.
    pub(crate) hierarchy: &'static [&'static str],
    /// The permissions of each role.
    pub(crate) role_permissions: &'static [(&'static str, &'static [&'static str])],
    /// The maximum age of the directory's answer, in milliseconds.
    pub(crate) max_age_ms: u64,
    /// Whether a condition asks for roles outside organizations.
    asks_own_role: bool,
    asks_permission: bool,
    /// A condition depends on the time.
    pub(crate) asks_time: bool,
    /// Each decision is recorded.
    pub(crate) audits: bool,
}

impl Combined {
    const NOTHING: Self = Self {
        denies_all: false,
        public: true,
        org: OrgSource::None,
        settles: false,
        hierarchy: &[],
        role_permissions: &[],
        max_age_ms: u64::MAX,
        asks_own_role: false,
        asks_permission: false,
        asks_time: false,
        audits: false,
    };

    pub(crate) const fn of(need: &Need) -> Self {
        match need {
            Need::DenyAll => Self { denies_all: true, public: false, ..Self::NOTHING },
            Need::Rule(rule) => Self {
                denies_all: false,
                public: matches!(rule.attribute, Attribute::Public),
                org: rule.org,
                settles: rule.check.is_some() || rule.load.is_some(),
                hierarchy: rule.hierarchy,
                role_permissions: rule.role_permissions,
                max_age_ms: match rule.fresh {
                    Some(ms) => ms,
                    None => u64::MAX,
                },
                asks_own_role: rule.condition.asks(Kind::OwnRole),
                asks_permission: rule.condition.asks(Kind::Permission),
                asks_time: rule.condition.asks(Kind::Time),
                audits: rule.audit,
            },
            Need::Named { need, .. } => Self::of(need),
            Need::All(needs) => {
                let (mut all, mut rest) = (Self::NOTHING, *needs);
                while let [first, others @ ..] = rest {
                    all = all.and(Self::of(first));
                    rest = others;
                }
                all
            }
        }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            denies_all: self.denies_all || other.denies_all,
            public: self.public && other.public,
            org: if matches!(self.org, OrgSource::None) { other.org } else { self.org },
            settles: self.settles || other.settles,
            hierarchy: if self.hierarchy.is_empty() { other.hierarchy } else { self.hierarchy },
            role_permissions: if self.role_permissions.is_empty() {
                other.role_permissions
            } else {
                self.role_permissions
            },
            max_age_ms: if self.max_age_ms < other.max_age_ms { self.max_age_ms } else { other.max_age_ms },
            asks_own_role: self.asks_own_role || other.asks_own_role,
            asks_permission: self.asks_permission || other.asks_permission,
            asks_time: self.asks_time || other.asks_time,
            audits: self.audits || other.audits,
        }
    }

    /// Whether the decision depends on roles or permissions outside any organization.
    pub(crate) const fn asks_grants(&self) -> bool {
        self.asks_own_role || (self.asks_permission && matches!(self.org, OrgSource::None))
    }
}

/// The kinds of questions in a condition, computed at compile time.
#[derive(Clone, Copy)]
enum Kind {
    OwnRole,
    Permission,
    Time,
}

impl Condition {
    const fn asks(&self, kind: Kind) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                let mut rest = *parts;
                while let [first, others @ ..] = rest {
                    if first.asks(kind) {
                        return true;
                    }
                    rest = others;
                }
                false
            }
            Self::Not(inner) => inner.asks(kind),
            Self::OwnRoleAtLeast(_) | Self::OwnRoleIs(_) => matches!(kind, Kind::OwnRole),
            Self::Permission(_) => matches!(kind, Kind::Permission),
            Self::AuthAge(_) => matches!(kind, Kind::Time),
            _ => false,
        }
    }
}
