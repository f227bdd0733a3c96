//! What the environment says.

use crate::Failure;

/// The settings of the example API.
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) key_file: std::path::PathBuf,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, Failure> {
        let port = match std::env::var("PORT") {
            Ok(port) => port.parse().map_err(|_| format!("PORT: `{port}` is not a port number"))?,
            Err(_) => 3001,
        };
        Ok(Self { port, key_file: "example-key.pem".into() })
    }

    /// The `iss` of this API's own tokens.
    pub(crate) fn issuer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
