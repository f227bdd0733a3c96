//! Claims become an [`Identity`] in the pass that reads them, as the profile says.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{MapAccess, Visitor};

use super::orgs::{OrgEntry, OrgMap};
use super::profile::Profile;
use super::rules::{Audience, Registered, Rules};
use super::seeds::{IdOrNumber, OrNull, ToList, ToTexts};
use crate::error::TokenFault;
use crate::id::{List, Seat, Span, Subject, Texts};
use crate::json::{self, Number, Object, ReadMember, Skip, Text, TextOrList};
use crate::token::TokenType;

/// Reads the claims of a token whose signature was checked: the registered ones and, by profile, who it stands for.
pub(crate) fn read<'de>(
    payload: &'de str,
    profile: &Profile,
    rules: &Rules,
    found: &mut Found<'de>,
) -> Result<(), TokenFault> {
    let reading = Cell::new(None);
    found.subject.texts.reserve(payload.len());
    json::read(payload, Claims { profile, rules, reading: &reading, found }).map_err(|error| {
        let wrong_type = error.is_data().then(|| reading.get()).flatten();
        wrong_type.map_or(TokenFault::Claims, TokenFault::Claim)
    })?;
    if let Profile::Custom(mapping) = profile {
        let claims = serde_json::from_str(payload).map_err(|_| TokenFault::Claims)?;
        found.subject = mapping.identity(&claims).ok_or(TokenFault::Profile)?.into();
        // Kept as text and read again: so it is held to what the token's own text is.
        if found.subject.metadata().any(|text| json::check(text).is_err()) {
            return Err(TokenFault::Profile);
        }
    } else {
        found.finish(profile)?;
    }
    // What no mapping may get wrong, built in or not.
    if found.subject.id().is_empty() || !found.subject.settle() {
        return Err(TokenFault::Profile);
    }
    Ok(())
}

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Found<'de> {
    pub(crate) registered: Registered<'de>,
    pub(crate) subject: Subject,
    /// Whether `org_member_info` is there: it then counts alone.
    is_active_org_token: bool,
    /// The membership that it states.
    active: Option<Seat>,
    user_id: Option<Cow<'de, str>>,
    org_id: Option<Span>,
    org_name: Option<Span>,
    realm_roles: Option<Vec<Text<'de>>>,
    client_roles: Vec<Text<'de>>,
    /// OpenID Connect's `scp`, which counts where `scope` is absent.
    scp: Option<List>,
    actor: Option<Span>,
    is_bearer: bool,
}

impl Found<'_> {
    /// Settles what depends on more than one claim.
    fn finish(&mut self, profile: &Profile) -> Result<(), TokenFault> {
        let subject = &mut self.subject;
        let sub = self.registered.sub.as_ref().map(|sub| &*sub.0);
        let user_id = self.user_id.as_deref();
        let id = match profile {
            Profile::PropelAuth => user_id,
            Profile::FastApiUsers if user_id.is_some_and(|user_id| sub.is_some_and(|sub| sub != user_id)) => {
                return Err(TokenFault::Claim("user_id"));
            }
            Profile::FastApiUsers => sub.or(user_id),
            #[cfg(feature = "testing")]
            Profile::Testing => user_id.or(sub),
            Profile::Auth0 | Profile::Keycloak | Profile::Oidc | Profile::Custom(_) => sub,
        };
        let id = id.filter(|id| !id.is_empty()).ok_or(TokenFault::Claim(id_claim(profile)))?;
        subject.id = subject.texts.push(id);
        if self.is_active_org_token {
            subject.active_org = self.active.as_ref().map(|active| active.org_id);
            subject.seats = self.active.take().into_iter().collect();
        }
        if let Some(org_id) = self.org_id {
            let (name, permissions) = (self.org_name, subject.permissions.take());
            subject.seats = vec![Seat { org_id, name, permissions, ..Seat::default() }];
            subject.active_org = Some(org_id);
        }
        subject.impersonator_user_id = subject.impersonator_user_id.or(self.actor);
        subject.impersonated = match profile {
            // Its tokens have no claim that could tell.
            Profile::FastApiUsers => None,
            _ => Some(subject.impersonated == Some(true) || subject.impersonator_user_id.is_some()),
        };
        if matches!(profile, Profile::Auth0 | Profile::Keycloak | Profile::Oidc) {
            subject.email_verified.get_or_insert(false);
        }
        if let Some(scp) = self.scp.take() {
            subject.scopes.get_or_insert(scp);
        }
        if matches!(profile, Profile::Keycloak) && !self.is_bearer {
            return Err(TokenFault::Claim("typ"));
        }
        let own_roles = self.realm_roles.iter().flatten().chain(&self.client_roles).map(|role| &*role.0);
        if self.realm_roles.is_some() || matches!(profile, Profile::Keycloak) {
            subject.roles = Some(subject.texts.list(own_roles));
        }
        Ok(())
    }
}

fn id_claim(profile: &Profile) -> &'static str {
    if matches!(profile, Profile::PropelAuth) { "user_id" } else { "sub" }
}

/// Reads the claims of one token.
struct Claims<'r, 'de> {
    profile: &'r Profile,
    rules: &'r Rules,
    /// The claim being read, so that a fault can name it; `serde`'s own text would show its value.
    reading: &'r Cell<Option<&'static str>>,
    found: &'r mut Found<'de>,
}

impl<'de> Visitor<'de> for Claims<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let reader = Reader { profile: self.profile, rules: self.rules, reading: self.reading };
        let found = self.found;
        json::members(map, |name, map| {
            if !reader.registered(name, map, &mut found.registered)? && !reader.member(name, map, found)? {
                map.next_value_seed(Skip { depth: 1 })?;
            }
            reader.reading.set(None);
            Ok(())
        })
    }
}

/// Reads one claim, where it knows what to do with it.
struct Reader<'r> {
    profile: &'r Profile,
    rules: &'r Rules,
    reading: &'r Cell<Option<&'static str>>,
}

impl Reader<'_> {
    /// Reads a registered claim; `false` where `name` is none.
    fn registered<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        registered: &mut Registered<'de>,
    ) -> Result<bool, A::Error> {
        let reading = |name| self.reading.set(Some(name));
        match name {
            "iss" => {
                reading("iss");
                registered.iss = Some(map.next_value()?);
            }
            "aud" => {
                reading("aud");
                registered.is_for_us = Some(map.next_value_seed(&self.rules.audience)?);
            }
            "exp" => {
                reading("exp");
                registered.exp = Some(map.next_value::<Number>()?.0);
            }
            "nbf" => {
                reading("nbf");
                registered.nbf = Some(map.next_value::<Number>()?.0);
            }
            "iat" => {
                reading("iat");
                registered.iat = Some(map.next_value::<Number>()?.0);
            }
            "sub" if !matches!(self.profile, Profile::PropelAuth | Profile::Custom(_)) => {
                reading("sub");
                registered.sub = Some(map.next_value()?);
            }
            "at_hash" | "c_hash" | "nonce" => {
                map.next_value_seed(Skip { depth: 1 })?;
                registered.marks_id_token = true;
            }
            "cnf" => {
                map.next_value_seed(Skip { depth: 1 })?;
                registered.is_bound = true;
            }
            _ if self.rules.token_type == TokenType::AccessJwt => {
                return self.access_jwt(name, map, registered);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What RFC 9068 requires beyond the rest.
    fn access_jwt<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        registered: &mut Registered<'de>,
    ) -> Result<bool, A::Error> {
        let (name, slot) = match name {
            "sub" => ("sub", &mut registered.sub),
            "jti" => ("jti", &mut registered.jti),
            "client_id" => ("client_id", &mut registered.client_id),
            _ => return Ok(false),
        };
        self.reading.set(Some(name));
        *slot = Some(map.next_value()?);
        Ok(true)
    }

    /// Reads a claim of the profile; `false` where `name` is none.
    fn member<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        found: &mut Found<'de>,
    ) -> Result<bool, A::Error> {
        match self.profile {
            Profile::PropelAuth => self.propelauth(name, map, found),
            Profile::Auth0 => Ok(self.person(name, map, found)? || self.auth0(name, map, found)?),
            Profile::Keycloak => Ok(self.person(name, map, found)? || self.keycloak(name, map, found)?),
            Profile::Oidc => Ok(self.person(name, map, found)? || self.oidc(name, map, found)?),
            Profile::FastApiUsers => self.fastapi_users(name, map, found),
            #[cfg(feature = "testing")]
            Profile::Testing => Ok(self.propelauth(name, map, found)?
                || self.person(name, map, found)?
                || self.auth0(name, map, found)?
                || self.keycloak(name, map, found)?),
            Profile::Custom(_) => Ok(false),
        }
    }

    fn propelauth<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        found: &mut Found<'de>,
    ) -> Result<bool, A::Error> {
        let subject = &mut found.subject;
        let (name, slot) = match name {
            "user_id" => {
                self.reading.set(Some("user_id"));
                found.user_id = map.next_value::<Option<Text<'de>>>()?.map(|id| id.0);
                return Ok(true);
            }
            "email" => ("email", &mut subject.email),
            "first_name" => ("first_name", &mut subject.first_name),
            "last_name" => ("last_name", &mut subject.last_name),
            "username" => ("username", &mut subject.username),
            "legacy_user_id" => ("legacy_user_id", &mut subject.legacy_user_id),
            "impersonator_user_id" => ("impersonator_user_id", &mut subject.impersonator_user_id),
            "org_id_to_org_member_info" => {
                self.reading.set(Some("org_id_to_org_member_info"));
                let each = OrgMap { seats: &mut subject.seats, texts: &mut subject.texts };
                map.next_value_seed(OrNull(Object { depth: 1, each }))?;
                return Ok(true);
            }
            "org_member_info" => {
                self.reading.set(Some("org_member_info"));
                let mut entry = OrgEntry::new(&mut subject.texts);
                let present = map.next_value_seed(OrNull(Object { depth: 1, each: &mut entry }))?;
                if present.is_some() {
                    found.is_active_org_token = true;
                    found.active = entry.into_seat(None);
                }
                return Ok(true);
            }
            _ => return self.actor(name, map, found),
        };
        self.reading.set(Some(name));
        *slot = map.next_value_seed(OrNull(ToTexts(&mut subject.texts)))?;
        Ok(true)
    }

    /// The standard claims of OpenID Connect Core section 5.1.
    fn person<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        found: &mut Found<'de>,
    ) -> Result<bool, A::Error> {
        let subject = &mut found.subject;
        let (name, slot) = match name {
            "email" => ("email", &mut subject.email),
            "given_name" => ("given_name", &mut subject.first_name),
            "family_name" => ("family_name", &mut subject.last_name),
            "preferred_username" => ("preferred_username", &mut subject.username),
            "email_verified" => {
                self.reading.set(Some("email_verified"));
                subject.email_verified = map.next_value()?;
                return Ok(true);
            }
            "scope" => {
                self.reading.set(Some("scope"));
                subject.scopes = scopes(map.next_value()?, &mut subject.texts);
                return Ok(true);
            }
            _ => return self.actor(name, map, found),
        };
        self.reading.set(Some(name));
        *slot = map.next_value_seed(OrNull(ToTexts(&mut subject.texts)))?;
        Ok(true)
    }

    /// RFC 8693 section 4.1: who acts in the user's place.
    fn actor<'de, A: MapAccess<'de>>(&self, name: &str, map: &mut A, found: &mut Found<'de>) -> Result<bool, A::Error> {
        if name != "act" {
            return Ok(false);
        }
        self.reading.set(Some("act"));
        let each = Actor { actor: &mut found.actor, texts: &mut found.subject.texts };
        let present = map.next_value_seed(OrNull(Object { depth: 1, each }))?;
        if present.is_some() {
            found.subject.impersonated = Some(true);
        }
        Ok(true)
    }

    fn auth0<'de, A: MapAccess<'de>>(&self, name: &str, map: &mut A, found: &mut Found<'de>) -> Result<bool, A::Error> {
        let texts = &mut found.subject.texts;
        match name {
            "org_id" => {
                self.reading.set(Some("org_id"));
                found.org_id = map.next_value_seed(OrNull(ToTexts(texts)))?;
            }
            "org_name" => {
                self.reading.set(Some("org_name"));
                found.org_name = map.next_value_seed(OrNull(ToTexts(texts)))?;
            }
            "permissions" => {
                self.reading.set(Some("permissions"));
                found.subject.permissions = map.next_value_seed(OrNull(ToList(texts)))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn keycloak<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        found: &mut Found<'de>,
    ) -> Result<bool, A::Error> {
        match name {
            "realm_access" => {
                self.reading.set(Some("realm_access"));
                let roles = found.realm_roles.get_or_insert_default();
                map.next_value_seed(OrNull(Object { depth: 1, each: Roles(roles) }))?;
            }
            "resource_access" => {
                self.reading.set(Some("resource_access"));
                let each = ResourceAccess { audience: &self.rules.audience, roles: &mut found.client_roles };
                map.next_value_seed(OrNull(Object { depth: 1, each }))?;
            }
            "typ" => {
                self.reading.set(Some("typ"));
                found.is_bearer = map.next_value::<Option<String>>()?.as_deref() == Some("Bearer");
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn oidc<'de, A: MapAccess<'de>>(&self, name: &str, map: &mut A, found: &mut Found<'de>) -> Result<bool, A::Error> {
        if name != "scp" {
            return Ok(false);
        }
        self.reading.set(Some("scp"));
        found.scp = scopes(map.next_value()?, &mut found.subject.texts);
        Ok(true)
    }

    fn fastapi_users<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        found: &mut Found<'de>,
    ) -> Result<bool, A::Error> {
        if name != "user_id" {
            return Ok(false);
        }
        self.reading.set(Some("user_id"));
        found.user_id = map.next_value_seed(OrNull(IdOrNumber))?;
        Ok(true)
    }
}

/// A scope list is one string with spaces (RFC 6749 section 3.3); some issuers write an array.
fn scopes(written: Option<TextOrList<'_>>, texts: &mut Texts) -> Option<List> {
    let TextOrList(list) = written?;
    Some(texts.list(list.iter().flat_map(|scopes| scopes.0.split(' ')).filter(|scope| !scope.is_empty())))
}

struct Actor<'a> {
    actor: &'a mut Option<Span>,
    texts: &'a mut Texts,
}

impl<'de> ReadMember<'de> for Actor<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        if name == "sub" {
            *self.actor = map.next_value_seed(OrNull(ToTexts(self.texts)))?;
            return Ok(());
        }
        map.next_value_seed(Skip { depth })
    }
}

/// `{"roles": [..]}`
struct Roles<'a, 'de>(&'a mut Vec<Text<'de>>);

impl<'de> ReadMember<'de> for Roles<'_, 'de> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        if name == "roles" {
            self.0.append(&mut map.next_value::<Option<Vec<Text<'de>>>>()?.unwrap_or_default());
            return Ok(());
        }
        map.next_value_seed(Skip { depth })
    }
}

/// `{"CLIENT": {"roles": [..]}}`, of which the clients that are an accepted audience count.
struct ResourceAccess<'a, 'de> {
    audience: &'a Audience,
    roles: &'a mut Vec<Text<'de>>,
}

impl<'de> ReadMember<'de> for ResourceAccess<'_, 'de> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        match self.audience {
            Audience::OneOf(accepted) if accepted.iter().any(|audience| audience == name) => {
                map.next_value_seed(OrNull(Object { depth, each: Roles(self.roles) })).map(|_| ())
            }
            _ => map.next_value_seed(Skip { depth }),
        }
    }
}
