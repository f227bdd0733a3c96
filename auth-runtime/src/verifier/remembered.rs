//! Verified tokens, remembered: a token seen before costs a lookup instead of a signature.
//!
//! Only tokens that were verified enter, so nobody can fill the cache without good tokens; entries belong to one
//! verifier; and a hit counts only while its time and its key do, which the verifier asks each time.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, Weighter};

use super::Verified;

const DEFAULT_BYTES: u64 = 16 * 1024 * 1024;
/// What an entry takes besides what was verified: its places in the cache's tables, which grow by doubling, and what an
/// allocator adds to each block.
const ENTRY_BYTES: u64 = 256;
/// About what a token of 1.5 kB takes. The number decides how many parts the cache has, and how many of the tokens
/// evicted last it knows by their hash.
const USUAL_BYTES: u64 = 4096;

/// How many verified tokens are remembered.
///
/// ```
/// # use auth_runtime::{TokenCache, Verifier};
/// let builder = Verifier::builder().token_cache(TokenCache::bytes(64 * 1024 * 1024));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenCache {
    bytes: u64,
}

impl TokenCache {
    /// As many as fit into this many bytes of memory; 16 MiB by default. All that is kept for a token counts, and from
    /// the start also what is made and kept when a handler asks for it.
    pub fn bytes(bytes: usize) -> Self {
        Self { bytes: bytes as u64 }
    }

    /// None: every request costs a signature check.
    pub fn disabled() -> Self {
        Self { bytes: 0 }
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self { bytes: DEFAULT_BYTES }
    }
}

/// The remembered tokens of one verifier.
pub(super) struct Remembered {
    cache: Option<Cache<Token, Verified, ByBytes, RandomState>>,
}

impl Remembered {
    pub(super) fn new(size: TokenCache) -> Self {
        let cache = (size.bytes > 0).then(|| {
            let entries = usize::try_from(size.bytes / USUAL_BYTES).unwrap_or(usize::MAX);
            Cache::with(entries, size.bytes, ByBytes, RandomState::default(), DefaultLifecycle::default())
        });
        Self { cache }
    }

    pub(super) fn get(&self, token: &[u8]) -> Option<Verified> {
        self.cache.as_ref()?.get(&Lookup(token))
    }

    pub(super) fn forget(&self, token: &[u8]) {
        if let Some(cache) = &self.cache {
            cache.remove(&Lookup(token));
        }
    }

    pub(super) fn remember(&self, verified: &Verified) {
        if let Some(cache) = &self.cache {
            cache.insert(Token(Arc::clone(verified.subject().token())), verified.clone());
        }
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("entries", &self.cache.as_ref().map(Cache::len)).finish()
    }
}

/// A whole token, hashed by its end.
///
/// The end is a part of the signature, which nobody can choose without the key, so that a hash that is quick will do;
/// equality compares every byte.
#[derive(Eq, PartialEq)]
struct Token(Arc<[u8]>);

/// 96 bits of a signature.
const HASHED_BYTES: usize = 16;

impl Hash for Token {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(end(&self.0));
    }
}

/// A token to look up, without a copy of it.
struct Lookup<'a>(&'a [u8]);

impl Hash for Lookup<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(end(self.0));
    }
}

impl Equivalent<Token> for Lookup<'_> {
    fn equivalent(&self, token: &Token) -> bool {
        *self.0 == *token.0
    }
}

fn end(token: &[u8]) -> &[u8] {
    token.len().checked_sub(HASHED_BYTES).and_then(|from| token.get(from..)).unwrap_or(token)
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Token, Verified> for ByBytes {
    fn weight(&self, _: &Token, verified: &Verified) -> u64 {
        // The key is the token that `verified` holds.
        ENTRY_BYTES + verified.bytes() as u64
    }
}
