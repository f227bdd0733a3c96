//! Which routes answer requests that another route answered before.
//!
//! Two templates can match the same paths. One path represents all of them: where both templates have a parameter, it
//! has a text that is in no template. If a third template matches this path, it matches all of the paths. So the same
//! one of the three templates comes first for all paths. The matcher of each table, which is also axum's, finds the
//! route for that path. If both templates end in a wildcard, there is one such path for each length.

use crate::routing::Table;
use crate::routing::template::{Piece, pieces};

#[cfg(test)]
mod tests;

/// The ending of the path of a fallback.
const FALLBACK: &str = "/*";

/// The paths of a table, found as in axum.
pub(super) struct Matcher {
    paths: Vec<String>,
    routes: matchit::Router<usize>,
    fallbacks: matchit::Router<usize>,
}

impl Matcher {
    pub(super) fn of(table: &Table) -> Self {
        let mut paths: Vec<String> = table.rows().iter().map(|row| row.path.clone()).collect();
        paths.dedup();
        let (mut routes, mut fallbacks) = (matchit::Router::new(), matchit::Router::new());
        for (number, path) in paths.iter().enumerate() {
            // A conflicting path cannot be in the table of a program, only in a text that was edited by hand.
            if let Some(prefix) = path.strip_suffix(FALLBACK) {
                let _ = fallbacks.insert(if prefix.is_empty() { "/" } else { prefix }, number);
                let _ = fallbacks.insert(format!("{prefix}/{{*rest}}"), number);
            } else {
                let _ = routes.insert(path.as_str(), number);
            }
        }
        Self { paths, routes, fallbacks }
    }

    /// The template that matches a path.
    pub(super) fn answering(&self, path: &str) -> Option<&str> {
        let found = self.routes.at(path).or_else(|_| self.fallbacks.at(path)).ok()?;
        self.paths.get(*found.value).map(String::as_str)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }
}

/// Compares which templates match, before and now.
pub(super) struct HandedOver<'a> {
    before: &'a Matcher,
    now: &'a Matcher,
    /// A character that no template has.
    other: char,
    /// More segments than any template has.
    most_segments: usize,
}

impl<'a> HandedOver<'a> {
    pub(super) fn new(before: &'a Matcher, now: &'a Matcher) -> Self {
        let all = || before.paths().chain(now.paths());
        let other = ('\u{e000}'..='\u{f8ff}').find(|other| all().all(|path| !path.contains(*other)));
        let most_segments = all().map(|path| path.matches('/').count()).max().unwrap_or_default() + 1;
        Self { before, now, other: other.unwrap_or('\u{e000}'), most_segments }
    }

    /// The templates that lost some or all of their requests to `path`.
    pub(super) fn to(&self, path: &str) -> Vec<&'a str> {
        let took = |from: &&str| {
            *from != path
                && self.shared(path, from).iter().any(|shared| {
                    self.before.answering(shared) == Some(*from) && self.now.answering(shared) == Some(path)
                })
        };
        self.before.paths().filter(took).collect()
    }

    /// The most general paths that both templates match.
    fn shared(&self, one: &str, other: &str) -> Vec<String> {
        let mut shared = Vec::new();
        for one in forms(one) {
            for other in forms(other) {
                shared.extend(self.unified(&one, &other));
            }
        }
        shared
    }

    fn unified(&self, one: &[Segment], other: &[Segment]) -> Vec<String> {
        let mut path = String::new();
        let longest = one.len().max(other.len());
        for position in 0..longest {
            let (Some(left), Some(right)) = (one.get(position), other.get(position)) else { return Vec::new() };
            let text = match (left.hole, right.hole) {
                (Hole::Rest, Hole::Rest) => return self.endings(&path, left, right),
                (Hole::Rest, _) => return self.ended(path, left, other.get(position..).unwrap_or_default()),
                (_, Hole::Rest) => return self.ended(path, right, one.get(position..).unwrap_or_default()),
                _ => self.segment(left, right),
            };
            let Some(text) = text else { return Vec::new() };
            path.push('/');
            path.push_str(&text);
        }
        vec![path]
    }

    /// The text of a segment that both templates match. It can leave a parameter at its end empty: the matcher then
    /// refuses the path.
    fn segment(&self, one: &Segment, other: &Segment) -> Option<String> {
        let (one, other) = if one.literal.len() < other.literal.len() { (other, one) } else { (one, other) };
        if !one.literal.starts_with(&other.literal) || (other.hole == Hole::None && one.literal != other.literal) {
            return None;
        }
        match (one.hole, other.hole) {
            (Hole::None, _) | (_, Hole::None) => Some(one.literal.clone()),
            _ => Some(format!("{}{}", one.literal, self.other)),
        }
    }

    /// The path for a wildcard in one template and these segments in the other. The path may be one that a template
    /// does not match: the matchers decide that.
    fn ended(&self, mut path: String, wildcard: &Segment, others: &[Segment]) -> Vec<String> {
        for (position, segment) in others.iter().enumerate() {
            let at_wildcard = if position == 0 { wildcard.literal.as_str() } else { "" };
            let literal = if segment.literal.len() < at_wildcard.len() { at_wildcard } else { &segment.literal };
            match segment.hole {
                Hole::None => path.extend(["/", &segment.literal]),
                Hole::Param => {
                    path.extend(["/", literal]);
                    path.push(self.other);
                }
                Hole::Rest => return self.endings(&path, segment, segment),
            }
        }
        vec![path]
    }

    /// Two wildcards: a path of each length, with and without empty segments.
    fn endings(&self, before: &str, one: &Segment, other: &Segment) -> Vec<String> {
        let (one, other) = if one.literal.len() < other.literal.len() { (other, one) } else { (one, other) };
        if !one.literal.starts_with(&other.literal) {
            return Vec::new();
        }
        let mut endings = Vec::new();
        for length in 1..=self.most_segments {
            for empty in 0..=length {
                let mut path = format!("{before}/{}", one.literal);
                for position in 0..length {
                    if position > 0 {
                        path.push('/');
                    }
                    if position + 1 != empty {
                        path.push(self.other);
                    }
                }
                endings.push(path);
            }
        }
        endings
    }
}

/// The end of a segment.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Hole {
    None,
    Param,
    Rest,
}

/// A segment of a template: a text, and a parameter at its end.
struct Segment {
    literal: String,
    hole: Hole,
}

/// The templates that a path represents: a fallback matches its prefix, and everything below it.
fn forms(path: &str) -> Vec<Vec<Segment>> {
    let Some(prefix) = path.strip_suffix(FALLBACK) else { return vec![segments(path)] };
    vec![segments(if prefix.is_empty() { "/" } else { prefix }), segments(&format!("{prefix}/{{*rest}}"))]
}

fn segments(template: &str) -> Vec<Segment> {
    let mut segments = Vec::<Segment>::new();
    for piece in pieces(template) {
        let hole = match piece {
            Piece::Literal(literal) => {
                for (position, text) in literal.split('/').enumerate() {
                    match segments.last_mut() {
                        Some(last) if position == 0 => last.literal.push_str(text),
                        None if position == 0 => {}
                        _ => segments.push(Segment { literal: text.to_owned(), hole: Hole::None }),
                    }
                }
                continue;
            }
            Piece::Param(_) => Hole::Param,
            Piece::Rest(_) => Hole::Rest,
        };
        if let Some(last) = segments.last_mut() {
            last.hole = hole;
        }
    }
    segments
}
