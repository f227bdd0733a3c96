//! Finds a comparison of `acr` that does not name the issuer.

use super::need::{Condition, Need};

impl Need {
    /// The first `acr(..)` that several issuers could answer, because the condition around it names no issuer. Each
    /// issuer defines its own classes, so that one text can mean a strong login at one and a weak login at another.
    pub(crate) fn class_of_any_issuer(&self) -> Option<&'static str> {
        let has_issuer = self.any(|rule| names_issuer(&rule.condition));
        self.find(&mut |rule| class_without_issuer(&rule.condition, has_issuer))
    }
}

fn class_without_issuer(condition: &Condition, has_issuer: bool) -> Option<&'static str> {
    match condition {
        Condition::All(parts) => {
            let has_issuer = has_issuer || names_issuer(condition);
            parts.iter().find_map(|part| class_without_issuer(part, has_issuer))
        }
        Condition::Any(parts) => parts.iter().find_map(|part| class_without_issuer(part, has_issuer)),
        Condition::Not(inner) => class_without_issuer(inner, has_issuer),
        Condition::Acr(class) if !has_issuer => Some(class),
        _ => None,
    }
}

/// Whether it is true only for users of named issuers.
fn names_issuer(condition: &Condition) -> bool {
    match condition {
        Condition::Issuer(_) => true,
        Condition::All(parts) => parts.iter().any(names_issuer),
        Condition::Any(parts) => !parts.is_empty() && parts.iter().all(names_issuer),
        _ => false,
    }
}
