//! The cache of verified tokens: a token that was verified before costs a lookup instead of a signature check.
//!
//! Only verified tokens enter the cache, so it cannot be filled without valid tokens. An entry belongs to one verifier.
//! On every hit, the verifier checks the token's expiry and its key again.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, Weighter};

use super::Verified;

const DEFAULT_BYTES: u64 = 16 * 1024 * 1024;
/// The overhead of an entry: its places in the cache's tables, which grow by doubling, and the overhead of the
/// allocator for each block.
const ENTRY_BYTES: u64 = 256;
/// The approximate size of a token of 1.5 kB. It determines the number of shards of the cache, and how many recently
/// evicted tokens the cache recognizes by their hash.
const USUAL_BYTES: u64 = 4096;

/// The size of the cache of verified tokens.
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
    /// As many tokens as fit into this many bytes of memory; 16 MiB by default. Everything that is kept for a token
    /// counts. Strings that are only made when a handler asks for them count from the start.
    pub fn bytes(bytes: usize) -> Self {
        Self { bytes: bytes as u64 }
    }

    /// No cache: every request costs a signature check.
    pub fn disabled() -> Self {
        Self { bytes: 0 }
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self { bytes: DEFAULT_BYTES }
    }
}

/// The cache of one verifier.
pub(super) struct CachedTokens {
    cache: Option<Cache<Token, Verified, ByBytes, RandomState>>,
}

impl CachedTokens {
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

    pub(super) fn remove(&self, token: &[u8]) {
        if let Some(cache) = &self.cache {
            cache.remove(&Lookup(token));
        }
    }

    pub(super) fn insert(&self, verified: &Verified) {
        if let Some(cache) = &self.cache {
            cache.insert(Token(Arc::clone(verified.subject().token())), verified.clone());
        }
    }
}

impl fmt::Debug for CachedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedTokens").field("entries", &self.cache.as_ref().map(Cache::len)).finish()
    }
}

/// A whole token, hashed by its end.
///
/// The end is a part of the signature, which cannot be chosen without the key, so a fast hash is enough. Equality
/// compares every byte.
#[derive(Eq, PartialEq)]
struct Token(Arc<[u8]>);

/// 96 bits of a signature.
const HASHED_BYTES: usize = 16;

impl Hash for Token {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(end(&self.0));
    }
}

/// A token to look up, not copied.
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
        // The key is the token inside `verified`.
        ENTRY_BYTES + verified.bytes() as u64
    }
}
