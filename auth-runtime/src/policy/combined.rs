//! What the attributes of a handler need together.

use super::need::{Attribute, Condition, Deny, Invalid, Need, OrgSource, Rule};

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

    /// Whether requests without a verified token are admitted.
    pub(crate) fn admits_anonymous(&self) -> bool {
        !Combined::of(self).denies_all && !self.any(Rule::requires_user)
    }

    /// Whether invalid credentials are treated as if there were none.
    pub(crate) fn takes_invalid_for_anonymous(&self) -> bool {
        self.admits_anonymous() && !self.any(|rule| rule.settings.invalid == Invalid::Reject)
    }

    /// Whether the route stays public below routers that require a policy.
    pub(crate) fn is_exempt(&self) -> bool {
        self.any(|rule| rule.settings.despite_router)
    }

    /// Where the handler's organization comes from.
    pub(crate) fn org_source(&self) -> OrgSource {
        Combined::of(self).org
    }

    /// The response of the handler's denials: `not_found` if one attribute says so.
    pub(crate) fn deny(&self) -> Deny {
        if self.any(|rule| rule.settings.deny == Deny::NotFound) { Deny::NotFound } else { Deny::Forbidden }
    }

    /// The authentication context classes that the conditions ask for, in order, and the shortest `auth_age`, in
    /// seconds, for the challenge (RFC 9470 section 3).
    pub(crate) fn step_up(&self) -> (Vec<&'static str>, Option<u32>) {
        let (mut classes, mut age) = (Vec::new(), None::<u32>);
        self.each_asked(&mut |asked| match asked {
            Condition::Acr(class) if !classes.contains(class) => classes.push(class),
            Condition::AuthAge(seconds) => age = Some(age.map_or(*seconds, |age| age.min(*seconds))),
            _ => {}
        });
        (classes, age)
    }

    /// The scopes that the conditions ask for, in order, for the challenge (RFC 6750 section 3).
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        let mut scopes = Vec::new();
        self.each_asked(&mut |asked| match asked {
            Condition::Scope(scope) if !scopes.contains(scope) => scopes.push(scope),
            _ => {}
        });
        scopes
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

    /// Calls `each` with every atom of the conditions, except under `!`: the things that a caller may need to be
    /// admitted.
    fn each_asked(&self, each: &mut dyn FnMut(&Condition)) {
        fn walk(condition: &Condition, each: &mut dyn FnMut(&Condition)) {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| walk(part, each)),
                Condition::Not(_) => {}
                atom => each(atom),
            }
        }
        self.find(&mut |rule| {
            walk(&rule.condition, each);
            None::<()>
        });
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
                settles: rule.settings.check.is_some() || rule.settings.load.is_some(),
                hierarchy: rule.hierarchy,
                role_permissions: rule.role_permissions,
                max_age_ms: match rule.settings.fresh {
                    Some(ms) => ms,
                    None => u64::MAX,
                },
                asks_own_role: rule.condition.asks(Kind::OwnRole),
                asks_permission: rule.condition.asks(Kind::Permission),
                asks_time: rule.condition.asks(Kind::Time),
                audits: rule.settings.audit,
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
