//! Values of claims as they are added to the [`Texts`] of a subject, in the pass that reads them.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::slot::Names;
use crate::id::{List, Span, Texts};
use crate::json::{Skip, Text};

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
    pub(crate) texts: &'a mut Texts,
}

impl<'a> ToNames<'a> {
    pub(crate) fn array(texts: &'a mut Texts) -> Self {
        Self { names: Names::Array, texts }
    }

    pub(crate) fn words(texts: &'a mut Texts) -> Self {
        Self { names: Names::Words, texts }
    }
}

impl<'de> DeserializeSeed<'de> for ToNames<'_> {
    type Value = List;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<List, D::Error> {
        match self.names {
            // Asked for as such, a string is refused.
            Names::Array => deserializer.deserialize_seq(self),
            Names::Words => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for ToNames<'_> {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.names {
            Names::Array => "an array of strings",
            Names::Words => "a string or an array of strings",
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<List, E> {
        Ok(self.texts.list(words(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
        let mut list = self.texts.begin_list();
        match self.names {
            Names::Array => {
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
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// Reads what the seed reads, or `null`.
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

/// Adds an id to [`Texts`]: a string, or an integer by its digits.
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

/// Reads a string; any other value of a member at `depth` is unknown.
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
    // What serde_json passed over, it did not look into.
    Skip { depth }.deserialize(&mut serde_json::Deserializer::from_str(raw)).map_err(D::Error::custom)?;
    Ok(raw)
}

/// Adds any value of a member at `depth` to [`Texts`], as the JSON text that it is.
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
