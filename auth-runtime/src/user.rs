//! The user behind a token.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use crate::bounded::{Quoted, list};
use crate::claims::typed;
use crate::decide::{Denied, Reason};
use crate::error::ClaimError;
use crate::id::{Hierarchy, OrgMember, Span, Subject};

/// The authenticated user: an argument of a handler under one of the `require_*` attributes.
///
/// All answers come from the verified token; nothing is looked up. What a token does not say is `None`, empty or
/// `false`. Cloning copies pointers.
#[derive(Clone)]
pub struct User {
    subject: Arc<Subject>,
    hierarchy: Hierarchy,
}

impl User {
    pub(crate) fn new(subject: Arc<Subject>, hierarchy: Hierarchy) -> Self {
        Self { subject, hierarchy }
    }

    fn text(&self, of: impl Fn(&Subject) -> Option<Span>) -> Option<&str> {
        self.subject.texts.maybe(of(&self.subject))
    }

    /// The user's id: not empty, unique within its issuer.
    ///
    /// An application that trusts several issuers keys its rows by `(user.issuer(), user.id())`.
    pub fn id(&self) -> &str {
        self.subject.id()
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.text(|subject| subject.email)
    }

    /// The first name.
    pub fn first_name(&self) -> Option<&str> {
        self.text(|subject| subject.first_name)
    }

    /// The last name.
    pub fn last_name(&self) -> Option<&str> {
        self.text(|subject| subject.last_name)
    }

    /// The login name.
    pub fn username(&self) -> Option<&str> {
        self.text(|subject| subject.username)
    }

    /// The id that the user had before being migrated to the issuer.
    pub fn legacy_user_id(&self) -> Option<&str> {
        self.text(|subject| subject.legacy_user_id)
    }

    /// Who acts as this user, where somebody does and the token names them.
    pub fn impersonator_user_id(&self) -> Option<&str> {
        self.text(|subject| subject.impersonator_user_id)
    }

    /// Whether somebody else acts as this user.
    pub fn is_impersonated(&self) -> bool {
        self.subject.impersonated == Some(true)
    }

    /// Whether the issuer has verified the e-mail address.
    pub fn email_verified(&self) -> bool {
        self.subject.email_verified == Some(true)
    }

    /// The membership in this organization, if it is known; ids are compared byte for byte. Allocates nothing.
    pub fn org(&self, id: &str) -> Option<OrgMember> {
        self.subject.position(id).map(|position| self.member(position))
    }

    /// The known memberships, ordered by the organizations' ids.
    pub fn known_orgs(&self) -> impl Iterator<Item = OrgMember> {
        (0..self.subject.members().len()).map(|position| self.member(position))
    }

    /// The membership in the organization that the token itself names.
    pub fn active_org(&self) -> Option<OrgMember> {
        self.org(self.subject.active_member()?.org_id())
    }

    fn member(&self, position: usize) -> OrgMember {
        OrgMember::new(&self.subject, position, self.hierarchy)
    }

    /// The roles that belong to no organisation.
    pub fn roles(&self) -> &[String] {
        self.subject.strings(self.subject.roles.as_ref()).unwrap_or_default()
    }

    /// The OAuth scopes (RFC 6749 section 3.3).
    pub fn scopes(&self) -> &[String] {
        self.subject.strings(self.subject.scopes.as_ref()).unwrap_or_default()
    }

    /// Whether the token's scope list holds this scope, as `scope("..")` in an attribute.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.subject.has_scope(scope) == Some(true)
    }

    /// Whether the token grants this permission, as `permission("..")` in an attribute that selects no organisation.
    ///
    /// Ask [`OrgMember::has_permission`] for those in one organisation.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.subject.has_permission(permission) == Some(true)
    }

    /// The token's `iss`; empty under an issuer whose tokens carry none.
    pub fn issuer(&self) -> &str {
        self.subject.issuer()
    }

    /// When the token expires, leeway not counted; `None` if it never does.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.subject.expires_at()
    }

    /// One claim of the verified token, deserialized into `T`; `None` if the token does not have it.
    ///
    /// Reads the claims at every call.
    ///
    /// # Errors
    /// The claim is there, but is not a `T`.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        typed::one(self.subject.token(), name)
    }
}

/// The questions of the attributes, as calls: for what only the handler can know, such as the organisation of a row
/// that it has loaded.
///
/// ```
/// use auth_runtime::{Denied, User};
/// fn may_pay(user: &User, org_of_invoice: &str) -> Result<(), Denied> {
///     user.require_org_permission(org_of_invoice, "can_pay")?;
///     Ok(())
/// }
/// ```
///
/// # Errors
/// Each gives the [`Denied`] that an attribute would answer with: 403.
impl User {
    /// The membership in this organisation.
    ///
    /// # Errors
    /// [`Reason::NotAMember`].
    pub fn require_org(&self, id: &str) -> Result<OrgMember, Denied> {
        self.org(id).ok_or_else(|| {
            let question = format!("member of {}", Quoted(id));
            Denied::by_method(Reason::NotAMember, &self.subject, id, question, "not a member")
        })
    }

    /// The membership in this organisation, in this role or one above it.
    ///
    /// # Errors
    /// [`Reason::NotAMember`], [`Reason::Condition`].
    pub fn require_org_at_least(&self, id: &str, role: &str) -> Result<OrgMember, Denied> {
        let member = self.require_org(id)?;
        if member.is_at_least_role(role) { Ok(member) } else { Err(self.lacks_role(&member, ">=", role)) }
    }

    /// The membership in this organisation, in exactly this role.
    ///
    /// # Errors
    /// [`Reason::NotAMember`], [`Reason::Condition`].
    pub fn require_org_exactly(&self, id: &str, role: &str) -> Result<OrgMember, Denied> {
        let member = self.require_org(id)?;
        if member.is_role(role) { Ok(member) } else { Err(self.lacks_role(&member, "==", role)) }
    }

    /// The membership in this organisation, with this permission.
    ///
    /// # Errors
    /// [`Reason::NotAMember`], [`Reason::Condition`].
    pub fn require_org_permission(&self, id: &str, permission: &str) -> Result<OrgMember, Denied> {
        self.require_org_all_permissions(id, &[permission])
    }

    /// The membership in this organisation, with every one of these permissions; none asks for membership alone.
    ///
    /// # Errors
    /// [`Reason::NotAMember`], [`Reason::Condition`].
    pub fn require_org_all_permissions(&self, id: &str, permissions: &[&str]) -> Result<OrgMember, Denied> {
        let member = self.require_org(id)?;
        match permissions.iter().find(|permission| !member.has_permission(permission)) {
            None => Ok(member),
            Some(missing) => {
                let question = format!("permission({})", Quoted(missing));
                let had = format!("has {}", list(member.permissions().iter().map(String::as_str)));
                Err(Denied::by_method(Reason::Condition, &self.subject, id, question, &had))
            }
        }
    }

    fn lacks_role(&self, member: &OrgMember, operator: &str, role: &str) -> Denied {
        let question = format!("role {operator} {}", Quoted(role));
        let had = format!("has {}", Quoted(member.role()));
        Denied::by_method(Reason::Condition, &self.subject, member.id(), question, &had)
    }
}

impl fmt::Debug for User {
    /// Prints the id and its issuer alone: the rest is a person's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id()).field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}
