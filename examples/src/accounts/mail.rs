//! Mail without a network: each message is a file next to the database.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use uuid::Uuid;

/// The directory for messages.
pub(crate) struct Outbox {
    directory: PathBuf,
}

impl Outbox {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Writes a message, and logs its path. The content, which includes a token, is only in the file.
    pub(crate) fn send(&self, to: &str, subject: &str, text: &str) {
        match self.write(&format!("To: {to}\nSubject: {subject}\n\n{text}\n")) {
            Ok(path) => tracing::info!(path = %path.display(), subject, "mail"),
            Err(error) => tracing::error!(%error, directory = %self.directory.display(), "mail could not be written"),
        }
    }

    fn write(&self, message: &str) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.directory)?;
        // The time comes first, so that the newest file is the last by name.
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let path = self.directory.join(format!("{time}-{}.txt", Uuid::new_v4()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?.write_all(message.as_bytes())?;
        Ok(path)
    }
}
