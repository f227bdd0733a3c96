//! A JSON reader that refuses duplicate names at every depth and anything deeper than [`MAX_DEPTH`], while it reads.
//!
//! Two readers of one text must not see two tokens: where a name stands twice, one takes the first, another the last
//! (RFC 8259 section 4). Everything here is a `serde` seed, so an identity is filled in the pass that checks.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

mod names;

use names::Names;

/// How deep objects and arrays may nest, the outermost counted.
pub(crate) const MAX_DEPTH: u8 = 32;

/// Reads `text` as one JSON object and gives each member to `visitor`, which reads its value.
pub(crate) fn read<'de, V: Visitor<'de>>(text: &'de str, visitor: V) -> serde_json::Result<V::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = (&mut deserializer).deserialize_map(visitor)?;
    deserializer.end()?;
    Ok(value)
}

/// Calls `each` for every member of an object; `each` must read the value. A name that stands twice is an error.
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
        each(&name, &mut map)?;
        names.insert(name, mark);
    }
    Ok(())
}

/// A string, borrowed from the text where it holds no escapes.
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

        // Above 2^53 a second more or less is beyond every limit that is compared with.
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

/// Reads any value of a member at `depth`, and keeps nothing of it.
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
        let depth = deeper(self.depth)?;
        members(map, |_, map| map.next_value_seed(Skip { depth }))
    }
}

/// Reads any value of a member at `depth` into a [`Value`].
pub(crate) struct ToValue {
    pub(crate) depth: u8,
}

impl<'de> DeserializeSeed<'de> for ToValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ToValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let depth = deeper(self.depth)?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(ToValue { depth })? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        let depth = deeper(self.depth)?;
        let mut object = Map::new();
        members(map, |name, map| {
            object.insert(name.to_owned(), map.next_value_seed(ToValue { depth })?);
            Ok(())
        })?;
        Ok(Value::Object(object))
    }
}

/// An object at `depth`, given member by member to what reads each value.
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

/// What reads the members of an [`Object`].
pub(crate) trait ReadMember<'de> {
    /// Reads the value of the member `name`; the members of an object there stand at `depth`.
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

/// The depth of what lies inside a value at `depth`.
fn deeper<E: Error>(depth: u8) -> Result<u8, E> {
    if depth < MAX_DEPTH { Ok(depth + 1) } else { Err(E::custom("too deep")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn accepted(text: &str) -> bool {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
                members(map, |_, map| map.next_value_seed(Skip { depth: 1 }))
            }
        }

        read(text, Any).is_ok()
    }

    #[test]
    fn refuses_what_two_readers_could_read_differently() {
        let many = (0..100).map(|n| format!("\"n{n}\":{n},")).collect::<Vec<_>>().concat();
        for (text, expected) in [
            (r#"{"a":1,"b":{"a":1}}"#.to_owned(), true),
            (r#"{"a":1,"a":1}"#.to_owned(), false),
            (r#"{"a":1,"\u0061":1}"#.to_owned(), false),
            (r#"{"abc":1,"adc":1,"ABC":1}"#.to_owned(), true),
            (r#"{"abc":1,"adc":1,"abc":1}"#.to_owned(), false),
            (r#"{"":1,"a":1}"#.to_owned(), true),
            (r#"{"":1,"a":1,"":1}"#.to_owned(), false),
            (r#"{"x":[{"y":{"a":1,"a":2}}]}"#.to_owned(), false),
            (format!("{{{many}\"z\":1}}"), true),
            (format!("{{{many}\"n3\":1}}"), false),
            (format!("{{{many}\"n77\":1}}"), false),
            (r#"{"a":1} "#.to_owned(), true),
            (r#"{"a":1}{}"#.to_owned(), false),
            ("[]".to_owned(), false),
            ("\u{feff}{}".to_owned(), false),
        ] {
            assert_eq!(accepted(&text), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_nests_deeper_than_the_limit() {
        for (arrays, expected) in [(1, true), (31, true), (32, false), (1_000, false), (110_000, false)] {
            let text = format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays));
            assert_eq!(accepted(&text), expected, "{arrays} arrays in an object");
        }
    }

    #[test]
    fn keeps_values_as_they_are() {
        let text = r#"{"a":[1,-2,1.5,"x",true,null,{"b":[]}]}"#;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = ToValue { depth: 0 }.deserialize(&mut deserializer).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
    }
}
