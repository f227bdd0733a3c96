//! From an identity to the subject that is stored, and back.

use super::super::identity::{Identity, Membership};
use super::super::limit::Limit;
use super::super::texts::{List, Texts};
use super::{MemberRef, StoredMembership, Subject, listed};

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
