//! The names that a project may use. Every literal name in an attribute is checked here.

mod file;
mod find;
mod names;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use names::{NameKind, Vocabulary, well_formed};

/// The names that the current crate declares, or an error about its file in one line.
pub(crate) fn load() -> Result<Vocabulary, String> {
    find::load()
}

/// Parses a file. Returns the names, or the line and the error. The entry point of the fuzz target.
#[allow(dead_code)]
pub(crate) fn parse(bytes: &[u8]) -> Result<Vocabulary, (usize, String)> {
    file::parse(bytes).map_err(|fault| (fault.line, fault.message))
}
