//! The values that were read from a token's claims: the registered claims, and the user.

use serde::de::{Deserialize, DeserializeSeed, Deserializer};

use super::actor::{Actor, ToActor};
use super::mapping::Absent;
use super::orgs::{OrgEntry, Orgs};
use super::rules::{Registered, Rules};
use super::slot::{Names, Slot};
use super::values::{
    BoolOrUnknown, IdOrNumber, OrNull, TextOrUnknown, ToNames, ToTexts, json_or_unknown, string_or_unknown,
};
use crate::id::{List, Span, StoredMembership, Subject};
use crate::json::{Number, Object, Skip, Text};

/// The values that were read from a token's claims.
#[derive(Default)]
pub(crate) struct TokenClaims<'de> {
    pub(crate) registered: Registered<'de>,
    pub(crate) subject: Subject,
    /// The requirements that were met, as bits by their index.
    pub(super) met: u64,
    /// The claim whose value is not accepted.
    pub(super) refused: Option<&'static str>,
    id: Option<Span>,
    other_id: Option<Span>,
    other_scopes: Option<List>,
    org_id: Option<Span>,
    org_name: Option<Span>,
    org_roles: Option<List>,
    /// For a token with only one organization: the membership that it states, as a list with at most one element.
    only_membership: Option<Vec<StoredMembership>>,
}

impl<'de> TokenClaims<'de> {
    /// Starts with the values that are known if their claims are absent.
    pub(super) fn begin(&mut self, payload: &str, if_absent: &[Absent]) {
        self.subject.texts.reserve(payload.len());
        for absent in if_absent {
            match absent {
                Absent::EmailNotVerified => self.subject.email_verified = Some(false),
                Absent::NotImpersonated => self.subject.impersonated = Some(false),
                Absent::NoRoles => self.subject.roles = Some(self.subject.texts.begin_list()),
            }
        }
    }

    /// Reads the value of a claim at `depth`.
    #[allow(clippy::too_many_lines)] // one arm for each slot
    pub(super) fn read<D: Deserializer<'de>>(
        &mut self,
        slot: Slot,
        rules: &Rules,
        depth: u8,
        value: D,
    ) -> Result<(), D::Error> {
        let Self { registered, subject, .. } = self;
        let texts = &mut subject.texts;
        match slot {
            Slot::Issuer => registered.iss = Some(Text::deserialize(value)?),
            Slot::Audience => registered.audience_matches = Some(rules.audience.deserialize(value)?),
            Slot::Expires => registered.exp = Some(Number::deserialize(value)?.0),
            Slot::NotBefore => registered.nbf = Some(Number::deserialize(value)?.0),
            Slot::IssuedAt => registered.iat = Some(Number::deserialize(value)?.0),
            Slot::CredentialId => registered.jti = string_or_unknown(depth, value)?,
            Slot::Acr => {
                subject.acr = json_or_unknown::<Text<'_>, D>(depth, value)?.map(|class| texts.push(&class.0));
            }
            Slot::Amr => {
                let methods = json_or_unknown::<Vec<Text<'_>>, D>(depth, value)?;
                subject.amr = methods.map(|methods| texts.list(methods.iter().map(|method| &*method.0)));
            }
            Slot::AuthTime => subject.auth_time = json_or_unknown(depth, value)?,
            Slot::Confirmation => {
                registered.is_bound = true;
                Skip { depth }.deserialize(value)?;
            }
            Slot::IdTokenMark => {
                registered.looks_like_id_token = true;
                Skip { depth }.deserialize(value)?;
            }
            Slot::Nonce => {
                registered.has_nonce = true;
                Skip { depth }.deserialize(value)?;
            }
            Slot::Events => {
                registered.is_security_event = true;
                Skip { depth }.deserialize(value)?;
            }
            Slot::ScopePresence => {
                registered.has_scopes |= OrNull(Skip { depth }).deserialize(value)?.is_some();
            }
            Slot::Id => self.id = Some(ToTexts(texts).deserialize(value)?),
            Slot::OtherId => self.other_id = OrNull(IdOrNumber(texts)).deserialize(value)?,
            Slot::Email => {
                let email = TextOrUnknown { depth, texts: &mut *texts }.deserialize(value)?;
                // Supabase writes an empty string for a user without an address. It must not identify a user.
                subject.email = email.filter(|email| !texts.get(*email).is_empty());
            }
            Slot::FirstName => subject.first_name = TextOrUnknown { depth, texts }.deserialize(value)?,
            Slot::LastName => subject.last_name = TextOrUnknown { depth, texts }.deserialize(value)?,
            Slot::Username => subject.username = TextOrUnknown { depth, texts }.deserialize(value)?,
            Slot::LegacyUserId => subject.legacy_user_id = TextOrUnknown { depth, texts }.deserialize(value)?,
            Slot::EmailVerified => {
                if let Some(is_verified) = (BoolOrUnknown { depth }).deserialize(value)? {
                    subject.email_verified = is_verified;
                }
            }
            Slot::Actor => {
                if let Some(Actor(id)) = OrNull(ToActor { depth, texts }).deserialize(value)? {
                    // A claim that explicitly names the actor takes precedence.
                    subject.impersonator_user_id = subject.impersonator_user_id.or(id);
                    subject.impersonated = Some(true);
                }
            }
            Slot::Impersonator => {
                if let Some(id) = OrNull(ToTexts(texts)).deserialize(value)? {
                    subject.impersonator_user_id = Some(id);
                    subject.impersonated = Some(true);
                }
            }
            Slot::Roles(names) => {
                if let Some(roles) = OrNull(ToNames { names, depth, texts }).deserialize(value)? {
                    subject.roles = Some(match subject.roles.take() {
                        Some(before) => texts.join(&before, &roles),
                        None => roles,
                    });
                }
            }
            Slot::Permissions(names) => {
                subject.permissions = OrNull(ToNames { names, depth, texts }).deserialize(value)?;
            }
            Slot::Scopes => {
                subject.scopes = OrNull(ToNames::words(texts)).deserialize(value)?;
                registered.has_scopes |= subject.scopes.is_some();
            }
            Slot::OtherScopes => {
                self.other_scopes = OrNull(ToNames::words(texts)).deserialize(value)?;
                registered.has_scopes |= self.other_scopes.is_some();
            }
            Slot::ScopesElsewhere => subject.scopes = OrNull(ToNames::words(texts)).deserialize(value)?,
            Slot::Org => self.org_id = OrNull(ToTexts(texts)).deserialize(value)?,
            #[cfg(feature = "testing")]
            Slot::ActiveOrg => subject.active_org = OrNull(ToTexts(texts)).deserialize(value)?,
            Slot::OrgName => self.org_name = TextOrUnknown { depth, texts }.deserialize(value)?,
            Slot::Orgs => {
                let names = Names::OneOrKeys;
                if let Some(orgs) = OrNull(ToNames { names, depth, texts }).deserialize(value)? {
                    let memberships = texts.spans(&orgs).map(StoredMembership::of);
                    subject.memberships.extend(memberships);
                    self.org_id = (subject.memberships.len() == 1).then(|| texts.spans(&orgs).next()).flatten();
                }
            }
            Slot::OrgRole => {
                self.org_roles = OrNull(ToNames { names: Names::List, depth, texts }).deserialize(value)?;
            }
            Slot::Memberships(rows) => {
                let each = Orgs { rows, memberships: &mut subject.memberships, texts };
                OrNull(Object { depth, each }).deserialize(value)?;
            }
            Slot::OnlyMembership(rows) => {
                let mut entry = OrgEntry::new(rows, texts);
                if OrNull(Object { depth, each: &mut entry }).deserialize(value)?.is_some() {
                    self.only_membership = Some(entry.into_membership(None).into_iter().collect());
                }
            }
            // The table stores these as requirements.
            Slot::Required | Slot::OneOf(_) | Slot::Refused(..) => Skip { depth }.deserialize(value)?,
        }
        Ok(())
    }

    /// Computes what depends on more than one claim.
    pub(super) fn combine(&mut self) -> Result<(), IdsDiffer> {
        let subject = &mut self.subject;
        subject.id = match (self.id, self.other_id) {
            (Some(id), Some(other)) if subject.texts.get(id) != subject.texts.get(other) => return Err(IdsDiffer),
            (id, other) => id.or(other).unwrap_or_default(),
        };
        if let Some(only) = self.only_membership.take() {
            subject.active_org = only.first().map(|only| only.org_id);
            subject.memberships = only;
        }
        if let Some(org_id) = self.org_id {
            let (name, permissions) = (self.org_name, subject.permissions.take());
            let mut member = StoredMembership { name, permissions, ..StoredMembership::of(org_id) };
            if let Some(roles) = self.org_roles.take() {
                member.set_roles(&mut subject.texts, &roles);
            }
            subject.memberships = vec![member];
            subject.active_org = Some(org_id);
        }
        subject.scopes = subject.scopes.take().or(self.other_scopes.take());
        Ok(())
    }
}

/// Two claims name different users.
pub(super) struct IdsDiffer;
