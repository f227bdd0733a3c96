//! One fetch of keys, as a report for a person. It uses the code that fetches keys for a verifier.

use std::time::Duration;

use super::fetch::{Fetcher, PublishedKeys, Update};
use super::fetch_error::FetchError;
use super::fetched::FetchSettings;
use super::schedule::FETCH_TIME;
use crate::keys::inspection::{InspectedKey, InspectedRequest, Inspection, SkippedKey};
use crate::keys::set_builder::Skipped;
use crate::keys::{FetchErrorKind, KeySet, KeySetBuilder};
use crate::token::Algorithm;

/// Fetches once. The error says why the HTTP client cannot be built.
pub(crate) async fn inspect(settings: FetchSettings) -> Result<Inspection, String> {
    let FetchSettings { origin, algorithms, customize, plain_hosts, .. } = settings;
    let mut fetcher = Fetcher::new(origin, plain_hosts, customize.as_ref())?;
    let fetched = tokio::time::timeout(Duration::from_millis(FETCH_TIME), fetcher.fetch()).await;
    let fetched = fetched.unwrap_or_else(|_| {
        let fault = "no complete response within 5 s";
        Err(FetchError::new(FetchErrorKind::TimedOut, &fetcher.address(), fault))
    });
    let mut found = Inspection { requests: requests(&fetcher), ..Inspection::default() };
    match fetched {
        Err(error) => found.failure = Some((error.kind, error.to_string())),
        Ok(Update { keys, max_age }) => {
            found.max_age = max_age;
            let (set, skipped) = keys.map_or_else(Default::default, |keys| read(keys, algorithms.as_deref()));
            found.keys =
                set.iter().flat_map(KeySet::names).map(|(algorithm, kid)| InspectedKey { algorithm, kid }).collect();
            found.skipped = skipped.into_iter().map(skipped_key).collect();
        }
    }
    Ok(found)
}

fn requests(fetcher: &Fetcher) -> Vec<InspectedRequest> {
    let answers = fetcher.answers.iter();
    let requests = answers.map(|answer| InspectedRequest {
        address: answer.address.clone(),
        status: answer.status,
        date: answer.date.clone(),
        received: answer.received,
    });
    requests.collect()
}

fn read(published: PublishedKeys, algorithms: Option<&[Algorithm]>) -> (Option<KeySet>, Vec<Skipped>) {
    let builder = KeySetBuilder::new(algorithms);
    match published {
        PublishedKeys::Jwks(keys) => {
            let (set, skipped) = builder.jwks(&keys);
            (Some(set), skipped)
        }
        PublishedKeys::PublicKey(material) => match builder.public_key(&material) {
            Some(set) => (Some(set), Vec::new()),
            None => (None, vec![Skipped::faulty(None, "it is not a valid key of its type")]),
        },
    }
}

fn skipped_key(skipped: Skipped) -> SkippedKey {
    SkippedKey { kid: skipped.kid, reason: skipped.fault, has_other_purpose: skipped.has_other_purpose }
}
