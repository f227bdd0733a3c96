//! Keys that are fetched over HTTP and refreshed: the part of `keys` that needs the feature `http-client`.

mod address;
mod change;
mod documents;
mod fetch;
mod fetch_error;
mod fetched;
#[cfg(feature = "testing")]
mod inspect;
mod report;
mod schedule;

pub(crate) use address::{Address, shown};
#[cfg(feature = "testing")]
pub(crate) use documents::{read_keys, read_metadata};
pub(crate) use fetch::{Customize, Endpoint, Origin, body as read_body, client as http_client};
pub(crate) use fetched::{FetchSettings, FetchedKeys, StartError};
#[cfg(feature = "testing")]
pub(crate) use inspect::inspect;
