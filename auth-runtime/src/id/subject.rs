//! The subject of a token (RFC 7519 section 4.1.2), stored so that guards can query it without allocating.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use super::identity::{Identity, Membership};
use super::limit::Limit;
use super::role::{Hierarchy, RoleStructure, reaches};
use super::texts::{List, Span, Texts};
use super::user_writable::UserWritable;

/// The subject of a verified token: everything that is known about the user. All requests with this token share it.
#[derive(Clone, Default)]
pub(crate) struct Subject {
    issuer: Arc<str>,
    /// The name that the configuration gives the issuer.
    configured_name: Option<Arc<str>>,
    /// Whether that name stands for several tenants, each with its own users.
    is_name_shared: bool,
    /// The claims that users of the issuer can write themselves.
    user_writable: Option<Arc<UserWritable>>,
    /// Whether the credential never tells of a login.
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
    /// Whether it is an application, and not a person.
    pub(crate) is_application: Option<bool>,
    /// The only organization that its issuer may speak about: what it says outside of that is unknown.
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
    /// Leaves these permissions at most, and no roles.
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
    /// whether the issuer's name stands for several tenants. Two tenants may give one id to two users, so such a name does
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

    /// Says that no login makes the credential, as an API key.
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

    /// Whether the token comes from the issuer of this name, or of this `iss`.
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
    /// organization without a membership, or an organization that the issuer may not speak about.
    pub(crate) fn settle(&mut self) -> bool {
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

/// Answers about what belongs to no organization; `None` means unknown.
impl Subject {
    /// `None` if the issuer speaks for one organization alone: outside of it, what it says is unknown.
    pub(crate) fn unconfined(&self) -> Option<()> {
        self.confined_to.is_none().then_some(())
    }

    /// The same for roles and permissions, which are the directory's if there is one: its word holds everywhere.
    fn unconfined_authority(&self) -> Option<()> {
        if self.is_overruled() { Some(()) } else { self.unconfined() }
    }

    /// `None` if no decision may depend on this claim, because the user can write it, or because the issuer speaks for one
    /// organization alone.
    pub(crate) fn deciding(&self, claim: &str) -> Option<()> {
        self.unconfined()?;
        (!self.can_write(claim)).then_some(())
    }

    /// Whether the user can write this claim, and no setting allows it to decide.
    pub(crate) fn can_write(&self, claim: &str) -> bool {
        self.user_writable.as_ref().is_some_and(|writable| writable.refuses(claim))
    }

    pub(crate) fn own_roles(&self) -> Option<&[String]> {
        self.unconfined_authority()?;
        self.strings(self.roles.as_ref())
    }

    pub(crate) fn own_scopes(&self) -> Option<&[String]> {
        self.unconfined()?;
        self.strings(self.scopes.as_ref())
    }

    pub(crate) fn is_own_role(&self, role: &str) -> Option<bool> {
        self.allows_roles()?;
        self.unconfined_authority()?;
        self.holds(self.roles.as_ref(), role)
    }

    pub(crate) fn is_at_least_own_role(&self, role: &str, hierarchy: Hierarchy) -> Option<bool> {
        self.allows_roles()?;
        self.unconfined_authority()?;
        let mut answer = Some(false);
        for own in self.texts.items(self.roles.as_ref()?) {
            match reaches(own, role, hierarchy) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => answer = None,
            }
        }
        answer
    }

    /// Whether another login can change what the credential says of its login. It cannot if what the issuer says of
    /// logins is unknown anyway, if the user is an application, or if the credential never tells of a login, as API keys.
    pub(crate) fn can_log_in_again(&self) -> bool {
        self.confined_to.is_none() && self.is_application != Some(true) && !self.is_without_login
    }

    /// Whether the login is of this authentication context class.
    pub(crate) fn is_acr(&self, class: &str) -> Option<bool> {
        self.unconfined()?;
        self.texts.maybe(self.acr).map(|known| known == class)
    }

    /// Whether the login used this method.
    pub(crate) fn has_amr(&self, method: &str) -> Option<bool> {
        self.unconfined()?;
        self.holds(self.amr.as_ref(), method)
    }

    /// Whether the user logged in no longer ago than this. A login in the future is unknown.
    pub(crate) fn is_login_within(&self, seconds: u32, now: u64) -> Option<bool> {
        self.unconfined()?;
        Some(now.checked_sub(self.auth_time?)? <= u64::from(seconds))
    }

    /// `org_id` is the selected organization, of which the user is a member.
    pub(crate) fn has_scope(&self, scope: &str, org_id: Option<&str>) -> Option<bool> {
        let only = self.confined_to.map(|id| self.texts.get(id));
        if only.is_some() && only != org_id {
            return None;
        }
        self.holds(self.scopes.as_ref(), scope)
    }

    pub(crate) fn is_email_verified(&self) -> Option<bool> {
        self.unconfined()?;
        self.email_verified
    }

    /// Without a selected organization: the direct permissions, and those in the active organization.
    pub(crate) fn has_permission(&self, permission: &str) -> Option<bool> {
        self.allows(permission)?;
        self.unconfined_authority()?;
        let direct = self.holds(self.permissions.as_ref(), permission);
        match self.active_member() {
            Some(active) => match (direct, active.has_permission(permission)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                // A mapping that knows no direct permissions grants no direct permissions: the active organization
                // decides.
                (_, in_active) => in_active,
            },
            None if direct == Some(true) => direct,
            None if self.memberships.len() > 1 => None,
            None => direct,
        }
    }

    /// The permissions that the credential can be used for at most, if it has a limit.
    pub(super) fn limit(&self) -> Option<&[String]> {
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

    /// Holds the roles and permissions outside any organization to the limit.
    pub(super) fn hold_to_limit(&mut self) {
        let Some(listed) = self.limit().map(<[String]>::to_vec) else { return };
        self.roles = None;
        let kept = self
            .strings(self.permissions.as_ref())
            .map(|held| held.iter().filter(|permission| listed.contains(permission)).cloned().collect::<Vec<_>>());
        self.permissions = kept.map(|kept| self::listed(&kept, &mut self.texts));
    }

    /// `None`, that is unknown, if the limit of the credential does not list the permission.
    fn allows(&self, permission: &str) -> Option<()> {
        let Some(limit) = &self.limit else { return Some(()) };
        self.texts.items(limit).any(|listed| listed == permission).then_some(())
    }

    /// `None` if the credential has a limit: roles are then unknown.
    fn allows_roles(&self) -> Option<()> {
        self.limit.is_none().then_some(())
    }

    fn holds(&self, list: Option<&List>, name: &str) -> Option<bool> {
        Some(self.texts.items(list?).any(|known| known == name))
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

/// Answers about a membership; `None` means unknown.
impl MemberRef<'_> {
    pub(crate) fn is_role(self, role: &str) -> Option<bool> {
        self.subject.allows_roles()?;
        let additional = || self.subject.texts.items(&self.membership.additional_roles).any(|known| known == role);
        Some(self.role()? == role || (self.membership.structure == RoleStructure::Multi && additional()))
    }

    pub(crate) fn is_at_least_role(self, role: &str, hierarchy: Hierarchy) -> Option<bool> {
        self.subject.allows_roles()?;
        if self.membership.structure == RoleStructure::Multi {
            return self.is_role(role);
        }
        match &self.membership.inherited_roles {
            Some(inherited) => self.subject.holds(Some(inherited), role),
            None => reaches(self.role()?, role, hierarchy),
        }
    }

    pub(crate) fn has_permission(self, permission: &str) -> Option<bool> {
        self.subject.allows(permission)?;
        self.subject.holds(self.membership.permissions.as_ref(), permission)
    }
}

impl From<Identity> for Subject {
    fn from(identity: Identity) -> Self {
        let identity = identity.within_limit();
        let mut texts = Texts::default();
        let memberships =
            identity.memberships.into_iter().map(|membership| StoredMembership::new(membership, &mut texts)).collect();
        Self {
            id: texts.push(&identity.id),
            email: identity.email.map(|email| texts.push(&email)),
            email_verified: identity.email_verified,
            first_name: identity.first_name.map(|name| texts.push(&name)),
            last_name: identity.last_name.map(|name| texts.push(&name)),
            username: identity.username.map(|username| texts.push(&username)),
            legacy_user_id: identity.legacy_user_id.map(|id| texts.push(&id)),
            impersonator_user_id: identity.impersonator_user_id.map(|id| texts.push(&id)),
            impersonated: identity.impersonated,
            roles: identity.roles.map(|roles| listed(&roles, &mut texts)),
            scopes: identity.scopes.map(|scopes| listed(&scopes, &mut texts)),
            permissions: identity.permissions.map(|permissions| listed(&permissions, &mut texts)),
            memberships,
            active_org: identity.active_org.map(|id| texts.push(&id)),
            expires_at: identity.expires_at,
            credential_id: identity.credential_id.filter(|id| !id.is_empty()).map(|id| texts.push(&id)),
            limit: identity.limit.listed().map(|listed_ones| listed(listed_ones, &mut texts)),
            acr: identity.acr.map(|class| texts.push(&class)),
            amr: identity.amr.map(|methods| listed(&methods, &mut texts)),
            auth_time: identity.auth_time,
            is_application: identity.is_application,
            confined_to: identity.confined_to.map(|id| texts.push(&id)),
            texts,
            ..Self::default()
        }
    }
}

impl StoredMembership {
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
}

impl From<&Subject> for Identity {
    fn from(subject: &Subject) -> Self {
        let text = |span| subject.texts.maybe(span).map(str::to_owned);
        let names = |list: &Option<List>| list.as_ref().map(|list| subject.texts.strings(list).to_vec());
        Self {
            id: subject.id().to_owned(),
            email: text(subject.email),
            email_verified: subject.email_verified,
            first_name: text(subject.first_name),
            last_name: text(subject.last_name),
            username: text(subject.username),
            legacy_user_id: text(subject.legacy_user_id),
            impersonator_user_id: text(subject.impersonator_user_id),
            impersonated: subject.impersonated,
            roles: names(&subject.roles),
            scopes: names(&subject.scopes),
            permissions: names(&subject.permissions),
            memberships: subject.members().map(Membership::from).collect(),
            active_org: text(subject.active_org),
            expires_at: subject.expires_at,
            credential_id: text(subject.credential_id),
            limit: names(&subject.limit).map_or_else(Limit::none, Limit::permissions),
            acr: text(subject.acr),
            amr: names(&subject.amr),
            auth_time: subject.auth_time,
            is_application: subject.is_application,
            confined_to: text(subject.confined_to),
        }
    }
}

impl From<MemberRef<'_>> for Membership {
    fn from(member: MemberRef<'_>) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let names = |names: Option<&[String]>| names.map(<[String]>::to_vec);
        Self {
            id: member.org_id().to_owned(),
            name: text(member.name()),
            url_safe_name: text(member.url_safe_name()),
            structure: member.structure(),
            role: text(member.role()),
            additional_roles: member.additional_roles().unwrap_or_default().to_vec(),
            inherited_roles: names(member.inherited_roles()),
            permissions: names(member.permissions()),
            metadata: member.metadata(),
        }
    }
}

pub(super) fn listed(strings: &[String], texts: &mut Texts) -> List {
    texts.list(strings.iter().map(String::as_str))
}
