//! The subject of a token (RFC 7519 section 4.1.2), stored so that guards can ask about it without allocating.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use super::identity::{Identity, Membership};
use super::texts::{List, Span, Texts};
use super::{Hierarchy, RoleStructure, reaches};

/// The subject of a verified token: everything that is known about the user. All requests with this token share it.
#[derive(Default)]
pub(crate) struct Subject {
    issuer: Arc<str>,
    issuer_name: Option<Arc<str>>,
    expires_at: Option<SystemTime>,
    /// The token that was verified: the claims are in it.
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
    /// Ordered by the organisations' ids, so that a lookup does not grow with their number.
    pub(crate) seats: Vec<Seat>,
    pub(crate) active_org: Option<Span>,
}

/// A membership in one organisation.
#[derive(Default)]
pub(crate) struct Seat {
    pub(crate) org_id: Span,
    pub(crate) name: Option<Span>,
    pub(crate) url_safe_name: Option<Span>,
    pub(crate) structure: RoleStructure,
    pub(crate) role: Option<Span>,
    pub(crate) additional_roles: List,
    pub(crate) inherited_roles: Option<List>,
    pub(crate) permissions: Option<List>,
    /// What is stored with the organization, as JSON text that was checked. Parsed it takes up to a hundred times as much
    /// memory, so it is not kept parsed.
    pub(crate) metadata: Option<Span>,
}

impl Subject {
    /// Adds which token says all this, who issued it, and when it expires.
    pub(crate) fn of_token(
        self,
        token: Arc<[u8]>,
        issuer: Arc<str>,
        issuer_name: Option<Arc<str>>,
        expires_at: Option<SystemTime>,
    ) -> Self {
        Self { issuer, issuer_name, expires_at, token, ..self }
    }

    pub(crate) fn id(&self) -> &str {
        self.texts.get(self.id)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The name that the configuration gives the issuer.
    pub(crate) fn issuer_name(&self) -> Option<&str> {
        self.issuer_name.as_deref()
    }

    /// Whether the token comes from the issuer of this name, or of this `iss`.
    pub(crate) fn is_from(&self, issuer: &str) -> bool {
        *self.issuer == *issuer || self.issuer_name() == Some(issuer)
    }

    pub(crate) fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    pub(crate) fn token(&self) -> &Arc<[u8]> {
        &self.token
    }

    /// The memory that it takes, its token and the strings that handlers can ask for included.
    pub(crate) fn bytes(&self) -> usize {
        let seats = self.seats.capacity() * size_of::<Seat>();
        size_of::<Self>() + self.token.len() + self.texts.bytes() + seats
    }

    pub(crate) fn strings<'a>(&self, list: Option<&'a List>) -> Option<&'a [String]> {
        Some(self.texts.strings(list?))
    }

    /// The names of a list, without making strings of them.
    pub(crate) fn names<'a>(&'a self, list: Option<&'a List>) -> Option<impl Iterator<Item = &'a str>> {
        Some(self.texts.items(list?))
    }

    /// What is stored with the organizations, as JSON text.
    pub(crate) fn metadata(&self) -> impl Iterator<Item = &str> {
        self.seats.iter().filter_map(|seat| self.texts.maybe(seat.metadata))
    }

    pub(crate) fn members(&self) -> impl ExactSizeIterator<Item = Member<'_>> {
        self.seats.iter().map(|seat| Member { subject: self, seat })
    }

    pub(crate) fn member(&self, org_id: &str) -> Option<Member<'_>> {
        self.member_at(self.position(org_id)?)
    }

    pub(crate) fn member_at(&self, position: usize) -> Option<Member<'_>> {
        self.seats.get(position).map(|seat| Member { subject: self, seat })
    }

    pub(crate) fn position(&self, org_id: &str) -> Option<usize> {
        self.seats.binary_search_by(|seat| self.texts.get(seat.org_id).cmp(org_id)).ok()
    }

    pub(crate) fn active_member(&self) -> Option<Member<'_>> {
        self.member(self.texts.get(self.active_org?))
    }

    /// Puts the memberships in order; `false` where what is said of them contradicts itself: two of one organisation,
    /// or an active one that is none of them.
    pub(crate) fn settle(&mut self) -> bool {
        let Self { texts, seats, .. } = self;
        seats.sort_by(|a, b| texts.get(a.org_id).cmp(texts.get(b.org_id)));
        let twice = |pair: &[Seat]| matches!(pair, [a, b] if texts.get(a.org_id) == texts.get(b.org_id));
        !self.seats.windows(2).any(twice) && (self.active_org.is_none() || self.active_member().is_some())
    }
}

/// Three-valued answers about what belongs to no organisation: `None` where the token cannot say.
impl Subject {
    pub(crate) fn is_own_role(&self, role: &str) -> Option<bool> {
        self.holds(self.roles.as_ref(), role)
    }

    pub(crate) fn is_at_least_own_role(&self, role: &str, hierarchy: Hierarchy) -> Option<bool> {
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

    pub(crate) fn has_scope(&self, scope: &str) -> Option<bool> {
        self.holds(self.scopes.as_ref(), scope)
    }

    /// Without a selected organisation: the direct permissions, and those in the active organisation.
    pub(crate) fn has_permission(&self, permission: &str) -> Option<bool> {
        let direct = self.holds(self.permissions.as_ref(), permission);
        match self.active_member() {
            Some(active) => match (direct, active.has_permission(permission)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                // A profile that knows no direct permissions grants none: the active organisation answers alone.
                (_, in_active) => in_active,
            },
            None if direct == Some(true) => direct,
            None if self.seats.len() > 1 => None,
            None => direct,
        }
    }

    fn holds(&self, list: Option<&List>, name: &str) -> Option<bool> {
        Some(self.texts.items(list?).any(|known| known == name))
    }
}

/// A membership, with the texts that it is written in.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    subject: &'a Subject,
    seat: &'a Seat,
}

impl<'a> Member<'a> {
    pub(crate) fn org_id(self) -> &'a str {
        self.subject.texts.get(self.seat.org_id)
    }

    pub(crate) fn name(self) -> Option<&'a str> {
        self.subject.texts.maybe(self.seat.name)
    }

    pub(crate) fn url_safe_name(self) -> Option<&'a str> {
        self.subject.texts.maybe(self.seat.url_safe_name)
    }

    pub(crate) fn structure(self) -> RoleStructure {
        self.seat.structure
    }

    pub(crate) fn role(self) -> Option<&'a str> {
        self.subject.texts.maybe(self.seat.role)
    }

    pub(crate) fn additional_roles(self) -> Option<&'a [String]> {
        self.role()?;
        Some(self.subject.texts.strings(&self.seat.additional_roles))
    }

    pub(crate) fn inherited_roles(self) -> Option<&'a [String]> {
        self.subject.strings(self.seat.inherited_roles.as_ref())
    }

    pub(crate) fn permissions(self) -> Option<&'a [String]> {
        self.subject.strings(self.seat.permissions.as_ref())
    }

    /// The names of one of the lists, without making strings of them.
    pub(crate) fn names(self, of: impl Fn(&'a Seat) -> Option<&'a List>) -> Option<impl Iterator<Item = &'a str>> {
        self.subject.names(of(self.seat))
    }

    /// Parsed anew each time.
    pub(crate) fn metadata(self) -> Value {
        let text = self.subject.texts.maybe(self.seat.metadata);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The three-valued answers: `None` where the token cannot say.
impl Member<'_> {
    pub(crate) fn is_role(self, role: &str) -> Option<bool> {
        let additional = || self.subject.texts.items(&self.seat.additional_roles).any(|known| known == role);
        Some(self.role()? == role || (self.seat.structure == RoleStructure::Multi && additional()))
    }

    pub(crate) fn is_at_least_role(self, role: &str, hierarchy: Hierarchy) -> Option<bool> {
        if self.seat.structure == RoleStructure::Multi {
            return self.is_role(role);
        }
        match &self.seat.inherited_roles {
            Some(inherited) => self.subject.holds(Some(inherited), role),
            None => reaches(self.role()?, role, hierarchy),
        }
    }

    pub(crate) fn has_permission(self, permission: &str) -> Option<bool> {
        self.subject.holds(self.seat.permissions.as_ref(), permission)
    }
}

impl From<Identity> for Subject {
    fn from(identity: Identity) -> Self {
        let mut texts = Texts::default();
        let seats = identity.memberships.into_iter().map(|membership| Seat::new(membership, &mut texts)).collect();
        Self {
            id: texts.push(&identity.id),
            email: identity.email.map(|email| texts.push(&email)),
            email_verified: identity.email_verified,
            username: identity.username.map(|username| texts.push(&username)),
            impersonator_user_id: identity.impersonator_user_id.map(|id| texts.push(&id)),
            impersonated: identity.impersonated,
            roles: identity.roles.map(|roles| listed(&roles, &mut texts)),
            scopes: identity.scopes.map(|scopes| listed(&scopes, &mut texts)),
            permissions: identity.permissions.map(|permissions| listed(&permissions, &mut texts)),
            seats,
            active_org: identity.active_org.map(|id| texts.push(&id)),
            texts,
            ..Self::default()
        }
    }
}

impl Seat {
    fn new(membership: Membership, texts: &mut Texts) -> Self {
        Self {
            org_id: texts.push(&membership.id),
            name: membership.name.map(|name| texts.push(&name)),
            structure: membership.structure,
            role: membership.role.map(|role| texts.push(&role)),
            additional_roles: listed(&membership.additional_roles, texts),
            inherited_roles: membership.inherited_roles.map(|roles| listed(&roles, texts)),
            permissions: membership.permissions.map(|permissions| listed(&permissions, texts)),
            metadata: (!membership.metadata.is_null()).then(|| texts.push(&membership.metadata.to_string())),
            ..Self::default()
        }
    }
}

fn listed(strings: &[String], texts: &mut Texts) -> List {
    texts.list(strings.iter().map(String::as_str))
}
