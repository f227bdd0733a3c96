//! A subject whose memberships, roles and permissions come from a directory instead of the credential.

use super::identity::Membership;
use super::role::RoleStructure;
use super::subject::{Overruled, StoredMembership, Subject, listed};

/// The roles and permissions that a directory grants outside any organization.
#[derive(Clone, Copy)]
pub(crate) enum OwnNames<'a> {
    /// The roles and permissions of the credential.
    OfCredential,
    These(&'a [String]),
}

impl Subject {
    /// Removes the memberships, active organization, roles and permissions of the credential. They are unknown until
    /// the directory provides them. The scopes of the credential stay.
    pub(crate) fn overrule(&mut self) {
        if self.is_overruled() {
            return;
        }
        self.overruled = Some(Overruled { roles: self.roles.take(), permissions: self.permissions.take() });
        self.memberships = Vec::new();
        self.active_org = None;
    }

    /// Whether the values that a directory provides have been removed.
    pub(crate) fn is_overruled(&self) -> bool {
        self.overruled.is_some()
    }

    /// The same user with this membership, if there is one, and with these roles and permissions, if they were asked
    /// for.
    pub(crate) fn with_authority(
        &self,
        membership: Option<&Membership>,
        own: Option<(OwnNames<'_>, OwnNames<'_>)>,
    ) -> Self {
        let mut subject = self.clone();
        subject.overrule();
        let mut overruled = subject.overruled.clone().unwrap_or_default();
        if subject.confined_to.is_some() {
            overruled = Overruled::default();
        }
        let limit = self.limit().map(<[String]>::to_vec);
        let texts = &mut subject.texts;
        if let Some((roles, permissions)) = own {
            let mut names = |names, of_credential| match names {
                OwnNames::OfCredential => of_credential,
                OwnNames::These(names) => Some(listed(names, texts)),
            };
            subject.roles = names(roles, overruled.roles);
            subject.permissions = names(permissions, overruled.permissions);
        }
        let within_limit = |member: Membership| match &limit {
            Some(listed) => member.within(listed),
            None => member,
        };
        let memberships = membership.cloned().map(within_limit);
        subject.memberships =
            memberships.into_iter().map(|member| StoredMembership::new(member, &mut subject.texts)).collect();
        subject.hold_to_limit();
        subject
    }
}

impl Membership {
    /// All its roles: the assigned one, additional ones, and the listed inherited ones.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        let additional = if self.structure == RoleStructure::Multi { self.additional_roles.as_slice() } else { &[] };
        let included = self.inherited_roles.as_deref().unwrap_or_default();
        self.role.iter().chain(additional).chain(included).map(String::as_str)
    }

    /// The approximate memory of the membership, both as returned by the directory and as stored.
    pub(crate) fn bytes(&self) -> usize {
        const NAME: usize = 64;
        let names = self.roles().chain(self.permissions.iter().flatten().map(String::as_str));
        let texts = [self.name.as_deref(), self.url_safe_name.as_deref()].into_iter().flatten();
        let metadata = if self.metadata.is_null() { 0 } else { self.metadata.to_string().len() * 8 };
        size_of::<Self>()
            + self.id.len()
            + names.chain(texts).map(|name| name.len() * 3 + NAME).sum::<usize>()
            + metadata
    }
}
