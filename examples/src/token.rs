//! `cargo run -- token`: prints only one token to standard output. With `--org`, the user becomes a member first.

use std::time::Duration;

use sqlx::SqlitePool;

use crate::issuers::{LIFETIME, OwnIssuer, Subject};
use crate::orgs::{Key, enter};
use crate::settings::{MAX_TOKEN_LIFE, Settings};
use crate::{Failure, accounts, database, demo};

const USAGE: &str = "token --user NAME [--org ORG [--role ROLE] [--permission NAME]..] [--expires 15m]\n\
                     The API refuses tokens that are valid for longer than 30d.";

pub(crate) async fn print(settings: &Settings, options: &[String]) -> Result<(), Failure> {
    let wanted = Wanted::from_options(options).map_err(|fault| format!("{fault}\nusage: {USAGE}"))?;
    let expires_in = wanted.expires_in;
    let db = database::open(settings).await?;
    let subject = wanted.subject(&db).await?;
    wanted.enter(&db, &subject.id).await?;
    db.close().await;
    println!("{}", OwnIssuer::load_or_create(settings, settings.port)?.sign_access(&subject, expires_in)?);
    Ok(())
}

#[derive(Default)]
struct Wanted {
    user: String,
    org: Option<String>,
    role: Option<String>,
    permissions: Vec<String>,
    expires_in: Duration,
}

impl Wanted {
    fn from_options(options: &[String]) -> Result<Self, String> {
        let mut wanted = Self { expires_in: LIFETIME, ..Self::default() };
        let mut rest = options.iter();
        while let Some(option) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("`{option}` needs a value"))?;
            match option.as_str() {
                "--user" => wanted.user.clone_from(value),
                "--org" => wanted.org = Some(value.clone()),
                "--role" => wanted.role = Some(value.clone()),
                "--permission" => wanted.permissions.push(value.clone()),
                "--expires" => {
                    wanted.expires_in =
                        duration(value).ok_or_else(|| format!("--expires: `{value}` is not a time, such as `15m`"))?;
                    if wanted.expires_in > MAX_TOKEN_LIFE {
                        return Err("--expires: is longer than 30d, and the API refuses such tokens".to_owned());
                    }
                }
                _ => return Err(format!("unknown option `{option}`")),
            }
        }
        if wanted.user.is_empty() {
            return Err("`--user` is missing".to_owned());
        }
        if wanted.org.is_none() && (wanted.role.is_some() || !wanted.permissions.is_empty()) {
            return Err("`--role` and `--permission` hold in an organization: name it with `--org`".to_owned());
        }
        Ok(wanted)
    }

    /// The user with this name, email address or id. For an unknown user, the given text is the id.
    async fn subject(&self, db: &SqlitePool) -> Result<Subject, Failure> {
        let account = match accounts::by_id(db, &self.user).await? {
            Some(account) => Some(account),
            None => match accounts::by_email(db, &self.user).await? {
                Some(account) => Some(account),
                None => accounts::by_email(db, &demo::email(&self.user)).await?,
            },
        };
        Ok(match account {
            Some(account) => Subject { id: account.id, email: Some(account.email) },
            None => Subject { id: self.user.clone(), email: None },
        })
    }

    /// Makes the user a member of the organization, if one was given. The permissions replace those of the role.
    async fn enter(&self, db: &SqlitePool, user: &str) -> Result<(), Failure> {
        let Some(org) = &self.org else { return Ok(()) };
        let permissions = Some(self.permissions.as_slice()).filter(|names| !names.is_empty());
        let key = Key { org, issuer: "own", user };
        Ok(enter(db, key, self.role.as_deref().unwrap_or("Member"), permissions).await?)
    }
}

/// `90`, `90s`, `15m`, `2h` or `1d`.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.get(number.len()..)?),
        None => (text, "s"),
    };
    let seconds = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 1,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}
