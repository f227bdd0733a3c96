//! The identity that a custom mapping reads from a token.

use std::fmt;
use std::time::SystemTime;

use serde_json::Value;

use super::limit::Limit;
use super::role::RoleStructure;

/// The membership in one organization of an [`Identity`].
///
/// Values that are never set are unknown, not false: a guard that asks for one refuses the request, even under `!`.
///
/// ```
/// use auth_runtime::Membership;
/// let member = Membership::new("acme", "Admin").name("Acme Incorporated").permissions(["invoices:read"]);
/// ```
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
    /// The membership in the organization with this id, in this role.
    pub fn new(id: impl Into<String>, role: impl Into<String>) -> Self {
        Self { id: id.into(), role: Some(role.into()), ..Self::default() }
    }

    /// The membership in the organization with this id, in an unknown role.
    #[cfg(feature = "http-client")]
    pub(crate) fn without_role(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Sets the organization's name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the organization's name as used in URLs.
    #[must_use]
    pub fn url_safe_name(mut self, name: impl Into<String>) -> Self {
        self.url_safe_name = Some(name.into());
        self
    }

    /// Adds another role, for organizations whose members can have several roles without order.
    #[must_use]
    pub fn additional_role(mut self, role: impl Into<String>) -> Self {
        self.structure = RoleStructure::Multi;
        self.additional_roles.push(role.into());
        self
    }

    /// Sets the list of the assigned role and those that it includes. `role >= ".."` then uses this list only.
    #[must_use]
    pub fn inherited_roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.inherited_roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the permissions in this organization. If they are never set, they are unknown: a guard that asks for one
    /// refuses the request.
    #[must_use]
    pub fn permissions<P: Into<String>>(mut self, permissions: impl IntoIterator<Item = P>) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the metadata that is stored with the organization. It may nest at most 32 levels deep, or the token is
    /// refused.
    #[must_use]
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.metadata = metadata;
        self
    }
}

/// Who a user is and what they may do. A custom mapping ([`Issuer::map_identity`](crate::Issuer::map_identity)) makes
/// one for each token, and an [`Authenticator`](crate::Authenticator) for each request.
///
/// Values that are never set are unknown, not false: a guard that asks for one refuses the request, even under `!`.
///
/// ```
/// use auth_runtime::{Identity, Membership};
/// let identity = Identity::new("ada")
///     .email("ada@example.com", true)
///     .impersonated_by(None)
///     .scopes(["profile"])
///     .org(Membership::new("acme", "Admin"))
///     .active_org("acme");
/// ```
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
    pub(crate) memberships: Vec<Membership>,
    pub(crate) active_org: Option<String>,
    pub(crate) expires_at: Option<SystemTime>,
    pub(crate) credential_id: Option<String>,
    pub(crate) limit: Limit,
    pub(crate) acr: Option<String>,
    pub(crate) amr: Option<Vec<String>>,
    pub(crate) auth_time: Option<u64>,
    /// Whether the user is an application and not a person.
    pub(crate) is_application: Option<bool>,
    /// The only organization that the issuer may make statements about.
    pub(crate) confined_to: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Identity {
    /// The user with this id: a non-empty string, unique within its issuer.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Sets the email address, and whether the issuer has verified it: `true`, `false`, or `None` if that is unknown.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>, verified: impl Into<Option<bool>>) -> Self {
        self.email = Some(email.into());
        self.email_verified = verified.into();
        self
    }

    /// Sets the id: a non-empty string, unique within its issuer.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the first name.
    #[must_use]
    pub fn first_name(mut self, name: impl Into<String>) -> Self {
        self.first_name = Some(name.into());
        self
    }

    /// Sets the last name.
    #[must_use]
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.last_name = Some(name.into());
        self
    }

    /// Sets the id that the user had before being migrated to the issuer.
    #[must_use]
    pub fn legacy_user_id(mut self, id: impl Into<String>) -> Self {
        self.legacy_user_id = Some(id.into());
        self
    }

    /// Sets the login name.
    #[must_use]
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the id of the actor who acts as this user; `None` if there is no actor.
    #[must_use]
    pub fn impersonated_by(mut self, impersonator: Option<String>) -> Self {
        self.impersonated = Some(impersonator.is_some());
        self.impersonator_user_id = impersonator;
        self
    }

    /// Sets the roles that belong to no organization.
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

    /// Sets the permissions that the token grants its bearer directly, outside any organization.
    #[must_use]
    pub fn permissions<P: Into<String>>(mut self, permissions: impl IntoIterator<Item = P>) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// Adds an organization.
    #[must_use]
    pub fn org(mut self, membership: Membership) -> Self {
        self.memberships.push(membership);
        self
    }

    /// Sets the organization that the token is for. It must be one of the added organizations.
    #[must_use]
    pub fn active_org(mut self, id: impl Into<String>) -> Self {
        self.active_org = Some(id.into());
        self
    }

    /// Sets the authentication context class of the login (OpenID Connect Core section 2, `acr`).
    #[must_use]
    pub fn acr(mut self, class: impl Into<String>) -> Self {
        self.acr = Some(class.into());
        self
    }

    /// Sets the methods of the login (RFC 8176), such as `mfa` or `otp`.
    #[must_use]
    pub fn amr<M: Into<String>>(mut self, methods: impl IntoIterator<Item = M>) -> Self {
        self.amr = Some(methods.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the time of the login. A time before 1970 is unknown.
    #[must_use]
    pub fn auth_time(mut self, time: SystemTime) -> Self {
        self.auth_time = time.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs());
        self
    }

    /// Sets when an authenticator's credential expires. If it is not set, the identity is valid for this request only.
    /// For a token, `exp` decides.
    #[must_use]
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }

    /// Sets the id of an authenticator's credential, for [`User::credential_id`](crate::User::credential_id): the id of
    /// a row, or a digest, and never the credential itself. The id of a token is its `jti`.
    #[must_use]
    pub fn credential_id(mut self, id: impl Into<String>) -> Self {
        self.credential_id = Some(id.into());
        self
    }

    /// Sets an upper bound on what the credential can be used for, even if something else grants more: see [`Limit`].
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }
}

impl Identity {
    /// The same identity within its limit. What a directory adds later is limited when it is added.
    pub(super) fn within_limit(mut self) -> Self {
        let Some(listed) = self.limit.listed().map(<[String]>::to_vec) else { return self };
        self.roles = None;
        retain(&mut self.permissions, &listed);
        self.memberships = self.memberships.into_iter().map(|membership| membership.within(&listed)).collect();
        self
    }
}

impl Membership {
    /// The same membership with at most these permissions, and without roles.
    pub(super) fn within(mut self, listed: &[String]) -> Self {
        retain(&mut self.permissions, listed);
        self.additional_roles.clear();
        Self { role: None, inherited_roles: None, ..self }
    }
}

fn retain(permissions: &mut Option<Vec<String>>, listed: &[String]) {
    if let Some(permissions) = permissions {
        permissions.retain(|permission| listed.contains(permission));
    }
}
