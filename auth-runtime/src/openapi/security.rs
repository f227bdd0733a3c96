//! Security schemes: how a request proves who its user is.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, OpenApi, RefOr};

use super::words;
use crate::routing::policy::Policy;
use crate::verifier::{SentIn, Verifier};

/// The security schemes of a document: those of its author, and those that the operations need.
pub(super) struct Schemes {
    all: BTreeMap<String, RefOr<SecurityScheme>>,
    /// Other ways to get a bearer token, by name.
    others: Vec<String>,
    /// What the author requires of every operation without its own requirement.
    usual: Vec<SecurityRequirement>,
}

impl Schemes {
    /// Takes the schemes of a document out of it.
    pub(super) fn of(document: &mut OpenApi, others: &[(String, SecurityScheme)]) -> Self {
        let mut all = std::mem::take(&mut document.components.get_or_insert_default().security_schemes);
        for (name, scheme) in others {
            all.entry(name.clone()).or_insert_with(|| scheme.clone().into());
        }
        let others = others.iter().map(|(name, _)| name.clone()).collect();
        // Each operation has its own from now on.
        Self { all, others, usual: document.security.take().unwrap_or_default() }
    }

    /// Writes what a caller of the operation needs. `verifier` is that of the route; `None` if it is not known yet.
    ///
    /// Returns the schemes that the author names but does not declare.
    pub(super) fn write(
        &mut self,
        operation: &mut Operation,
        policy: &Policy,
        verifier: Option<&Verifier>,
    ) -> BTreeSet<String> {
        let own = operation.security.take();
        let of_guard = self.of_guard(operation, verifier);
        let scopes = words::scopes(policy);
        let mut security: Vec<Requirement> = Vec::new();
        if policy.is_public() {
            let is_foreign = |own: &Requirement| own.keys().all(|name| !of_guard.contains(name));
            security.extend(own.unwrap_or_default().iter().map(read).filter(is_foreign));
        } else {
            let of_author: Vec<_> = own.as_ref().unwrap_or(&self.usual).iter().map(read).collect();
            let is_named = |name: &String| of_author.iter().any(|entry| entry.contains_key(name));
            if policy.admits_anonymous() {
                security.push(Requirement::new());
            }
            let unnamed = of_guard.iter().filter(|name| !is_named(name));
            security.extend(unnamed.map(|name| Requirement::from([(name.clone(), Vec::new())])));
            // An empty alternative would say that no credential is needed. Only the guard can say that.
            security.extend(of_author.into_iter().filter(|entry| !entry.is_empty()));
            let of_schemes = security.iter_mut().flatten().filter(|(name, _)| of_guard.contains(name));
            of_schemes.for_each(|(_, asked)| asked.clone_from(&scopes));
        }
        let names = security.iter().flat_map(Requirement::keys);
        let undeclared = names.filter(|name| !self.all.contains_key(*name)).cloned().collect();
        operation.security = Some(security.into_iter().map(written).collect());
        undeclared
    }

    /// The names of the schemes that the guard of an operation accepts.
    fn of_guard(&mut self, operation: &Operation, verifier: Option<&Verifier>) -> Vec<String> {
        let places = verifier.map_or_else(|| vec![SentIn::Authorization], Verifier::sent_in);
        let mut names = Vec::new();
        for place in places.iter().filter(|place| can_send(operation, place)) {
            names.push(self.name_of(place));
            if *place == SentIn::Authorization {
                names.extend(self.others.iter().cloned());
            }
        }
        names
    }

    /// The name of the scheme for a location. If the document declares this scheme, its author's name is used.
    fn name_of(&mut self, place: &SentIn) -> String {
        let (name, scheme) = scheme(place);
        let is_it = |known: &RefOr<SecurityScheme>| matches!(known, RefOr::T(known) if is_same(known, &scheme));
        if let Some((known, _)) = self.all.iter().find(|(name, known)| !self.others.contains(name) && is_it(known)) {
            return known.clone();
        }
        // Another scheme may have this name.
        let mut free = name;
        while self.all.contains_key(&free) {
            free.push('_');
        }
        self.all.insert(free.clone(), scheme.into());
        free
    }

    /// Puts all schemes into the document.
    pub(super) fn put(self, components: &mut Components) {
        components.security_schemes = self.all;
    }
}

/// The scopes to ask for, by the name of the scheme. All schemes of a requirement are needed.
type Requirement = BTreeMap<String, Vec<String>>;

/// Reads a requirement through JSON, because `utoipa` has no other way.
fn read(requirement: &SecurityRequirement) -> Requirement {
    serde_json::to_value(requirement).and_then(serde_json::from_value).unwrap_or_default()
}

fn written(requirement: Requirement) -> SecurityRequirement {
    let all = requirement.into_iter();
    all.fold(SecurityRequirement::default(), |written, (name, scopes)| written.add(name, scopes))
}

/// Whether a client of this operation can send a credential in this location.
fn can_send(operation: &Operation, place: &SentIn) -> bool {
    let responses = &operation.responses.responses;
    match place {
        SentIn::EventStreamQuery(_) => responses.values().any(
            |response| matches!(response, RefOr::T(response) if response.content.contains_key("text/event-stream")),
        ),
        SentIn::WebSocketQuery(_) | SentIn::WebSocketSubprotocol(_) => responses.contains_key("101"),
        SentIn::Authorization | SentIn::Header(_) | SentIn::Cookie(_) | SentIn::Proxy(_) => true,
    }
}

/// The scheme for a location, and its usual name.
fn scheme(place: &SentIn) -> (String, SecurityScheme) {
    let described = |name: &str, text: &str| ApiKeyValue::with_description(name, text);
    let (name, key) = match place {
        SentIn::Authorization => {
            let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
            return ("bearer".to_owned(), SecurityScheme::Http(http));
        }
        SentIn::Header(name) => (format!("header-{name}"), ApiKey::Header(ApiKeyValue::new(name))),
        SentIn::Cookie(name) => (format!("cookie-{name}"), ApiKey::Cookie(ApiKeyValue::new(name))),
        SentIn::Proxy(name) => (
            format!("proxy-{name}"),
            ApiKey::Header(described(name, "The proxy in front of the API adds this header.")),
        ),
        SentIn::EventStreamQuery(name) | SentIn::WebSocketQuery(name) => {
            (format!("query-{name}"), ApiKey::Query(ApiKeyValue::new(name)))
        }
        SentIn::WebSocketSubprotocol(prefix) => {
            let text = format!("The subprotocol `{prefix}TOKEN`, in addition to those that the client offers.");
            let key = described("Sec-WebSocket-Protocol", &text);
            (format!("subprotocol-{prefix}"), ApiKey::Header(key))
        }
    };
    // Other characters are not allowed in a name.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name = name.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    (name, SecurityScheme::ApiKey(key))
}

/// Whether both describe the same location. Their descriptions may differ.
fn is_same(known: &SecurityScheme, other: &SecurityScheme) -> bool {
    match (known, other) {
        (SecurityScheme::Http(known), SecurityScheme::Http(other)) => known.scheme == other.scheme,
        (SecurityScheme::ApiKey(known), SecurityScheme::ApiKey(other)) => match (known, other) {
            (ApiKey::Header(known), ApiKey::Header(other)) => known.name.eq_ignore_ascii_case(&other.name),
            (ApiKey::Query(known), ApiKey::Query(other)) | (ApiKey::Cookie(known), ApiKey::Cookie(other)) => {
                known.name == other.name
            }
            _ => false,
        },
        _ => false,
    }
}
