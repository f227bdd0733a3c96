//! A location as text, for tables of routes.

use super::super::description::{call, time};
use super::{DEFAULT_QUERY_LIFETIME, Kind, TokenLocation};

impl TokenLocation {
    /// The location as a program writes it, with each setting that is not the default.
    pub(in super::super) fn description(&self) -> String {
        let Self(kind) = self;
        let (location, settings) = match kind {
            Kind::Authorization => return "authorization".to_owned(),
            Kind::Header(name) => (call("header", [name]), Vec::new()),
            Kind::Cookie { name, sites } => (call("cookie", [name]), sites.settings()),
            Kind::WebSocketQuery(name) => (call("websocket_query", [name]), Vec::new()),
            Kind::WebSocketSubprotocol(prefix) => (call("websocket_subprotocol", [prefix]), Vec::new()),
            Kind::EventStreamQuery { name, max_lifetime } => {
                let is_usual = *max_lifetime == DEFAULT_QUERY_LIFETIME;
                let settings = if is_usual { Vec::new() } else { vec![time("max_lifetime", *max_lifetime)] };
                (call("event_stream_query", [name]), settings)
            }
        };
        settings.iter().fold(location, |location, setting| format!("{location}.{setting}"))
    }
}
