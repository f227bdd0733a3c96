//! The path of the runtime in generated code.

use proc_macro2::{Ident, Span};
use syn::{Path, PathSegment, Token};

/// `::auth_runtime`, or the path in `crate = ..`.
#[derive(Clone, Default)]
pub(crate) struct RuntimePath(Option<Path>);

impl RuntimePath {
    /// Accepts a path that means the same everywhere. Returns any other path as the error.
    pub(crate) fn at(path: Path) -> Result<Self, Path> {
        let rooted = path.segments.first().is_some_and(|first| {
            // A user's `macro_rules!` writes `$crate`.
            first.ident == "crate" || first.ident == "$crate"
        });
        if path.leading_colon.is_some() || rooted { Ok(Self(Some(path))) } else { Err(path) }
    }

    /// The module for generated code.
    pub(crate) fn module(&self) -> Path {
        let span = Span::mixed_site();
        let segment = |name: &str| PathSegment::from(Ident::new(name, span));
        let usual = || Path {
            leading_colon: Some(Token![::](span)),
            segments: [segment("auth_runtime")].into_iter().collect(),
        };
        let mut path = self.0.clone().unwrap_or_else(usual);
        path.segments.push(segment("__private"));
        path
    }

    /// Whether a path that starts with `first` may refer to the runtime.
    pub(crate) fn is_named(&self, first: &Ident) -> bool {
        match &self.0 {
            Some(path) => path.segments.iter().any(|segment| *first != "crate" && segment.ident == *first),
            None => first == "auth_runtime" || first == "auth_macros",
        }
    }
}
