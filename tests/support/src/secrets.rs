//! Records everything that is logged or sent, and searches it for secrets.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::Subscriber;

use crate::Listener;

/// Everything that was logged, sent or printed, entry by entry.
#[derive(Clone, Default)]
pub struct Recorded(Arc<Mutex<Vec<String>>>);

impl Recorded {
    /// Records everything that any crate logs, at every level.
    pub fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        let recorded = self.clone();
        Listener::new(|_| true, move |entry| recorded.add(entry.to_string()))
    }

    /// Adds a response or a printed text.
    pub fn add(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    /// Adds the `Debug` text.
    pub fn debug(&self, value: &dyn fmt::Debug) {
        self.add(format!("{value:?} {value:#?}"));
    }

    /// Adds the texts of an error and its sources.
    pub fn error(&self, error: &(dyn std::error::Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.add(format!("{error} {error:?} {error:#?}"));
            next = error.source();
        }
    }

    /// All entries.
    pub fn entries(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// The texts that must not be found.
#[derive(Default)]
pub struct Secrets {
    /// Every sequence of this many bytes of a token or a key.
    windows: HashSet<Vec<u8>>,
    values: Vec<String>,
}

impl Secrets {
    /// How many bytes of a token or a key count as a leak.
    pub const WINDOW: usize = 12;

    /// No part of this text may be found.
    pub fn text(&mut self, text: &str) {
        self.windows.extend(text.as_bytes().windows(Self::WINDOW).map(<[u8]>::to_vec));
    }

    /// No part of this key may be found. This includes the public part: it is not needed in a log.
    pub fn jwk(&mut self, jwk: &Value) {
        for member in ["n", "x", "y", "d", "k"] {
            self.text(jwk[member].as_str().unwrap_or_default());
        }
    }

    /// This value may not be found.
    pub fn value(&mut self, value: &str) {
        self.values.push(value.to_owned());
    }

    /// The part of an entry that must not be there.
    pub fn found_in(&self, entry: &str) -> Option<String> {
        let window = entry.as_bytes().windows(Self::WINDOW).find(|window| self.windows.contains(*window));
        let window = window.map(|window| String::from_utf8_lossy(window).into_owned());
        window.or_else(|| self.values.iter().find(|value| entry.contains(*value)).cloned())
    }

    /// The number of parts that are searched for.
    pub fn stretches(&self) -> usize {
        self.windows.len()
    }

    /// The number of values that are searched for.
    pub fn values(&self) -> usize {
        self.values.len()
    }
}
