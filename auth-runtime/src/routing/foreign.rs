//! Reads the paths of an `axum::Router` from its `Debug` output, because axum has no other way to list them. They are
//! used to list routes and to find conflicts. No decision about a request depends on them.

use axum::Router;

use super::method_router::METHODS;

/// A path of a router, whether a service handles the whole path, and its methods.
type Route = (String, bool, Vec<&'static str>);

pub(super) struct Foreign {
    pub(super) routes: Vec<Route>,
    pub(super) fallbacks: Vec<Route>,
    pub(super) has_fallback: bool,
}

impl Foreign {
    /// `None` if axum prints something other than the known format.
    pub(super) fn read<S>(router: &Router<S>) -> Option<Self> {
        let text = format!("{router:?}");
        let router = Reader { rest: &text }.value()?;
        Some(Self {
            routes: routes(router.field("path_router")?)?,
            fallbacks: routes(router.field("fallback_router")?)?,
            has_fallback: match router.field("default_fallback")?.name.as_str() {
                "true" => false,
                "false" => true,
                _ => return None,
            },
        })
    }
}

fn routes(router: &Value) -> Option<Vec<Route>> {
    let endpoints = router.field("routes")?;
    let paths = router.field("node")?.field("paths")?;
    let endpoint_of = |id: &Value| endpoints.parts.iter().find(|(key, _)| key.as_ref() == Some(id));
    let route = |(id, path): &(Option<Value>, Value)| {
        let (_, endpoint) = endpoint_of(id.as_ref()?)?;
        let path = path.name.replace("{*__private__axum_nest_tail_param}", "{*rest}");
        match endpoint.name.as_str() {
            "Route" => Some((path, true, vec!["*"])),
            "MethodRouter" => {
                let (_, methods) = endpoint.parts.first()?;
                let is_there = |name: &str| methods.field(name).map(|found| found.name != "None");
                let mut found = Vec::new();
                for (_, name) in METHODS {
                    if is_there(&name.to_lowercase())? {
                        found.push(name);
                    }
                }
                if methods.field("fallback")?.name != "Default" {
                    found.push("*");
                }
                Some((path, false, found))
            }
            _ => None,
        }
    };
    paths.parts.iter().map(route).collect()
}

/// The output of `{:?}`: `Name`, `Name(..)`, `Name { field: .. }`, `{key: ..}` or `"text"`.
#[derive(Debug, PartialEq)]
struct Value {
    name: String,
    parts: Vec<(Option<Value>, Value)>,
}

impl Value {
    fn field(&self, name: &str) -> Option<&Value> {
        let is_named = |key: &Option<Value>| key.as_ref().is_some_and(|key| key.name == name);
        self.parts.iter().find(|(key, _)| is_named(key)).map(|(_, value)| value)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        let mut name = self.word();
        if matches!(name.as_str(), "" | "b") && self.takes("\"") {
            name = self.text()?;
            return Some(Value { name, parts: Vec::new() });
        }
        let end = if self.takes("(") {
            ")"
        } else if self.takes("{") {
            "}"
        } else {
            return (!name.is_empty()).then_some(Value { name, parts: Vec::new() });
        };
        let mut parts = Vec::new();
        while !self.takes(end) {
            let first = self.value()?;
            if self.takes(":") {
                parts.push((Some(first), self.value()?));
            } else {
                parts.push((None, first));
            }
            if !self.takes(",") && !self.rest.trim_start().starts_with(end) {
                return None;
            }
        }
        Some(Value { name, parts })
    }

    fn word(&mut self) -> String {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn takes(&mut self, mark: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads the rest of a string literal.
    fn text(&mut self) -> Option<String> {
        let (text, rest) = super::literal::read(self.rest)?;
        self.rest = rest;
        Some(text)
    }
}
