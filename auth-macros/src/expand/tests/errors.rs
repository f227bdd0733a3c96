//! What an attribute says about its faults: all of them, each once.

use super::{expand_one, tokens};
use crate::attribute::Attribute;

/// Faults of the attribute alone, over a handler that binds `org_id`, `params`, `user` and `doc`.
pub(super) const ATTRIBUTES: &[(Attribute, &str, &[&str])] = &[
    // Keys.
    (Attribute::RequireOrg, "form = org_id", &["unknown key `form`: did you mean `from`?"]),
    (
        Attribute::RequireOrg,
        "from = org_id, organisation = org_id",
        &["unknown key `organisation`: the keys of `require_org` are `from`, `check`, `deny` and `crate`"],
    ),
    (Attribute::RequireOrg, "from = org_id, from = org_id", &["`from` is given twice: remove one of the two"]),
    (
        Attribute::RequireUser,
        "deny = forbidden, deny = not_found, deny = x",
        &["`deny` is given twice: remove one of the two", "`deny` is given twice: remove one of the two"],
    ),
    (
        Attribute::RequireUser,
        "from = org_id",
        &["`from` selects an organisation: it is a key of `require_org` and `require_permission`"],
    ),
    (Attribute::Public, "check = f(a, b)", &["`check` decides who may enter: a `public` handler is open"]),
    (Attribute::Public, "deny = not_found", &["`deny` says how to refuse: a `public` handler refuses nobody"]),
    (
        Attribute::RequireUser,
        "invalid = reject",
        &["`invalid` is a key of `optional_user`: the others refuse a token that is not valid"],
    ),
    (Attribute::RequireUser, "reason = \"x\"", &["`reason` says why a handler is open: it is a key of `public`"]),
    (Attribute::RequireOrg, "from", &["`from` takes a value: write `from = org_id`"]),
    (Attribute::RequireUser, "check(user)", &["`check` takes a value: write `check = ..`"]),
    (Attribute::RequireUser, ", deny = not_found", &["remove this comma: there is nothing before it"]),
    (Attribute::RequireUser, "deny = not_found,, check = true", &["remove this comma: there is nothing before it"]),
    (Attribute::RequireOrg, "role >= \"A\" from = org_id", &["expected `,` before this"]),
    (Attribute::RequireOrg, "from = org_id deny = not_found", &["expected `,` here"]),
    (Attribute::RequireOrg, "from = org_id 5, deny = not_found", &["expected `,` here"]),
    // Values.
    (Attribute::RequireUser, "deny = notfound", &["`deny` is `forbidden` or `not_found`: did you mean `not_found`?"]),
    (Attribute::RequireUser, "deny = \"not_found\"", &["`deny` is `forbidden` or `not_found`, without quotes"]),
    (Attribute::RequireUser, "deny =", &["`deny` is `forbidden` or `not_found`, without quotes"]),
    (Attribute::OptionalUser, "invalid = 1", &["`invalid` is `anonymous` or `reject`, without quotes"]),
    (Attribute::OptionalUser, "invalid = rejct", &["`invalid` is `anonymous` or `reject`: did you mean `reject`?"]),
    (Attribute::Public, "reason = why", &["`reason` is a string: write `reason = \"why this is open\"`"]),
    (Attribute::Public, "reason = \"\"", &["this reason is empty: write one"]),
    (Attribute::Public, "\"probe\"", &["write `reason = \"..\"` to say why this is open"]),
    (Attribute::RequireUser, "check = ", &["`check` takes a Rust expression: write `check = owns(&user, id).await`"]),
    (Attribute::RequireUser, "check = user = doc", &["`check` takes a value: write `==` to compare"]),
    (Attribute::RequireUser, "crate = auth", &["`crate` is an absolute path: start it with `::` or `crate::`"]),
    (
        Attribute::RequireUser,
        "crate = \"::auth\"",
        &["`crate` is an absolute path without quotes: write `crate = ::path::to::auth_runtime`"],
    ),
    // Sources.
    (
        Attribute::RequireOrg,
        "",
        &[
            "`require_org` needs `from = <argument>`: the argument that holds the org id, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")`, `active()`",
        ],
    ),
    (
        Attribute::RequireOrg,
        "from = \"org_id\"",
        &["`from` names an argument without quotes, or a part of the request as `path(\"org_id\")`"],
    ),
    (
        Attribute::RequireOrg,
        "from = ",
        &[
            "`from` takes the argument that holds the org id, as `from = org_id`, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")`, `active()`",
        ],
    ),
    (Attribute::RequireOrg, "from = pth(\"x\")", &["unknown source `pth`: did you mean `path(..)`?"]),
    (
        Attribute::RequireOrg,
        "from = cookie(\"x\")",
        &["unknown source `cookie`: write `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`"],
    ),
    (Attribute::RequireOrg, "from = path(x)", &["`path` takes one name as a string: write `path(\"..\")`"]),
    (Attribute::RequireOrg, "from = path()", &["`path` takes one name as a string: write `path(\"..\")`"]),
    (Attribute::RequireOrg, "from = path(\"{org_id}\")", &["name the parameter alone: write `path(\"org_id\")`"]),
    (
        Attribute::RequireOrg,
        "from = path(\"orgs/{org_id}\")",
        &["name one parameter of the path, alone: write `path(\"org_id\")` for `{org_id}`"],
    ),
    (
        Attribute::RequireUser,
        "issuer(5) || permission(format!(\"p\"))",
        &[
            "an issuer is named by a string or by the path of a `&'static str` const",
            "a permission is named by a string or by the path of a `&'static str` const",
        ],
    ),
    (Attribute::Public, "reason = \"  \"", &["this reason is empty: write one"]),
    (Attribute::RequireOrg, "from = query(\"\")", &["this name is empty: write one"]),
    (
        Attribute::RequireOrg,
        "from = header(\"x org\")",
        &["this is no header's name: write it as in `header(\"x-org-id\")`"],
    ),
    (
        Attribute::RequireOrg,
        "from = active(\"x\")",
        &["`active()` takes nothing: it is the organisation that the token itself names"],
    ),
    (
        Attribute::RequireOrg,
        "from = active",
        &["no argument named `active`: write `active()` for the token's active organization"],
    ),
    (
        Attribute::RequireOrg,
        "from = query",
        &["no argument named `query`: write `query(\"..\")` for that part of the request"],
    ),
    (Attribute::RequireOrg, "from = orgid", &["no argument named `orgid`: did you mean `org_id`?"]),
    (
        Attribute::RequireOrg,
        "from = tenant",
        &["no argument named `tenant`; available: `org_id`, `params`, `user` and `doc`"],
    ),
    (
        Attribute::RequireOrg,
        "from = params.",
        &["expected a field after `.`: `from` takes an argument or a field of one, without calls"],
    ),
    (
        Attribute::RequireOrg,
        "from = params.org()",
        &[
            "`from` takes an argument or a field of one, without calls: bind the id by a pattern, or give the type of the id `AsOrgId`",
        ],
    ),
    (
        Attribute::RequireOrg,
        "from = doc",
        &[
            "`doc` is bound by `Json<Doc>`, which reads the body: the org id has to come from the path, the query or the headers",
        ],
    ),
    (
        Attribute::RequireUser,
        "check = valid(&doc)",
        &[
            "`doc` is bound by `Json<Doc>`, which reads the body: `check` runs before any body is read, over the path, the query, the headers and the state",
        ],
    ),
    // Names in `check` that can only be an argument's.
    (Attribute::RequireUser, "check = usr.id() == org_id", &["no argument named `usr`: did you mean `user`?"]),
    (
        Attribute::RequireUser,
        "check = is_open(&tenant).await && !tenant.closed",
        &["no argument named `tenant`; available: `org_id`, `params`, `user` and `doc`"],
    ),
    (Attribute::RequireUser, "check = owns(user, orgid)", &["no argument named `orgid`: did you mean `org_id`?"]),
    (
        Attribute::RequireUser,
        "check = LIMIT > 1 && ids.iter().any(|id| id == org_id)",
        &["no argument named `ids`; available: `org_id`, `params`, `user` and `doc`"],
    ),
    // A function could be meant, or the macro's own name, or the expression binds it.
    (Attribute::RequireUser, "check = user.is_some_and(users) && f(g) && seen!(usr) && user.all(|doc| doc > 1)", &[]),
    // Conditions.
    (
        Attribute::RequirePermission,
        "",
        &["`require_permission` needs a permission: write `#[require_permission(\"..\")]`"],
    ),
    (
        Attribute::RequireUser,
        "5",
        &[
            "expected `role >= \"..\"`, `role == \"..\"`, `permission(\"..\")`, `scope(\"..\")`, `issuer(\"..\")`, `email_verified` or `impersonated`",
        ],
    ),
    (
        Attribute::RequireUser,
        "\"p\"",
        &[
            "a name alone is not a condition here: write `role >= \"p\"`, `role == \"p\"`, `permission(\"p\")`, `scope(\"p\")` or `issuer(\"p\")`",
        ],
    ),
    (Attribute::RequireUser, "permision(\"p\")", &["unknown condition `permision`: did you mean `permission`?"]),
    (
        Attribute::RequirePermission,
        "email_verifed",
        &["unknown condition `email_verifed`: did you mean `email_verified`?"],
    ),
    (
        Attribute::RequireUser,
        "is_admin",
        &[
            "unknown condition `is_admin`: expected `role >= \"..\"`, `role == \"..\"`, `permission(\"..\")`, `scope(\"..\")`, `issuer(\"..\")`, `email_verified` or `impersonated`",
        ],
    ),
    (
        Attribute::RequirePermission,
        "5",
        &["expected a permission as `\"..\"`, `scope(\"..\")`, `issuer(\"..\")`, `email_verified` or `impersonated`"],
    ),
    (
        Attribute::RequirePermission,
        "role >= \"A\"",
        &[
            "`role` is a condition of `require_org`, or of `require_user` for the token's own roles: put one of them above this attribute",
        ],
    ),
    (Attribute::RequireUser, "role", &["`role` takes a comparison: write `role >= \"..\"` or `role == \"..\"`"]),
    (Attribute::RequireUser, "role(\"A\")", &["write `role == \"..\"` or `role >= \"..\"`"]),
    (Attribute::RequireUser, "role = \"A\"", &["`role` is a condition: write `role >= \"A\"` or `role == \"A\"`"]),
    (Attribute::RequireUser, "scope = \"admin\"", &["`scope` is a condition: write `scope(\"admin\")`"]),
    (
        Attribute::RequireOrg,
        "from = org_id, permission = P",
        &["`permission` is a condition: write `permission(\"..\")`"],
    ),
    (
        Attribute::RequireUser,
        "email_verified = true",
        &["`email_verified` is a condition: write `email_verified` or `!email_verified`"],
    ),
    (
        Attribute::OptionalUser,
        "scope = \"admin\"",
        &["unknown key `scope`: the keys of `optional_user` are `check`, `deny`, `invalid` and `crate`"],
    ),
    (Attribute::RequireUser, "role != \"A\"", &["write `!(role == \"..\")`: roles are compared by `>=` and `==`"]),
    (
        Attribute::RequireUser,
        "role < \"A\" || role => \"B\"",
        &[
            "roles are compared by `>=` (that role or one above it) and `==` (exactly that one)",
            "roles are compared by `>=` (that role or one above it) and `==` (exactly that one)",
        ],
    ),
    (Attribute::RequireUser, "role >=", &["expected a role here: write its name as a string"]),
    (Attribute::RequireUser, "role >= 5", &["a role is named by a string or by the path of a `&'static str` const"]),
    (Attribute::RequireUser, "role >= \"\"", &["this role is empty: write one"]),
    (Attribute::RequireUser, "role >= \" A\"", &["this role starts or ends with white space: write `\"A\"`"]),
    (Attribute::RequireUser, "role >= \"a\\n1\"", &["this role holds a control character: remove it"]),
    (Attribute::RequireUser, "role >= \"a\"x", &["a role is a plain string: remove the suffix `x`"]),
    (Attribute::RequireUser, "scope", &["`scope` takes a name: write `scope(\"..\")`"]),
    (Attribute::RequireUser, "scope()", &["`scope` takes a name: write `scope(\"..\")`"]),
    (
        Attribute::RequireUser,
        "scope(\"a\", \"b\")",
        &["`scope` takes one name: write `scope(..) && scope(..)` for both"],
    ),
    (Attribute::RequireUser, "email_verified()", &["`email_verified` takes no parentheses: write `email_verified`"]),
    (
        Attribute::RequireUser,
        "email_verified == true",
        &["`email_verified` is a condition by itself: write `email_verified` or `!email_verified`"],
    ),
    (Attribute::RequireUser, "impersonated &&", &["expected a condition after `&&`"]),
    (
        Attribute::RequireUser,
        "(impersonated || ) && !",
        &["expected a condition after `||`", "expected a condition after `!`"],
    ),
    (Attribute::RequireUser, "()", &["expected a condition here"]),
    (Attribute::RequireUser, "impersonated & email_verified", &["write `&&` where both must hold"]),
    (Attribute::RequireUser, "impersonated and email_verified", &["write `&&` where both must hold"]),
    (Attribute::RequireUser, "impersonated or email_verified", &["write `||` where either will do"]),
    (Attribute::RequireUser, "not(impersonated)", &["write `!` for what must not hold"]),
    (Attribute::RequireUser, "impersonated email_verified", &["expected `&&`, `||` or `,` here"]),
    (Attribute::RequireUser, "impersonated, email_verified", &["join conditions with `&&` or `||`, not with a comma"]),
    (
        Attribute::RequireUser,
        "(impersonated, email_verified)",
        &["join conditions with `&&` or `||`, not with a comma"],
    ),
    (
        Attribute::RequireUser,
        "deny = not_found, email_verified",
        &["the condition comes first, before every `key = value`"],
    ),
    (Attribute::OptionalUser, "email_verified", &["`optional_user` takes no condition: `require_user` does"]),
    (Attribute::Public, "email_verified", &["`public` takes no condition: it is open to all"]),
    (
        Attribute::RequireUser,
        "permission(\"p\") && !permission(\"p\")",
        &["nobody can meet this condition, whatever the token says: one part contradicts another"],
    ),
    // Several at once.
    (
        Attribute::RequireOrg,
        "role > \"A\" && permision(\"x\") || scope(), from = nothing, deny = never, chek = true, crate = x",
        &[
            "roles are compared by `>=` (that role or one above it) and `==` (exactly that one)",
            "unknown condition `permision`: did you mean `permission`?",
            "`scope` takes a name: write `scope(\"..\")`",
            "`deny` is `forbidden` or `not_found`, without quotes",
            "unknown key `chek`: did you mean `check`?",
            "`crate` is an absolute path: start it with `::` or `crate::`",
            "no argument named `nothing`; available: `org_id`, `params`, `user` and `doc`",
        ],
    ),
];

const HANDLER: &str =
    "async fn handler(Path(org_id): Path<String>, params: Query<P>, user: X, Json(doc): Json<Doc>) {}";

#[test]
fn attributes() {
    for (attribute, attr, expected) in ATTRIBUTES {
        let (_, diag) = expand_one(*attribute, &tokens(attr), &tokens(HANDLER));
        assert_eq!(diag.messages(), *expected, "#[{}({attr})]", attribute.name());
    }
}
