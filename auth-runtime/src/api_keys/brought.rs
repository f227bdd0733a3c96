//! Where API keys are in a request, and which values in that place are keys.

use http::header::{self, HeaderMap};

use super::minted;

const MAX_KEY_BYTES: usize = 256;
/// 128 bits in base64.
const FOREIGN_CHARS: usize = 22;

/// Where keys are in a request.
pub(super) enum KeyLocation {
    Header(String),
    Authorization,
}

/// What a request has in the location of keys.
pub(crate) enum Brought<'a> {
    Nothing,
    Key(&'a [u8]),
    /// A value that is not a key.
    Other(&'a [u8]),
    /// Two or more different values.
    Several,
}

/// Where keys are, and which form they have.
pub(super) struct Shape {
    pub(super) place: KeyLocation,
    pub(super) prefixes: Vec<String>,
    pub(super) has_checksum: bool,
    /// Whether keys are recognized by their prefix, and not only by their location.
    pub(super) needs_prefix: bool,
}

impl Shape {
    /// Whether a value begins with a prefix of these keys.
    pub(super) fn owns(&self, value: &[u8]) -> bool {
        self.prefix_of(value).is_some()
    }

    /// Whether every value in the location of keys is a key.
    fn takes_any(&self) -> bool {
        !self.needs_prefix && self.prefixes.is_empty()
    }

    fn prefix_of(&self, value: &[u8]) -> Option<&str> {
        self.prefixes.iter().map(String::as_str).find(|prefix| value.starts_with(prefix.as_bytes()))
    }

    /// The key in the location of these keys.
    pub(super) fn brought<'a>(&self, headers: &'a HeaderMap) -> Brought<'a> {
        let mut values = match &self.place {
            KeyLocation::Header(name) => headers.get_all(name.as_str()).iter(),
            KeyLocation::Authorization => headers.get_all(header::AUTHORIZATION).iter(),
        };
        let Some(first) = values.next() else { return Brought::Nothing };
        let is_one = values.all(|other| other == first);
        let value = match &self.place {
            KeyLocation::Header(_) => first.as_bytes().trim_ascii(),
            KeyLocation::Authorization => match bearer(first.as_bytes()) {
                Some(value) if self.owns(value) => value,
                _ => return Brought::Nothing,
            },
        };
        match self.owns(value) || self.takes_any() {
            _ if !is_one => Brought::Several,
            true => Brought::Key(value),
            false => Brought::Other(value),
        }
    }

    /// The key as text, if it has the form of a key. A value without this form is not looked up.
    pub(super) fn well_formed<'k>(&self, key: &'k [u8]) -> Option<&'k str> {
        let prefix = if self.takes_any() { "" } else { self.prefix_of(key)? };
        let is_sound = if self.has_checksum {
            minted::is_well_formed(key, prefix)
        } else {
            key.len() >= prefix.len() + FOREIGN_CHARS
        };
        let is_key = is_sound && key.len() <= MAX_KEY_BYTES && key.iter().all(u8::is_ascii_graphic);
        if is_key { std::str::from_utf8(key).ok() } else { None }
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii_start())
}
