//! A JSON reader that refuses duplicate names at every depth, anything deeper than [`MAX_DEPTH`] and the name
//! [`RAW_VALUE`], while it reads.
//!
//! Two readers of one text must not see two tokens: if a name occurs twice, one takes the first, another the last
//! (RFC 8259 section 4). Everything here is a `serde` seed, so an identity is filled in the pass that checks.
//!
//! `serde_json` is shared with the whole program, whose other crates choose its features too. With
//! `arbitrary_precision`, a number that is no 64-bit integer arrives as an object of one member.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

mod names;

use names::Names;

/// How deep objects and arrays may nest, the outermost counted.
pub(crate) const MAX_DEPTH: u8 = 32;

/// Under this name, `serde_json::Value` takes a string for JSON text and reads that: what it holds was never checked.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Reads `text` as one JSON object and gives each member to `visitor`, which reads its value.
pub(crate) fn read<'de, V: Visitor<'de>>(text: &'de str, visitor: V) -> serde_json::Result<V::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = (&mut deserializer).deserialize_map(visitor)?;
    deserializer.end()?;
    Ok(value)
}

/// Holds a value of any kind to the rules, and keeps nothing of it.
pub(crate) fn check(text: &str) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Skip { depth: 0 }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Reads a whole document as `serde_json` does, once it was held to the rules; the fault says why it cannot be read.
pub(crate) fn document(bytes: &[u8]) -> Result<Value, &'static str> {
    let text = str::from_utf8(bytes).map_err(|_| "is not JSON")?;
    check(text).and_then(|()| serde_json::from_str(text)).map_err(|error| {
        if error.is_data() { "is JSON that can be read in two ways, or nests too deep" } else { "is not JSON" }
    })
}

/// Calls `each` for every member of an object; `each` must read the value. A name that occurs twice is an error, and so
/// is [`RAW_VALUE`].
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
        let Ok(depth) = deeper::<A::Error>(self.depth) else {
            // At the limit a number is good, whatever it arrives as, and an object is not.
            return serde_json::Number::deserialize(MapAccessDeserializer::new(map)).map(drop);
        };
        members(map, |_, map| map.next_value_seed(Skip { depth }))
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
pub(crate) fn deeper<E: Error>(depth: u8) -> Result<u8, E> {
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
            (r#"{"$serde_json::private::RawValue":"1"}"#.to_owned(), false),
            (r#"{"a":1,"\u0024serde_json::private::RawValue":1}"#.to_owned(), false),
            (r#"{"x":[{"y":{"$serde_json::private::RawValue":"1"}}]}"#.to_owned(), false),
            (r#"{"x":"$serde_json::private::RawValue"}"#.to_owned(), true),
            (r#"{"x":{"$serde_json::private::Number":"1"}}"#.to_owned(), true),
            (r#"{"x":{"$serde_json::private::RawValue2":"1"}}"#.to_owned(), true),
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
    fn a_document_is_what_serde_json_reads_of_it_or_is_refused() {
        let text = r#" {"a":[1,-2,1.5,"x",true,null,{"b":[]}]} "#;
        assert_eq!(document(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let (not_json, two_ways) = ("is not JSON", "is JSON that can be read in two ways, or nests too deep");
        for (text, expected) in [
            (nested(32), None),
            (nested(33), Some(two_ways)),
            (nested(100_000), Some(two_ways)),
            ("[".repeat(100_000), Some(two_ways)),
            (r#"[{"a":1,"\u0061":1}]"#.to_owned(), Some(two_ways)),
            (r#"[{"$serde_json::private::RawValue":"1"}]"#.to_owned(), Some(two_ways)),
            (r#"["$serde_json::private::RawValue"]"#.to_owned(), None),
            ("1.5".to_owned(), None),
            ("null".to_owned(), None),
            (String::new(), Some(not_json)),
            ("{".to_owned(), Some(not_json)),
            ("{}{}".to_owned(), Some(not_json)),
            ("<html>".to_owned(), Some(not_json)),
        ] {
            assert_eq!(document(text.as_bytes()).err(), expected, "{text:.40}");
        }
        assert_eq!(document(b"\"\xff\"").err(), Some(not_json));
    }
}
