//! Path templates in axum's syntax: `/orgs/{org_id}/files/{*rest}`, with `{{` and `}}` for braces.

use std::collections::BTreeSet;

/// One part of a template.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    /// `{name}`: one segment, or the end of one.
    Param(&'a str),
    /// `{*name}`: the rest of the path.
    Rest(&'a str),
}

/// The parts of a template, in order. For a malformed template, the parts that can be read.
pub(crate) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (literal, brace) = rest.split_at(at);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        if let Some(after) = brace.strip_prefix("{{") {
            pieces.push(Piece::Literal("{"));
            rest = after;
        } else if let Some(after) = brace.strip_prefix("}}") {
            pieces.push(Piece::Literal("}"));
            rest = after;
        } else if let Some((name, after)) = brace.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            pieces.push(name.strip_prefix('*').map_or(Piece::Param(name), Piece::Rest));
            rest = after;
        } else {
            pieces.push(Piece::Literal(brace));
            return pieces;
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

/// The names of the parameters, in order.
pub(crate) fn params(template: &str) -> impl Iterator<Item = &str> {
    pieces(template).into_iter().filter_map(|piece| match piece {
        Piece::Literal(_) => None,
        Piece::Param(name) | Piece::Rest(name) => Some(name),
    })
}

/// The names that several parameters of a template have.
pub(crate) fn repeated(template: &str) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    params(template).filter(|name| !seen.insert(*name)).collect()
}

/// The name of the parameter that matches the rest of the path, if there is one.
pub(crate) fn rest(template: &str) -> Option<&str> {
    pieces(template).into_iter().find_map(|piece| match piece {
        Piece::Rest(name) => Some(name),
        Piece::Literal(_) | Piece::Param(_) => None,
    })
}

/// The template without parameter names: two templates with the same shape match the same paths.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn shape(template: &str) -> String {
    pieces(template)
        .into_iter()
        .map(|piece| match piece {
            Piece::Literal(literal) => literal,
            Piece::Param(_) => "{}",
            Piece::Rest(_) => "{*}",
        })
        .collect()
}

/// The names of the parameters, each with its position: the number of segments before it, and the text before it in its
/// own segment.
#[cfg(feature = "testing")]
pub(crate) fn places(template: &str) -> Vec<(&str, (usize, &str))> {
    let (mut segments, mut before) = (0, "");
    let mut places = Vec::new();
    for piece in pieces(template) {
        match piece {
            Piece::Literal(literal) => {
                segments += literal.matches('/').count();
                before = literal.rsplit('/').next().unwrap_or_default();
            }
            Piece::Param(name) | Piece::Rest(name) => places.push((name, (segments, before))),
        }
    }
    places
}

/// A path that matches the template.
#[cfg(feature = "testing")]
pub(crate) fn fill<'v>(template: &str, value: impl Fn(&str) -> &'v str) -> String {
    let fill = |piece| match piece {
        Piece::Literal(literal) => literal.to_owned(),
        Piece::Param(name) | Piece::Rest(name) => value(name).to_owned(),
    };
    pieces(template).into_iter().map(fill).collect()
}

/// The path of a nested route, joined as in axum.
pub(super) fn joined(prefix: &str, path: &str) -> String {
    if prefix.ends_with('/') {
        format!("{prefix}{}", path.trim_start_matches('/'))
    } else if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, joined, params, pieces, shape};

    #[test]
    fn templates_are_split_into_parts() {
        use Piece::{Literal, Param, Rest};
        for (template, expected) in [
            ("/", &[Literal("/")][..]),
            ("/a/{b}", &[Literal("/a/"), Param("b")]),
            ("/v-{b}/c/{*d}", &[Literal("/v-"), Param("b"), Literal("/c/"), Rest("d")]),
            ("/{{x}}/{y}", &[Literal("/"), Literal("{"), Literal("x"), Literal("}"), Literal("/"), Param("y")]),
            ("/{open", &[Literal("/"), Literal("{open")]),
            ("/close}", &[Literal("/close"), Literal("}")]),
            ("", &[]),
        ] {
            assert_eq!(pieces(template), expected, "{template}");
        }
        assert_eq!(params("/a/{b}/{*c}").collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(shape("/a/{b}/{*c}"), shape("/a/{x}/{*y}"));
        assert_ne!(shape("/a/{b}"), shape("/a/b"));
    }

    #[test]
    fn nested_paths_are_joined_as_axum_does() {
        for (prefix, path, expected) in [
            ("/api", "/", "/api"),
            ("/api/", "/", "/api/"),
            ("/api", "/users", "/api/users"),
            ("/api/", "/users", "/api/users"),
            ("/{v}", "/{*rest}", "/{v}/{*rest}"),
        ] {
            assert_eq!(joined(prefix, path), expected);
        }
    }
}
