//! The names that a project may use. Every name that an attribute gives as a literal is checked here.

mod file;
mod find;
mod names;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use names::{NameKind, Vocabulary, well_formed};

/// What the crate that is being compiled declares, or why its file cannot be used, in one line.
pub(crate) fn load() -> Result<Vocabulary, String> {
    find::load()
}

/// What a file declares, whatever is in it, or the line and the fault. The entry point of the fuzz target.
#[allow(dead_code)]
pub(crate) fn parse(bytes: &[u8]) -> Result<Vocabulary, (usize, String)> {
    file::parse(bytes).map_err(|fault| (fault.line, fault.message))
}
