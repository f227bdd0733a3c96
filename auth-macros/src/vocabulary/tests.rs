//! The errors and the generated code if `auth.toml` declares names.

use proc_macro2::TokenStream;

use crate::attribute::Attribute;
use crate::diag::Diag;
use crate::expand::expand_with;
use crate::expand::tests::tokens;
use crate::vocabulary::Vocabulary;

/// Attributes that use the names of [`declared`].
pub(crate) const NAMES: &[(Attribute, &str, &[&str])] = &[
    (Attribute::RequireUser, "role >= \"Admin\" || role == \"Auditor\" || role == CONST", &[]),
    (Attribute::RequirePermission, "\"view\" || CONST || scope(\"any\") || issuer(\"any\")", &[]),
    (
        Attribute::RequireOrg,
        "role >= \"Amdin\", from = active()",
        &["no role \"Amdin\" is declared in auth.toml: did you mean \"Admin\"?"],
    ),
    (
        Attribute::RequireUser,
        "role == \"Superuser\" && permission(\"veiw\")",
        &[
            "no role \"Superuser\" is declared in auth.toml: use a declared one, or add it",
            "no permission \"veiw\" is declared in auth.toml: did you mean \"view\"?",
        ],
    ),
    (
        Attribute::RequireUser,
        "role >= \"Auditor\"",
        &["the role \"Auditor\" has no rank in auth.toml: write `role == \"Auditor\"`"],
    ),
    // One error, without a suggestion that would not compile either.
    (Attribute::RequirePermission, "\"\"", &["this permission is empty: write one"]),
];

fn declared() -> Vocabulary {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Vocabulary {
        hierarchy: names(&["Owner", "Admin"]),
        roles: Some(names(&["Owner", "Admin", "Auditor"])),
        permissions: Some(names(&["view"])),
        scopes: None,
        role_permissions: Vec::new(),
        file: "auth.toml".to_owned(),
        read: names(&["/crate/auth.toml"]),
    }
}

fn expand(attribute: Attribute, attr: &str) -> (TokenStream, Diag) {
    expand_with(attribute, tokens(attr), &tokens("async fn handler() {}"), &Ok(declared()))
}

#[test]
fn undeclared_names_are_reported() {
    for (attribute, attr, expected) in NAMES {
        assert_eq!(expand(*attribute, attr).1.messages(), *expected, "{attr}");
    }
}

#[test]
fn the_expansion_contains_the_role_order_the_proofs_and_the_file() {
    let (expansion, _) =
        expand(Attribute::RequireUser, "role >= LEAST && (role == EXACT || permission(P) || scope(S))");
    let text = expansion.to_string().replace(' ', "");
    for part in [
        r#"hierarchy:&["Owner","Admin"],"#,
        r#"const_:()=__rt::declared(__rt::NameKind::OrderedRole,LEAST,&["Owner","Admin"]);"#,
        r#"const_:()=__rt::declared(__rt::NameKind::Role,EXACT,&["Owner","Admin","Auditor"]);"#,
        r#"const_:()=__rt::declared(__rt::NameKind::Permission,P,&["view"]);"#,
        r#"const_:__rt::Tracked=__rt::include_bytes!("/crate/auth.toml");"#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Scopes are not declared.
    assert!(!text.contains("NameKind::Scope"), "{text}");
    // An attribute without names still passes on the order of roles, because `User` and `OrgMember` use it.
    let (expansion, _) = expand(Attribute::RequireUser, "");
    assert!(expansion.to_string().contains("hierarchy"), "{expansion}");
}

#[test]
fn an_unusable_auth_toml_refuses_every_request() {
    let fault = Err("auth.toml:3: duplicate key".to_owned());
    let (expansion, diag) =
        expand_with(Attribute::RequireUser, tokens("role >= \"Amdin\""), &tokens("async fn handler() {}"), &fault);
    assert_eq!(diag.messages(), ["auth.toml:3: duplicate key"]);
    assert!(expansion.to_string().contains("DenyAll"), "{expansion}");
}
