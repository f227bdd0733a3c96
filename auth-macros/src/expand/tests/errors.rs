//! The errors of an attribute: all of them are reported, each once.

use super::{expand_one, tokens};
use crate::attribute::Attribute;

/// Errors in the attribute itself, on a handler that binds `org_id`, `params`, `user` and `doc`.
pub(super) const ATTRIBUTES: &[(Attribute, &str, &[&str])] = &[
    // Keys.
    (Attribute::RequireOrg, "form = org_id", &["unknown key `form`: did you mean `from`?"]),
    (
        Attribute::RequireOrg,
        "from = org_id, organization = org_id",
        &[
            "unknown key `organization`: the keys of `require_org` are `from`, `load`, `check`, `deny`, `fresh` and `crate`",
        ],
    ),
    (Attribute::RequireOrg, "from = org_id, from = org_id", &["`from` is given twice: remove one"]),
    (
        Attribute::RequireUser,
        "deny = forbidden, deny = not_found, deny = x",
        &["`deny` is given twice: remove one", "`deny` is given twice: remove one"],
    ),
    (
        Attribute::RequireUser,
        "from = org_id",
        &["`from` is only for `require_org` and `require_permission`: remove it"],
    ),
    (
        Attribute::Public,
        "check = f(a, b)",
        &["`check` is not allowed on `public`, which allows every request: remove it"],
    ),
    (
        Attribute::Public,
        "load = f(a, b)",
        &["`load` is not allowed on `public`, which allows every request: remove it"],
    ),
    (
        Attribute::Public,
        "deny = not_found",
        &["`deny` is not allowed on `public`, which allows every request: remove it"],
    ),
    (
        Attribute::RequireUser,
        "invalid = reject",
        &["`invalid` is only for `optional_user`: remove it, this attribute always refuses an invalid token"],
    ),
    (Attribute::RequireUser, "reason = \"x\"", &["`reason` is only for `public`: remove it"]),
    (Attribute::RequireOrg, "from", &["`from` needs a value: write `from = org_id`"]),
    (Attribute::RequireUser, "check(user)", &["`check` needs a value: write `check = ..`"]),
    (Attribute::RequireUser, ", deny = not_found", &["remove this comma: there is nothing before it"]),
    (Attribute::RequireUser, "deny = not_found,, check = true", &["remove this comma: there is nothing before it"]),
    (Attribute::RequireOrg, "role >= \"A\" from = org_id", &["expected `,` before this"]),
    (Attribute::RequireOrg, "from = org_id deny = not_found", &["expected `,` here"]),
    (Attribute::RequireOrg, "from = org_id 5, deny = not_found", &["expected `,` here"]),
    (
        Attribute::RequireOrg,
        "from = org_id, fresh = 5",
        &["`fresh` must be a duration as a string: write `fresh = \"0s\"`"],
    ),
    (
        Attribute::RequireOrg,
        "from = org_id, fresh = \"5\"",
        &["\"5\" is not a duration: write a number and `s`, `m`, `h` or `d`, such as \"5m\""],
    ),
    (Attribute::RequireUser, "auth_age <= \"999d\"", &["\"999d\" is longer than 366 days"]),
    (
        Attribute::OptionalUser,
        "fresh = \"0s\"",
        &["`fresh` is only for `require_user`, `require_org` and `require_permission`: remove it"],
    ),
    (Attribute::RequireUser, "auth_age >= \"5m\"", &["`auth_age` needs an upper bound: write `auth_age <= \"5m\"`"]),
    (Attribute::RequireUser, "auth_age <= 5", &["write the bound of `auth_age` as a string: `auth_age <= \"5m\"`"]),
    (
        Attribute::RequireUser,
        "claim == \"paid\"",
        &["`claim` needs a name and a value: write `claim(\"name\") == \"value\"`"],
    ),
    (
        Attribute::RequireUser,
        "claim(\"a\", \"b\") == \"c\"",
        &["`claim` takes one name: write `claim(\"name\") == \"value\"`"],
    ),
    (
        Attribute::RequireUser,
        "claim(\"plan\")",
        &["`claim` needs a value to compare with: write `claim(\"name\") == \"value\"`"],
    ),
    (Attribute::RequireUser, "claim(\"plan\") != \"paid\"", &["use `!(claim(\"..\") == \"..\")` instead of `!=`"]),
    (Attribute::RequireUser, "claim(\"plan\") ==", &["expected a value here: write it as a string"]),
    // Values.
    (
        Attribute::RequireUser,
        "deny = notfound",
        &["`deny` must be `forbidden` or `not_found`: did you mean `not_found`?"],
    ),
    (Attribute::RequireUser, "deny = \"not_found\"", &["`deny` must be `forbidden` or `not_found`, without quotes"]),
    (Attribute::RequireUser, "deny =", &["`deny` must be `forbidden` or `not_found`, without quotes"]),
    (Attribute::OptionalUser, "invalid = 1", &["`invalid` must be `anonymous` or `reject`, without quotes"]),
    (
        Attribute::OptionalUser,
        "invalid = rejct",
        &["`invalid` must be `anonymous` or `reject`: did you mean `reject`?"],
    ),
    (Attribute::Public, "reason = why", &["`reason` must be a string: write `reason = \"why this is public\"`"]),
    (Attribute::Public, "reason = \"\"", &["this reason is empty: write one"]),
    (Attribute::Public, "\"probe\"", &["write `reason = \"..\"` to say why this route is public"]),
    (
        Attribute::RequireUser,
        "check = ",
        &["`check` needs a Rust expression: write for example `check = owns(&user, id).await`"],
    ),
    (Attribute::RequireUser, "check = user = doc", &["found `=` in `check`: use `==` to compare"]),
    (
        Attribute::RequireUser,
        "check = user.",
        &["`check` is not a valid Rust expression: unexpected end of input, expected identifier or integer"],
    ),
    (Attribute::RequireUser, "crate = auth", &["`crate` must be an absolute path: start it with `::` or `crate::`"]),
    (
        Attribute::RequireUser,
        "crate = \"::auth\"",
        &["`crate` must be an absolute path without quotes: write `crate = ::path::to::auth_runtime`"],
    ),
    // Sources.
    (
        Attribute::RequireOrg,
        "",
        &[
            "`require_org` needs `from`: write `from = org_id` for an argument, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`",
        ],
    ),
    (
        Attribute::RequireOrg,
        "from = \"org_id\"",
        &["`from` does not take a string: write an argument without quotes, or `path(\"org_id\")`"],
    ),
    (
        Attribute::RequireOrg,
        "from = ",
        &[
            "`from` takes an argument or a source: write `from = org_id` for an argument, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`",
        ],
    ),
    (Attribute::RequireOrg, "from = pth(\"x\")", &["unknown source `pth`: did you mean `path(..)`?"]),
    (
        Attribute::RequireOrg,
        "from = cookie(\"x\")",
        &["unknown source `cookie`: write `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`"],
    ),
    (Attribute::RequireOrg, "from = path(x)", &["`path` takes one name, as a string: write `path(\"..\")`"]),
    (Attribute::RequireOrg, "from = path()", &["`path` takes one name, as a string: write `path(\"..\")`"]),
    (Attribute::RequireOrg, "from = path(\"{org_id}\")", &["use only the parameter name: write `path(\"org_id\")`"]),
    (
        Attribute::RequireOrg,
        "from = path(\"orgs/{org_id}\")",
        &["use the name of one path parameter: write `path(\"org_id\")` for `{org_id}`"],
    ),
    (
        Attribute::RequireUser,
        "issuer(5) || permission(format!(\"p\"))",
        &[
            "write an issuer as a string, or as the path of a `&'static str` const",
            "write a permission as a string, or as the path of a `&'static str` const",
        ],
    ),
    (Attribute::Public, "reason = \"  \"", &["this reason is empty: write one"]),
    (Attribute::RequireOrg, "from = query(\"\")", &["this name is empty: write one"]),
    (
        Attribute::RequireOrg,
        "from = header(\"x org\")",
        &["this is not a valid header name: write for example `header(\"x-org-id\")`"],
    ),
    (
        Attribute::RequireOrg,
        "from = active(\"x\")",
        &["`active()` takes no arguments: it selects the token's active organization"],
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
        &["expected a field after `.`: `from` takes an argument or one of its fields, without calls"],
    ),
    (
        Attribute::RequireOrg,
        "from = params.org()",
        &[
            "`from` takes an argument or one of its fields, without calls: bind the id in a pattern, or implement `AsOrgId` for its type",
        ],
    ),
    (
        Attribute::RequireOrg,
        "from = doc",
        &[
            "`doc` comes from `Json<Doc>`, which reads the body: take the organization id from the path, the query or a header",
        ],
    ),
    (
        Attribute::RequireUser,
        "check = valid(&doc)",
        &[
            "`doc` comes from `Json<Doc>`, which reads the body: `check` runs before that, and can use only the path, the query, the headers and the state",
        ],
    ),
    (
        Attribute::RequireUser,
        "load = find(&doc)",
        &[
            "`load` needs an argument for its value: add `Loaded(object): Loaded<..>` to the handler",
            "`doc` comes from `Json<Doc>`, which reads the body: `load` runs before that, and can use only the path, the query, the headers and the state",
        ],
    ),
    (
        Attribute::RequireUser,
        "load = ",
        &["`load` needs a Rust expression: write for example `load = db.post_of(user.id(), id).await`"],
    ),
    (
        Attribute::RequireUser,
        "unrestricted(id)",
        &[
            "`unrestricted` needs a parameter of the path and a reason: write `unrestricted(file_id, reason = \"why every caller may name any file\")`",
        ],
    ),
    (
        Attribute::Public,
        "unrestricted(id, reason = \"x\")",
        &["`unrestricted` is not allowed on `public`, whose guard reads no parameter: remove it"],
    ),
    (Attribute::RequireUser, "unrestricted(id, reason = \"\")", &["this reason is empty: write one"]),
    (Attribute::RequireUser, "unrestricted(id, \"a-b\", reason = \"x\"), unrestricted(c, reason = \"y\",)", &[]),
    // Names in `check` that can only be arguments.
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
    // The name could mean a function, or the macro's own name, or the expression defines it.
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
            "expected `role >= \"..\"`, `role == \"..\"`, `permission(\"..\")`, `scope(\"..\")`, `issuer(\"..\")`, `email_verified`, `impersonated`, `acr(\"..\")`, `amr(\"..\")`, `auth_age <= \"..\"` or `claim(\"..\") == \"..\"`",
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
            "unknown condition `is_admin`: expected `role >= \"..\"`, `role == \"..\"`, `permission(\"..\")`, `scope(\"..\")`, `issuer(\"..\")`, `email_verified`, `impersonated`, `acr(\"..\")`, `amr(\"..\")`, `auth_age <= \"..\"` or `claim(\"..\") == \"..\"`",
        ],
    ),
    (
        Attribute::RequirePermission,
        "5",
        &[
            "expected a permission as `\"..\"`, `scope(\"..\")`, `issuer(\"..\")`, `email_verified`, `impersonated`, `acr(\"..\")`, `amr(\"..\")`, `auth_age <= \"..\"` or `claim(\"..\") == \"..\"`",
        ],
    ),
    (
        Attribute::RequirePermission,
        "role >= \"A\"",
        &[
            "`role` needs `require_org`, or `require_user` for roles outside any organization: add one of them above this attribute",
        ],
    ),
    (Attribute::RequireUser, "role", &["`role` needs a comparison: write `role >= \"..\"` or `role == \"..\"`"]),
    (
        Attribute::RequireUser,
        "role(\"A\")",
        &["`role` takes no parentheses: write `role >= \"..\"` or `role == \"..\"`"],
    ),
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
        &["unknown key `scope`: the keys of `optional_user` are `load`, `check`, `deny`, `invalid` and `crate`"],
    ),
    (Attribute::RequireUser, "role != \"A\"", &["use `!(role == \"..\")` instead of `!=`"]),
    (
        Attribute::RequireUser,
        "role < \"A\" || role => \"B\"",
        &[
            "compare roles with `>=` (this role or a higher one) or `==` (exactly this role)",
            "compare roles with `>=` (this role or a higher one) or `==` (exactly this role)",
        ],
    ),
    (Attribute::RequireUser, "role >=", &["expected a role here: write its name as a string"]),
    (Attribute::RequireUser, "role >= 5", &["write a role as a string, or as the path of a `&'static str` const"]),
    (Attribute::RequireUser, "role >= \"\"", &["this role is empty: write one"]),
    (Attribute::RequireUser, "role >= \" A\"", &["this role starts or ends with whitespace: write `\"A\"`"]),
    (Attribute::RequireUser, "role >= \"a\\n1\"", &["this role contains a control character: remove it"]),
    (Attribute::RequireUser, "role >= \"a\"x", &["remove the suffix `x`: a role is a plain string"]),
    (Attribute::RequireUser, "scope", &["`scope` needs a name: write `scope(\"..\")`"]),
    (Attribute::RequireUser, "scope()", &["`scope` needs a name: write `scope(\"..\")`"]),
    (
        Attribute::RequireUser,
        "scope(\"a\", \"b\")",
        &["`scope` takes one name: write `scope(..) && scope(..)` for both"],
    ),
    (Attribute::RequireUser, "email_verified()", &["`email_verified` takes no parentheses: write `email_verified`"]),
    (
        Attribute::RequireUser,
        "email_verified == true",
        &["do not compare `email_verified`: write `email_verified` or `!email_verified`"],
    ),
    (Attribute::RequireUser, "impersonated &&", &["expected a condition after `&&`"]),
    (
        Attribute::RequireUser,
        "(impersonated || ) && !",
        &["expected a condition after `||`", "expected a condition after `!`"],
    ),
    (Attribute::RequireUser, "()", &["expected a condition here"]),
    (Attribute::RequireUser, "impersonated & email_verified", &["use `&&` instead of `&`"]),
    (Attribute::RequireUser, "impersonated and email_verified", &["use `&&` instead of `and`"]),
    (Attribute::RequireUser, "impersonated or email_verified", &["use `||` instead of `or`"]),
    (Attribute::RequireUser, "not(impersonated)", &["use `!` instead of `not`"]),
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
        &["the condition must come first, before `key = value`"],
    ),
    (Attribute::OptionalUser, "email_verified", &["`optional_user` takes no condition: use `require_user`"]),
    (Attribute::Public, "email_verified", &["`public` takes no condition: it allows every request"]),
    (
        Attribute::RequireUser,
        "permission(\"p\") && !permission(\"p\")",
        &["this condition can never be true: one part contradicts another"],
    ),
    // Several errors at once.
    (
        Attribute::RequireOrg,
        "role > \"A\" && permision(\"x\") || scope(), from = nothing, deny = never, chek = true, crate = x",
        &[
            "compare roles with `>=` (this role or a higher one) or `==` (exactly this role)",
            "unknown condition `permision`: did you mean `permission`?",
            "`scope` needs a name: write `scope(\"..\")`",
            "`deny` must be `forbidden` or `not_found`, without quotes",
            "unknown key `chek`: did you mean `check`?",
            "`crate` must be an absolute path: start it with `::` or `crate::`",
            "no argument named `nothing`; available: `org_id`, `params`, `user` and `doc`",
        ],
    ),
];

const HANDLER: &str =
    "async fn handler(Path(org_id): Path<String>, params: Query<P>, user: X, Json(doc): Json<Doc>) {}";

#[test]
fn errors_of_attributes_are_reported() {
    for (attribute, attr, expected) in ATTRIBUTES {
        let (_, diag) = expand_one(*attribute, &tokens(attr), &tokens(HANDLER));
        assert_eq!(diag.messages(), *expected, "#[{}({attr})]", attribute.name());
    }
}
