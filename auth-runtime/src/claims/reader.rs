//! Claims become an [`Identity`] in the pass that reads them, as the profile says.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use super::json::{self, Number, Object, ReadMember, Skip, Text, TextOrList, ToValue};
use super::orgs::{OrgEntry, OrgMap};
use super::profile::Profile;
use super::rules::{Audience, Registered, Rules, TokenType};
use crate::error::TokenFault;
use crate::id::{Identity, Membership};

/// Reads the claims of a token whose signature was checked: the registered ones and, by profile, who it stands for.
pub(crate) fn read<'de>(
    payload: &'de str,
    profile: &Profile,
    rules: &Rules,
    found: &mut Found<'de>,
) -> Result<(), TokenFault> {
    let reading = Cell::new(None);
    json::read(payload, Claims { profile, rules, reading: &reading, found }).map_err(|error| {
        let wrong_type = error.is_data().then(|| reading.get()).flatten();
        wrong_type.map_or(TokenFault::Claims, TokenFault::Claim)
    })?;
    if let Profile::Custom(mapping) = profile {
        let claims = serde_json::from_str(payload).map_err(|_| TokenFault::Claims)?;
        found.identity = mapping.identity(&claims).ok_or(TokenFault::Profile)?;
    } else {
        found.finish(profile)?;
    }
    consistent(&mut found.identity)
}

/// What no mapping may get wrong, built in or not.
fn consistent(identity: &mut Identity) -> Result<(), TokenFault> {
    if identity.id.is_empty() {
        return Err(TokenFault::Profile);
    }
    identity.memberships.sort_by(|a, b| a.id.cmp(&b.id));
    if identity.memberships.windows(2).any(|pair| matches!(pair, [a, b] if a.id == b.id)) {
        return Err(TokenFault::Profile);
    }
    if let Some(active) = &identity.active_org
        && !identity.memberships.iter().any(|known| known.id == *active)
    {
        return Err(TokenFault::Profile);
    }
    Ok(())
}

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Found<'de> {
    pub(crate) registered: Registered<'de>,
    pub(crate) identity: Identity,
    /// Whether `org_member_info` is there: it then counts alone.
    is_active_org_token: bool,
    /// The membership that it states.
    active: Option<Arc<Membership>>,
    user_id: Option<Cow<'de, str>>,
    org_id: Option<String>,
    org_name: Option<String>,
    client_roles: Vec<String>,
    /// OpenID Connect's `scp`, which counts where `scope` is absent.
    scp: Option<Vec<String>>,
    actor: Option<String>,
    is_bearer: bool,
}

impl Found<'_> {
    /// Settles what depends on more than one claim.
    fn finish(&mut self, profile: &Profile) -> Result<(), TokenFault> {
        let identity = &mut self.identity;
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
        id.filter(|id| !id.is_empty()).ok_or(TokenFault::Claim(id_claim(profile)))?.clone_into(&mut identity.id);
        if self.is_active_org_token {
            identity.active_org = self.active.as_ref().map(|active| active.id.clone());
            identity.memberships = self.active.take().into_iter().collect();
        }
        if let Some(id) = self.org_id.take() {
            identity.memberships = vec![Arc::new(Membership {
                id: id.clone(),
                name: self.org_name.take(),
                permissions: identity.permissions.take(),
                ..Membership::default()
            })];
            identity.active_org = Some(id);
        }
        if identity.impersonator_user_id.is_none() {
            identity.impersonator_user_id = self.actor.take();
        }
        identity.impersonated = match profile {
            // Its tokens have no claim that could tell.
            Profile::FastApiUsers => None,
            _ => Some(identity.impersonated == Some(true) || identity.impersonator_user_id.is_some()),
        };
        if matches!(profile, Profile::Auth0 | Profile::Keycloak | Profile::Oidc) {
            identity.email_verified.get_or_insert(false);
        }
        if let Some(scp) = self.scp.take() {
            identity.scopes.get_or_insert(scp);
        }
        if matches!(profile, Profile::Keycloak) {
            if !self.is_bearer {
                return Err(TokenFault::Claim("typ"));
            }
            identity.roles.get_or_insert_default().append(&mut self.client_roles);
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
        let identity = &mut found.identity;
        let (name, slot) = match name {
            "user_id" => {
                self.reading.set(Some("user_id"));
                found.user_id = map.next_value::<Option<Text<'de>>>()?.map(|id| id.0);
                return Ok(true);
            }
            "email" => ("email", &mut identity.email),
            "first_name" => ("first_name", &mut identity.first_name),
            "last_name" => ("last_name", &mut identity.last_name),
            "username" => ("username", &mut identity.username),
            "legacy_user_id" => ("legacy_user_id", &mut identity.legacy_user_id),
            "impersonator_user_id" => ("impersonator_user_id", &mut identity.impersonator_user_id),
            "org_id_to_org_member_info" => {
                self.reading.set(Some("org_id_to_org_member_info"));
                map.next_value_seed(Object { depth: 1, each: OrgMap(&mut identity.memberships) })?;
                return Ok(true);
            }
            "org_member_info" => {
                self.reading.set(Some("org_member_info"));
                let mut entry = OrgEntry::default();
                let present = map.next_value_seed(Object { depth: 1, each: &mut entry })?;
                if present {
                    found.is_active_org_token = true;
                    found.active = entry.into_membership(None);
                }
                return Ok(true);
            }
            _ => return self.actor(name, map, found),
        };
        self.reading.set(Some(name));
        *slot = map.next_value()?;
        Ok(true)
    }

    /// The standard claims of OpenID Connect Core section 5.1.
    fn person<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        map: &mut A,
        found: &mut Found<'de>,
    ) -> Result<bool, A::Error> {
        let identity = &mut found.identity;
        let (name, slot) = match name {
            "email" => ("email", &mut identity.email),
            "given_name" => ("given_name", &mut identity.first_name),
            "family_name" => ("family_name", &mut identity.last_name),
            "preferred_username" => ("preferred_username", &mut identity.username),
            "email_verified" => {
                self.reading.set(Some("email_verified"));
                identity.email_verified = map.next_value()?;
                return Ok(true);
            }
            "scope" => {
                self.reading.set(Some("scope"));
                identity.scopes = map.next_value::<Option<TextOrList>>()?.map(scopes);
                return Ok(true);
            }
            _ => return self.actor(name, map, found),
        };
        self.reading.set(Some(name));
        *slot = map.next_value()?;
        Ok(true)
    }

    /// RFC 8693 section 4.1: who acts in the user's place.
    fn actor<'de, A: MapAccess<'de>>(&self, name: &str, map: &mut A, found: &mut Found<'de>) -> Result<bool, A::Error> {
        if name != "act" {
            return Ok(false);
        }
        self.reading.set(Some("act"));
        let present = map.next_value_seed(Object { depth: 1, each: Actor(&mut found.actor) })?;
        if present {
            found.identity.impersonated = Some(true);
        }
        Ok(true)
    }

    fn auth0<'de, A: MapAccess<'de>>(&self, name: &str, map: &mut A, found: &mut Found<'de>) -> Result<bool, A::Error> {
        match name {
            "org_id" => {
                self.reading.set(Some("org_id"));
                found.org_id = map.next_value()?;
            }
            "org_name" => {
                self.reading.set(Some("org_name"));
                found.org_name = map.next_value()?;
            }
            "permissions" => {
                self.reading.set(Some("permissions"));
                found.identity.permissions = map.next_value()?;
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
                let roles = found.identity.roles.get_or_insert_default();
                map.next_value_seed(Object { depth: 1, each: Roles(roles) })?;
            }
            "resource_access" => {
                self.reading.set(Some("resource_access"));
                let each = ResourceAccess { audience: &self.rules.audience, roles: &mut found.client_roles };
                map.next_value_seed(Object { depth: 1, each })?;
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
        found.scp = map.next_value::<Option<TextOrList>>()?.map(scopes);
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
        found.user_id = match map.next_value_seed(ToValue { depth: 1 })? {
            Value::String(id) => Some(id.into()),
            Value::Number(id) if !id.is_f64() => Some(id.to_string().into()),
            Value::Null => None,
            _ => return Err(serde::de::Error::custom("neither a string nor an integer")),
        };
        Ok(true)
    }
}

/// A scope list is one string with spaces (RFC 6749 section 3.3); some issuers write an array.
fn scopes(TextOrList(list): TextOrList) -> Vec<String> {
    let names = list.iter().flat_map(|scopes| scopes.split(' ')).filter(|scope| !scope.is_empty());
    names.map(str::to_owned).collect()
}

struct Actor<'a>(&'a mut Option<String>);

impl<'de> ReadMember<'de> for Actor<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        if name == "sub" {
            *self.0 = map.next_value()?;
            return Ok(());
        }
        map.next_value_seed(Skip { depth })
    }
}

/// `{"roles": [..]}`
struct Roles<'a>(&'a mut Vec<String>);

impl<'de> ReadMember<'de> for Roles<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        if name == "roles" {
            self.0.append(&mut map.next_value::<Option<Vec<String>>>()?.unwrap_or_default());
            return Ok(());
        }
        map.next_value_seed(Skip { depth })
    }
}

/// `{"CLIENT": {"roles": [..]}}`, of which the clients that are an accepted audience count.
struct ResourceAccess<'a> {
    audience: &'a Audience,
    roles: &'a mut Vec<String>,
}

impl<'de> ReadMember<'de> for ResourceAccess<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        match self.audience {
            Audience::OneOf(accepted) if accepted.iter().any(|audience| audience == name) => {
                map.next_value_seed(Object { depth, each: Roles(self.roles) }).map(|_| ())
            }
            _ => map.next_value_seed(Skip { depth }),
        }
    }
}
