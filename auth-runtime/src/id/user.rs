//! The user behind a token.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::{Hierarchy, IdentityData, OrgMember, Span, Subject};

/// The authenticated user: an argument of a handler under one of the `require_*` attributes.
///
/// All answers come from the verified token; nothing is looked up. What a token does not say is `None`, empty or
/// `false`. Cloning copies pointers.
#[derive(Clone)]
pub struct User {
    data: Arc<IdentityData>,
    hierarchy: Hierarchy,
}

impl User {
    pub(crate) fn new(data: Arc<IdentityData>, hierarchy: Hierarchy) -> Self {
        Self { data, hierarchy }
    }

    pub(crate) fn data(&self) -> &IdentityData {
        &self.data
    }

    fn subject(&self) -> &Subject {
        self.data.subject()
    }

    fn text(&self, of: impl Fn(&Subject) -> Option<Span>) -> Option<&str> {
        self.subject().texts.maybe(of(self.subject()))
    }

    /// The user's id: not empty, unique within its issuer.
    ///
    /// An application that trusts several issuers keys its rows by `(user.issuer(), user.id())`.
    pub fn id(&self) -> &str {
        self.subject().id()
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
        self.subject().impersonated == Some(true)
    }

    /// Whether the issuer has verified the e-mail address.
    pub fn email_verified(&self) -> bool {
        self.subject().email_verified == Some(true)
    }

    /// The membership in this organization, if it is known; ids are compared byte for byte. Allocates nothing.
    pub fn org(&self, id: &str) -> Option<OrgMember> {
        self.subject().position(id).map(|position| self.member(position))
    }

    /// The known memberships, ordered by the organizations' ids.
    pub fn known_orgs(&self) -> impl Iterator<Item = OrgMember> {
        (0..self.subject().members().len()).map(|position| self.member(position))
    }

    /// The membership in the organization that the token itself names.
    pub fn active_org(&self) -> Option<OrgMember> {
        self.org(self.subject().active_member()?.org_id())
    }

    fn member(&self, position: usize) -> OrgMember {
        OrgMember::new(self.data.subject(), position, self.hierarchy)
    }

    /// The roles that belong to no organisation.
    pub fn roles(&self) -> &[String] {
        self.subject().strings(self.subject().roles.as_ref()).unwrap_or_default()
    }

    /// The OAuth scopes (RFC 6749 section 3.3).
    pub fn scopes(&self) -> &[String] {
        self.subject().strings(self.subject().scopes.as_ref()).unwrap_or_default()
    }

    /// Whether the token's scope list holds this scope, as `scope("..")` in an attribute.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.subject().has_scope(scope) == Some(true)
    }

    /// Whether the token grants this permission, as `permission("..")` in an attribute that selects no organisation.
    ///
    /// Ask [`OrgMember::has_permission`] for those in one organisation.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.subject().has_permission(permission) == Some(true)
    }

    /// The token's `iss`; empty under an issuer whose tokens carry none.
    pub fn issuer(&self) -> &str {
        self.data.issuer()
    }

    /// When the token expires, leeway not counted.
    pub fn expires_at(&self) -> SystemTime {
        self.data.expires_at()
    }
}

impl fmt::Debug for User {
    /// Prints the id and its issuer alone: the rest is a person's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id()).field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}
