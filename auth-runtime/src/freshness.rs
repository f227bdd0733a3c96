//! How old an answer may be: one rule for every source that is asked during a request.

/// When a question to a source began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    /// Its position in the order of events at this source.
    pub(crate) sequence: u64,
    pub(crate) at_ms: u64,
}

/// When a request arrived, and the maximum age of an answer for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// The last event at this source before the request arrived.
    pub(crate) sequence: u64,
    pub(crate) now_ms: u64,
    pub(crate) max_age_ms: u64,
}

impl Arrival {
    /// Whether the answer to this question is fresh enough. If the maximum age is zero, the question must have begun
    /// after the request arrived.
    pub(crate) fn takes(self, began: Began) -> bool {
        began.sequence > self.sequence || self.now_ms.saturating_sub(began.at_ms) < self.max_age_ms
    }
}
