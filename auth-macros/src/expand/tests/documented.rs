//! The list of messages in docs/attributes.md is complete, and contains no message that does not exist.

use std::collections::BTreeSet;

use super::errors::ATTRIBUTES;
use super::items::ITEMS;
use crate::depth;
use crate::vocabulary::tests::NAMES;

const DOCUMENT: &str = include_str!("../../../../docs/attributes.md");

/// Messages about what a user's `macro_rules!` passes: `ui/fail/macro_rules.rs`.
const ELSEWHERE: &[&str] = &["expected one role here"];

#[test]
fn every_message_is_documented() {
    let documented = documented();
    for message in said() {
        assert!(documented.iter().any(|pattern| fits(message, pattern)), "not in the document: {message}");
    }
}

#[test]
fn every_documented_message_exists() {
    let said = said();
    let silent = documented().into_iter().filter(|pattern| !said.iter().any(|message| fits(message, pattern)));
    assert_eq!(silent.collect::<Vec<_>>(), [""; 0]);
}

fn said() -> BTreeSet<&'static str> {
    let attributes = ATTRIBUTES.iter().chain(NAMES).flat_map(|(_, _, messages)| messages.iter());
    let items = ITEMS.iter().flat_map(|(_, _, _, messages)| messages.iter());
    attributes.chain(items).chain(depth::tests::MESSAGES).chain(ELSEWHERE).copied().collect()
}

/// The lines of the first text block, without its headings.
fn documented() -> Vec<&'static str> {
    let block = DOCUMENT.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = block.unwrap_or_default().lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with("# ")).collect()
}

/// Whether a message matches a pattern, in which each `…` stands for any text.
fn fits(message: &str, pattern: &str) -> bool {
    match pattern.split_once('…') {
        None => message == pattern,
        Some((before, after)) => message.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| rest.get(at..).is_some_and(|rest| fits(rest, after)))
        }),
    }
}

#[test]
fn messages_are_lower_case_without_a_period() {
    for message in said() {
        assert!(!message.starts_with(char::is_uppercase), "{message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}

#[test]
fn patterns_match_messages() {
    assert!(fits("a `b` c", "a `…` c"));
    assert!(fits("a role is", "a… … is") && fits("an issuer is", "a… … is"));
    assert!(!fits("a `b` d", "a `…` c") && !fits("a", "ab"));
}
