//! `cargo auth token`.

use std::path::PathBuf;
use std::time::SystemTime;

use auth_runtime::testing::DevelopmentKey;
use clap::Args;
use serde_json::json;

use crate::output::Output;

#[derive(Args)]
pub(crate) struct Arguments {
    /// A folder of the checkout.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    checkout: PathBuf,
    /// The user's id.
    #[arg(long, default_value = "user")]
    user: String,
    /// The user's email address.
    #[arg(long)]
    email: Option<String>,
    /// Membership in an organization, as ORG=ROLE. May be repeated.
    #[arg(long = "org", value_name = "ORG=ROLE", value_parser = pair)]
    orgs: Vec<(String, String)>,
    /// A permission in an organization, as ORG=PERMISSION. May be repeated.
    #[arg(long = "org-permission", value_name = "ORG=PERMISSION", value_parser = pair)]
    org_permissions: Vec<(String, String)>,
    /// A role outside any organization. May be repeated.
    #[arg(long = "role")]
    roles: Vec<String>,
    /// A permission outside any organization. May be repeated.
    #[arg(long = "permission")]
    permissions: Vec<String>,
    /// An OAuth scope. May be repeated.
    #[arg(long = "scope")]
    scopes: Vec<String>,
}

impl Arguments {
    pub(crate) fn run(self, output: &mut Output) -> Result<bool, String> {
        let key = DevelopmentKey::of_checkout(&self.checkout).map_err(|error| error.to_string())?;
        let mut token = key.token().user(&self.user);
        if let Some(email) = &self.email {
            token = token.email(email);
        }
        token = self.orgs.iter().fold(token, |token, (org, role)| token.org(org, role));
        token = self.org_permissions.iter().fold(token, |token, (org, name)| token.org_permission(org, name));
        token = self.roles.iter().fold(token, |token, role| token.role(role));
        token = self.permissions.iter().fold(token, |token, name| token.permission(name));
        let token = self.scopes.iter().fold(token, |token, scope| token.scope(scope)).build();
        let ends = key.expires_at().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        output.json(json!({ "token": token, "iss": key.iss(), "expires_in": 3600, "key_expires_at": ends }));
        output.line(token);
        Ok(true)
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((org, name)) if !org.is_empty() && !name.is_empty() => Ok((org.to_owned(), name.to_owned())),
        _ => Err("write ORG=NAME".to_owned()),
    }
}
