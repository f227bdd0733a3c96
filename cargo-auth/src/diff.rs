//! `cargo auth diff`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use auth_runtime::routing::{Change, Loosened, Table};
use clap::Args;
use serde_json::{Value, json};

use crate::input;
use crate::markdown::{code, escaped};
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The old route text.
    old: PathBuf,
    /// The new route text.
    new: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self, output: &mut Output) -> Result<bool, String> {
        let (old, new) = (read(&self.old)?, read(&self.new)?);
        let looser = new.loosened_since(&old);
        let (before, now) = (old.text(), new.text());
        let (gone, added) = (lines_without(&before, &now), lines_without(&now, &before));
        output.line(report(&looser, &gone, &added));
        output.json(json!({
            "looser": looser.iter().map(document).collect::<Vec<_>>(),
            "removed_lines": gone,
            "added_lines": added,
        }));
        Ok(looser.is_empty())
    }
}

fn read(file: &Path) -> Result<Table, String> {
    input::text(file)?.parse().map_err(|error| format!("{}: {error}", input::shown(file)))
}

fn lines_without<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    let known: HashSet<_> = other.lines().collect();
    text.lines().filter(|line| !known.contains(line)).collect()
}

fn report(looser: &[Change], gone: &[&str], added: &[&str]) -> String {
    let mut lines = vec![match looser.len() {
        0 => "## Routes: nothing is looser".to_owned(),
        1 => "## Routes: 1 change may admit more requests".to_owned(),
        count => format!("## Routes: {count} changes may admit more requests"),
    }];
    for change in looser {
        lines.push(format!("\n- {}: {}", code(&format!("{} {}", change.method, change.path)), how(change)));
        lines.extend(change.before.as_deref().map(|before| format!("  - before: {}", code(before))));
        lines.push(format!("  - now: {}", code(&change.now)));
    }
    if !gone.is_empty() || !added.is_empty() {
        lines.push("\n### Changed lines\n".to_owned());
        lines.extend(gone.iter().map(|line| format!("- removed: {}", code(line))));
        lines.extend(added.iter().map(|line| format!("- added: {}", code(line))));
    }
    lines.join("\n")
}

/// What became looser, with an example of a newly admitted caller if one is known.
fn how(change: &Change) -> String {
    match &change.loosened {
        Loosened::Condition { example } => format!("now admits more callers, for example: {}", code(example)),
        _ => escaped(&headline(change)),
    }
}

/// The first line of the library's own text, without the route.
fn headline(change: &Change) -> String {
    let text = change.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix(&format!("{} {}: ", change.method, change.path)).unwrap_or(first).to_owned()
}

fn document(change: &Change) -> Value {
    let example = if let Loosened::Condition { example } = &change.loosened { Some(example) } else { None };
    json!({
        "method": change.method,
        "path": change.path,
        "what": headline(change),
        "newly_admitted": example,
        "before": change.before,
        "now": change.now,
    })
}
