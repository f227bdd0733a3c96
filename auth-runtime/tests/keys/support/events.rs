//! The log events of this process, to count and to wait for.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use auth_test_support::{Entry, Listener};
use tokio::sync::watch;

struct Log {
    entries: Mutex<Vec<Entry>>,
    written: watch::Sender<usize>,
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Starts to record events, once.
pub(super) fn begin() -> bool {
    let mut is_first = false;
    LOG.get_or_init(|| {
        is_first = true;
        Log { entries: Mutex::default(), written: watch::Sender::new(0) }
    });
    let listener = Listener::new(
        |metadata| metadata.target().starts_with("auth_runtime"),
        |entry| {
            if let Some(log) = LOG.get() {
                log.entries.lock().unwrap().push(entry);
                log.written.send_modify(|count| *count += 1);
            }
        },
    );
    !is_first || tracing::subscriber::set_global_default(listener).is_ok()
}

/// The events of this issuer that contain all of these words.
pub(crate) fn lines(issuer: &str, words: &[&str]) -> Vec<String> {
    let log = LOG.get().expect("events are written down");
    let issuer = format!("{issuer:?}");
    let entries = log.entries.lock().unwrap();
    let of_issuer = entries.iter().filter(|entry| entry.field("issuer") == Some(&issuer));
    of_issuer
        // With its level.
        .filter(|entry| words.iter().all(|word| entry.to_string().contains(word)))
        .map(|entry| entry.fields().to_owned())
        .collect()
}

/// The number of these events.
pub(crate) fn count(issuer: &str, words: &[&str]) -> usize {
    lines(issuer, words).len()
}

/// Waits until there are `least` such events.
pub(crate) async fn wait_for(issuer: &str, words: &[&str], least: usize) {
    let mut written = LOG.get().expect("events are written down").written.subscribe();
    let come = async {
        while count(issuer, words) < least {
            written.changed().await.expect("the log stays");
        }
    };
    // A timeout, so that a failing test reports what it waited for.
    let come = tokio::time::timeout(Duration::from_secs(20), come).await;
    assert!(come.is_ok(), "{words:?} came {} times of {least}", count(issuer, words));
}
