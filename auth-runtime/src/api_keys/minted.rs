//! API keys that this library makes. Their checksum shows without a lookup that a key is mistyped.

use std::fmt;

use crate::lookup::digest_of;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^43 is more than 2^256.
const RANDOM_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;

/// A new API key: show it to its owner once, and store its digest.
///
/// ```
/// use auth_runtime::ApiKey;
/// let new = ApiKey::generate("sk_live_");
/// assert!(new.key().starts_with("sk_live_"));
/// let (for_the_owner, for_the_database): (&str, [u8; 32]) = (new.key(), new.digest());
/// ```
#[derive(Clone)]
pub struct GeneratedApiKey {
    key: String,
}

impl GeneratedApiKey {
    /// `prefix`, 43 random letters and digits (256 bits), and a checksum of 6 characters.
    pub(super) fn new(prefix: &str) -> Self {
        let mut key = prefix.to_owned();
        for _ in 0..RANDOM_CHARS {
            key.push(random_char());
        }
        let checksum = checksum_of(key.as_bytes());
        key.extend(checksum.map(char::from));
        Self { key }
    }

    /// The key itself: a secret.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The SHA-256 of the key: store it instead of the key. [`ApiKeys::find`](crate::ApiKeys::find) passes it to your
    /// function.
    pub fn digest(&self) -> [u8; 32] {
        digest_of(self.key.as_bytes())
    }
}

impl fmt::Debug for GeneratedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeneratedApiKey")
    }
}

fn random_char() -> char {
    loop {
        let mut byte = [0];
        // Without random numbers no key can be made.
        assert!(aws_lc_rs::rand::fill(&mut byte).is_ok(), "the operating system provides no random numbers");
        // 248 is the largest multiple of 62 in a byte. Without this limit, some letters would be more likely than
        // others.
        let [byte] = byte;
        if let Some(char) = ALPHABET.get(usize::from(byte % 62)).filter(|_| byte < 248) {
            return char::from(*char);
        }
    }
}

/// The checksum is not a secret. It distinguishes a mistyped or invented key from an issued one without a lookup.
fn checksum_of(text: &[u8]) -> [u8; CHECKSUM_CHARS] {
    let mut digest = digest_of(text).into_iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(byte));
    [(); CHECKSUM_CHARS].map(|()| {
        let char = ALPHABET.get(usize::try_from(digest % 62).unwrap_or_default()).copied().unwrap_or_default();
        digest /= 62;
        char
    })
}

/// Whether this has the form of a [`GeneratedApiKey`] whose prefix begins with `prefix`.
pub(super) fn is_well_formed(key: &[u8], prefix: &str) -> bool {
    let Some((text, checksum)) = key.split_last_chunk::<CHECKSUM_CHARS>() else { return false };
    let Some(random) = text.get(text.len().saturating_sub(RANDOM_CHARS)..) else { return false };
    text.len() >= prefix.len() + RANDOM_CHARS
        && random.iter().all(u8::is_ascii_alphanumeric)
        && *checksum == checksum_of(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_key_that_was_made_is_told_from_one_that_was_mistyped() {
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let new = GeneratedApiKey::new("sk_live_");
            let key = new.key().as_bytes();
            assert_eq!(key.len(), 8 + 43 + 6);
            assert!(is_well_formed(key, "sk_") && is_well_formed(key, "sk_live_"));
            assert!(!is_well_formed(key, "sk_live_longer_"));
            assert!(seen.insert(new.key().to_owned()) && !format!("{new:?}").contains(&new.key()[8..]));
            for position in 0..key.len() {
                let mut mistyped = key.to_vec();
                mistyped[position] = if mistyped[position] == b'a' { b'b' } else { b'a' };
                assert!(!is_well_formed(&mistyped, "sk_"), "{position}");
            }
        }
        for text in ["", "sk_", "sk_live_", &"a".repeat(49), &"é".repeat(49)] {
            assert!(!is_well_formed(text.as_bytes(), "sk_"), "{text}");
        }
    }

    #[test]
    fn every_character_is_as_likely_as_every_other() {
        let mut counts = [0_u32; 128];
        for _ in 0..2_000 {
            let key = GeneratedApiKey::new("").key;
            key.bytes().take(RANDOM_CHARS).for_each(|char| counts[usize::from(char)] += 1);
        }
        // 86,000 characters: 1387 of each, with a standard deviation of 37.
        assert!(ALPHABET.iter().all(|char| (1_150..1_630).contains(&counts[usize::from(*char)])), "{counts:?}");
    }
}
