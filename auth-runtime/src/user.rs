//! The user behind a token, as handlers see it.

use std::any::type_name;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use crate::bounded::{Quoted, list};
use crate::claims::typed;
use crate::error::{ClaimError, IdError};
use crate::id::{Hierarchy, OrgMember, Span, Subject};
use crate::policy::{DenialReason, Denied, Finding};

/// The authenticated user: an argument of a handler under one of the `require_*` attributes.
///
/// All answers come from the verified token; nothing is looked up. `None` means unknown: the token does not say.
/// Cloning copies a pointer.
///
/// A question has three answers, like a condition of an attribute: yes, no, unknown. `has_scope` is true if the user is
/// known to have the scope. `lacks_scope` is true if the user is known not to have it. If the token does not say, both
/// are false.
///
/// | attribute | method | method for `!` |
/// |---|---|---|
/// | `permission("p")` | [`has_permission`](Self::has_permission) | [`lacks_permission`](Self::lacks_permission) |
/// | `scope("s")` | [`has_scope`](Self::has_scope) | [`lacks_scope`](Self::lacks_scope) |
/// | `role == "r"` | [`is_role`](Self::is_role) | [`lacks_role`](Self::lacks_role) |
/// | `role >= "r"` | [`is_at_least_role`](Self::is_at_least_role) | [`is_below_role`](Self::is_below_role) |
/// | `email_verified` | `email_verified() == Some(true)` | `email_verified() == Some(false)` |
/// | `impersonated` | `is_impersonated() == Some(true)` | `is_impersonated() == Some(false)` |
///
/// **Do not negate an answer with `!`. The attribute's `!permission("suspended")` is
/// `user.lacks_permission("suspended")` in code. `!user.has_permission("suspended")` is also true if the token does not
/// say, and would admit such a user.**
///
/// ```
/// use auth_runtime::{Denied, User, require_user};
///
/// #[require_user]
/// async fn orders(user: User) -> Result<String, Denied> {
///     if !user.lacks_permission("suspended") {
///         return Ok("suspended, or nothing is known".to_owned());
///     }
///     // What an attribute cannot know: the organization comes from the database.
///     let org = user.require_org_permission("acme", "orders:read")?;
///     Ok(format!("orders of {} in {}, for {}", user.id(), org.id(), user.email().unwrap_or("no address")))
/// }
/// ```
///
/// On a plain `axum::Router`, the response gets no `Cache-Control: private` unless an
/// [`ObserveLayer`](crate::ObserveLayer) is around it: see [credentials](crate::guide::credentials).
#[derive(Clone)]
pub struct User {
    subject: Arc<Subject>,
    hierarchy: Hierarchy,
}

/// Who the user is.
impl User {
    pub(crate) fn new(subject: Arc<Subject>, hierarchy: Hierarchy) -> Self {
        Self { subject, hierarchy }
    }

    /// The user's id: not empty, unique within its issuer.
    ///
    /// If your application trusts several issuers, identify users by `(user.issuer_name(), user.id())`.
    pub fn id(&self) -> &str {
        self.subject.id()
    }

    /// The user's id, parsed into `T`: for ids that are numbers or UUIDs.
    ///
    /// ```
    /// # use auth_runtime::{IdError, User};
    /// fn account(user: &User) -> Result<u64, IdError> {
    ///     user.id_as()
    /// }
    /// ```
    ///
    /// # Errors
    /// The id does not parse as a `T`. The error names the type, but not the id.
    pub fn id_as<T: FromStr>(&self) -> Result<T, IdError> {
        self.id().parse().map_err(|_| IdError { expected: type_name::<T>() })
    }

    /// The token's `iss` (RFC 7519 section 4.1.1). If the issuer's tokens have no `iss`, the issuer's name. Never
    /// empty.
    pub fn issuer(&self) -> &str {
        self.subject.issuer()
    }

    /// The issuer's name: the name set by [`Issuer::named`](crate::Issuer::named), or its `iss` if no name was set.
    ///
    /// Store this name with a user's rows: it does not change if the issuer moves to another URL.
    ///
    /// After [`Issuer::entra_multi_tenant`](crate::Issuer::entra_multi_tenant) this is always the `iss` of the user's
    /// tenant, because two tenants may give one id to two users.
    pub fn issuer_name(&self) -> &str {
        self.subject.issuer_name()
    }

    /// The key for a user's rows: [`issuer_name`](Self::issuer_name) and [`id`](Self::id). An id alone is unique
    /// only within its issuer, and an email address can pass to another person.
    pub fn key(&self) -> (&str, &str) {
        (self.issuer_name(), self.id())
    }

    /// The email address.
    pub fn email(&self) -> Option<&str> {
        self.text(|subject| subject.email)
    }

    /// Whether the issuer has verified the email address; `None` if the token does not say.
    pub fn email_verified(&self) -> Option<bool> {
        self.subject.is_email_verified()
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

    /// Whether the user is an application and not a person; `None` if the token does not say.
    ///
    /// Constructors for providers that mark such tokens refuse them, unless
    /// [`Issuer::applications`](crate::Issuer::applications) is set. [`Issuer::auth0`](crate::Issuer::auth0) accepts
    /// them, unless [`Issuer::refuse_applications`](crate::Issuer::refuse_applications) is set.
    pub fn is_application(&self) -> Option<bool> {
        self.subject.is_application
    }

    /// Whether an actor acts as this user; `None` if the token does not say.
    ///
    /// True if the token has the claim `act`. RFC 8693 section 1.1 calls this delegation.
    pub fn is_impersonated(&self) -> Option<bool> {
        self.subject.impersonated
    }

    /// The id of the actor who acts as this user, if the token names one.
    pub fn impersonator_user_id(&self) -> Option<&str> {
        self.text(|subject| subject.impersonator_user_id)
    }

    /// The id of the token: its `jti` (RFC 7519 section 4.1.7), unique within its issuer. `None` if the token does not
    /// have one.
    pub fn credential_id(&self) -> Option<&str> {
        self.subject.credential_id()
    }

    /// The only permissions that the credential can be used for: its [`Limit`](crate::Limit). `None` if it has no
    /// limit.
    ///
    /// If a session, or anything else that your program keeps, began with one credential, do not continue it with a
    /// credential that has another limit.
    pub fn limit(&self) -> Option<&[String]> {
        self.subject.limit()
    }

    /// When the token expires, without leeway; `None` if it never expires.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.subject.expires_at()
    }

    /// One claim of the verified token, deserialized into `T`; `None` if the token does not have it.
    ///
    /// Parses the claims at every call.
    ///
    /// # Errors
    /// The claim is present, but is not a `T`.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ClaimError> {
        typed::one(self.subject.token(), name)
    }

    fn text(&self, of: impl Fn(&Subject) -> Option<Span>) -> Option<&str> {
        self.subject.texts.maybe(of(&self.subject))
    }
}

/// What the user may do outside any organization.
impl User {
    /// The roles that belong to no organization; `None` if the token does not say.
    pub fn roles(&self) -> Option<&[String]> {
        self.subject.own_roles()
    }

    /// Whether `role` is one of [`roles`](Self::roles).
    pub fn is_role(&self, role: &str) -> bool {
        self.subject.is_own_role(role) == Some(true)
    }

    /// Whether `role` is known not to be one of [`roles`](Self::roles).
    pub fn lacks_role(&self, role: &str) -> bool {
        self.subject.is_own_role(role) == Some(false)
    }

    /// Whether one of [`roles`](Self::roles) is `role` or above it, in the order of `auth.toml`.
    pub fn is_at_least_role(&self, role: &str) -> bool {
        self.subject.is_at_least_own_role(role, self.hierarchy) == Some(true)
    }

    /// Whether all of [`roles`](Self::roles) are known to be below `role`, in the order of `auth.toml`.
    pub fn is_below_role(&self, role: &str) -> bool {
        self.subject.is_at_least_own_role(role, self.hierarchy) == Some(false)
    }

    /// The OAuth scopes (RFC 6749 section 3.3); `None` if the token does not say.
    pub fn scopes(&self) -> Option<&[String]> {
        self.subject.own_scopes()
    }

    /// Whether the token has this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.subject.has_scope(scope, None) == Some(true)
    }

    /// Whether the token is known not to have this scope.
    pub fn lacks_scope(&self, scope: &str) -> bool {
        self.subject.has_scope(scope, None) == Some(false)
    }

    /// Whether the token grants this permission directly or in its active organization. This is the rule of an
    /// attribute that selects no organization. For the permissions in one organization use
    /// [`OrgMember::has_permission`].
    pub fn has_permission(&self, permission: &str) -> bool {
        self.subject.has_permission(permission) == Some(true)
    }

    /// Whether the token is known not to grant this permission: neither directly nor in its active organization.
    pub fn lacks_permission(&self, permission: &str) -> bool {
        self.subject.has_permission(permission) == Some(false)
    }
}

/// The user's organizations.
impl User {
    /// The membership in this organization; ids are compared byte for byte. `None` if the user is not a member, or if
    /// the membership is not known. Allocates nothing.
    pub fn org(&self, id: &str) -> Option<OrgMember> {
        self.subject.position(id).map(|position| self.member(position))
    }

    /// The known memberships, ordered by organization id. The user may have others: some tokens name only their active
    /// organization.
    pub fn known_orgs(&self) -> impl Iterator<Item = OrgMember> {
        (0..self.subject.members().len()).map(|position| self.member(position))
    }

    /// The membership in the active organization of the token.
    pub fn active_org(&self) -> Option<OrgMember> {
        self.org(self.subject.active_member()?.org_id())
    }

    fn member(&self, position: usize) -> OrgMember {
        OrgMember::new(&self.subject, position, self.hierarchy)
    }
}

/// The attributes' conditions as methods, for what only the handler can know, such as the organization of a loaded row.
/// An unknown answer is a refusal.
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
/// Each method returns a [`Denied`] that responds 403, like the attribute.
impl User {
    /// The membership in this organization.
    ///
    /// # Errors
    /// [`DenialReason::NotAMember`].
    pub fn require_org(&self, id: &str) -> Result<OrgMember, Denied> {
        self.org(id).ok_or_else(|| {
            let finding = Finding::new(format!("member of {}", Quoted(id)), Some(false), "not a member");
            Denied::by_method(DenialReason::NotAMember, &self.subject, id, finding)
        })
    }

    /// The membership in this organization, in this role or one above it.
    ///
    /// # Errors
    /// [`DenialReason::NotAMember`], [`DenialReason::Condition`].
    pub fn require_org_at_least(&self, id: &str, role: &str) -> Result<OrgMember, Denied> {
        let member = self.require_org(id)?;
        if member.is_at_least_role(role) {
            Ok(member)
        } else {
            Err(self.lacks(
                &member,
                format!("role >= {}", Quoted(role)),
                member.is_below_role(role),
                member.role().map(Quoted),
            ))
        }
    }

    /// The membership in this organization, in exactly this role.
    ///
    /// # Errors
    /// [`DenialReason::NotAMember`], [`DenialReason::Condition`].
    pub fn require_org_exactly(&self, id: &str, role: &str) -> Result<OrgMember, Denied> {
        let member = self.require_org(id)?;
        if member.is_role(role) {
            Ok(member)
        } else {
            Err(self.lacks(
                &member,
                format!("role == {}", Quoted(role)),
                member.lacks_role(role),
                member.role().map(Quoted),
            ))
        }
    }

    /// The membership in this organization, with this permission.
    ///
    /// # Errors
    /// [`DenialReason::NotAMember`], [`DenialReason::Condition`].
    pub fn require_org_permission(&self, id: &str, permission: &str) -> Result<OrgMember, Denied> {
        self.require_org_all_permissions(id, &[permission])
    }

    /// The membership in this organization, with all of these permissions. An empty list requires only membership.
    ///
    /// # Errors
    /// [`DenialReason::NotAMember`], [`DenialReason::Condition`].
    pub fn require_org_all_permissions(&self, id: &str, permissions: &[&str]) -> Result<OrgMember, Denied> {
        let member = self.require_org(id)?;
        match permissions.iter().find(|permission| !member.has_permission(permission)) {
            None => Ok(member),
            Some(missing) => {
                let question = format!("permission({})", Quoted(missing));
                let had = member.permissions().map(|held| list(held.iter().map(String::as_str)));
                Err(self.lacks(&member, question, member.lacks_permission(missing), had))
            }
        }
    }

    /// The refusal of a member who lacks something; `had` is `None` if it is unknown what the member has.
    fn lacks(&self, member: &OrgMember, question: String, is_known: bool, had: Option<impl fmt::Display>) -> Denied {
        let had = had.map_or_else(|| "unknown".to_owned(), |had| format!("has {had}"));
        let finding = Finding::new(question, is_known.then_some(false), &had);
        Denied::by_method(DenialReason::Condition, &self.subject, member.id(), finding)
    }
}

impl fmt::Debug for User {
    /// Prints only the id and its issuer: everything else is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id()).field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}
