//! A JSON reader that, while it reads, refuses duplicate names at every depth, values nested deeper than [`MAX_DEPTH`],
//! and the name [`RAW_VALUE`].
//!
//! Two readers must not see two different tokens in one text: if a name occurs twice, one reader takes the first value
//! and another takes the last (RFC 8259 section 4). Everything here is a `serde` seed, so one pass both checks the text
//! and fills the identity.
//!
//! The whole program shares one `serde_json`, and its other crates can turn on more features of it. With
//! `arbitrary_precision`, a number that is not a 64-bit integer arrives as an object with one member.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

mod names;

use names::Names;

/// The maximum nesting of objects and arrays, including the outermost one.
pub(crate) const MAX_DEPTH: u8 = 32;

/// `serde_json::Value` reads a string under this name as JSON text. That inner text would not have been checked.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Reads `text` as one JSON object and passes each member to `visitor`, which reads its value.
pub(crate) fn read<'de, V: Visitor<'de>>(text: &'de str, visitor: V) -> serde_json::Result<V::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = (&mut deserializer).deserialize_map(visitor)?;
    deserializer.end()?;
    Ok(value)
}

/// Checks a value of any kind against the rules and discards it.
pub(crate) fn check(text: &str) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Skip { depth: 0 }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Checks a whole document against the rules, then reads it with `serde_json`. The error text completes a sentence such
/// as "the response ..".
pub(crate) fn document(bytes: &[u8]) -> Result<Value, &'static str> {
    let text = str::from_utf8(bytes).map_err(|_| "is not JSON")?;
    check(text).and_then(|()| serde_json::from_str(text)).map_err(|error| {
        if error.is_data() { "has a duplicate or reserved name, or nests too deep" } else { "is not JSON" }
    })
}

/// Calls `each` for every member of an object; `each` must read the value. A duplicate name is an error, and so is
/// [`RAW_VALUE`].
pub(crate) fn members<'de, A: MapAccess<'de>>(
    mut map: A,
    mut each: impl FnMut(&str, &mut A) -> Result<(), A::Error>,
) -> Result<(), A::Error> {
    let mut names = Names::new();
    while let Some(Text(name)) = map.next_key()? {
        let mark = names::mark(&name);
        if names.holds(&name, mark) {
            return Err(A::Error::custom("duplicate name"));
        }
        if name == RAW_VALUE {
            return Err(A::Error::custom("reserved name"));
        }
        each(&name, &mut map)?;
        names.insert(name, mark);
    }
    Ok(())
}

/// A string, borrowed from the text unless it contains escapes.
#[derive(Debug)]
pub(crate) struct Text<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// A finite number.
pub(crate) struct Number(pub(crate) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        // Above 2^53 the rounding error of a second is far larger than any limit, so precision does not matter.
        #[allow(clippy::cast_precision_loss)]
        impl Visitor<'_> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Number, E> {
                if number.is_finite() { Ok(Number(number)) } else { Err(E::custom("not finite")) }
            }
        }

        deserializer.deserialize_f64(NumberVisitor)
    }
}

/// Reads and discards the value of a member at `depth`.
pub(crate) struct Skip {
    pub(crate) depth: u8,
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = deeper(self.depth)?;
        while seq.next_element_seed(Skip { depth })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Ok(depth) = deeper::<A::Error>(self.depth) else {
            // At the maximum depth a number is allowed, even if it arrives as an object. A real object is not.
            return serde_json::Number::deserialize(MapAccessDeserializer::new(map)).map(drop);
        };
        members(map, |_, map| map.next_value_seed(Skip { depth }))
    }
}

/// An object at `depth`. Each member is passed to a reader.
pub(crate) struct Object<F> {
    pub(crate) depth: u8,
    pub(crate) each: F,
}

impl<'de, F: ReadMember<'de>> DeserializeSeed<'de> for Object<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// Reads the members of an [`Object`].
pub(crate) trait ReadMember<'de> {
    /// Reads the value of the member `name`. If the value is an object, its members are at `depth`.
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error>;
}

impl<'de, F: ReadMember<'de>> Visitor<'de> for Object<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let depth = deeper(self.depth)?;
        members(map, |name, map| self.each.read(name, depth, map))
    }
}

/// The depth of the values inside a value at `depth`.
pub(crate) fn deeper<E: Error>(depth: u8) -> Result<u8, E> {
    if depth < MAX_DEPTH { Ok(depth + 1) } else { Err(E::custom("too deep")) }
}

#[cfg(test)]
mod tests;
