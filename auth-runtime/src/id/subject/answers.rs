//! What guards ask of a subject and its memberships. Each answer is true, false or unknown, which is `None`.

use super::super::role::{Hierarchy, RoleStructure, reaches};
use super::super::texts::List;
use super::{MemberRef, Subject};

/// Answers about what belongs to no organization; `None` means unknown.
impl Subject {
    /// `None` if the issuer may make statements about only one organization. Its statements about anything else are
    /// unknown.
    pub(crate) fn unconfined(&self) -> Option<()> {
        self.confined_to.is_none().then_some(())
    }

    /// Like [`unconfined`](Self::unconfined), for roles and permissions. If there is a directory, they come from the
    /// directory, which may make statements about all organizations.
    fn unconfined_authority(&self) -> Option<()> {
        if self.is_overruled() { Some(()) } else { self.unconfined() }
    }

    /// `None` if no decision may depend on this claim, because the user can write it, or because the issuer may make
    /// statements about one organization only.
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

    /// Whether another login can change what the credential says about its login. It cannot if the issuer's statements
    /// about logins are unknown anyway, if the user is an application, or if the credential has no login, such as an
    /// API key.
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

    /// Whether the user logged in within this time. A login in the future is unknown.
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
                // If the mapping has no direct permissions, the token grants none directly. So the active organization
                // decides.
                (_, in_active) => in_active,
            },
            None if direct == Some(true) => direct,
            None if self.memberships.len() > 1 => None,
            None => direct,
        }
    }

    /// `None` (unknown) if the limit of the credential does not list the permission.
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
