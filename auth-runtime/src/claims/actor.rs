//! Who acts for the user: the claim `act` (RFC 8693 section 4.1).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::values::TextOrUnknown;
use crate::id::{Span, Texts};
use crate::json::{Object, ReadMember, Skip};

/// An actor who acts for the user, with the id if the claim has one.
pub(super) struct Actor(pub(super) Option<Span>);

/// Reads a value of a member at `depth`. `{"sub": "ID"}` names the actor. Any other value, of any type, means that
/// there is an actor without a known id.
pub(super) struct ToActor<'a> {
    pub(super) depth: u8,
    pub(super) texts: &'a mut Texts,
}

impl<'de> DeserializeSeed<'de> for ToActor<'_> {
    type Value = Actor;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Actor, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ToActor<'_> {
    type Value = Actor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Actor, E> {
        Ok(Actor(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Actor, E> {
        Ok(Actor(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Actor, E> {
        Ok(Actor(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Actor, E> {
        Ok(Actor(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Actor, E> {
        Ok(Actor(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Actor, A::Error> {
        Skip { depth: self.depth }.visit_seq(seq).map(|()| Actor(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Actor, A::Error> {
        let Self { depth, texts } = self;
        let mut actor = Members { id: None, texts };
        Object { depth, each: &mut actor }.visit_map(map)?;
        Ok(Actor(actor.id))
    }
}

struct Members<'a> {
    id: Option<Span>,
    texts: &'a mut Texts,
}

impl<'de> ReadMember<'de> for &mut Members<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        if name == "sub" {
            self.id = map.next_value_seed(TextOrUnknown { depth, texts: self.texts })?;
            return Ok(());
        }
        map.next_value_seed(Skip { depth })
    }
}
