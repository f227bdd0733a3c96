//! Claims as they are added to the [`Texts`] of a subject, in the pass that reads them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::id::{List, Span, Texts};
use crate::json::Skip;

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

/// Adds an array of strings to [`Texts`].
pub(crate) struct ToList<'a>(pub(crate) &'a mut Texts);

impl<'de> DeserializeSeed<'de> for ToList<'_> {
    type Value = List;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<List, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ToList<'_> {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
        let mut list = self.0.begin_list();
        while let Some(span) = seq.next_element_seed(ToTexts(self.0))? {
            self.0.extend(&mut list, span);
        }
        Ok(list)
    }
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

/// Reads an id: a string, or an integer by its digits.
pub(crate) struct IdOrNumber;

impl<'de> DeserializeSeed<'de> for IdOrNumber {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for IdOrNumber {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer")
    }

    fn visit_borrowed_str<E>(self, id: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(id))
    }

    fn visit_str<E>(self, id: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(id.to_owned()))
    }

    fn visit_u64<E>(self, id: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(id.to_string()))
    }

    fn visit_i64<E>(self, id: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(id.to_string()))
    }
}

/// Adds any value of a member at `depth` to [`Texts`], as the JSON text that it is.
pub(crate) struct ToJson<'a> {
    pub(crate) depth: u8,
    pub(crate) texts: &'a mut Texts,
}

impl<'de> DeserializeSeed<'de> for ToJson<'_> {
    type Value = Span;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Span, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let skip = Skip { depth: self.depth };
        // What serde_json passed over, it did not look into.
        skip.deserialize(&mut serde_json::Deserializer::from_str(raw)).map_err(D::Error::custom)?;
        Ok(self.texts.push(raw))
    }
}
