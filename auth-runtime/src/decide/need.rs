//! What a handler needs, as static data: written by the attributes, read by [`decide`](super::decide).

use std::fmt;
use std::panic::Location;

/// What one handler needs of a request, all attributes taken together.
#[derive(Debug)]
pub enum Need {
    /// One attribute.
    Rule(Rule),
    /// Several attributes: each must admit.
    All(&'static [&'static Need]),
    /// An attribute that could not be understood: nobody is admitted.
    Nobody,
}

/// One attribute, as data.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Which attribute it is.
    pub attribute: Attribute,
    /// The condition that must hold.
    pub condition: Condition,
    /// The attribute as written, without `#[` and `]`.
    pub text: &'static str,
    /// Where the organisation comes from.
    pub org: OrgSource,
    /// The handler's own check.
    pub check: Option<Check>,
    /// How a denial is answered.
    pub deny: Deny,
    /// What `optional_user` makes of credentials that do not verify.
    pub invalid: Invalid,
    /// Why a public route is open.
    pub reason: Option<&'static str>,
    /// Whether the handler takes an `OrgMember`.
    pub takes_org_member: bool,
    /// The roles of `auth.toml`, highest first; empty where none is declared.
    pub hierarchy: &'static [&'static str],
    /// The source file that holds the attribute.
    pub file: &'static str,
    /// The attribute's line.
    pub line: u32,
}

impl Rule {
    /// A rule that asks for nothing but its attribute; the base of every generated one.
    pub const BASE: Self = Self {
        attribute: Attribute::RequireUser,
        condition: Condition::Always,
        text: "",
        org: OrgSource::None,
        check: None,
        deny: Deny::Forbidden,
        invalid: Invalid::Anonymous,
        reason: None,
        takes_org_member: false,
        hierarchy: &[],
        file: "",
        line: 0,
    };

    /// What nearly every attribute says, which is written at the call.
    // A call with few arguments, because rustc reads one for each attribute.
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

/// A condition over what the token says, in Kleene's three-valued logic.
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
    /// `role >= "x"` in the selected organisation
    RoleAtLeast(&'static str),
    /// `role == "x"` in the selected organisation
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
}

/// A `check`, as written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Check {
    /// The expression.
    pub expression: &'static str,
    /// The handler's arguments that the expression names, separated by commas: `user: User, Path(id): Path<i64>`.
    pub bindings: &'static str,
}

/// Where the organisation's id comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrgSource {
    /// No organisation is selected.
    None,
    /// One of the handler's own arguments, or a field of one.
    Argument {
        /// What `from` names.
        name: &'static str,
        /// The argument as written: `Path(org_id): Path<String>`.
        binding: &'static str,
    },
    /// The path parameter of that name.
    Path(&'static str),
    /// The query parameter of that name.
    Query(&'static str),
    /// The request header of that name, in lower case.
    Header(&'static str),
    /// The organisation that the token itself names.
    Active,
}

/// As `from = ..` spells it.
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

/// How a denial is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deny {
    /// 403 with a challenge.
    Forbidden,
    /// A plain 404.
    NotFound,
}

/// What `optional_user` makes of credentials that do not verify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Invalid {
    /// They count as none.
    Anonymous,
    /// They are refused, as `require_user` would.
    Reject,
}
