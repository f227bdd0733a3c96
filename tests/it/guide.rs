//! The links of the documents work, on the page of the repository and on that of the documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files in this folder that end so, by their path from the root.
fn files(folder: &str, end: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let names = entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
    names.filter(|name| name.ends_with(end)).map(|name| name.trim_start_matches("./").to_owned()).collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The text without code blocks and code, so that brackets in code are no links.
fn prose(text: &str) -> String {
    let outside = text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n");
    outside.split('`').step_by(2).collect::<Vec<_>>().join("code")
}

/// What comes between these two texts, wherever both are on one line.
fn between(text: &str, from: &str, to: &str) -> Vec<String> {
    let found = text.lines().flat_map(|line| line.split(from).skip(1).filter_map(|rest| rest.split_once(to)));
    found.map(|(inside, _)| inside.to_owned()).collect()
}

/// The definitions of link labels, `[label]: target`.
fn definitions(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    lines.map(|(label, target)| (label.to_owned(), target.to_owned())).collect()
}

/// The names of the headings, as both pages make them: lower case, hyphens for spaces, no punctuation.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let headings = text.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && line.starts_with('#')
    });
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    headings.map(|line| line.trim_start_matches('#').trim().chars().filter_map(kept).collect()).collect()
}

/// Why this link of this document leads nowhere.
fn fault(document: &str, link: &str) -> Option<String> {
    if link.starts_with("https://") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let file = match path {
        "" => root().join(document),
        path => root().join(document).parent().unwrap().join(path),
    };
    if !file.exists() {
        return Some(format!("{document}: no file {link}"));
    }
    let is_there = anchor.is_empty() || anchors(&fs::read_to_string(&file).unwrap()).contains(anchor);
    (!is_there).then(|| format!("{document}: no heading {link}"))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let documents: Vec<_> =
        [".", "docs", "benches", "auth-macros", "cargo-auth"].iter().flat_map(|folder| files(folder, ".md")).collect();
    let mut links = 0;
    let mut faults = Vec::new();
    for document in &documents {
        let text = read(document);
        let inline = between(&prose(&text), "](", ")");
        for link in inline.into_iter().chain(definitions(&text).into_values()) {
            links += 1;
            faults.extend(fault(document, &link));
        }
    }
    assert!(documents.len() > 20 && links > 80, "{} documents, {links} links", documents.len());
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A chapter links to another one by a label. At its end, the label is a file, for the page of the repository. In
/// `links.md`, it is an item, for rustdoc, which checks that the item exists.
#[test]
fn chapters_link_to_each_other_on_both_pages() {
    let items = definitions(&read("auth-runtime/src/guide/links.md"));
    let mut used = BTreeSet::new();
    for chapter in chapters() {
        let text = read(&chapter);
        for link in between(&prose(&text), "](", ")") {
            assert!(link.starts_with("https://") || link.starts_with('#'), "{chapter}: write `[..][{link}]`");
        }
        let targets = definitions(&text);
        for label in between(&text, "][", "]").into_iter().filter(|label| label.contains(".md")) {
            assert_eq!(targets.get(&label), Some(&label), "{chapter}: add `[{label}]: {label}` at the end");
        }
        for (label, target) in targets {
            let item = items.get(&label).unwrap_or_else(|| panic!("links.md has no `{label}`, of {chapter}"));
            assert_eq!(*item, item_of(&target), "`{label}` in links.md, and its target in {chapter}");
            used.insert(label);
        }
    }
    assert_eq!(used, items.into_keys().collect(), "labels that chapters use, and those of links.md");
}

/// The path of the item that rustdoc shows at this target.
fn item_of(target: &str) -> String {
    if let Some(item) = target.strip_prefix("https://docs.rs/auth-runtime/latest/auth_runtime/struct.") {
        return format!("crate::{}", item.replace(".html#method.", "::"));
    }
    let (file, anchor) = target.split_once(".md").unwrap();
    format!("crate::guide::{}{anchor}", file.replace('-', "_"))
}

/// The chapters that the guide includes.
fn chapters() -> Vec<String> {
    let listed = between(&read("auth-runtime/src/guide.rs"), " = \"", "\",");
    listed.into_iter().map(|file| format!("docs/{file}")).collect()
}

#[test]
fn every_document_is_a_chapter_and_is_linked_in_the_readme() {
    let readme = read("README.md");
    let chapters = chapters();
    for document in files("docs", ".md") {
        assert!(chapters.contains(&document) || document == "docs/dependencies.md", "{document} is no chapter");
        assert!(readme.contains(&format!("]({document})")), "README.md has no link to {document}");
    }
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 115, "{lines} lines: move what is not for a first look to a chapter of docs/");
}
