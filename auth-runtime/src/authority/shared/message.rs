//! The format of entries in Redis. Entries are protected by a MAC or encrypted, and no id can be read. So a program
//! without the key can neither revoke a credential nor learn an id.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, hmac, rand};

use crate::authority::forgetting::Forgotten;
use crate::authority::marks::{Digest, first_half};
use crate::authority::replica::Entry;

/// The version of an entry, its digest, its two times, and its MAC.
const ENTRY_BYTES: usize = 1 + 16 + 8 + 8 + 16;
const VERSION: u8 = 1;
const BIRTH_BYTES: usize = 16 + 16;
/// The maximum length of an id. Longer ids are not shared.
const LONGEST_ID: usize = 4096;

/// The keys for all messages, derived from one secret.
pub(super) struct Keys {
    entries: hmac::Key,
    births: hmac::Key,
    forgotten: [u8; 32],
}

/// The key for one purpose.
pub(in crate::authority) fn derived(secret: &[u8], purpose: &str) -> [u8; 32] {
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), purpose.as_bytes());
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(mac.as_ref()) {
        *to = *from;
    }
    key
}

impl Keys {
    pub(super) fn new(secret: &[u8]) -> Self {
        let mac = |purpose| hmac::Key::new(hmac::HMAC_SHA256, &derived(secret, purpose));
        Self { entries: mac("entries"), births: mac("births"), forgotten: derived(secret, "forgotten") }
    }

    pub(super) fn write_entry(&self, digest: &Digest, entry: &Entry) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(ENTRY_BYTES);
        bytes.push(VERSION);
        bytes.extend(digest);
        bytes.extend(entry.issued_until.to_be_bytes());
        bytes.extend(entry.expires.to_be_bytes());
        let mac = first_half(hmac::sign(&self.entries, &bytes).as_ref());
        bytes.extend(mac);
        bytes
    }

    /// `None` if the entry was not written with this key.
    pub(super) fn read_entry(&self, bytes: &[u8]) -> Option<(Digest, Entry)> {
        let (signed, mac) = bytes.split_last_chunk::<16>()?;
        is_signed(&self.entries, signed, mac)?;
        let (version, rest) = signed.split_first()?;
        let (digest, rest) = rest.split_first_chunk::<16>()?;
        let (issued_until, rest) = rest.split_first_chunk::<8>()?;
        let (expires, rest) = rest.split_first_chunk::<8>()?;
        let entry = Entry { issued_until: u64::from_be_bytes(*issued_until), expires: u64::from_be_bytes(*expires) };
        (*version == VERSION && rest.is_empty()).then_some((*digest, entry))
    }

    /// The content of the first entry of a stream.
    pub(super) fn write_birth(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; BIRTH_BYTES - 16];
        rand::fill(&mut bytes).ok()?;
        let mac = first_half(hmac::sign(&self.births, &bytes).as_ref());
        bytes.extend(mac);
        Some(bytes)
    }

    pub(super) fn is_birth(&self, bytes: &[u8]) -> bool {
        let signed = bytes.split_last_chunk::<16>().filter(|_| bytes.len() == BIRTH_BYTES);
        signed.is_some_and(|(signed, mac)| is_signed(&self.births, signed, mac).is_some())
    }

    /// `None` if an id is too long.
    pub(super) fn write_forgotten(&self, what: &Forgotten) -> Option<Vec<u8>> {
        let (kind, id) = match what {
            Forgotten::User { id } => (1, id),
            Forgotten::Org { id } => (2, id),
        };
        if id.len() > LONGEST_ID {
            return None;
        }
        let mut bytes = vec![kind];
        bytes.extend(id.as_bytes());
        let nonce = self.sealing()?.seal_in_place_append_tag(Aad::empty(), &mut bytes).ok()?;
        bytes.extend(nonce.as_ref());
        Some(bytes)
    }

    pub(super) fn read_forgotten(&self, bytes: &[u8]) -> Option<Forgotten> {
        let (sealed, nonce) = bytes.split_last_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = &*self.sealing()?.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        let (kind, id) = opened.split_first()?;
        let id = String::from_utf8(id.to_vec()).ok()?;
        match kind {
            1 => Some(Forgotten::User { id }),
            2 => Some(Forgotten::Org { id }),
            _ => None,
        }
    }

    fn sealing(&self) -> Option<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.forgotten).ok()
    }
}

/// For tests and fuzzing: reads bytes as each kind of message. Returns whether it accepted a message that was not made
/// with this secret.
#[cfg(feature = "testing")]
pub(crate) fn read_messages(bytes: &[u8], secret: &[u8]) -> bool {
    let keys = Keys::new(secret);
    keys.read_entry(bytes).is_some() || keys.is_birth(bytes) || keys.read_forgotten(bytes).is_some()
}

fn is_signed(key: &hmac::Key, signed: &[u8], mac: &[u8; 16]) -> Option<()> {
    let expected = first_half(hmac::sign(key, signed).as_ref());
    constant_time::verify_slices_are_equal(&expected, mac).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::unwrap_used)]

    use super::*;

    const ENTRY: Entry = Entry { issued_until: 7, expires: 9 };

    #[test]
    fn what_is_written_is_read_with_the_same_key_alone_and_no_byte_can_change() {
        let (keys, others) = (Keys::new(&[1; 32]), Keys::new(&[2; 32]));
        let forgotten = [
            Forgotten::User { id: "ada-lovelace".to_owned() },
            Forgotten::Org { id: "ada-lovelace".to_owned() },
            Forgotten::Org { id: String::new() },
        ];
        let entry = keys.write_entry(&[5; 16], &ENTRY);
        assert_eq!(entry.len(), ENTRY_BYTES);
        assert_eq!(keys.read_entry(&entry), Some(([5; 16], ENTRY)));
        assert_eq!(others.read_entry(&entry), None);
        let birth = keys.write_birth().unwrap();
        assert!(keys.is_birth(&birth) && !others.is_birth(&birth) && !keys.is_birth(&entry));
        assert_ne!(keys.write_birth().unwrap(), birth);
        assert_eq!(keys.read_entry(&birth), None);
        for what in &forgotten {
            let sealed = keys.write_forgotten(what).unwrap();
            assert_eq!(keys.read_forgotten(&sealed).as_ref(), Some(what));
            assert_eq!(others.read_forgotten(&sealed), None);
            assert!(!sealed.windows(8).any(|text| text == b"lovelace"), "an id can be read");
            for place in 0..sealed.len() {
                assert_eq!(keys.read_forgotten(&flipped(&sealed, place)), None, "byte {place}");
                assert_eq!(keys.read_forgotten(&sealed[..place]), None, "{place} bytes");
            }
        }
        for place in 0..entry.len() {
            assert_eq!(keys.read_entry(&flipped(&entry, place)), None, "byte {place}");
            assert_eq!(keys.read_entry(&entry[..place]), None, "{place} bytes");
        }
        for place in 0..birth.len() {
            assert!(!keys.is_birth(&flipped(&birth, place)) && !keys.is_birth(&birth[..place]), "byte {place}");
        }
        let long = Forgotten::Org { id: "x".repeat(LONGEST_ID + 1) };
        assert_eq!(keys.write_forgotten(&long), None);
    }

    fn flipped(bytes: &[u8], place: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[place] ^= 1;
        bytes
    }
}
