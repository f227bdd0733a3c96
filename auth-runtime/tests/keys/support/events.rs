//! The events of this process, to count and to wait for.

use std::fmt::Debug;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Its text: every field, with the message.
#[derive(Clone, Debug, Default)]
struct Line {
    issuer: String,
    text: String,
}

struct Log {
    lines: Mutex<Vec<Line>>,
    written: watch::Sender<usize>,
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Begins to write down events, once.
pub(super) fn begin() -> bool {
    let mut is_first = false;
    LOG.get_or_init(|| {
        is_first = true;
        Log { lines: Mutex::default(), written: watch::Sender::new(0) }
    });
    !is_first || tracing::subscriber::set_global_default(Capture).is_ok()
}

/// The events of this issuer that hold all of these words.
pub(crate) fn lines(issuer: &str, words: &[&str]) -> Vec<String> {
    let log = LOG.get().expect("events are written down");
    let lines = log.lines.lock().unwrap();
    let fits = |line: &&Line| line.issuer == issuer && words.iter().all(|word| line.text.contains(word));
    lines.iter().filter(fits).map(|line| line.text.clone()).collect()
}

/// How many there are.
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
    // Not a wait but an end to one: a test that fails should say so.
    let come = tokio::time::timeout(Duration::from_secs(20), come).await;
    assert!(come.is_ok(), "{words:?} came {} times of {least}", count(issuer, words));
}

struct Capture;

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("auth_runtime")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let Some(log) = LOG.get() else { return };
        log.lines.lock().unwrap().push(line);
        log.written.send_modify(|count| *count += 1);
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "issuer" {
            value.clone_into(&mut self.issuer);
        }
        self.record_debug(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        use std::fmt::Write as _;
        let _ = write!(self.text, "{}={value:?} ", field.name());
    }
}
