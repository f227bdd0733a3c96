//! Compares what `loosened_since` reports with the results of the matcher, path by path.
#![allow(clippy::unwrap_used)]

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::routing::Table;

const CASES: u32 = 2_000;

/// From the loosest to the strictest: each admits a subset of the callers whom the previous one admits.
const POLICIES: [&str; 5] = [
    "public(reason = \"x\")",
    "optional_user",
    "require_user",
    "require_user(scope(\"a\"))",
    "require_user(scope(\"a\") && scope(\"b\"))",
];

const TEMPLATES: [&str; 22] = [
    "/",
    "/a",
    "/a/",
    "/b",
    "/{x}",
    "/a/b",
    "/a/{x}",
    "/a/v-{x}",
    "/a/{x}/",
    "/{x}/b",
    "/{x}/{y}",
    "/a/{x}/b",
    "/a/{x}/{y}",
    "/{x}/b/{y}",
    "/{*r}",
    "/a/{*r}",
    "/a/b/{*r}",
    "/{x}/{*r}",
    "/a/v{x}",
    "/*",
    "/a/*",
    "/a/b/*",
];

const METHODS: [&str; 3] = ["GET", "POST", "*"];

/// A table with a policy for some methods of some paths, as numbers.
type Routes = Vec<(&'static str, Vec<(&'static str, usize)>)>;

fn text(routes: &Routes) -> String {
    let lines = routes.iter().flat_map(|(path, methods)| {
        methods.iter().map(move |(method, policy)| format!("{method} {path}  {}\n", POLICIES.get(*policy).unwrap()))
    });
    lines.collect()
}

/// The paths that axum accepts together with the previous ones.
fn mountable(routes: Routes) -> Routes {
    let mut tree = matchit::Router::new();
    routes.into_iter().filter(|(path, _)| path.ends_with("/*") || tree.insert(*path, ()).is_ok()).collect()
}

fn policies() -> impl Strategy<Value = Vec<(&'static str, usize)>> {
    btree_map(select(&METHODS[..]), 0..POLICIES.len(), 1..3).prop_map(|map| map.into_iter().collect())
}

/// Some routes, and the same routes with some changed, added and removed.
fn versions() -> impl Strategy<Value = (Routes, Routes)> {
    let kept = subsequence(TEMPLATES.to_vec(), 1..8).prop_flat_map(|paths| {
        let count = paths.len();
        (Just(paths), vec((policies(), policies(), 0..6_u8), count))
    });
    kept.prop_map(|(paths, policies)| {
        let (mut before, mut now) = (Routes::new(), Routes::new());
        for (path, (one, other, change)) in paths.into_iter().zip(policies) {
            match change {
                0 => before.push((path, one)),
                1 => now.push((path, one)),
                2 => (before.push((path, one)), now.push((path, other))).1,
                _ => (before.push((path, one.clone())), now.push((path, one))).1,
            }
        }
        (mountable(before), mountable(now))
    })
}

/// Paths of up to four segments, enough to cover every way in which two templates can share a path.
fn requests() -> Vec<String> {
    const SEGMENTS: [&[&str]; 4] =
        [&["a", "b", "c", ""], &["a", "b", "c", "v-1", "vx", "v-", ""], &["a", "b", "c", ""], &["a", "b", "c", ""]];
    let mut all = Vec::new();
    let mut longest = vec![String::new()];
    for segments in SEGMENTS {
        longest =
            longest.iter().flat_map(|path| segments.iter().map(move |segment| format!("{path}/{segment}"))).collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// The template that the matcher finds.
fn template(routes: &Routes) -> impl Fn(&str) -> Option<&'static str> {
    let (mut own, mut fallbacks) = (matchit::Router::new(), matchit::Router::new());
    for (template, _) in routes {
        match template.strip_suffix("/*") {
            Some(prefix) => {
                fallbacks.insert(if prefix.is_empty() { "/" } else { prefix }, *template).unwrap();
                fallbacks.insert(format!("{prefix}/{{*rest}}"), *template).unwrap();
            }
            None => own.insert(*template, *template).unwrap(),
        }
    }
    move |path| own.at(path).or_else(|_| fallbacks.at(path)).ok().map(|found| *found.value)
}

fn policy(routes: &Routes, template: &str, method: &str) -> Option<usize> {
    let (_, methods) = routes.iter().find(|(path, _)| *path == template)?;
    let of = |wanted: &str| methods.iter().find(|(known, _)| *known == wanted).map(|(_, policy)| *policy);
    of(method).or_else(|| of("*"))
}

#[test]
fn no_route_takes_requests_from_a_stricter_one_in_silence() {
    let requests = requests();
    let config = Config { failure_persistence: None, ..Config::default() };
    let (mut taken, mut silent) = (0_u32, 0_u32);
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = versions();
    for _ in 0..CASES {
        let (before, now) = strategy.new_tree(&mut runner).unwrap().current();
        let (old, new): (Table, Table) = (text(&before).parse().unwrap(), text(&now).parse().unwrap());
        let changes = new.loosened_since(&old);
        silent += u32::from(changes.is_empty());
        let mut expected = Vec::new();
        let (answered, answers) = (template(&before), template(&now));
        for path in &requests {
            let Some((from, to)) = answered(path).zip(answers(path)) else { continue };
            for method in ["GET", "POST", "PUT"] {
                let Some((was, is)) = policy(&before, from, method).zip(policy(&now, to, method)) else { continue };
                if is < was {
                    expected.push((path, method, from, to));
                }
            }
        }
        for (path, method, from, to) in &expected {
            let other = (from != to).then_some(*from);
            let is_said = changes.iter().any(|change| {
                change.path == **to && change.taken_from.as_deref() == other && [*method, "*"].contains(&change.method)
            });
            assert!(is_said, "{method} {path:?}: {from} -> {to}\n{}\n{}\n{changes:?}", text(&before), text(&now));
        }
        for change in changes.iter().filter(|change| change.taken_from.is_some()) {
            taken += 1;
            let is_real = expected
                .iter()
                .any(|(_, _, from, to)| change.path == *to && change.taken_from.as_deref() == Some(*from));
            assert!(is_real, "{change:?}\n{}\n{}", text(&before), text(&now));
        }
    }
    assert!(taken > CASES / 4 && silent > CASES / 10, "{taken} {silent}");
}
