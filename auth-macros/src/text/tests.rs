use syn::FnArg;

use super::{of, of_argument, of_type};
use crate::expand::tests::tokens;

#[test]
fn the_text_of_arguments_does_not_depend_on_their_layout() {
    for (layouts, expected) in [
        (&["Path(org_id):Path<String>", "Path (\n org_id,\n) : Path < String , >"][..], "Path(org_id): Path<String>"),
        (
            &[
                "Path((org_id, _)): Path<(String, Vec<u8>)>",
                "Path((\n org_id,\n _,\n)): Path<(\n String,\n Vec<u8>,\n)>",
            ],
            "Path((org_id, _)): Path<(String, Vec<u8>)>",
        ),
        (&["Path((only,)): Path<(HashMap<u8, u8>,)>"], "Path((only,)): Path<(HashMap<u8, u8>,)>"),
        (&["Query(Q { org_id, .. }): Query<Q>", "Query(Q{org_id,..}):Query<Q>"], "Query(Q { org_id, .. }): Query<Q>"),
        (&["Path(Ids { org: mut id, ref doc, }): Path<Ids>"], "Path(Ids { org: mut id, ref doc }): Path<Ids>"),
        (&["mut r#type: Extension<Arc<dyn Find + Send>>"], "mut r#type: Extension<Arc<dyn Find + Send>>"),
    ] {
        for layout in layouts {
            let FnArg::Typed(arg) = syn::parse2(tokens(layout)).expect(layout) else { unreachable!() };
            assert_eq!(of_argument(&arg), expected, "{layout}");
        }
    }
}

#[test]
fn printed_types_are_unchanged() {
    for text in ["Json<String>", "Path<(String, Vec<u8>)>", "<R as Repo>::Id", "a::B<'static, [u8; 4]>"] {
        assert_eq!(of_type(tokens(text)), text);
    }
}

#[test]
fn printed_source_is_unchanged() {
    for text in [
        r#"role >= "Admin", from = org_id"#,
        r#"!permission("suspended") && (scope("a") || !email_verified)"#,
        "from = params.org_id, check = owns_post(&db, &user, id).await",
        "check = db.get::<Post>(id).await?.owner == user.id()",
        "check = { let n = 1; n < limit }",
        "check = matches!(kind, Kind::A | Kind::B)",
        "check = a != b && !c && -x <= *y",
        "check = list.iter().any(|x| x == &id)",
        "check = if a { b } else { c }",
        "check = move_it(async move { a.await }).await",
        "crate = ::auth, check = x as u32 == y[0]",
        "check = (0..9).contains(&n)",
        "check = Foo { a: 1, b }.ok()",
        "check = {}",
    ] {
        assert_eq!(of(tokens(text)), text);
    }
}
