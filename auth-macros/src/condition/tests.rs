//! Precedence, expressions that a user's `macro_rules!` passes, and conditions that cannot be true.

mod round_trips;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser as _;

use crate::attribute::Attribute;
use crate::condition::{self, Condition, satisfiable};
use crate::diag::Diag;
use crate::expand::tests::tokens;
use crate::vocabulary::Vocabulary;

/// A condition, and the same with all parentheses that precedence implies.
const PRECEDENCE: &[(&str, &str)] = &[
    (r#""a" || "b" && "c""#, r#""a" || ("b" && "c")"#),
    (r#""a" && "b" || "c""#, r#"("a" && "b") || "c""#),
    (r#"!"a" && "b""#, r#"(!"a") && "b""#),
    (r#"!!"a" || !("b" || "c") && "d""#, r#"(!(!"a")) || ((!("b" || "c")) && "d")"#),
];

/// A condition in which a `macro_rules!` passes `$e` as an expression, and the same with `$e` in parentheses.
const PASSED: &[(&str, &str)] = &[
    (r#""a" && $e"#, r#""b" || "c""#),
    (r#"$e && "a""#, r#""b" || "c""#),
    (r#"!$e && "a""#, r#""b" || "c""#),
    (r#"$e && "a""#, r#"!"b" || "c""#),
    (r#"$e || "a""#, "email_verified"),
    (r#""a" && !($e)"#, "perm::VIEW"),
];

/// Whether the condition can be true, with roles of an organization.
const MEETABLE: &[(&str, bool)] = &[
    (r#"role == "A" && !(role >= "A")"#, false),
    // A member of a multi-role organization may have both.
    (r#"role == "A" && role == "B""#, true),
    // In a multi-role organization, `>=` means the same as `==`. In a single-role organization, no member has two
    // roles.
    (r#"role == "A" && role == "B" && role >= "C" && !(role == "C")"#, false),
    (r#"role == "A" && role >= "C" && !(role == "C")"#, true),
    (r#"role >= "A" && !(role == "A")"#, true),
    (r#"role >= "A" && role >= "B""#, true),
    (r#"!(role >= "A") && !(role == "A")"#, true),
    (r#"permission("p") && !permission("p")"#, false),
    (r#"permission("p") && !permission("q")"#, true),
    // A const and a literal may have the same text or not.
    (r#"permission(P) && !permission("P")"#, true),
    (r"permission(P) && !permission(P)", false),
    (r#"permission("P") && !scope("P")"#, true),
    (r"!(email_verified || impersonated) && (impersonated || email_verified)", false),
    (r#"(impersonated && !impersonated) || scope("s")"#, true),
];

#[test]
fn not_binds_tighter_than_and_and_or() {
    for (short, long) in PRECEDENCE {
        assert_eq!(
            shape(Attribute::RequirePermission, tokens(short)),
            shape(Attribute::RequirePermission, tokens(long)),
            "{short}"
        );
    }
}

#[test]
fn an_expression_passed_by_a_macro_is_one_operand() {
    for (template, passed) in PASSED {
        let hidden = substitute(tokens(template), Delimiter::None, passed);
        let shown = substitute(tokens(template), Delimiter::Parenthesis, passed);
        assert_eq!(
            shape(Attribute::RequirePermission, hidden),
            shape(Attribute::RequirePermission, shown),
            "{template} {passed}"
        );
    }
}

#[test]
fn extra_tokens_beside_a_name_passed_by_a_macro_are_refused() {
    for template in ["role >= $e", "permission($e)", "role >= $e && email_verified"] {
        let condition = substitute(tokens(template), Delimiter::None, r#""A" || email_verified"#);
        let mut diag = Diag::default();
        assert!(read(Attribute::RequireOrg, condition, &mut diag).is_none());
        assert!(!diag.is_empty(), "{template}");
    }
    let condition = substitute(tokens("role >= $e && scope($e)"), Delimiter::None, r#""A""#);
    assert_eq!(
        shape(Attribute::RequireOrg, condition),
        shape(Attribute::RequireOrg, tokens(r#"role >= "A" && scope("A")"#))
    );
}

#[test]
fn conditions_that_cannot_be_true_are_found() {
    for (condition, expected) in MEETABLE {
        let mut diag = Diag::default();
        let read = read(Attribute::RequireOrg, tokens(condition), &mut diag).expect("a condition");
        assert_eq!(satisfiable(&read), *expected, "{condition}");
    }
}

#[test]
fn a_token_can_have_any_number_of_roles_outside_organizations() {
    for (condition, expected) in [
        (r#"role == "A" && role == "B" && role >= "C" && !(role == "C")"#, true),
        (r#"role == "A" && !(role >= "A")"#, false),
    ] {
        let mut diag = Diag::default();
        let read = read(Attribute::RequireUser, tokens(condition), &mut diag).expect("a condition");
        assert_eq!(satisfiable(&read), expected, "{condition}");
    }
}

#[test]
fn conditions_with_many_atoms_are_not_checked() {
    let many: Vec<String> = (0..30).map(|index| format!("scope(\"{index}\")")).collect();
    let mut diag = Diag::default();
    let condition = format!("!({0}) && {0}", many.join(" && "));
    let read = read(Attribute::RequireUser, tokens(&condition), &mut diag).expect("a condition");
    assert!(satisfiable(&read));
}

fn read(attribute: Attribute, condition: TokenStream, diag: &mut Diag) -> Option<Condition> {
    let mut found = None;
    let parsed = (|input: syn::parse::ParseStream<'_>| {
        found = condition::parse(input, attribute, &Vocabulary::default(), diag);
        Ok(())
    })
    .parse2(condition);
    parsed.ok().and(found)
}

pub(super) fn shape(attribute: Attribute, condition: TokenStream) -> String {
    let text = condition.to_string();
    let mut diag = Diag::default();
    let read = read(attribute, condition, &mut diag);
    assert_eq!(diag.messages(), [""; 0], "{text}");
    read.expect("a condition").emit(&Ident::new("__rt", Span::call_site())).to_string()
}

/// Replaces `$e` with a group.
fn substitute(template: TokenStream, delimiter: Delimiter, passed: &str) -> TokenStream {
    template
        .into_iter()
        .filter(|token| token.to_string() != "$")
        .map(|token| match token {
            TokenTree::Ident(ident) if ident == "e" => Group::new(delimiter, tokens(passed)).into(),
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), substitute(group.stream(), delimiter, passed)).into()
            }
            token => token,
        })
        .collect()
}
