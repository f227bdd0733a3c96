//! Finds which parameters of a path a type reads. Before a type is deserialized, it asks serde for a form, and this
//! form shows the parameters.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

use crate::policy::Shape;

impl Shape {
    /// The form of this type.
    pub(super) fn of<T: DeserializeOwned>() -> Self {
        match T::deserialize(Probe) {
            Err(Stop(shape)) => shape,
            // The type deserialized without asking for anything, so it reads no parameter.
            Ok(_) => Self::Unknown,
        }
    }
}

/// A deserializer that stops at the first request of the type, which shows its form.
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
    /// If the type itself fails, its form is unknown.
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
mod tests;
