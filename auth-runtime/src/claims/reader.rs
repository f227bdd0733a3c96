//! Turns claims into an identity while they are parsed: one loop over the table of the issuer.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::mapping::{ClaimMapping, IdentityMap};
use super::provider_rules::{KeyScope, ProviderClaims};
use super::refinements::Refinements;
use super::rules::{Rules, Validity};
use super::table::{ClaimTable, Members, Wanted, wanted_of};
use super::token_claims::TokenClaims;
use super::values::{OrNull, says_one_of};
use crate::error::InvalidTokenReason;
use crate::id::Identity;
use crate::json::{self, Skip, Text};
use crate::token::{Progress, Step};

/// Reads the claims of one issuer's tokens and checks them against its rules.
pub(crate) struct ClaimReader {
    rules: Rules,
    table: ClaimTable,
    map: Option<IdentityMap>,
}

impl ClaimReader {
    /// `None` if neither the mapping nor a custom function would set the user's id.
    pub(crate) fn new(
        mapping: ClaimMapping,
        rules: Rules,
        refinements: &Refinements,
        map: Option<IdentityMap>,
    ) -> Option<Self> {
        let table = ClaimTable::new(mapping, &rules, refinements);
        (table.id.is_some() || map.is_some()).then_some(Self { rules, table, map })
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The claims that every token must have, besides the registered ones.
    #[cfg(feature = "testing")]
    pub(crate) fn required(&self) -> &[&'static str] {
        &self.table.required
    }

    /// The claim with the user's id, unless only a custom function sets it.
    #[cfg(feature = "testing")]
    pub(crate) fn id_claim(&self) -> Option<&'static str> {
        self.table.id
    }

    /// Reads the claims of a token whose signature was checked, and checks them against the rules. Returns `exp` and
    /// the time in which the token is valid. `key` is what the key's JWK says about its use.
    pub(crate) fn read<'de>(
        &self,
        payload: &'de str,
        key: KeyScope<'_>,
        now: f64,
        claims: &mut TokenClaims<'de>,
        progress: &mut Progress,
    ) -> Result<(Duration, Validity), InvalidTokenReason> {
        progress.begin(Step::Claims);
        self.read_table(payload, claims, progress)?;
        let validity = self.rules.check(&claims.registered, now, progress)?;
        progress.begin(Step::Identity);
        self.map(payload, key, claims)?;
        Ok(validity)
    }

    fn read_table<'de>(
        &self,
        payload: &'de str,
        claims: &mut TokenClaims<'de>,
        progress: &mut Progress,
    ) -> Result<(), InvalidTokenReason> {
        let reading = Cell::new(None);
        claims.begin(payload, &self.table.if_absent);
        let read = json::read(payload, Claims { reader: self, reading: &reading, found: claims });
        read.map_err(|error| {
            // The text of `serde` would show the value.
            let wrong_type = error.is_data().then(|| reading.get()).flatten();
            wrong_type.map_or(InvalidTokenReason::Claims, InvalidTokenReason::Claim)
        })?;
        progress.begin(Step::RequiredClaims);
        if let Some(claim) = claims.refused {
            return Err(InvalidTokenReason::ClaimValue(claim));
        }
        let missing = self.table.required.iter().zip(0_u32..).find(|(_, position)| claims.met & bit(*position) == 0);
        if let Some((claim, _)) = missing {
            return Err(InvalidTokenReason::Claim(claim));
        }
        progress.begin(Step::UserId);
        let id = self.table.id.unwrap_or_default();
        claims.combine().map_err(|_| InvalidTokenReason::Claim(id))?;
        if claims.subject.id().is_empty() && self.map.is_none() && self.rules.provider.complete.is_none() {
            return Err(InvalidTokenReason::Claim(id));
        }
        Ok(())
    }

    /// Passes the identity to the provider's own code and to the custom mapping, and checks the result.
    fn map(&self, payload: &str, key: KeyScope<'_>, claims: &mut TokenClaims<'_>) -> Result<(), InvalidTokenReason> {
        let subject = &mut claims.subject;
        let Rules { provider, kinds, audience, .. } = &self.rules;
        if provider.complete.is_some() || self.map.is_some() {
            let all = serde_json::from_str(payload).map_err(|_| InvalidTokenReason::Claims)?;
            let mut identity = Identity::from(&*subject);
            if let Some(complete) = provider.complete {
                identity =
                    complete(&ProviderClaims { claims: &all, key, audiences: &audience.names, kinds }, identity)?;
            }
            if let Some(map) = &self.map {
                let (is_application, confined_to) = (identity.is_application, identity.confined_to.clone());
                identity = map.apply(&all, identity).ok_or(InvalidTokenReason::Identity)?;
                (identity.is_application, identity.confined_to) = (is_application, confined_to);
            } else if identity.id.is_empty() {
                return Err(InvalidTokenReason::Claim(self.table.id.unwrap_or_default()));
            }
            *subject = identity.into();
            // The metadata is stored as text and parsed again, so it must meet the rules for JSON in tokens.
            if subject.metadata().any(|text| json::check(text).is_err()) {
                return Err(InvalidTokenReason::Identity);
            }
        }
        if subject.id().is_empty() || !subject.sort_memberships() {
            return Err(InvalidTokenReason::Identity);
        }
        Ok(())
    }
}

fn bit(position: u32) -> u64 {
    1_u64.checked_shl(position).unwrap_or(0)
}

/// The claims of one token.
struct Claims<'r, 'de> {
    reader: &'r ClaimReader,
    /// The claim that is being read, for error messages.
    reading: &'r Cell<Option<&'static str>>,
    found: &'r mut TokenClaims<'de>,
}

impl<'de> Visitor<'de> for Claims<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { reader, reading, found: claims } = self;
        json::members(map, |name, map| {
            let Some((name, wanted)) = wanted_of(&reader.table.claims, name) else {
                return map.next_value_seed(Skip { depth: 1 });
            };
            if let Cow::Borrowed(name) = name {
                reading.set(Some(name));
            }
            map.next_value_seed(Value { wanted, rules: &reader.rules, depth: 1, claims })?;
            reading.set(None);
            Ok(())
        })
    }
}

/// A value at `depth` that the table asks for.
struct Value<'r, 'de> {
    wanted: &'r [Wanted],
    rules: &'r Rules,
    depth: u8,
    claims: &'r mut TokenClaims<'de>,
}

impl<'de> DeserializeSeed<'de> for Value<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        if let [wanted] = self.wanted {
            return self.read(wanted, deserializer);
        }
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        for wanted in self.wanted {
            self.read(wanted, &mut serde_json::Deserializer::from_str(raw)).map_err(D::Error::custom)?;
        }
        Ok(())
    }
}

impl<'de> Value<'_, 'de> {
    fn read<D: Deserializer<'de>>(&mut self, wanted: &Wanted, deserializer: D) -> Result<(), D::Error> {
        let Self { rules, depth, ref mut claims, .. } = *self;
        match wanted {
            Wanted::Slot(slot) => claims.read(*slot, rules, depth, deserializer),
            Wanted::Required(position, accepted) => {
                let Text(value) = Text::deserialize(deserializer)?;
                if !accepted.is_empty() && !accepted.contains(&&*value) {
                    return Err(D::Error::custom("not one of the accepted values"));
                }
                claims.met |= bit(*position);
                Ok(())
            }
            Wanted::Says(position, claim, accepted) => {
                if says_one_of(accepted, depth, deserializer)? {
                    claims.met |= bit(*position);
                } else {
                    claims.refused = Some(claim);
                }
                Ok(())
            }
            Wanted::SaysNot(claim, refused) => {
                if says_one_of(refused, depth, deserializer)? {
                    claims.refused = Some(claim);
                }
                Ok(())
            }
            Wanted::Members(members) => {
                OrNull(Inside { members, rules, depth, claims }).deserialize(deserializer).map(drop)
            }
        }
    }
}

/// An object at `depth` with wanted members, or an array with wanted elements.
struct Inside<'r, 'de> {
    members: &'r Members,
    rules: &'r Rules,
    depth: u8,
    claims: &'r mut TokenClaims<'de>,
}

impl<'de> DeserializeSeed<'de> for Inside<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { members, rules, claims, .. } = self;
        let depth = json::deeper(self.depth)?;
        json::members(map, |name, map| match wanted_of(members, name) {
            Some((_, wanted)) => map.next_value_seed(Value { wanted, rules, depth, claims }),
            None => map.next_value_seed(Skip { depth }),
        })
    }

    /// Reads an array. An array is an error unless every wanted member is a position.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { members, rules, claims, .. } = self;
        if !members.iter().all(|(name, _)| name.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(A::Error::custom("not an object"));
        }
        let depth = json::deeper(self.depth)?;
        for position in 0_usize.. {
            let element = match wanted_of(members, &position.to_string()) {
                Some((_, wanted)) => seq.next_element_seed(Value { wanted, rules, depth, claims })?,
                None => seq.next_element_seed(Skip { depth })?,
            };
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }
}
