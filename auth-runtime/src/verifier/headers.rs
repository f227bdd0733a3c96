//! A cache of decoded JOSE headers: an issuer puts the same header on every token that a key signs, so it is decoded
//! once.

use once_cell::sync::OnceCell;

use crate::token::Header;

/// Issuers have one or two keys at a time.
const KEPT: usize = 8;

/// The first headers of verified tokens, by their encoded text.
///
/// The decoded header depends only on the encoded text, so an entry never becomes wrong. Entries are never replaced, so
/// a lookup takes no lock. If a program sees more keys than entries, it decodes the headers of the later ones each
/// time.
#[derive(Default)]
pub(super) struct Headers {
    kept: [OnceCell<(Box<[u8]>, Header<'static>)>; KEPT],
}

impl Headers {
    pub(super) fn get(&self, encoded: &[u8]) -> Option<&Header<'static>> {
        let mut kept = self.kept.iter().map_while(OnceCell::get);
        kept.find(|(text, _)| **text == *encoded).map(|(_, header)| header)
    }

    /// Keeps the header of a verified token.
    pub(super) fn keep(&self, encoded: &[u8], header: &Header<'_>) {
        for place in &self.kept {
            let (text, _) = place.get_or_init(|| (encoded.into(), header.to_static()));
            // Another token with this header may have been first.
            if **text == *encoded {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jsonwebtoken::{EncodingKey, encode};
    use serde_json::json;

    use super::*;
    use crate::{Issuer, TokenCache, Verifier};

    #[test]
    fn the_first_headers_are_cached_once_each() {
        let headers = Headers::default();
        let text = |n: usize| format!(r#"{{"alg":"RS256","kid":"k{n}"}}"#);
        for n in [0, 1, 0].into_iter().chain(2..20) {
            let text = text(n);
            headers.keep(text.as_bytes(), &Header::read(text.as_bytes()).unwrap());
        }
        for n in 0..20 {
            let text = text(n);
            let read = Header::read(text.as_bytes()).unwrap();
            assert_eq!(headers.get(text.as_bytes()), (n < KEPT).then_some(&read), "{n}");
        }
        assert_eq!(headers.get(b""), None);
    }

    /// Only valid tokens fill the entries, and a header from the cache is checked against the rules each time.
    #[tokio::test]
    async fn headers_of_refused_tokens_are_not_cached() {
        let secret = [7; 32];
        let builder = Verifier::builder().token_cache(TokenCache::disabled());
        let verifier = builder.issuer(Issuer::danger_bare_hmac(secret)).build().await.unwrap();
        let token = |kid: &str, exp: u64, secret: [u8; 32]| {
            let header = jsonwebtoken::Header { kid: Some(kid.to_owned()), ..jsonwebtoken::Header::default() };
            encode(&header, &json!({ "sub": "ada", "exp": exp }), &EncodingKey::from_secret(&secret)).unwrap()
        };
        let is_kept = |token: &str| {
            let header = token.split('.').next().unwrap();
            verifier.inner.headers.get(header.as_bytes()).is_some()
        };
        let (good, expired) = (token("good", 9_999_999_999, secret), token("expired", 1, secret));
        let forged = token("forged", 9_999_999_999, [8; 32]);
        for _ in 0..2 {
            for (token, expected) in [(&good, true), (&expired, false), (&forged, false)] {
                assert_eq!(verifier.verify(token).await.is_ok(), expected);
                assert_eq!(is_kept(token), expected);
            }
        }
        // A cached header does not make another token with this header valid.
        assert!(verifier.verify(&token("good", 1, secret)).await.is_err());
    }
}
