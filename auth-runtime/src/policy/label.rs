//! The short name of a policy, for logs and counters, and where it is written.

use std::borrow::Cow;

use super::need::Need;

/// The name of a policy that has one; otherwise its attributes as written, joined by ` + `.
pub(crate) fn text_of(need: &'static Need) -> Cow<'static, str> {
    match need {
        Need::Named { name, .. } => Cow::Borrowed(name),
        Need::Rule(rule) => Cow::Borrowed(rule.text),
        Need::DenyAll => Cow::Borrowed("deny_all"),
        Need::All(needs) => needs.iter().map(|need| text_of(need)).collect::<Vec<_>>().join(" + ").into(),
    }
}

/// The file and line of its first attribute.
pub(crate) fn place_of(need: &Need) -> Option<(&'static str, u32)> {
    need.find(&mut |rule| Some((rule.file, rule.line)))
}
