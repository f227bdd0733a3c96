//! Adds values of claims to the [`Texts`] of a subject while they are parsed.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

use super::slot::Names;
use crate::id::{List, Span, Texts};
use crate::json::{MAX_DEPTH, Skip, Text, deeper, members};

/// Adds a string to [`Texts`].
pub(crate) struct ToTexts<'a>(pub(crate) &'a mut Texts);

impl<'de> DeserializeSeed<'de> for ToTexts<'_> {
    type Value = Span;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Span, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for ToTexts<'_> {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Span, E> {
        Ok(self.0.push(text))
    }
}

/// Adds a list of names to [`Texts`].
pub(crate) struct ToNames<'a> {
    pub(crate) names: Names,
    /// The depth of the list. If it is an object, its keys are the names.
    pub(crate) depth: u8,
    pub(crate) texts: &'a mut Texts,
}

impl<'a> ToNames<'a> {
    pub(crate) fn array(texts: &'a mut Texts) -> Self {
        Self { names: Names::Array, depth: MAX_DEPTH, texts }
    }

    pub(crate) fn words(texts: &'a mut Texts) -> Self {
        Self { names: Names::Words, depth: MAX_DEPTH, texts }
    }
}

impl<'de> DeserializeSeed<'de> for ToNames<'_> {
    type Value = List;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<List, D::Error> {
        match self.names {
            // A string is refused, because the parser is asked for an array.
            Names::Array => deserializer.deserialize_seq(self),
            Names::Words | Names::List | Names::ListOrKeys | Names::OneOrKeys => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for ToNames<'_> {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.names {
            Names::Array => "an array of strings",
            Names::Words | Names::List => "a string or an array of strings",
            Names::ListOrKeys | Names::OneOrKeys => "a string, an array of strings or an object",
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<List, E> {
        if matches!(self.names, Names::OneOrKeys) {
            return Ok(self.texts.list([text]));
        }
        Ok(self.texts.list(words(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
        let mut list = self.texts.begin_list();
        match self.names {
            Names::Array | Names::List | Names::ListOrKeys | Names::OneOrKeys => {
                while let Some(name) = seq.next_element_seed(ToTexts(self.texts))? {
                    self.texts.extend(&mut list, name);
                }
            }
            Names::Words => {
                while let Some(Text(names)) = seq.next_element()? {
                    for name in words(&names) {
                        let name = self.texts.push(name);
                        self.texts.extend(&mut list, name);
                    }
                }
            }
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List, A::Error> {
        if !matches!(self.names, Names::ListOrKeys | Names::OneOrKeys) {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        }
        let mut list = self.texts.begin_list();
        keys(map, self.depth, |name| {
            let name = self.texts.push(name);
            self.texts.extend(&mut list, name);
        })?;
        Ok(list)
    }
}

/// Calls `each` for the keys of an object whose members are at `depth`.
fn keys<'de, A: MapAccess<'de>>(map: A, depth: u8, mut each: impl FnMut(&str)) -> Result<(), A::Error> {
    let depth = deeper(depth)?;
    members(map, |name, map| {
        // A number can arrive as an object with one member.
        if name.starts_with("$serde_json::private::") {
            return Err(A::Error::custom("reserved name"));
        }
        each(name);
        map.next_value_seed(Skip { depth })
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// Reads the value with the seed, or `null`.
pub(crate) struct OrNull<S>(pub(crate) S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for OrNull<S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for OrNull<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}

/// Adds an id to [`Texts`]: a string, or the digits of an integer.
pub(crate) struct IdOrNumber<'a>(pub(crate) &'a mut Texts);

impl<'de> DeserializeSeed<'de> for IdOrNumber<'_> {
    type Value = Span;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Span, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for IdOrNumber<'_> {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer")
    }

    fn visit_str<E>(self, id: &str) -> Result<Span, E> {
        Ok(self.0.push(id))
    }

    fn visit_u64<E>(self, id: u64) -> Result<Span, E> {
        Ok(self.0.push(&id.to_string()))
    }

    fn visit_i64<E>(self, id: i64) -> Result<Span, E> {
        Ok(self.0.push(&id.to_string()))
    }
}

/// Adds a string to [`Texts`]; any other value of a member at `depth` is unknown.
pub(crate) struct TextOrUnknown<'a> {
    pub(crate) depth: u8,
    pub(crate) texts: &'a mut Texts,
}

impl<'de> DeserializeSeed<'de> for TextOrUnknown<'_> {
    type Value = Option<Span>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Span>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextOrUnknown<'_> {
    type Value = Option<Span>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<Span>, E> {
        Ok(Some(self.texts.push(text)))
    }

    fn visit_unit<E>(self) -> Result<Option<Span>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<Span>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<Span>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<Span>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<Span>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Option<Span>, A::Error> {
        Skip { depth: self.depth }.visit_seq(seq).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<Span>, A::Error> {
        Skip { depth: self.depth }.visit_map(map).map(|()| None)
    }
}

/// Reads a boolean, or its text. `None` is null; `Some(None)` is any other value of a member at `depth`.
pub(crate) struct BoolOrUnknown {
    pub(crate) depth: u8,
}

impl<'de> DeserializeSeed<'de> for BoolOrUnknown {
    type Value = Option<Option<bool>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for BoolOrUnknown {
    type Value = Option<Option<bool>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Some(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Some(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Some(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Some(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Skip { depth: self.depth }.visit_seq(seq).map(|()| Some(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Skip { depth: self.depth }.visit_map(map).map(|()| Some(None))
    }
}

/// Reads a string. Any other value of a member at `depth` is unknown.
pub(crate) fn string_or_unknown<'de, D: Deserializer<'de>>(
    depth: u8,
    deserializer: D,
) -> Result<Option<Text<'de>>, D::Error> {
    Ok(serde_json::from_str(checked_json(depth, deserializer)?).ok())
}

/// A value of a member at `depth`; `None` if it is not a `T`.
pub(crate) fn json_or_unknown<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    depth: u8,
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_str(checked_json(depth, deserializer)?).ok())
}

/// The JSON text of a value of a member at `depth`.
fn checked_json<'de, D: Deserializer<'de>>(depth: u8, deserializer: D) -> Result<&'de str, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    // serde_json has skipped this text without checking it.
    Skip { depth }.deserialize(&mut serde_json::Deserializer::from_str(raw)).map_err(D::Error::custom)?;
    Ok(raw)
}

/// Whether a value of a member at `depth` is accepted: the text of a string, a number or a boolean, or of an element of
/// an array.
pub(super) fn says_one_of<'de, D: Deserializer<'de>>(
    accepted: &[impl AsRef<str>],
    depth: u8,
    deserializer: D,
) -> Result<bool, D::Error> {
    let json = checked_json(depth, deserializer)?;
    let is_accepted = |json: &str| match json.as_bytes().first() {
        Some(b'"') => {
            serde_json::from_str(json).is_ok_and(|Text(text)| accepted.iter().any(|value| *value.as_ref() == *text))
        }
        Some(b'[' | b'{' | b'n') | None => false,
        _ => accepted.iter().any(|value| value.as_ref() == json),
    };
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(elements) => Ok(elements.iter().any(|element| is_accepted(element.get()))),
        Err(_) => Ok(is_accepted(json)),
    }
}

/// Adds any value of a member at `depth` to [`Texts`], as JSON text.
pub(crate) struct ToJson<'a> {
    pub(crate) depth: u8,
    pub(crate) texts: &'a mut Texts,
}

impl<'de> DeserializeSeed<'de> for ToJson<'_> {
    type Value = Span;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Span, D::Error> {
        checked_json(self.depth, deserializer).map(|json| self.texts.push(json))
    }
}
