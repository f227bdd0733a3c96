//! Reads files and standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(crate) const AS_ARGUMENT: &str = "do not pass a token as an argument: other users of this machine, the shell \
                                      history and CI logs can show it. Use standard input or `--token-file FILE`, and \
                                      treat this token as leaked";

/// The longest text that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// A text from a file, or from standard input for `-`.
pub(crate) fn text(file: &Path) -> Result<String, String> {
    let bytes = bytes(file)?;
    String::from_utf8(bytes).map_err(|_| format!("{}: is not UTF-8", shown(file)))
}

/// Like [`text`], for a secret.
pub(crate) fn bytes(file: &Path) -> Result<Vec<u8>, String> {
    let fault = |error: io::Error| format!("{}: {error}", shown(file));
    let source: Box<dyn Read> =
        if is_standard(file) { Box::new(io::stdin()) } else { Box::new(File::open(file).map_err(fault)?) };
    let mut bytes = Vec::new();
    source.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("{}: is longer than 1 MiB", shown(file)));
    }
    Ok(bytes)
}

/// A token: the text without spaces around it and without `Bearer `.
pub(crate) fn token(file: &Path) -> Result<String, String> {
    let text = text(file)?;
    let text = text.trim();
    let token = match text.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer ") => token.trim_start(),
        _ => text,
    };
    if token.is_empty() { Err(format!("{}: is empty: pass a token", shown(file))) } else { Ok(token.to_owned()) }
}

fn is_standard(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The name of a file, for a message. If it is a token by mistake, it is not repeated.
pub(crate) fn shown(file: &Path) -> String {
    if is_standard(file) {
        return "standard input".to_owned();
    }
    let name = file.display().to_string();
    if seems_to_contain_token(&name) { "the file".to_owned() } else { name }
}

/// Every JWT begins with `ey`, the beginning of `{"` in base64url, and has two dots.
pub(crate) fn seems_to_contain_token(text: &str) -> bool {
    let is_of_jwt = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let mut words = text.split(|c: char| !is_of_jwt(c));
    words.any(|word| word.find("ey").is_some_and(|at| word.len() - at > 40))
}
