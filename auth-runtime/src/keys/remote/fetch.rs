//! One fetch of an issuer's keys over HTTP: the requests, and which responses are accepted.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, ClientBuilder, Response, StatusCode};
use serde_json::Value;

use super::address::Address;
use super::documents::{jwks_uri, key_set, max_age, metadata_places, openid_configuration};
use super::fetch_error::FetchError;
use crate::keys::FetchErrorKind;
use crate::keys::admit::Material;

/// The longest response body, after decompression.
const MAX_BYTES: usize = 256 * 1024;
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// Where the keys of an issuer are published.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// A JWK Set.
    JwkSet(Address),
    /// The metadata document of an issuer, which contains the URL of its JWK Set.
    Metadata {
        issuer: Address,
        /// The accepted `issuer` values of the document, compared byte for byte.
        expected: Vec<String>,
    },
    /// One public key, published in a provider-specific way.
    Endpoint(Endpoint),
}

/// How a provider publishes its public key.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// The URL that the paths belong to.
    pub(crate) base: Address,
    /// Tried one after another, until one has a key.
    pub(crate) paths: &'static [&'static str],
    /// Sent with each request. Secrets are marked as sensitive.
    pub(crate) headers: HeaderMap,
    /// Reads the key from a response, or returns what is wrong with it.
    pub(crate) read: fn(&[u8]) -> Result<Material, String>,
}

impl Endpoint {
    fn places(&self) -> Vec<Address> {
        self.paths.iter().map(|path| self.base.with_path(path)).collect()
    }
}

impl Origin {
    /// The URL that is fetched first, or its beginning.
    pub(crate) fn address(&self) -> &Address {
        let (Self::JwkSet(address)
        | Self::Metadata { issuer: address, .. }
        | Self::Endpoint(Endpoint { base: address, .. })) = self;
        address
    }
}

/// The result of a successful fetch.
pub(super) struct Update {
    /// `None` if nothing has changed since the last fetch.
    pub(super) keys: Option<PublishedKeys>,
    /// How long the source declares the response fresh.
    pub(super) max_age: Option<Duration>,
}

/// Keys as their source publishes them, before admission.
pub(super) enum PublishedKeys {
    Jwks(Vec<Value>),
    PublicKey(Material),
}

/// Changes that a program makes to the client.
pub(crate) type Customize = Arc<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// The client of every request that this library makes. `customize` cannot change its limits.
pub(crate) fn client(is_loopback: bool, customize: Option<&Customize>) -> Result<Client, String> {
    let mut builder = Client::builder().user_agent(concat!("auth-runtime/", env!("CARGO_PKG_VERSION")));
    if let Some(customize) = customize {
        builder = customize(builder);
    }
    if is_loopback {
        // Plain http is allowed on this machine because it stays there. A proxy could be elsewhere.
        builder = builder.no_proxy();
    }
    let builder = builder.redirect(reqwest::redirect::Policy::none()).retry(reqwest::retry::never());
    builder.connect_timeout(CONNECT_TIME).referer(false).build().map_err(|error| {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        format!("no HTTP client can be built: {cause}")
    })
}

/// The body of a response, or what is wrong with it.
pub(crate) async fn body(response: Response) -> Result<Vec<u8>, &'static str> {
    limited(response).await.map_err(|error| match error {
        BodyError::Transport(_) => "breaks off",
        BodyError::TooLong => "is longer than 256 KiB",
    })
}

enum BodyError {
    Transport(reqwest::Error),
    TooLong,
}

/// The body of a response. It is not read beyond the limit.
async fn limited(mut response: Response) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Transport)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Fetches the keys of one issuer, again and again.
pub(super) struct Fetcher {
    client: Client,
    origin: Origin,
    /// The hosts for which plain http is allowed.
    plain_hosts: Vec<String>,
    /// The index of the URL that worked last time: metadata, or an endpoint, may have several URLs.
    way: usize,
    /// The `ETag` of the last response, and the URL that sent it.
    tag: Option<(Address, HeaderValue)>,
    /// The responses so far, for an inspection.
    #[cfg(feature = "testing")]
    pub(super) answers: Vec<FetchResponse>,
}

/// A response, for an inspection.
#[cfg(feature = "testing")]
pub(super) struct FetchResponse {
    pub(super) address: String,
    pub(super) status: u16,
    pub(super) date: Option<String>,
    pub(super) received: std::time::SystemTime,
}

/// A response with status 200.
struct Document {
    body: Vec<u8>,
    tag: Option<HeaderValue>,
    max_age: Option<Duration>,
}

impl Fetcher {
    /// `customize` cannot change these limits: no redirect is followed, no request is retried, connecting takes at most
    /// 2 s, and requests to this machine do not use a proxy.
    pub(super) fn new(origin: Origin, plain_hosts: Vec<String>, customize: Option<&Customize>) -> Result<Self, String> {
        let client = client(origin.address().is_loopback(), customize)?;
        Ok(Self {
            client,
            origin,
            plain_hosts,
            way: 0,
            tag: None,
            #[cfg(feature = "testing")]
            answers: Vec::new(),
        })
    }

    /// The URL that is fetched first, for messages.
    pub(super) fn address(&self) -> Address {
        match &self.origin {
            Origin::JwkSet(address) => address.clone(),
            Origin::Metadata { issuer, .. } => openid_configuration(issuer),
            Origin::Endpoint(Endpoint { base, paths, .. }) => {
                paths.first().map_or_else(|| base.clone(), |path| base.with_path(path))
            }
        }
    }

    /// If the future is dropped, the fetcher keeps its state.
    pub(super) async fn fetch(&mut self) -> Result<Update, FetchError> {
        match &self.origin {
            Origin::JwkSet(address) => {
                let address = address.clone();
                self.fetch_set(address).await
            }
            Origin::Metadata { issuer, expected } => {
                let (places, expected) = (metadata_places(issuer), expected.clone());
                let (address, body) = self.first_of(places, &HeaderMap::new()).await?;
                let set = jwks_uri(&body.body, &address, &expected, &self.plain_hosts)?;
                self.fetch_set(set).await
            }
            Origin::Endpoint(endpoint) => {
                let (places, headers, read) = (endpoint.places(), endpoint.headers.clone(), endpoint.read);
                let (address, answer) = self.first_of(places, &headers).await?;
                let material =
                    read(&answer.body).map_err(|fault| FetchError::new(FetchErrorKind::NotKeys, &address, fault))?;
                let keys = PublishedKeys::PublicKey(material);
                Ok(Update { keys: Some(keys), max_age: answer.max_age })
            }
        }
    }

    /// Fetches one URL after another, starting with the one that worked last time, until one has a document.
    async fn first_of(&mut self, places: Vec<Address>, headers: &HeaderMap) -> Result<(Address, Document), FetchError> {
        let mut first_error = None;
        let count = places.len();
        for (way, address) in places.into_iter().enumerate().cycle().skip(self.way).take(count) {
            match self.get(&address, headers.clone()).await {
                Ok(response) => {
                    self.way = way;
                    return Ok((address.clone(), read(response, &address).await?));
                }
                Err(error) if error.status.is_some_and(means_elsewhere) => {
                    first_error.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(first_error.unwrap_or_else(|| {
            FetchError::new(FetchErrorKind::NotMetadata, &self.address(), "there is no URL to fetch")
        }))
    }

    async fn fetch_set(&mut self, address: Address) -> Result<Update, FetchError> {
        let tag = self.tag.as_ref().filter(|(of, _)| *of == address).map(|(_, tag)| tag.clone());
        let is_conditional = tag.is_some();
        let response = self.get(&address, tag.map(|tag| (IF_NONE_MATCH, tag)).into_iter().collect()).await?;
        if response.status() == StatusCode::NOT_MODIFIED {
            let max_age = max_age(response.headers());
            return if is_conditional {
                Ok(Update { keys: None, max_age })
            } else {
                Err(FetchError::new(FetchErrorKind::Status, &address, "responded 304 to an unconditional request"))
            };
        }
        let answer = read(response, &address).await?;
        let keys = key_set(&answer.body, &address)?;
        self.tag = answer.tag.map(|tag| (address, tag));
        Ok(Update { keys: Some(PublishedKeys::Jwks(keys)), max_age: answer.max_age })
    }

    /// The response if its status is 200, or 304 for a conditional request. Its body is not read yet.
    async fn get(&mut self, address: &Address, headers: HeaderMap) -> Result<Response, FetchError> {
        let may_be_unchanged = headers.contains_key(IF_NONE_MATCH);
        let sent = self.client.get(address.url()).headers(headers).send().await;
        let response = sent.map_err(|error| FetchError::from_transport(&error, address))?;
        let status = response.status();
        #[cfg(feature = "testing")]
        self.answers.push(FetchResponse {
            address: address.to_string(),
            status: status.as_u16(),
            date: response.headers().get(reqwest::header::DATE).and_then(|date| Some(date.to_str().ok()?.to_owned())),
            received: std::time::SystemTime::now(),
        });
        if status == StatusCode::OK || (status == StatusCode::NOT_MODIFIED && may_be_unchanged) {
            return Ok(response);
        }
        let (kind, cause) = if status.is_redirection() {
            (FetchErrorKind::Redirected, format!("responded {status}: redirects are not followed"))
        } else {
            (FetchErrorKind::Status, format!("answered {status}"))
        };
        Err(FetchError { status: Some(status.as_u16()), ..FetchError::new(kind, address, cause) })
    }
}

/// Whether this status only means that there is nothing at this URL.
fn means_elsewhere(status: u16) -> bool {
    matches!(status, 404 | 405 | 410)
}

/// Reads a document, up to the limit.
async fn read(response: Response, address: &Address) -> Result<Document, FetchError> {
    let tag = response.headers().get(ETAG).cloned();
    let max_age = max_age(response.headers());
    let body = limited(response).await.map_err(|error| match error {
        BodyError::Transport(error) => FetchError::from_transport(&error, address),
        BodyError::TooLong => FetchError::new(FetchErrorKind::TooLarge, address, "the response is longer than 256 KiB"),
    })?;
    Ok(Document { body, tag, max_age })
}
