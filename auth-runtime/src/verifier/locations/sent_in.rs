//! Where a client puts a token, for OpenAPI documents.

use super::{Kind, TokenLocations};

/// A part of a request in which a client sends a credential.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum SentIn {
    /// `Authorization: Bearer`
    Authorization,
    Header(String),
    Cookie(String),
    /// A header that a proxy adds.
    Proxy(&'static str),
    /// A query parameter of a request for an event stream.
    EventStreamQuery(String),
    /// A query parameter of a WebSocket upgrade.
    WebSocketQuery(String),
    /// A subprotocol of a WebSocket upgrade, after this prefix.
    WebSocketSubprotocol(String),
}

impl TokenLocations {
    /// Where a client puts a token, in the order in which the locations are read.
    pub(crate) fn sent_in(&self) -> Vec<SentIn> {
        let named = self.explicit.iter().chain(&self.cookies).map(Kind::sent_in);
        named.chain(self.proxies.iter().map(|proxy| SentIn::Proxy(proxy.header))).collect()
    }
}

impl Kind {
    fn sent_in(&self) -> SentIn {
        match self {
            Self::Authorization => SentIn::Authorization,
            Self::Header(name) => SentIn::Header(name.clone()),
            Self::Cookie { name, .. } => SentIn::Cookie(name.clone()),
            Self::WebSocketQuery(name) => SentIn::WebSocketQuery(name.clone()),
            Self::WebSocketSubprotocol(prefix) => SentIn::WebSocketSubprotocol(prefix.clone()),
            Self::EventStreamQuery { name, .. } => SentIn::EventStreamQuery(name.clone()),
        }
    }
}
