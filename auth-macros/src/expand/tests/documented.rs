//! The list in docs/attributes.md contains every message, and no other text. The pages of the attributes have every key
//! and every condition.

use std::collections::BTreeSet;

use quote::quote;

use super::errors::ATTRIBUTES;
use super::items::ITEMS;
use crate::attribute::Attribute;
use crate::depth;
use crate::expand::expand_with;
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

/// The pages of the attributes in the documentation of the runtime.
fn page(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Public => include_str!("../../../../auth-runtime/src/docs/public.md"),
        Attribute::OptionalUser => include_str!("../../../../auth-runtime/src/docs/optional_user.md"),
        Attribute::RequireUser => include_str!("../../../../auth-runtime/src/docs/require_user.md"),
        Attribute::RequireOrg => include_str!("../../../../auth-runtime/src/docs/require_org.md"),
        Attribute::RequirePermission => include_str!("../../../../auth-runtime/src/docs/require_permission.md"),
    }
}

/// The first error for these arguments.
fn error(attribute: Attribute, arguments: &str) -> String {
    let (_, diag) = expand_with(
        attribute,
        arguments.parse().expect("tokens"),
        &quote!(
            async fn handler() {}
        ),
        &Ok(crate::vocabulary::Vocabulary::default()),
    );
    diag.messages().first().expect("an error").clone()
}

/// The texts in backquotes after `before`.
fn quoted(message: &str, before: &str) -> Vec<String> {
    let (_, list) = message.split_once(before).unwrap_or_else(|| panic!("{message:?} has no {before:?}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_and_every_condition_is_on_the_page_of_its_attribute() {
    let shared = include_str!("../../../../auth-runtime/src/docs/attributes.md");
    for attribute in Attribute::ALL {
        let name = attribute.name();
        let keys = quoted(&error(attribute, "frobnicate = 1"), "are ");
        assert!(keys.contains(&"crate".to_owned()), "{keys:?}");
        for key in keys {
            assert!(page(attribute).contains(&format!("| [`{key}`]")), "the page of `{name}` has no `{key}`");
        }
    }
    let conditions = quoted(&error(Attribute::RequireUser, "frobnicate"), "expected ");
    assert!(conditions.len() >= 10, "{conditions:?}");
    for condition in conditions {
        let word = condition.split([' ', '(']).next().expect("a word");
        assert!(shared.contains(&format!("| `{word}")), "`{word}` is not on the page that attributes share");
        for attribute in [Attribute::RequireUser, Attribute::RequireOrg] {
            assert!(page(attribute).contains(&format!("`{word}`")), "`{word}` is not on the page of an attribute");
        }
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
