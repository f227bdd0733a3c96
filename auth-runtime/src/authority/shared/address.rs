//! The URL of Redis.

use std::net::IpAddr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};

use crate::error::ConfigError;

/// The address of a Redis, with this process's credentials. There is no `Debug`, because it may contain a password.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) info: ConnectionInfo,
    /// Whether the connection is encrypted.
    pub(super) is_tls: bool,
}

const FORM: &str =
    "is not the URL of a Redis, such as `redis://127.0.0.1:6379` or `rediss://user:password@host:6379/0`";

impl Address {
    /// No error contains the URL, because the URL may contain a password.
    pub(super) fn parse(url: &str) -> Result<Self, ConfigError> {
        let fault = |text: &str| ConfigError::new("redis", text);
        let is_tls = ["rediss://", "valkeys://"].iter().any(|scheme| url.starts_with(scheme));
        // Encryption is added here, with the same TLS implementation as everywhere else.
        let plain = if is_tls { url.replacen("s://", "://", 1) } else { url.to_owned() };
        if plain.contains('#') {
            return Err(fault("has a fragment: write a `#` in a password as `%23`"));
        }
        let info = plain.into_connection_info().map_err(|_| fault(FORM))?;
        match info.addr() {
            ConnectionAddr::Tcp(..) => {}
            ConnectionAddr::Unix(_) if cfg!(unix) && !is_tls => {}
            _ => return Err(fault(FORM)),
        }
        Ok(Self { info, is_tls })
    }

    /// Whether the traffic never leaves this machine.
    pub(super) fn is_local(&self) -> bool {
        match self.info.addr() {
            ConnectionAddr::Tcp(host, _) => {
                host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
            ConnectionAddr::Unix(_) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    #[test]
    fn urls_name_a_redis_and_no_error_repeats_one() {
        for (url, is_local, is_tls) in [
            ("redis://127.0.0.1:6379", true, false),
            ("redis://localhost", true, false),
            ("redis://[::1]:7000/3", true, false),
            ("redis+unix:///run/redis.sock", true, false),
            ("valkey://127.0.0.1", true, false),
            ("redis://user:hush%23@redis.example.com/0", false, false),
            ("redis://10.0.0.1:6379", false, false),
            ("rediss://:hush@redis.example.com:6380", false, true),
            ("rediss://127.0.0.1", true, true),
            ("valkeys://cache.example.com", false, true),
        ] {
            let address = Address::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!((address.is_local(), address.is_tls), (is_local, is_tls), "{url}");
        }
        for url in [
            "",
            "hush",
            "127.0.0.1:6379",
            "redis:",
            "redis://",
            "redis://:hush@",
            "redis://:hush@host:port",
            "redis://:hush@host/db",
            "redis://0.0.0.0",
            "http://:hush@host",
            "postgres://user:hush@host/db",
            "rediss://:hush@host#insecure",
            "redis://:hu#sh@host",
            "rediss+unix:///run/hush.sock",
            "redis://:hush@host?protocol=9",
        ] {
            let error = Address::parse(url).err().unwrap_or_else(|| panic!("{url} is taken"));
            assert_eq!(error.setting(), "redis", "{url}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
