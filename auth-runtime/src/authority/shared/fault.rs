//! Why Redis is not reachable.

use std::fmt;

/// The reason why Redis is not reachable. It contains no part of the URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fault(String);

impl Fault {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<redis::RedisError> for Fault {
    fn from(error: redis::RedisError) -> Self {
        // The details of an error are left out: they may contain values that were sent.
        let mut text = error.category().to_owned();
        if let Some(code) = error.code() {
            text = format!("{text} ({code})");
        } else if error.is_timeout() {
            text.push_str(": no answer in time");
        } else if error.is_connection_refusal() {
            text.push_str(": connection refused");
        }
        Self(text)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self(format!("no connection: {}", error.kind()))
    }
}
