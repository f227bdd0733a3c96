//! Settings from the environment, or from the file `.env` if a variable is not set.

use std::collections::HashMap;
use std::env::VarError;
use std::path::PathBuf;
use std::time::Duration;

use auth_runtime::Revocations;
use sqlx::sqlite::SqliteConnectOptions;

use crate::Failure;
use crate::issuers::External;

/// A token that is valid for longer is refused, because revocations are kept only for this time. It is longer than the
/// default, because other issuers may sign long-lived tokens.
pub(crate) const MAX_TOKEN_LIFE: Duration = Duration::from_hours(30 * 24);

/// The settings of the example API.
pub(crate) struct Settings {
    /// 0 selects any free port.
    pub(crate) port: u16,
    pub(crate) database: SqliteConnectOptions,
    pub(crate) external: External,
    /// Shared with other processes if `REDIS_URL` is set.
    pub(crate) revocations: Revocations,
}

impl Settings {
    pub(crate) fn load() -> Result<Self, Failure> {
        let environment = Environment::load()?;
        let port = match environment.get("PORT")? {
            Some(port) => port.parse().map_err(|_| format!("PORT: `{port}` is not a port number"))?,
            None => 3001,
        };
        let url = environment.get("DATABASE_URL")?;
        let database = database(url.as_deref().unwrap_or("sqlite://example.db?mode=rwc"))
            .map_err(|fault| format!("DATABASE_URL: {fault}"))?;
        let revocations = match (environment.get("REDIS_URL")?, environment.get("REVOCATION_SECRET")?) {
            (Some(url), Some(secret)) => Revocations::redis(&url).secret(secret),
            (Some(url), None) => Revocations::redis(&url),
            (None, None) => Revocations::local(),
            (None, Some(_)) => return Err("REVOCATION_SECRET: is set, so REDIS_URL is needed too".into()),
        };
        let revocations = revocations.max_token_life(MAX_TOKEN_LIFE);
        Ok(Self { port, database, external: External::from(&environment)?, revocations })
    }

    /// The settings of an empty environment, with the database in this directory.
    #[cfg(test)]
    pub(crate) fn in_directory(directory: &std::path::Path) -> Self {
        let database = SqliteConnectOptions::new().filename(directory.join("example.db")).create_if_missing(true);
        Self { port: 3001, database, external: External::default(), revocations: Revocations::local() }
    }

    /// A file next to the database.
    pub(crate) fn beside_database(&self, name: &str) -> PathBuf {
        self.database.get_filename().with_file_name(name)
    }
}

/// The variables of the process, and those of `.env`. The variables of the process take precedence.
pub(crate) struct Environment {
    file: HashMap<String, String>,
}

impl Environment {
    fn load() -> Result<Self, Failure> {
        // The error's own text would repeat the line, which may contain a secret.
        let fault = |_| ".env: cannot be read: every line has to be NAME=value, or a comment";
        let file = match dotenvy::from_path_iter(".env") {
            Ok(variables) => variables.collect::<Result<_, _>>().map_err(fault)?,
            Err(error) if error.not_found() => HashMap::new(),
            Err(error) => return Err(fault(error).into()),
        };
        Ok(Self { file })
    }

    /// The value of a variable; an empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, Failure> {
        let value = match std::env::var(name) {
            Ok(value) => Some(value),
            Err(VarError::NotPresent) => self.file.get(name).cloned(),
            Err(VarError::NotUnicode(_)) => return Err(format!("{name}: is not UTF-8").into()),
        };
        Ok(value.filter(|value| !value.is_empty()))
    }
}

/// Parses a URL in the form of sqlx (`sqlite://example.db?mode=rwc`) or of SQLAlchemy (`sqlite:///./test.db`).
fn database(url: &str) -> Result<SqliteConnectOptions, String> {
    let url = url.replacen("sqlite+aiosqlite:", "sqlite:", 1);
    let Some(rest) = url.strip_prefix("sqlite:") else {
        return Err("is not one of SQLite, such as `sqlite://example.db?mode=rwc`".to_owned());
    };
    if rest.contains(":memory:") || rest.contains("mode=memory") {
        return Err("names no file: accounts would be gone with the process".to_owned());
    }
    // After three slashes, SQLAlchemy has a relative path, and after four an absolute one. sqlx has an absolute one
    // after three. An absolute path never begins with `/./` in practice, so the forms can be distinguished.
    let relative = rest.strip_prefix("///").filter(|path| path.starts_with("./") || path.starts_with("../"));
    let absolute = rest.strip_prefix("///").filter(|path| path.starts_with('/'));
    let options: SqliteConnectOptions = match relative.or(absolute) {
        Some(path) => format!("sqlite://{path}").parse::<SqliteConnectOptions>().map(|it| it.create_if_missing(true)),
        None => url.parse(),
    }
    .map_err(|error| error.to_string())?;
    if options.get_filename().file_name().is_none() {
        return Err("names no file".to_owned());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::database;

    #[test]
    fn urls_of_both_worlds_name_a_file() {
        for (url, file) in [
            ("sqlite://example.db?mode=rwc", "example.db"),
            ("sqlite:example.db", "example.db"),
            ("sqlite:///srv/example.db", "/srv/example.db"),
            ("sqlite:///./test.db", "./test.db"),
            ("sqlite:///../test.db", "../test.db"),
            ("sqlite:////srv/test.db", "/srv/test.db"),
            ("sqlite+aiosqlite:///./test.db", "./test.db"),
        ] {
            let options = database(url).unwrap_or_else(|fault| unreachable!("{url}: {fault}"));
            assert_eq!(options.get_filename(), Path::new(file), "{url}");
        }
        for url in ["postgres://u:secret@h/db", "example.db", "sqlite://", "sqlite::memory:", "sqlite://x?mode=odd"] {
            let fault = database(url).err().unwrap_or_default();
            assert!(!fault.is_empty() && !fault.contains("secret"), "{url}: {fault}");
        }
    }
}
