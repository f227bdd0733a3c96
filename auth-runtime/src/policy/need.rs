//! What a handler needs, as static data. The attributes write it, and the decision reads it.
//!
//! It uses only `reads.rs`, because the programs that test `auth.toml` include only these two files and `declared.rs`.

use std::fmt;
use std::panic::Location;

use super::reads::{Part, Read, Tell};

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
///
/// For each attribute, rustc proves of every type in a rule that it has no interior mutability. So a rule has few types,
/// and what few attributes set is behind a reference.
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
    /// Whether the handler has an `OrgMember` argument.
    pub takes_org_member: bool,
    /// What the handler takes from the query and the body.
    pub takes: &'static [Takes],
    /// The roles of `auth.toml`, highest first; empty if no roles are declared.
    pub hierarchy: &'static [&'static str],
    /// The permissions of each role in `auth.toml`; empty if none are declared.
    pub role_permissions: &'static [(&'static str, &'static [&'static str])],
    /// What few attributes set.
    pub settings: &'static Settings,
    /// The source file of the attribute.
    pub file: &'static str,
    /// The line of the attribute.
    pub line: u32,
}

/// The parts of an attribute that few attributes have.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
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
    /// Parameters of the path that guards need not read, and why.
    pub unrestricted: &'static [(&'static str, &'static str)],
    /// The maximum age of the directory's answer in milliseconds, if the attribute sets it.
    pub fresh: Option<u64>,
}

impl Settings {
    /// Nothing is set; the base of all settings.
    pub const NONE: Self = Self {
        load: None,
        check: None,
        deny: Deny::Forbidden,
        invalid: Invalid::Anonymous,
        despite_router: false,
        audit: false,
        reason: None,
        unrestricted: &[],
        fresh: None,
    };
}

impl Rule {
    /// A rule without a condition; the base of every generated rule.
    pub const BASE: Self = Self {
        attribute: Attribute::RequireUser,
        condition: Condition::Always,
        text: "",
        org: OrgSource::None,
        takes_org_member: false,
        takes: &[],
        hierarchy: &[],
        role_permissions: &[],
        settings: &Settings::NONE,
        file: "",
        line: 0,
    };

    /// A rule that refuses every request.
    pub const NEVER: Self = Self { condition: Condition::Any(&[]), ..Self::BASE };

    /// A rule without an organization. The location of the call becomes the location of the attribute.
    // Few arguments, because rustc reads them for each attribute.
    #[track_caller]
    pub const fn new(attribute: Attribute, text: &'static str, condition: Condition) -> Self {
        Self::with_org(attribute, text, condition, OrgSource::None)
    }

    /// Like [`Self::new`], for an attribute with a `from`.
    #[track_caller]
    pub const fn with_org(attribute: Attribute, text: &'static str, condition: Condition, org: OrgSource) -> Self {
        let at = Location::caller();
        Self { attribute, condition, text, org, file: at.file(), line: at.line(), ..Self::BASE }
    }
}

/// An argument that takes fields from the query or the body.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    /// The part of the request.
    pub part: OutsidePath,
    /// The names of the fields that serde knows.
    pub fields: Tell,
}

/// A part of a request that no path shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OutsidePath {
    /// The query.
    Query,
    /// The body.
    Body,
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
#[derive(Clone, Copy, Debug)]
pub struct Expression {
    /// The expression as written.
    pub text: &'static str,
    /// The arguments of the handler that the expression uses, separated by commas: `user: User, Path(id): Path<i64>`.
    pub bindings: &'static str,
    /// What is read of them.
    pub reads: &'static [Read],
}

/// Where the organization id comes from.
#[derive(Clone, Copy, Debug)]
pub enum OrgSource {
    /// No organization is selected.
    None,
    /// One of the handler's own arguments, or a field of one.
    Argument {
        /// The name in `from`.
        name: &'static str,
        /// The argument as written: `Path(org_id): Path<String>`.
        binding: &'static str,
        /// Tells what the argument is.
        argument: Tell,
        /// The part of it that is the id.
        part: Part,
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

impl OrgSource {
    /// Whether an organization is selected.
    pub(crate) const fn selects(&self) -> bool {
        !matches!(self, Self::None)
    }
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
