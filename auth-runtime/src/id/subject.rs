//! The subject of a token (RFC 7519 section 4.1.2), stored so that guards can query it without allocating.

mod answers;
mod conversions;

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use super::identity::Membership;
use super::role::RoleStructure;
use super::texts::{List, Span, Texts};
use super::user_writable::UserWritable;

/// The subject of a verified token: everything that is known about the user. All requests with this token share it.
#[derive(Clone, Default)]
pub(crate) struct Subject {
    issuer: Arc<str>,
    /// The name that the configuration gives the issuer.
    configured_name: Option<Arc<str>>,
    /// Whether several tenants share that name, each with its own users.
    is_name_shared: bool,
    /// The claims that users of the issuer can write themselves.
    user_writable: Option<Arc<UserWritable>>,
    /// Whether the credential never contains data about a login.
    is_without_login: bool,
    expires_at: Option<SystemTime>,
    credential_id: Option<Span>,
    /// The only permissions that the credential can be used for; roles are then unknown.
    limit: Option<List>,
    /// The verified token. The claims are read from it.
    token: Arc<[u8]>,
    pub(crate) texts: Texts,
    pub(crate) id: Span,
    pub(crate) email: Option<Span>,
    pub(crate) email_verified: Option<bool>,
    pub(crate) first_name: Option<Span>,
    pub(crate) last_name: Option<Span>,
    pub(crate) username: Option<Span>,
    pub(crate) legacy_user_id: Option<Span>,
    pub(crate) impersonator_user_id: Option<Span>,
    pub(crate) impersonated: Option<bool>,
    pub(crate) roles: Option<List>,
    pub(crate) scopes: Option<List>,
    pub(crate) permissions: Option<List>,
    /// Sorted by the organization ids, so that the time of a lookup grows only slowly with their number.
    pub(crate) memberships: Vec<StoredMembership>,
    pub(crate) active_org: Option<Span>,
    pub(crate) acr: Option<Span>,
    pub(crate) amr: Option<List>,
    /// In seconds since 1970.
    pub(crate) auth_time: Option<u64>,
    /// The roles and permissions of the credential, if a directory replaces them.
    pub(super) overruled: Option<Overruled>,
    /// Whether the user is an application and not a person.
    pub(crate) is_application: Option<bool>,
    /// The only organization that the issuer may make statements about. Statements about anything else are treated as
    /// unknown.
    pub(crate) confined_to: Option<Span>,
}

/// The roles and permissions of a credential, which a directory replaces.
#[derive(Clone, Default)]
pub(super) struct Overruled {
    pub(super) roles: Option<List>,
    pub(super) permissions: Option<List>,
}

/// A membership, as stored in its subject.
#[derive(Clone, Default)]
pub(crate) struct StoredMembership {
    pub(crate) org_id: Span,
    pub(crate) name: Option<Span>,
    pub(crate) url_safe_name: Option<Span>,
    pub(crate) structure: RoleStructure,
    pub(crate) role: Option<Span>,
    pub(crate) additional_roles: List,
    pub(crate) inherited_roles: Option<List>,
    pub(crate) permissions: Option<List>,
    /// The metadata of the organization, as checked JSON text. Parsed, it would take up to a hundred times as much
    /// memory.
    pub(crate) metadata: Option<Span>,
}

impl StoredMembership {
    /// The membership in this organization, without any other data.
    pub(crate) fn of(org_id: Span) -> Self {
        Self { org_id, ..Self::default() }
    }

    pub(super) fn new(membership: Membership, texts: &mut Texts) -> Self {
        Self {
            org_id: texts.push(&membership.id),
            name: membership.name.map(|name| texts.push(&name)),
            url_safe_name: membership.url_safe_name.map(|name| texts.push(&name)),
            structure: membership.structure,
            role: membership.role.map(|role| texts.push(&role)),
            additional_roles: listed(&membership.additional_roles, texts),
            inherited_roles: membership.inherited_roles.map(|roles| listed(&roles, texts)),
            permissions: membership.permissions.map(|permissions| listed(&permissions, texts)),
            metadata: (!membership.metadata.is_null()).then(|| texts.push(&membership.metadata.to_string())),
        }
    }

    /// Sets the roles: one role, or several without order.
    pub(crate) fn set_roles(&mut self, texts: &mut Texts, roles: &List) {
        let mut spans = texts.spans(roles).collect::<Vec<_>>().into_iter();
        self.role = spans.next();
        let mut more = texts.begin_list();
        for role in spans {
            texts.extend(&mut more, role);
            self.structure = RoleStructure::Multi;
        }
        self.additional_roles = more;
    }
}

impl StoredMembership {
    /// Keeps at most these permissions, and removes all roles.
    fn limit_to(&mut self, allowed: &[String], texts: &mut Texts) {
        (self.role, self.inherited_roles) = (None, None);
        self.additional_roles = texts.begin_list();
        let Some(permissions) = &self.permissions else { return };
        let is_allowed = |held: &&str| allowed.iter().any(|allowed| allowed == held);
        let kept: Vec<_> = texts.items(permissions).filter(is_allowed).map(str::to_owned).collect();
        self.permissions = Some(listed(&kept, texts));
    }
}

impl Subject {
    /// Adds the token, its issuer and its expiry.
    pub(crate) fn of_token(
        self,
        token: Arc<[u8]>,
        issuer: Arc<str>,
        configured_name: Option<Arc<str>>,
        expires_at: Option<SystemTime>,
    ) -> Self {
        Self { issuer, configured_name, expires_at, token, ..self }
    }

    /// Adds what the settings of the issuer say about all its users: the claims that they can write themselves, and
    /// whether several tenants share the issuer's name. Two tenants may give one id to two users, so such a name does
    /// not identify a user.
    pub(crate) fn set_issuer_facts(&mut self, user_writable: &Arc<UserWritable>, is_name_shared: bool) {
        self.user_writable = Some(Arc::clone(user_writable));
        self.is_name_shared = is_name_shared;
    }

    /// Adds the name of the authenticator that made the identity.
    pub(crate) fn of_authenticator(self, name: &Arc<str>) -> Self {
        let is_without_login = self.acr.is_none() && self.amr.is_none() && self.auth_time.is_none();
        Self { issuer: Arc::clone(name), configured_name: Some(Arc::clone(name)), is_without_login, ..self }
    }

    /// Marks a credential that no login creates, such as an API key.
    pub(crate) fn set_without_login(&mut self) {
        self.is_without_login = true;
    }

    /// Adds the id of the token; an empty id counts as missing.
    pub(crate) fn set_credential_id(&mut self, id: Option<&str>) {
        self.credential_id = id.filter(|id| !id.is_empty()).map(|id| self.texts.push(id));
    }

    pub(crate) fn id(&self) -> &str {
        self.texts.get(self.id)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The name that the configuration gives the issuer, for conditions and revocations.
    pub(crate) fn configured_name(&self) -> Option<&str> {
        self.configured_name.as_deref()
    }

    /// The issuer in the key of a user: its name, unless tenants share the name.
    pub(crate) fn issuer_name(&self) -> &str {
        self.configured_name().filter(|_| !self.is_name_shared).unwrap_or(self.issuer())
    }

    /// Whether the token comes from the issuer with this name or this `iss`.
    pub(crate) fn is_from(&self, issuer: &str) -> bool {
        *self.issuer == *issuer || self.configured_name() == Some(issuer)
    }

    pub(crate) fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    pub(crate) fn credential_id(&self) -> Option<&str> {
        self.texts.maybe(self.credential_id)
    }

    pub(crate) fn token(&self) -> &Arc<[u8]> {
        &self.token
    }

    /// The memory that it takes, including its token and the strings that handlers can ask for.
    pub(crate) fn bytes(&self) -> usize {
        let memberships = self.memberships.capacity() * size_of::<StoredMembership>();
        size_of::<Self>() + self.token.len() + self.texts.bytes() + memberships
    }

    pub(crate) fn strings<'a>(&self, list: Option<&'a List>) -> Option<&'a [String]> {
        Some(self.texts.strings(list?))
    }

    /// The names of a list, without allocating strings.
    pub(crate) fn names<'a>(&'a self, list: Option<&'a List>) -> Option<impl Iterator<Item = &'a str>> {
        Some(self.texts.items(list?))
    }

    /// The metadata of the organizations, as JSON text.
    pub(crate) fn metadata(&self) -> impl Iterator<Item = &str> {
        self.memberships.iter().filter_map(|membership| self.texts.maybe(membership.metadata))
    }

    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = MemberRef<'_>> {
        self.memberships.iter().map(|membership| MemberRef { subject: self, membership })
    }

    pub(crate) fn member(&self, org_id: &str) -> Option<MemberRef<'_>> {
        self.member_at(self.position(org_id)?)
    }

    pub(crate) fn member_at(&self, position: usize) -> Option<MemberRef<'_>> {
        self.memberships.get(position).map(|membership| MemberRef { subject: self, membership })
    }

    pub(crate) fn position(&self, org_id: &str) -> Option<usize> {
        self.memberships.binary_search_by(|membership| self.texts.get(membership.org_id).cmp(org_id)).ok()
    }

    pub(crate) fn active_member(&self) -> Option<MemberRef<'_>> {
        self.member(self.texts.get(self.active_org?))
    }

    /// Sorts the memberships. Returns `false` if they contradict each other: two of one organization, an active
    /// organization without a membership, or an organization that the issuer may not make statements about.
    pub(crate) fn sort_memberships(&mut self) -> bool {
        let Self { texts, memberships, .. } = self;
        memberships.sort_by(|a, b| texts.get(a.org_id).cmp(texts.get(b.org_id)));
        let twice = |pair: &[StoredMembership]| matches!(pair, [a, b] if texts.get(a.org_id) == texts.get(b.org_id));
        !self.memberships.windows(2).any(twice)
            && (self.active_org.is_none() || self.active_member().is_some())
            && self.is_within_confines()
    }

    fn is_within_confines(&self) -> bool {
        let Some(only) = self.confined_to.map(|id| self.texts.get(id)) else { return true };
        self.memberships.iter().all(|membership| self.texts.get(membership.org_id) == only)
    }
}

impl Subject {
    /// The only permissions that the credential can be used for, if it has a limit.
    pub(crate) fn limit(&self) -> Option<&[String]> {
        self.strings(self.limit.as_ref())
    }

    /// Limits the credential to these permissions, within the limit that it has already. Roles are then unknown.
    pub(crate) fn limit_to(&mut self, permissions: &[String]) {
        let allowed: Vec<_> = match self.limit() {
            Some(listed) => permissions.iter().filter(|permission| listed.contains(permission)).cloned().collect(),
            None => permissions.to_vec(),
        };
        self.limit = Some(listed(&allowed, &mut self.texts));
        self.hold_to_limit();
        let Self { texts, memberships, .. } = self;
        for membership in memberships {
            membership.limit_to(&allowed, texts);
        }
    }

    /// Applies the limit to the roles and permissions outside any organization.
    pub(super) fn hold_to_limit(&mut self) {
        let Some(listed) = self.limit().map(<[String]>::to_vec) else { return };
        self.roles = None;
        let kept = self
            .strings(self.permissions.as_ref())
            .map(|held| held.iter().filter(|permission| listed.contains(permission)).cloned().collect::<Vec<_>>());
        self.permissions = kept.map(|kept| self::listed(&kept, &mut self.texts));
    }
}

/// A membership and its subject, borrowed: decisions use it. [`OrgMember`](super::OrgMember) is the owned form for
/// handlers.
#[derive(Clone, Copy)]
pub(crate) struct MemberRef<'a> {
    subject: &'a Subject,
    membership: &'a StoredMembership,
}

impl<'a> MemberRef<'a> {
    pub(crate) fn org_id(self) -> &'a str {
        self.subject.texts.get(self.membership.org_id)
    }

    pub(crate) fn name(self) -> Option<&'a str> {
        self.subject.texts.maybe(self.membership.name)
    }

    pub(crate) fn url_safe_name(self) -> Option<&'a str> {
        self.subject.texts.maybe(self.membership.url_safe_name)
    }

    pub(crate) fn structure(self) -> RoleStructure {
        self.membership.structure
    }

    pub(crate) fn role(self) -> Option<&'a str> {
        self.subject.texts.maybe(self.membership.role)
    }

    pub(crate) fn additional_roles(self) -> Option<&'a [String]> {
        self.role()?;
        Some(self.subject.texts.strings(&self.membership.additional_roles))
    }

    pub(crate) fn inherited_roles(self) -> Option<&'a [String]> {
        self.subject.strings(self.membership.inherited_roles.as_ref())
    }

    pub(crate) fn permissions(self) -> Option<&'a [String]> {
        self.subject.strings(self.membership.permissions.as_ref())
    }

    /// The names of one of the lists, without allocating strings.
    pub(crate) fn names(
        self,
        of: impl Fn(&'a StoredMembership) -> Option<&'a List>,
    ) -> Option<impl Iterator<Item = &'a str>> {
        self.subject.names(of(self.membership))
    }

    /// Parses the metadata at every call.
    pub(crate) fn metadata(self) -> Value {
        let text = self.subject.texts.maybe(self.membership.metadata);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

pub(super) fn listed(strings: &[String], texts: &mut Texts) -> List {
    texts.list(strings.iter().map(String::as_str))
}
