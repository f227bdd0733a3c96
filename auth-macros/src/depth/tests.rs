//! Deeply nested arguments: parsed up to a limit and refused beyond it, on a stack of rustc's size.

use crate::attribute::Attribute;
use crate::expand::tests::{HANDLER, expand_one, is_guarded, tokens};

const DEEP: &str = "nested more than 64 levels deep: use fewer parentheses";
const LONG: &str = "this `check` is too long: move it to a function and call that";

pub(crate) const MESSAGES: &[&str] = &[DEEP, LONG];

/// Each row has the text before all levels, the three texts of a level (opening, innermost, closing), the greatest
/// number of levels that is parsed, and the error for one more level.
const NESTED: &[(&str, [&str; 3], usize, &str)] = &[
    ("", ["(", "email_verified", ")"], 64, DEEP),
    ("", ["!", "email_verified", ""], 64, DEEP),
    ("", ["!(", "email_verified", ")"], 32, DEEP),
    ("", ["email_verified && (", "email_verified", ")"], 64, DEEP),
    ("", ["email_verified || impersonated && !(", "email_verified", ")"], 32, DEEP),
    ("check = ", ["(", "true", ")"], 64, DEEP),
    ("check = ", ["{", "true", "}"], 64, DEEP),
    ("check = ", ["f(", "id", ")"], 64, DEEP),
    ("check = ", ["m!(", "id", ")"], 32, DEEP),
    ("check = ", ["{ let id = id; (", "id", ") }"], 32, DEEP),
    ("check = ", ["!", "id", ""], 64, DEEP),
    ("check = ", ["&", "id", ""], 128, LONG),
    ("check = ", ["return ", "id", ""], 128, LONG),
    ("check = ", ["|id| ", "id", ""], 42, LONG),
    ("check = id == 0", [" + 0", "", ""], 62, LONG),
    ("check = id as ", ["&", "u8", ""], 126, LONG),
    ("check = ", ["<", "A", " as A>::B"], 18, LONG),
    ("check = f::<", ["Vec<", "u8", ">"], 40, LONG),
    ("deny = not_found, check = f::<", ["fn() -> ", "u8", ""], 30, LONG),
];

#[test]
fn arguments_nested_beyond_the_limit_are_refused() {
    on_the_stack_of_rustc(|| {
        for (before, level, limit, message) in NESTED {
            for levels in [1, limit / 2, *limit] {
                refuses(before, level, levels, &[]);
            }
            for levels in [limit + 1, 1_000, 8_000] {
                refuses(before, level, levels, &[message]);
            }
        }
    });
}

#[test]
fn wide_arguments_are_not_deep() {
    let all = vec!["permission(\"p\")"; 1_000].join(" && ");
    let statements = "let id = id; ".repeat(1_000);
    for arguments in [all, format!("check = {{ {statements} true }}")] {
        let (_, diag) = expand_one(Attribute::RequireUser, &tokens(&arguments), &tokens(HANDLER));
        assert_eq!(diag.messages(), [""; 0]);
    }
}

/// An attribute does not parse a key that it does not have, such as `check` on `public`.
#[test]
fn skipped_arguments_may_be_deep() {
    on_the_stack_of_rustc(|| {
        let arguments = format!("check = {}true", "&".repeat(8_000));
        let (_, diag) = expand_one(Attribute::Public, &tokens(&arguments), &tokens(HANDLER));
        assert_eq!(diag.messages(), ["`check` is not allowed on `public`, which allows every request: remove it"]);
    });
}

fn refuses(before: &str, [open, middle, close]: &[&str; 3], levels: usize, messages: &[&str]) {
    let end = if before.ends_with('<') { ">()" } else { "" };
    let arguments = format!("{before}{}{middle}{}{end}", open.repeat(levels), close.repeat(levels));
    let (expansion, diag) = expand_one(Attribute::RequireUser, &tokens(&arguments), &tokens(HANDLER));
    assert_eq!(diag.messages(), messages, "{before} {open} {levels}");
    assert!(is_guarded(&expansion), "{before} {open} {levels}");
}

fn on_the_stack_of_rustc(run: fn()) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread");
    thread.join().expect("no panic");
}
