//! Canonical base64url without padding (RFC 7515 section 2, RFC 4648 section 3.5).

use base64::Engine as _;

use crate::error::InvalidTokenReason;

/// Decodes dozens of bytes at a time if the processor supports it. Support is detected once.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static DECODER: once_cell::sync::Lazy<base64::engine::Simd> =
    once_cell::sync::Lazy::new(|| base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static DECODER: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Decodes one part of a token.
pub(crate) fn decode(part: &[u8]) -> Result<Vec<u8>, InvalidTokenReason> {
    DECODER.decode(part).map_err(|_| InvalidTokenReason::Malformed)
}

/// A buffer to decode one part into: on the stack if the result fits in `N` bytes.
pub(crate) struct Buffer<const N: usize> {
    stack: [u8; N],
    heap: Vec<u8>,
}

impl<const N: usize> Buffer<N> {
    pub(crate) fn new() -> Self {
        Self { stack: [0; N], heap: Vec::new() }
    }

    /// Like [`decode`](decode()), but into this buffer.
    pub(crate) fn decode(&mut self, part: &[u8]) -> Result<&[u8], InvalidTokenReason> {
        let needed = base64::decoded_len_estimate(part.len());
        let room = if needed <= N {
            self.stack.as_mut_slice()
        } else {
            self.heap.resize(needed, 0);
            self.heap.as_mut_slice()
        };
        let len = DECODER.decode_slice(part, room).map_err(|_| InvalidTokenReason::Malformed)?;
        room.get(..len).ok_or(InvalidTokenReason::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn canonical_text_is_decoded_on_the_stack_and_on_the_heap() {
        for (text, expected) in [
            ("", Some("")),
            ("YQ", Some("a")),
            ("YWJj", Some("abc")),
            ("YWJjZGVmZ2hp", Some("abcdefghi")),
            ("YR", None),
            ("YQ==", None),
            ("YWJjZGVmZ2h-LR", None),
            ("+/+/", None),
        ] {
            let expected = expected.map(str::as_bytes).ok_or(InvalidTokenReason::Malformed);
            assert_eq!(decode(text.as_bytes()).as_deref().map_err(|fault| *fault), expected, "{text}");
            assert_eq!(Buffer::<4>::new().decode(text.as_bytes()), expected, "{text}");
        }
        // A part that fits on the stack allocates nothing.
        let mut buffer = Buffer::<4>::new();
        assert!(buffer.decode(b"YWJj").is_ok() && buffer.heap.is_empty());
    }

    /// The fast decoder must accept exactly what the simple one accepts: at every length that takes another code path,
    /// with every byte value at every position.
    #[test]
    fn the_fast_decoder_is_as_strict_as_the_simple_one() {
        let bytes: Vec<u8> = (0..200).map(|n: u8| n.wrapping_mul(151)).collect();
        for len in [0, 1, 2, 3, 23, 24, 25, 47, 48, 49, 95, 96, 97, 200] {
            let text = URL_SAFE_NO_PAD.encode(bytes.get(..len).unwrap_or_default()).into_bytes();
            assert_eq!(decode(&text).ok().as_deref(), bytes.get(..len), "{len} bytes");
            for place in 0..text.len() {
                for byte in 0..=u8::MAX {
                    let mut other = text.clone();
                    if let Some(at) = other.get_mut(place) {
                        *at = byte;
                    }
                    assert_eq!(decode(&other).ok(), URL_SAFE_NO_PAD.decode(&other).ok(), "{byte} at {place} of {len}");
                }
            }
        }
    }
}
