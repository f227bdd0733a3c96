//! The user behind a token.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::member::contains;
use super::{Hierarchy, OrgMember, RoleStructure, reaches};

/// One organisation of an [`Identity`], for a profile of your own.
#[derive(Clone, Default)]
pub struct Membership {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) url_safe_name: Option<String>,
    pub(crate) structure: RoleStructure,
    pub(crate) role: Option<String>,
    pub(crate) additional_roles: Vec<String>,
    pub(crate) inherited_roles: Option<Vec<String>>,
    pub(crate) permissions: Option<Vec<String>>,
    pub(crate) metadata: Value,
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Membership").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Membership {
    /// Membership in the organisation of this id, in this role.
    pub fn new(id: impl Into<String>, role: impl Into<String>) -> Self {
        Self { id: id.into(), role: Some(role.into()), ..Self::default() }
    }

    /// Sets the organisation's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a role to the assigned one: the organisation's members may hold several, without order.
    #[must_use]
    pub fn additional_role(mut self, role: impl Into<String>) -> Self {
        self.structure = RoleStructure::Multi;
        self.additional_roles.push(role.into());
        self
    }

    /// Sets the list of the assigned role and those that it includes; it alone answers `role >= ".."` then.
    #[must_use]
    pub fn inherited_roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.inherited_roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the permissions in this organisation. Where they are never set, no question about them has an answer,
    /// and a guard that asks refuses.
    #[must_use]
    pub fn permissions<P: Into<String>>(mut self, permissions: impl IntoIterator<Item = P>) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// Sets what is stored with the organisation.
    #[must_use]
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.metadata = metadata;
        self
    }
}

/// Who a token stands for, as a [profile](crate::Profile) reads it.
///
/// What is never set is unknown, not false: a guard that asks for it refuses, also under `!`.
#[derive(Clone, Default)]
pub struct Identity {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: Option<bool>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) legacy_user_id: Option<String>,
    pub(crate) impersonator_user_id: Option<String>,
    pub(crate) impersonated: Option<bool>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) permissions: Option<Vec<String>>,
    pub(crate) memberships: Vec<Arc<Membership>>,
    pub(crate) active_org: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Identity {
    /// The user of this id: a non-empty string, unique within its issuer.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Sets the e-mail address, and whether the issuer has verified it.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>, verified: bool) -> Self {
        self.email = Some(email.into());
        self.email_verified = Some(verified);
        self
    }

    /// Sets the login name.
    #[must_use]
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Says whether somebody else acts as this user, and who.
    #[must_use]
    pub fn impersonated_by(mut self, impersonator: Option<String>) -> Self {
        self.impersonated = Some(impersonator.is_some());
        self.impersonator_user_id = impersonator;
        self
    }

    /// Sets the roles that belong to no organisation.
    #[must_use]
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the OAuth scopes (RFC 6749 section 3.3).
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the permissions that the token grants its bearer directly, outside any organisation.
    #[must_use]
    pub fn permissions<P: Into<String>>(mut self, permissions: impl IntoIterator<Item = P>) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// Adds an organisation.
    #[must_use]
    pub fn org(mut self, membership: Membership) -> Self {
        self.memberships.push(Arc::new(membership));
        self
    }

    /// Names the organisation that the token is for; it must be one of those added.
    #[must_use]
    pub fn active_org(mut self, id: impl Into<String>) -> Self {
        self.active_org = Some(id.into());
        self
    }
}

/// A verified identity, ready to be asked. Shared by all requests that carry the same token.
pub(crate) struct IdentityData {
    /// Its memberships are ordered by id, so that a lookup does not grow with their number.
    identity: Identity,
    issuer: Arc<str>,
    issuer_name: Option<Arc<str>>,
    expires_at: SystemTime,
    /// What was verified: the claims are in it.
    token: Arc<[u8]>,
    views: OnceCell<Box<View>>,
}

/// The memberships as seen under one hierarchy. Hierarchies are static data of the program, one for each crate with
/// guards, so this list is as short as there are such crates.
struct View {
    hierarchy: Hierarchy,
    members: Box<[OrgMember]>,
    next: OnceCell<Box<View>>,
}

impl IdentityData {
    /// `identity` has its memberships ordered by id.
    pub(crate) fn new(
        identity: Identity,
        issuer: Arc<str>,
        issuer_name: Option<Arc<str>>,
        expires_at: SystemTime,
        token: Arc<[u8]>,
    ) -> Self {
        Self { identity, issuer, issuer_name, expires_at, token, views: OnceCell::new() }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn memberships(&self) -> &[Arc<Membership>] {
        &self.identity.memberships
    }

    pub(crate) fn membership(&self, id: &str) -> Option<&Arc<Membership>> {
        let index = self.memberships().binary_search_by(|known| known.id.as_str().cmp(id)).ok()?;
        self.memberships().get(index)
    }

    pub(crate) fn active_membership(&self) -> Option<&Arc<Membership>> {
        self.membership(self.identity.active_org.as_deref()?)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whether the token comes from the issuer of this name, or of this `iss`.
    pub(crate) fn is_from(&self, issuer: &str) -> bool {
        *self.issuer == *issuer || self.issuer_name.as_deref() == Some(issuer)
    }

    pub(crate) fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// The token that was verified.
    pub(crate) fn token(&self) -> &Arc<[u8]> {
        &self.token
    }

    fn members(&self, hierarchy: Hierarchy) -> &[OrgMember] {
        let mut slot = &self.views;
        loop {
            let view = slot.get_or_init(|| {
                let members = self.memberships().iter().map(|known| OrgMember::new(Arc::clone(known), hierarchy));
                Box::new(View { hierarchy, members: members.collect(), next: OnceCell::new() })
            });
            if view.hierarchy == hierarchy {
                return &view.members;
            }
            slot = &view.next;
        }
    }
}

/// Three-valued answers about what belongs to no organisation: `None` where the token cannot say.
impl IdentityData {
    pub(crate) fn is_own_role(&self, role: &str) -> Option<bool> {
        Some(contains(self.identity.roles.as_deref()?, role))
    }

    pub(crate) fn is_at_least_own_role(&self, role: &str, hierarchy: Hierarchy) -> Option<bool> {
        let mut answer = Some(false);
        for own in self.identity.roles.as_deref()? {
            match reaches(own, role, hierarchy) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => answer = None,
            }
        }
        answer
    }

    pub(crate) fn has_scope(&self, scope: &str) -> Option<bool> {
        Some(contains(self.identity.scopes.as_deref()?, scope))
    }

    /// Without a selected organisation: the direct permissions, and those in the active organisation.
    pub(crate) fn has_permission(&self, permission: &str) -> Option<bool> {
        let direct = self.identity.permissions.as_deref().map(|known| contains(known, permission));
        match self.active_membership() {
            Some(active) => match (direct, active.has_permission(permission)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                // A profile that knows no direct permissions grants none: the active organisation answers alone.
                (_, in_active) => in_active,
            },
            None if direct == Some(true) => direct,
            None if self.memberships().len() > 1 => None,
            None => direct,
        }
    }
}

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

    /// The user's id: not empty, unique within its issuer.
    ///
    /// An application that trusts several issuers keys its rows by `(user.issuer(), user.id())`.
    pub fn id(&self) -> &str {
        &self.data.identity.id
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.data.identity.email.as_deref()
    }

    /// The first name.
    pub fn first_name(&self) -> Option<&str> {
        self.data.identity.first_name.as_deref()
    }

    /// The last name.
    pub fn last_name(&self) -> Option<&str> {
        self.data.identity.last_name.as_deref()
    }

    /// The login name.
    pub fn username(&self) -> Option<&str> {
        self.data.identity.username.as_deref()
    }

    /// The id that the user had before being migrated to the issuer.
    pub fn legacy_user_id(&self) -> Option<&str> {
        self.data.identity.legacy_user_id.as_deref()
    }

    /// Who acts as this user, where somebody does and the token names them.
    pub fn impersonator_user_id(&self) -> Option<&str> {
        self.data.identity.impersonator_user_id.as_deref()
    }

    /// Whether somebody else acts as this user.
    pub fn is_impersonated(&self) -> bool {
        self.data.identity.impersonated == Some(true)
    }

    /// Whether the issuer has verified the e-mail address.
    pub fn email_verified(&self) -> bool {
        self.data.identity.email_verified == Some(true)
    }

    /// The membership in this organisation; ids are compared byte for byte.
    pub fn org(&self, id: &str) -> Option<&OrgMember> {
        let members = self.data.members(self.hierarchy);
        let index = members.binary_search_by(|known| known.id().cmp(id)).ok()?;
        members.get(index)
    }

    /// All memberships, ordered by the organisations' ids.
    pub fn orgs(&self) -> impl Iterator<Item = &OrgMember> {
        self.data.members(self.hierarchy).iter()
    }

    /// The membership in the organisation that the token itself names.
    pub fn active_org(&self) -> Option<&OrgMember> {
        self.org(self.data.identity.active_org.as_deref()?)
    }

    /// The roles that belong to no organisation.
    pub fn roles(&self) -> &[String] {
        self.data.identity.roles.as_deref().unwrap_or_default()
    }

    /// The OAuth scopes (RFC 6749 section 3.3).
    pub fn scopes(&self) -> &[String] {
        self.data.identity.scopes.as_deref().unwrap_or_default()
    }

    /// Whether the token's scope list holds this scope, as `scope("..")` in an attribute.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.data.has_scope(scope) == Some(true)
    }

    /// Whether the token grants this permission, as `permission("..")` in an attribute that selects no organisation.
    ///
    /// Ask [`OrgMember::has_permission`] for those in one organisation.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.data.has_permission(permission) == Some(true)
    }

    /// The token's `iss`; empty under an issuer whose tokens carry none.
    pub fn issuer(&self) -> &str {
        &self.data.issuer
    }

    /// When the token expires, leeway not counted.
    pub fn expires_at(&self) -> SystemTime {
        self.data.expires_at
    }
}

impl fmt::Debug for User {
    /// Prints the id and its issuer alone: the rest is a person's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id()).field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}
