//! Everything that is recorded, and a search for what must not be in it. Used by two test programs.

use std::collections::HashSet;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Everything that was recorded, answered or printed, entry by entry.
#[derive(Clone, Default)]
pub(crate) struct Recorded(Arc<Mutex<Vec<String>>>);

impl Recorded {
    pub(crate) fn add(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    pub(crate) fn debug(&self, value: &dyn fmt::Debug) {
        self.add(format!("{value:?} {value:#?}"));
    }

    pub(crate) fn error(&self, error: &(dyn std::error::Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.add(format!("{error} {error:?} {error:#?}"));
            next = error.source();
        }
    }

    pub(crate) fn entries(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Recorded {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(format!("span {}", span.metadata().name()));
        span.record(&mut fields);
        self.add(fields.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields(String::from("record"));
        values.record(&mut fields);
        self.add(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut fields = Fields(format!("event {} {}", metadata.target(), metadata.level()));
        event.record(&mut fields);
        self.add(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What must not be found.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Every stretch of this many bytes of a token or a key.
    windows: HashSet<Vec<u8>>,
    values: Vec<String>,
}

pub(crate) const WINDOW: usize = 12;

impl Secrets {
    pub(crate) fn text(&mut self, text: &str) {
        self.windows.extend(text.as_bytes().windows(WINDOW).map(<[u8]>::to_vec));
    }

    /// The public part too: nothing needs it in a log.
    pub(crate) fn jwk(&mut self, jwk: &Value) {
        for member in ["n", "x", "y", "d", "k"] {
            self.text(jwk[member].as_str().unwrap_or_default());
        }
    }

    pub(crate) fn value(&mut self, value: &str) {
        self.values.push(value.to_owned());
    }

    pub(crate) fn found_in(&self, entry: &str) -> Option<String> {
        let window = entry.as_bytes().windows(WINDOW).find(|window| self.windows.contains(*window));
        let window = window.map(|window| String::from_utf8_lossy(window).into_owned());
        window.or_else(|| self.values.iter().find(|value| entry.contains(*value)).cloned())
    }

    pub(crate) fn stretches(&self) -> usize {
        self.windows.len()
    }

    pub(crate) fn values(&self) -> usize {
        self.values.len()
    }
}
