//! Which parameters of a path a type reads: serde tells before anything is deserialized.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

/// The form of a type that is extracted from the parameters of a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// The only parameter.
    One,
    /// So many, by position.
    Tuple(usize),
    /// By name: the names that serde knows.
    Fields(&'static [&'static str]),
    /// All, however many.
    Any,
    /// The type does not tell.
    Unknown,
}

impl Shape {
    /// The form of this type.
    pub(super) fn of<T: DeserializeOwned>() -> Self {
        match T::deserialize(Probe) {
            Err(Stop(shape)) => shape,
            // Nothing was asked, so no parameter is read.
            Ok(_) => Self::Unknown,
        }
    }
}

/// A deserializer that stops at the first question, which tells the form.
struct Probe;

/// Carries the answer.
#[derive(Debug)]
struct Stop(Shape);

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the form is known")
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    /// A type that fails by itself has told nothing.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(Shape::Unknown)
    }
}

macro_rules! one {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
            Err(Stop(Shape::One))
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Stop;

    one! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Unknown))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Unknown))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Unknown))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Unknown))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Any))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, count: usize, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Tuple(count)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, count: usize, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Tuple(count)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Any))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        Err(Stop(Shape::Fields(fields)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        Err(Stop(Shape::One))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::Shape;

    #[allow(dead_code)]
    #[derive(Deserialize)]
    struct Named {
        org: String,
        #[serde(rename = "file_id")]
        file: u64,
    }

    #[allow(dead_code)]
    #[derive(Deserialize)]
    struct Flat {
        org: String,
        #[serde(flatten)]
        rest: Named,
    }

    #[allow(dead_code)]
    #[derive(Deserialize)]
    struct Id(u64);

    #[allow(dead_code)]
    #[derive(Deserialize)]
    struct Two(u64, u64);

    #[derive(Deserialize)]
    #[serde(try_from = "String")]
    struct Checked;

    impl TryFrom<String> for Checked {
        type Error = String;
        fn try_from(text: String) -> Result<Self, String> {
            Err(text)
        }
    }

    #[test]
    fn serde_tells_the_form() {
        for (found, expected) in [
            (Shape::of::<String>(), Shape::One),
            (Shape::of::<Id>(), Shape::One),
            (Shape::of::<Option<u8>>(), Shape::One),
            (Shape::of::<Checked>(), Shape::One),
            (Shape::of::<(u8, String)>(), Shape::Tuple(2)),
            (Shape::of::<Two>(), Shape::Tuple(2)),
            (Shape::of::<Named>(), Shape::Fields(&["org", "file_id"])),
            (Shape::of::<Flat>(), Shape::Any),
            (Shape::of::<HashMap<String, String>>(), Shape::Any),
            (Shape::of::<Vec<(String, String)>>(), Shape::Any),
            (Shape::of::<serde_json::Value>(), Shape::Unknown),
            (Shape::of::<()>(), Shape::Unknown),
        ] {
            assert_eq!(found, expected);
        }
    }
}
