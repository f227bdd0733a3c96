//! The one `tracing` subscriber of the tests.

use std::fmt::{self, Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber that hands each span, record and event to a function.
pub struct Listener<E, H> {
    enabled: E,
    hear: H,
}

impl<E, H> Listener<E, H>
where
    E: Fn(&Metadata<'_>) -> bool + 'static,
    H: Fn(Entry) + 'static,
{
    /// Hears what `enabled` lets through.
    pub fn new(enabled: E, hear: H) -> Self {
        Self { enabled, hear }
    }
}

/// What a [`Listener`] hears. Its text is `event auth_runtime::reply INFO status=403 ..`: what it is, then its fields.
#[derive(Clone)]
pub struct Entry {
    what: String,
    fields: Vec<(&'static str, String)>,
}

impl Entry {
    fn new(what: String) -> Self {
        Self { what, fields: Vec::new() }
    }

    /// A field as `Debug` prints it.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// All fields: `status=403 method="GET"`.
    pub fn fields(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.fields {
            let space = if text.is_empty() { "" } else { " " };
            write!(text, "{space}{name}={value}").unwrap();
        }
        text
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.fields())
    }
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.push((field.name(), format!("{value:?}")));
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
