//! `cargo auth explain`.

use std::path::{Path, PathBuf};

use auth_runtime::Verifier;
use auth_runtime::testing::{Check, CheckState, Diagnosis, MappedPart};
use clap::Args;
use serde_json::{Value, json};

use crate::output::{BAD, BOLD, DIM, GOOD, Output, plain};
use crate::provider::{TokenSettings, fault};
use crate::{block_on, input};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The file with the token; standard input by default. A token cannot be passed as an argument.
    #[arg(long, value_name = "FILE", default_value = "-")]
    token_file: PathBuf,
    #[command(flatten)]
    settings: TokenSettings,
    /// Prints the values of the identity: its id, organizations, roles, permissions and scopes.
    #[arg(long)]
    show_claims: bool,
    #[arg(hide = true)]
    rest: Vec<String>,
}

impl Arguments {
    pub(crate) fn run(self, output: &mut Output) -> Result<bool, String> {
        if !self.rest.is_empty() || input::seems_to_contain_token(&self.token_file.to_string_lossy()) {
            return Err(input::AS_ARGUMENT.to_owned());
        }
        let issuer = self.settings.issuer()?;
        let token = input::token(Path::new(&self.token_file))?;
        let diagnosis = block_on(async {
            let verifier = Verifier::new(issuer).await.map_err(|error| fault(&error))?;
            Ok::<_, String>(verifier.diagnose(&token).await)
        })??;
        print(&diagnosis, self.show_claims, output);
        output.json(document(&diagnosis, self.show_claims));
        Ok(diagnosis.result().is_ok())
    }
}

fn print(diagnosis: &Diagnosis, shows_claims: bool, output: &mut Output) {
    match diagnosis.result() {
        Ok(()) => output.mark(GOOD, "accepted", ""),
        Err(error) => output.mark(BAD, "refused", &format!(": {error}")),
    }
    output.line("");
    for check in diagnosis.checks() {
        let (style, word) = match check.state {
            CheckState::Passed => (GOOD, "passed     "),
            CheckState::Failed => (BAD, "failed     "),
            _ => (DIM, "not reached"),
        };
        output.mark(style, word, &format!("  {}", check.name));
        output.wrapped(&format!("               expected  {}", plain(&check.expected)));
        if let Some(found) = &check.found {
            output.wrapped(&format!("               found     {}", plain(found)));
        }
    }
    let Some(mapped) = diagnosis.mapped() else { return };
    output.line("");
    output.mark(BOLD, "identity", " (as the claim mapping read it)");
    for part in mapped {
        output.wrapped(&format!("  {:<20} {}", part.name, shown(part, shows_claims)));
    }
}

fn shown(part: &MappedPart, shows_claims: bool) -> String {
    match &part.values {
        None => "unknown".to_owned(),
        Some(values) if values.is_empty() => "none".to_owned(),
        Some(values) if shows_claims => plain(&values.join(", ")),
        Some(values) => format!("{} {}, hidden: use --show-claims", values.len(), plural(values.len())),
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "value" } else { "values" }
}

fn document(diagnosis: &Diagnosis, shows_claims: bool) -> Value {
    let checks = diagnosis.checks().iter().map(check).collect::<Vec<_>>();
    let mapped = diagnosis.mapped().map(|parts| {
        let entries = parts.iter().map(|part| {
            let values = part.values.as_ref().map(|values| {
                if shows_claims { json!({ "values": values }) } else { json!({ "count": values.len() }) }
            });
            (part.name.to_owned(), json!(values))
        });
        entries.collect::<serde_json::Map<_, _>>()
    });
    json!({
        "accepted": diagnosis.result().is_ok(),
        "reason": diagnosis.result().err().map(|error| error.to_string()),
        "issuer": diagnosis.issuer(),
        "checks": checks,
        "identity": mapped,
    })
}

fn check(check: &Check) -> Value {
    let state = match check.state {
        CheckState::Passed => "passed",
        CheckState::Failed => "failed",
        _ => "not_reached",
    };
    json!({ "name": check.name, "state": state, "expected": check.expected, "found": check.found })
}
