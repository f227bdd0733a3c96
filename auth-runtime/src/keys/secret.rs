//! Which shared secrets are strong enough.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::token::Algorithm;

/// Checks a secret: it must be long enough for its hash (RFC 7518 section 3.2), and must not be a key that others may
/// know.
///
/// If a public key were used as the secret, everyone who has the public key could sign tokens. This is one half of the
/// algorithm confusion attack (RFC 8725 section 2.1).
pub(crate) fn check_secret(secret: &[u8], algorithm: Algorithm) -> Result<(), String> {
    if contains(secret, b"-----BEGIN ") || contains(secret, b"---- BEGIN ") {
        return Err("the secret is PEM text: for a public key use `Issuer::pem`".to_owned());
    }
    if contains(secret, b"\"kty\"") {
        return Err("the secret is a JWK or a JWK Set: for public keys use `Issuer::jwks`".to_owned());
    }
    if beginnings(secret).any(holds_der) {
        return Err("the secret is a key in DER form: for a public key use `Issuer::pem`".to_owned());
    }
    let trimmed = secret.trim_ascii();
    if trimmed.starts_with(b"ssh-") || trimmed.starts_with(b"ecdsa-sha2-") {
        return Err("the secret is an OpenSSH public key".to_owned());
    }
    let needed = match algorithm {
        Algorithm::HS512 => 64,
        Algorithm::HS384 => 48,
        _ => 32,
    };
    if secret.len() < needed {
        return Err(format!("the secret has {} bytes: {algorithm:?} needs at least {needed}", secret.len()));
    }
    Ok(())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// The positions at which a key may begin in a text file: at the start, after a byte order mark, and after any line.
fn beginnings(secret: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = secret.strip_prefix("\u{feff}".as_bytes()).unwrap_or(secret);
    let after_lines = memchr::memchr_iter(b'\n', whole).filter_map(move |end| whole.get(end + 1..));
    std::iter::once(whole).chain(after_lines)
}

/// Whether the bytes, with or without surrounding whitespace, are a key in DER form or its base64 text.
fn holds_der(bytes: &[u8]) -> bool {
    let trimmed = bytes.trim_ascii();
    is_der(bytes)
        || is_der(bytes.trim_ascii_start())
        || is_der(trimmed)
        || decoded(trimmed).is_some_and(|decoded| is_der(&decoded))
}

/// The bytes that base64 text encodes. Line breaks are allowed, so that a PEM without its first and last line is
/// recognized too.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let dense: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(dense).ok()
}

/// The shortest DER key, for Ed25519, is 44 bytes long. Shorter bytes may look like DER by chance.
const SHORTEST_DER: usize = 40;

/// Whether the bytes are exactly one DER sequence (X.690 section 8.9), like every key format.
fn is_der(bytes: &[u8]) -> bool {
    if bytes.len() < SHORTEST_DER {
        return false;
    }
    let [0x30, length, rest @ ..] = bytes else { return false };
    if *length < 0x80 {
        return usize::from(*length) == rest.len();
    }
    let Some((length, content)) = rest.split_at_checked(usize::from(*length & 0x7f)) else { return false };
    (1..=4).contains(&length.len())
        && length.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte)) == content.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_refused() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let body = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let der = STANDARD.decode(body).unwrap_or_default();
        let forms = [pem.as_bytes(), jwk.as_bytes(), body.as_bytes(), &der];
        for (form, key) in forms.into_iter().enumerate() {
            for before in ["", "\u{feff}", "  \n\t", "the key:\n", "the key:\r\n\r\n"] {
                let secret = [before.as_bytes(), key].concat();
                assert!(check_secret(&secret, Algorithm::HS256).is_err(), "form {form} after {before:?}");
            }
        }
        for text in [pem, body] {
            let lines = text.replace('\n', "\r\n") + "\r\n";
            assert!(check_secret(lines.as_bytes(), Algorithm::HS256).is_err(), "{lines}");
        }
        for (bytes, algorithm, expected) in [
            (31, Algorithm::HS256, false),
            (32, Algorithm::HS256, true),
            (47, Algorithm::HS384, false),
            (48, Algorithm::HS384, true),
            (63, Algorithm::HS512, false),
            (64, Algorithm::HS512, true),
            (0, Algorithm::HS256, false),
        ] {
            assert_eq!(check_secret(&vec![b'x'; bytes], algorithm).is_ok(), expected, "{bytes} bytes");
        }
    }
}
