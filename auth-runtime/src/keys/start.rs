//! Why an issuer's keys are not there at start.

/// Why an issuer's keys are not there at start.
#[derive(Debug)]
pub(crate) enum StartError {
    /// There is no runtime to fetch in, or it has ended.
    NoRuntime,
    /// No HTTP client can be made.
    Client(String),
    /// The first fetch failed.
    Fetch {
        status: Option<u16>,
        /// Address and cause.
        error: String,
    },
    /// It succeeded, and brought no key that can be used.
    NoKeys(&'static str),
}
