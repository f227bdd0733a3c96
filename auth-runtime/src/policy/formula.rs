//! A condition as a value that is printed, parsed, described and compared. The decision uses the static
//! [`Condition`].

use std::borrow::Cow;
use std::fmt;

use super::duration;
use super::need::Condition;

/// A condition over atoms.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Formula<A = Atom> {
    Always,
    All(Vec<Formula<A>>),
    Any(Vec<Formula<A>>),
    Not(Box<Formula<A>>),
    Atom(A),
}

/// A question about the caller. Its name is borrowed from the program, or owned if it was parsed from a file.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Atom {
    RoleAtLeast(Cow<'static, str>),
    RoleIs(Cow<'static, str>),
    OwnRoleAtLeast(Cow<'static, str>),
    OwnRoleIs(Cow<'static, str>),
    Permission(Cow<'static, str>),
    Scope(Cow<'static, str>),
    Issuer(Cow<'static, str>),
    EmailVerified,
    Impersonated,
    Acr(Cow<'static, str>),
    Amr(Cow<'static, str>),
    /// In seconds.
    AuthAge(u32),
    Claim(Cow<'static, str>, Cow<'static, str>),
}

impl From<&Condition> for Formula {
    fn from(condition: &Condition) -> Self {
        let all = |parts: &[Condition]| parts.iter().map(Self::from).collect();
        let atom = |atom: fn(Cow<'static, str>) -> Atom, name: &'static str| Self::Atom(atom(Cow::Borrowed(name)));
        match *condition {
            Condition::Always => Self::Always,
            Condition::All(parts) => Self::All(all(parts)),
            Condition::Any(parts) => Self::Any(all(parts)),
            Condition::Not(inner) => Self::Not(Box::new(Self::from(inner))),
            Condition::RoleAtLeast(role) => atom(Atom::RoleAtLeast, role),
            Condition::RoleIs(role) => atom(Atom::RoleIs, role),
            Condition::OwnRoleAtLeast(role) => atom(Atom::OwnRoleAtLeast, role),
            Condition::OwnRoleIs(role) => atom(Atom::OwnRoleIs, role),
            Condition::Permission(permission) => atom(Atom::Permission, permission),
            Condition::Scope(scope) => atom(Atom::Scope, scope),
            Condition::Issuer(issuer) => atom(Atom::Issuer, issuer),
            Condition::EmailVerified => Self::Atom(Atom::EmailVerified),
            Condition::Impersonated => Self::Atom(Atom::Impersonated),
            Condition::Acr(class) => atom(Atom::Acr, class),
            Condition::Amr(method) => atom(Atom::Amr, method),
            Condition::AuthAge(seconds) => Self::Atom(Atom::AuthAge(seconds)),
            Condition::Claim(name, value) => Self::Atom(Atom::Claim(Cow::Borrowed(name), Cow::Borrowed(value))),
        }
    }
}

impl Formula {
    pub(crate) fn each<'a>(&'a self, each: &mut dyn FnMut(&'a Atom)) {
        match self {
            Self::Always => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each(each)),
            Self::Not(inner) => inner.each(each),
            Self::Atom(atom) => each(atom),
        }
    }

    /// Whether a part of it depends on the declared order of roles.
    pub(crate) fn is_ordered(&self) -> bool {
        let mut found = false;
        self.each(&mut |atom| found |= matches!(atom, Atom::RoleAtLeast(_) | Atom::OwnRoleAtLeast(_)));
        found
    }
}

impl Atom {
    fn is_comparison(&self) -> bool {
        matches!(
            self,
            Self::RoleAtLeast(_)
                | Self::RoleIs(_)
                | Self::OwnRoleAtLeast(_)
                | Self::OwnRoleIs(_)
                | Self::AuthAge(_)
                | Self::Claim(..)
        )
    }
}

/// Prints it as an attribute writes it.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Formula::from(self).fmt(f)
    }
}

/// Prints it as an attribute writes it.
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
                // `!role == "x"` would not parse.
                Self::All(_) | Self::Any(_) => write!(f, "!({inner})"),
                Self::Atom(atom) if atom.is_comparison() => write!(f, "!({atom})"),
                inner => write!(f, "!{inner}"),
            },
            Self::Atom(atom) => atom.fmt(f),
        }
    }
}

/// Prints it as an attribute writes it. Atoms are printed only here.
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
            Self::Acr(class) => write!(f, "acr({class:?})"),
            Self::Amr(method) => write!(f, "amr({method:?})"),
            Self::AuthAge(seconds) => write!(f, "auth_age <= {:?}", duration::text(u64::from(*seconds))),
            Self::Claim(name, value) => write!(f, "claim({name:?}) == {value:?}"),
        }
    }
}
