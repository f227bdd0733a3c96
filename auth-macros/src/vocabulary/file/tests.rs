use super::{Fault, parse};

#[test]
fn a_complete_auth_toml_is_parsed() {
    let file = r#"
        [roles]
        hierarchy = ["Owner", "Admin", "Member"]     # highest first
        independent = ["Auditor"]
        [permissions]
        names = ["can_view_billing", "ProductA::CanCreate"]
        [scopes]
        names = ["invoices:read"]
    "#;
    let vocabulary = parse(file.as_bytes()).expect("a file");
    assert_eq!(vocabulary.hierarchy, ["Owner", "Admin", "Member"]);
    assert_eq!(vocabulary.roles.expect("roles"), ["Owner", "Admin", "Member", "Auditor"]);
    assert_eq!(vocabulary.permissions.expect("permissions"), ["can_view_billing", "ProductA::CanCreate"]);
    assert_eq!(vocabulary.scopes.expect("scopes"), ["invoices:read"]);
}

#[test]
fn a_role_allows_what_the_roles_below_it_allow() {
    let file = r#"
        [roles]
        hierarchy = ["Owner", "Admin", "Member"]
        independent = ["Auditor"]
        [roles.permissions]
        Admin = ["invite", "read"]
        Member = ["read", "write"]
    "#;
    let allowed = parse(file.as_bytes()).expect("a file").role_permissions;
    let allowed: Vec<_> = allowed.iter().map(|(role, names)| format!("{role} {}", names.join(" "))).collect();
    assert_eq!(allowed, ["Owner invite read write", "Admin invite read write", "Member read write", "Auditor "]);
    assert!(parse(b"[roles]\nhierarchy = [\"A\"]").expect("a file").role_permissions.is_empty());
}

#[test]
fn names_of_a_kind_without_a_table_are_not_declared() {
    let vocabulary = parse(b"[permissions]\nnames = []").expect("a file");
    assert_eq!((vocabulary.roles, vocabulary.scopes), (None, None));
    assert_eq!(vocabulary.permissions, Some(Vec::new()));
    assert!(parse(b"").expect("an empty file").roles.is_none());
    assert_eq!(parse(b"\xef\xbb\xbf[roles]").expect("a byte order mark").roles, Some(Vec::new()));
}

#[test]
fn each_invalid_file_has_one_error() {
    for (file, line, message) in [
        (&b"[roles]\nhierarchy = [\"A\", \"B\",\n\"A\"]"[..], 3, "the role \"A\" is declared twice: remove one"),
        (
            b"[roles]\nindependent = [\"A\"]\nhierarchy = [\"A\"]",
            2,
            "the role \"A\" is in `hierarchy` and in `independent`: remove one",
        ),
        (b"[permissions]\nnames = [\"a\", \"a\"]", 2, "the permission \"a\" is declared twice: remove one"),
        (b"[scope]\nnames = []", 1, "unknown table `scope`: did you mean `scopes`?"),
        (b"issuers = 1", 1, "unknown table `issuers`: there are `roles`, `permissions` and `scopes`"),
        (b"[roles]\nhierachy = []", 2, "unknown key `hierachy`: did you mean `hierarchy`?"),
        (b"[scopes]\nlist = []", 2, "unknown key `list`: there is `names`"),
        (b"roles = [\"A\"]", 1, "`roles` must be a table: write `[roles]`"),
        (b"[[roles]]", 1, "`roles` must be a table: write `[roles]`"),
        (b"[roles]\n\nhierarchy = \"A\"", 3, "`hierarchy` must be an array of strings"),
        (b"[roles]\nhierarchy = [\n1]", 3, "`hierarchy` must contain only strings"),
        (b"[scopes]\nnames = [\"\"]", 2, "this name is empty: write one"),
        (b"[scopes]\nnames = [\" a\"]", 2, "this name starts or ends with whitespace: write \"a\""),
        (b"[scopes]\nnames = [\"a\\u0007\"]", 2, "the name \"a\\u{7}\" contains a control character: remove it"),
        (b"[roles]\nhierarchy = [\"A\", \"\xff\"]", 2, "this line is not UTF-8"),
        // The first of several errors.
        (b"[roles]\nx = 1\n[y]", 2, "unknown key `x`: there are `hierarchy`, `independent` and `permissions`"),
        (
            b"[roles]\nhierarchy = [\"Admin\"]\n[roles.permissions]\nAdmn = []",
            4,
            "no role \"Admn\" is declared: did you mean \"Admin\"?",
        ),
        (
            b"[roles]\nhierarchy = [\"Admin\"]\n[roles.permissions]\nX = []",
            4,
            "no role \"X\" is declared: add it to `hierarchy` or `independent`",
        ),
        (
            b"[roles]\nindependent = [\"A\"]\n[roles.permissions]\nA = [\"x\"]\n[permissions]\nnames = [\"pay\"]",
            4,
            "no permission \"x\" is declared: add it to `names` of `[permissions]`",
        ),
        (b"[roles]\npermissions = []", 2, "`roles.permissions` must be a table: write `[roles.permissions]`"),
        (b"[roles]\nindependent = [\"A\"]\n[roles.permissions]\nA = \"x\"", 4, "`A` must be an array of strings"),
        // Errors of the TOML parser.
        (b"[roles]\nhierarchy = [\"A\"", 2, "expected a right bracket, found eof"),
        (b"[roles]\nhierarchy = [2026-11-27]", 2, "invalid number: if this is a date, put it in quotes"),
        (b"[roles]\nhierarchy = [2026-11-27T07:32:00Z]", 2, "invalid number: if this is a date, put it in quotes"),
        (
            b"[roles]\nhierarchy = [10:32:00]",
            2,
            "expected a right bracket, found a colon: if this is a date, put it in quotes",
        ),
        (b"[roles]\nhierarchy: [\"A\"]", 2, "expected an equals, found a colon"),
        (b"[roles]\nhierarchy = [07:32:00]", 2, "invalid number: if this is a date, put it in quotes"),
        (b"[roles]\n[roles]", 2, "redefinition of table `roles`"),
        (b"[roles]\nhierarchy = []\nhierarchy = []", 3, "duplicate key: `hierarchy`"),
        (b"\"a\\nb\" = 1\n\"a\\nb\" = 1", 2, "duplicate key: `a?b`"),
    ] {
        let fault = parse(file).expect_err("a fault");
        let expected = Fault { line, message: message.to_owned() };
        assert_eq!(fault, expected, "{}", String::from_utf8_lossy(file));
    }
}
