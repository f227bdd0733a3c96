//! Parses `auth.toml`, and reports the first error in it.

use toml_span::value::{Key, Table as Entries};
use toml_span::{ErrorKind, Value};

use super::names::{NameKind, Vocabulary};
use crate::diag::{all_of, nearest};

/// An error in a file.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Fault {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) message: String,
}

/// A table of the file, and the arrays of names in it.
struct Table {
    name: &'static str,
    keys: &'static [&'static str],
}

const TABLES: [Table; 3] = [
    Table { name: "roles", keys: &["hierarchy", "independent", "permissions"] },
    Table { name: "permissions", keys: &["names"] },
    Table { name: "scopes", keys: &["names"] },
];

/// Parses a file. If it has several errors, the first one is returned.
pub(super) fn parse(bytes: &[u8]) -> Result<Vocabulary, Fault> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            return Err(Fault { line: line(valid), message: "this line is not UTF-8".to_owned() });
        }
    };
    let file = read(text)?;
    let mut reader = Reader { faults: Vec::new() };
    let vocabulary = file.as_table().map(|tables| reader.file(tables)).unwrap_or_default();
    match reader.faults.into_iter().min_by_key(|(at, _)| *at) {
        Some((at, message)) => Err(Fault { line: line_at(text, at), message }),
        None => Ok(vocabulary),
    }
}

const DATE: &str = ": if this is a date, put it in quotes";

/// Parses TOML. A date must be in quotes.
pub(super) fn read(text: &str) -> Result<Value<'_>, Fault> {
    toml_span::parse(text).map_err(|error| {
        // A name in the message may contain line breaks.
        let message = error.to_string().replace(char::is_control, "?");
        let hint = match error.kind {
            ErrorKind::InvalidNumber => DATE,
            // A time begins like an integer.
            ErrorKind::Wanted { expected, found: "a colon" } if expected != "an equals" => DATE,
            _ => "",
        };
        Fault { line: line_at(text, error.span.start), message: format!("{message}{hint}") }
    })
}

fn line_at(text: &str, at: usize) -> usize {
    line(text.as_bytes().get(..at).unwrap_or(text.as_bytes()))
}

/// The line of the position after these bytes.
fn line(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

struct Reader {
    faults: Vec<(usize, String)>,
}

impl Reader {
    fn file(&mut self, file: &Entries<'_>) -> Vocabulary {
        for name in file.keys() {
            let known = TABLES.map(|table| table.name);
            if !known.contains(&name.name.as_ref()) {
                self.unknown("table", name, &known);
            }
        }
        let [roles, permissions, scopes] = TABLES.map(|table| self.table(file, &table));
        let mut vocabulary = Vocabulary::default();
        if let Some(roles) = roles {
            let mut arrays = roles.into_iter();
            let (hierarchy, independent) = (arrays.next().unwrap_or_default(), arrays.next().unwrap_or_default());
            vocabulary.roles = Some(self.distinct(NameKind::Role, [&hierarchy, &independent]));
            vocabulary.hierarchy = hierarchy.into_iter().map(|(_, name)| name).collect();
        }

        let names = |arrays: Option<Vec<Names>>| arrays.map(|arrays| arrays.into_iter().flatten().collect::<Names>());
        vocabulary.permissions = names(permissions).map(|names| self.distinct(NameKind::Permission, [&names]));
        vocabulary.scopes = names(scopes).map(|names| self.distinct(NameKind::Scope, [&names]));
        if let Some(allowed) = file.get("roles").and_then(|roles| roles.as_table()?.get("permissions")) {
            vocabulary.role_permissions = self.role_permissions(allowed, &vocabulary);
        }
        vocabulary
    }

    /// The arrays of one table, in the order of its keys.
    fn table(&mut self, file: &Entries<'_>, table: &Table) -> Option<Vec<Names>> {
        let found = file.get(table.name)?;
        let Some(entries) = found.as_table() else {
            self.fault(found, format!("`{name}` must be a table: write `[{name}]`", name = table.name));
            return None;
        };
        for key in entries.keys() {
            if !table.keys.contains(&key.name.as_ref()) {
                self.unknown("key", key, table.keys);
            }
        }
        Some(
            table
                .keys
                .iter()
                .map(|key| match entries.get(*key) {
                    // This table is read later, when all names are known.
                    Some(_) if (table.name, *key) == ("roles", "permissions") => Vec::new(),
                    Some(value) => self.names(key, value),
                    None => Vec::new(),
                })
                .collect(),
        )
    }

    /// The permissions of each declared role: its own, and those of the roles below it.
    fn role_permissions(&mut self, allowed: &Value<'_>, vocabulary: &Vocabulary) -> Vec<(String, Vec<String>)> {
        let Some(rows) = allowed.as_table() else {
            self.fault(allowed, "`roles.permissions` must be a table: write `[roles.permissions]`".to_owned());
            return Vec::new();
        };
        let roles = vocabulary.roles.as_deref().unwrap_or_default();
        let mut own: Vec<(String, Vec<String>)> = Vec::new();
        for (role, permissions) in rows {
            let name = role.name.as_ref();
            if !roles.iter().any(|known| known == name) {
                let known: Vec<&str> = roles.iter().map(String::as_str).collect();
                let message = match nearest(name, &known) {
                    Some(near) => format!("no role {name:?} is declared: did you mean {near:?}?"),
                    None => format!("no role {name:?} is declared: add it to `hierarchy` or `independent`"),
                };
                self.faults.push((role.span.start, message));
            }
            let names = self.names(name, permissions);
            self.check_permissions(&names, vocabulary);
            own.push((name.to_owned(), names.into_iter().map(|(_, name)| name).collect()));
        }
        let of = |role: &String| own.iter().find(|(known, _)| known == role).map_or(&[][..], |(_, names)| names);
        let with_below = roles.iter().map(|role| {
            let rank = vocabulary.hierarchy.iter().position(|known| known == role);
            let below = rank.and_then(|rank| vocabulary.hierarchy.get(rank + 1..)).unwrap_or_default();
            let mut names: Vec<String> = Vec::new();
            for name in of(role).iter().chain(below.iter().flat_map(of)) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            (role.clone(), names)
        });
        with_below.collect()
    }

    fn check_permissions(&mut self, names: &Names, vocabulary: &Vocabulary) {
        let Some(declared) = &vocabulary.permissions else { return };
        for (at, name) in names.iter().filter(|(_, name)| !declared.contains(name)) {
            let known: Vec<&str> = declared.iter().map(String::as_str).collect();
            let message = match nearest(name, &known) {
                Some(near) => format!("no permission {name:?} is declared: did you mean {near:?}?"),
                None => format!("no permission {name:?} is declared: add it to `names` of `[permissions]`"),
            };
            self.faults.push((*at, message));
        }
    }

    fn names(&mut self, key: &str, value: &Value<'_>) -> Names {
        let Some(array) = value.as_array() else {
            self.fault(value, format!("`{key}` must be an array of strings"));
            return Vec::new();
        };
        let mut names = Vec::new();
        for element in array {
            let Some(name) = element.as_str() else {
                self.fault(element, format!("`{key}` must contain only strings"));
                continue;
            };
            if name.is_empty() {
                self.fault(element, "this name is empty: write one".to_owned());
            } else if name.trim() != name {
                self.fault(element, format!("this name starts or ends with whitespace: write {:?}", name.trim()));
            } else if name.contains(char::is_control) {
                self.fault(element, format!("the name {name:?} contains a control character: remove it"));
            }
            names.push((element.span.start, name.to_owned()));
        }
        names
    }

    /// The names of several arrays. Reports duplicates.
    fn distinct<const N: usize>(&mut self, kind: NameKind, arrays: [&Names; N]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for array in arrays {
            let before = all.clone();
            for (at, name) in array {
                let noun = kind.noun();
                if before.contains(name) {
                    let message = format!("the {noun} {name:?} is in `hierarchy` and in `independent`: remove one");
                    self.faults.push((*at, message));
                } else if all.contains(name) {
                    self.faults.push((*at, format!("the {noun} {name:?} is declared twice: remove one")));
                } else {
                    all.push(name.clone());
                }
            }
        }
        all
    }

    fn unknown(&mut self, what: &str, found: &Key<'_>, known: &[&str]) {
        let name = found.name.as_ref();
        // A quoted key may contain anything, and an error must be one line.
        let shown = name.escape_debug();
        let message = match nearest(name, known) {
            Some(near) => format!("unknown {what} `{shown}`: did you mean `{near}`?"),
            None => format!(
                "unknown {what} `{shown}`: there {} {}",
                if known.len() == 1 { "is" } else { "are" },
                all_of(known)
            ),
        };
        self.faults.push((found.span.start, message));
    }

    fn fault(&mut self, at: &Value<'_>, message: String) {
        self.faults.push((at.span.start, message));
    }
}

/// Names with their positions.
type Names = Vec<(usize, String)>;

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests;
