//! `cargo auth doctor`.

use std::time::SystemTime;

use auth_runtime::testing::{InspectedRequest, Inspection};
use clap::Args;
use serde_json::{Value, json};

use crate::output::{BAD, BOLD, DIM, GOOD, Output, plain};
use crate::provider::{KeySettings, fault};
use crate::{block_on, input};

/// If clocks differ by more than the default leeway, valid tokens are refused.
const MAX_SKEW: i64 = 60;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The issuer, as in the constructor of `Issuer`. `google` and `google-iap` need none.
    issuer: Option<String>,
    #[command(flatten)]
    keys: KeySettings,
}

impl Arguments {
    pub(crate) fn run(self, output: &mut Output) -> Result<bool, String> {
        if self.issuer.as_deref().is_some_and(input::seems_to_contain_token) {
            return Err(input::AS_ARGUMENT.to_owned());
        }
        let issuer = self.keys.for_any_audience(self.issuer.as_deref())?;
        let found = block_on(issuer.inspect())?.map_err(|error| fault(&error))?;
        let skew = found.requests.iter().filter_map(skew).max_by_key(|skew| skew.abs());
        let is_skewed = skew.is_some_and(|skew| skew.abs() > MAX_SKEW);
        let is_well = found.failure.is_none() && !found.keys.is_empty() && !is_skewed;
        print(&found, skew, output);
        output.json(document(&found, skew, is_well));
        Ok(is_well)
    }
}

/// How far the local clock is ahead of a server's, in seconds.
fn skew(request: &InspectedRequest) -> Option<i64> {
    let date = httpdate::parse_http_date(request.date.as_deref()?).ok()?;
    Some(since_1970(request.received)? - since_1970(date)?)
}

fn since_1970(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()).ok()
}

fn print(found: &Inspection, skew: Option<i64>, output: &mut Output) {
    output.mark(BOLD, "requests", "");
    for request in &found.requests {
        output.wrapped(&format!("  {}  {}", request.status, plain(&request.address)));
    }
    match &found.issuer_claims[..] {
        [] => output.mark(BOLD, "iss", ": tokens must have none"),
        accepted => output.mark(BOLD, "iss", &format!(": tokens must have {}", plain(&accepted.join(" or ")))),
    }
    match &found.failure {
        Some((kind, text)) => output.mark(BAD, "failed", &format!(" ({}): {}", kind.as_str(), plain(text))),
        None if found.keys.is_empty() => output.mark(BAD, "no key is usable", ": a verifier would not start"),
        None => output.mark(GOOD, "keys", ""),
    }
    for key in &found.keys {
        output.line(format!("  {:<6} {}", key.algorithm.to_string(), kid(key.kid.as_deref())));
    }
    for key in &found.skipped {
        let style = if key.has_other_purpose { DIM } else { BAD };
        output.mark(style, "  skipped", &format!(" {}: {}", kid(key.kid.as_deref()), key.reason));
    }
    if let Some(age) = found.max_age {
        output.line(format!("fresh for {} s, by Cache-Control", age.as_secs()));
    }
    match skew {
        None => output.line("clock: unknown, because no response has a Date"),
        Some(skew) => {
            let style = if skew.abs() > MAX_SKEW { BAD } else { GOOD };
            let side = if skew < 0 { "behind" } else { "ahead of" };
            output.mark(style, "clock", &format!(": this machine is {} s {side} the server", skew.abs()));
        }
    }
}

fn kid(kid: Option<&str>) -> String {
    kid.map_or_else(|| "without `kid`".to_owned(), plain)
}

fn document(found: &Inspection, skew: Option<i64>, is_well: bool) -> Value {
    let requests =
        found.requests.iter().map(|one| json!({ "url": one.address, "status": one.status, "date": one.date }));
    let keys = found.keys.iter().map(|key| json!({ "alg": key.algorithm.to_string(), "kid": key.kid }));
    let skipped = found
        .skipped
        .iter()
        .map(|key| json!({ "kid": key.kid, "reason": key.reason, "other_purpose": key.has_other_purpose }));
    let failure = found.failure.as_ref().map(|(kind, text)| json!({ "kind": kind.as_str(), "text": text }));
    json!({
        "well": is_well,
        "requests": requests.collect::<Vec<_>>(),
        "issuer_claims": found.issuer_claims,
        "failure": failure,
        "keys": keys.collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
        "max_age": found.max_age.map(|age| age.as_secs()),
        "clock_ahead": skew,
    })
}
