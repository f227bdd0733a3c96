//! The `tracing` subscriber of all tests.

use std::fmt::{self, Debug, Write as _};
use std::ops::Range;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber that passes each span, record and event to a function.
pub struct Listener<E, H> {
    enabled: E,
    hear: H,
}

impl<E, H> Listener<E, H>
where
    E: Fn(&Metadata<'_>) -> bool + 'static,
    H: Fn(Entry) + 'static,
{
    /// Listens to everything that `enabled` accepts.
    pub fn new(enabled: E, hear: H) -> Self {
        Self { enabled, hear }
    }
}

/// What a [`Listener`] receives. Its text is `event auth_runtime::reply INFO status=403 ..`: the kind, then the fields.
#[derive(Clone)]
pub struct Entry {
    what: String,
    fields: String,
    /// The range of each field's value.
    values: Vec<(&'static str, Range<usize>)>,
}

impl Entry {
    fn new(what: String) -> Self {
        Self { what, fields: String::new(), values: Vec::new() }
    }

    /// A field, as printed by `Debug`.
    pub fn field(&self, name: &str) -> Option<&str> {
        let (_, value) = self.values.iter().find(|(known, _)| *known == name)?;
        self.fields.get(value.clone())
    }

    /// All fields: `status=403 method="GET"`.
    pub fn fields(&self) -> &str {
        &self.fields
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.fields)
    }
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let space = if self.fields.is_empty() { "" } else { " " };
        write!(self.fields, "{space}{field}=").unwrap();
        let begin = self.fields.len();
        write!(self.fields, "{value:?}").unwrap();
        self.values.push((field.name(), begin..self.fields.len()));
    }
}

impl<E, H> Subscriber for Listener<E, H>
where
    E: Fn(&Metadata<'_>) -> bool + 'static,
    H: Fn(Entry) + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        (self.enabled)(metadata)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut entry = Entry::new(format!("span {}", span.metadata().name()));
        span.record(&mut entry);
        (self.hear)(entry);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut entry = Entry::new("record".to_owned());
        values.record(&mut entry);
        (self.hear)(entry);
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut entry = Entry::new(format!("event {} {}", metadata.target(), metadata.level()));
        event.record(&mut entry);
        (self.hear)(entry);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
