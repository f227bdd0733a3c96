use super::of;

#[test]
fn free_names_of_expressions_are_found() {
    for (expression, expected) in [
        ("owns(&db, &user, id).await", "owns db user id"),
        ("user.id() == post.author", "user post"),
        ("users::find(id)", "id"),
        ("Filter { user, org: id }", "user id"),
        ("(0..limit).contains(&n)", "limit n"),
        ("0 .. limit", "limit"),
        ("'user: loop { break 'user x }", "x"),
        ("matches!(user.kind, Kind::Admin if id > 1)", "user Kind Admin if id"),
        ("user != other", "user other"),
        ("r#type == 1", "r#type"),
        ("matches!(a..b, x::y { z: c })", "a b x y z c"),
        ("log!(\"{user} {id:?} {{not}} {0}\")", "user id not"),
        ("say(\"{user}\")", "say"),
        ("f::<T>(a as u8)", "a"),
        ("posts.iter().any(|doc| doc.owner == id)", "posts id"),
        ("list.iter().fold(0, |sum, n| sum + n * factor) > limit", "list factor limit"),
        ("{ let n = n + 1; n > limit }", "n limit"),
        ("{ let (a, mut b) = pair; b += a; b == c }", "pair c"),
        ("{ let Some(n) = n else { return no(m) }; n > 1 }", "n no m"),
        ("if let Some(n) = a && n > b { n > c } else { n > d }", "a b c n d"),
        ("match a { Some(n) if n > b => n > c, _ => n > d }", "a b c n d"),
        ("{ for n in a { if n > b { return true; } } n }", "a b n"),
        ("{ while let Some(n) = a.pop() { n(b) } n }", "a b n"),
        ("{ fn helper(n: u8) -> bool { n > other } const LIMIT: u8 = 1; helper(id) && id < LIMIT }", "id id"),
        ("async move { |(a, B { c, .. })| a + c + d }.await", "d"),
        ("a.0[i]?", "a i"),
        ("self.x", "self"),
    ] {
        let expr = syn::parse_str(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let found: Vec<String> = of(&expr).iter().map(|free| free.ident.to_string()).collect();
        assert_eq!(found.join(" "), expected, "{expression}");
    }
}

#[test]
fn what_is_read_for_certain() {
    use quote::ToTokens as _;
    for (expression, expected) in [
        ("owns(&db, params.id, &params.org.id).await", "owns db params.id params.org.id"),
        ("params.id.is_empty() && params.is_open()", "params.id params"),
        ("(*params).id == (&params).org && params.0.1 > 1", "params.id params.org params.0.1"),
        ("find(params).id", "find params"),
        ("matches!(user.kind, Kind::Own { id } if id == file.id)", "user.kind.. file.id"),
        ("{ println!(\"{id}: {}\", params.id); true }", "id params.id"),
        ("seen!(id) && unseen![params]", ""),
        ("{ println!(\"{{id}} {id}\", id = org.id); true }", "org.id"),
        ("f(&vec![\"{id}\"], dbg!(\"{id}\"), format!(\"{}\", \"{id}\"))", "f"),
        ("{ assert!(is_open, \"{id}\"); debug_assert!(is_owner); true }", "is_open"),
        ("{ id = 1; params.id = other; true }", "other"),
        ("ids[0] == ids[n]", "ids.. ids.. n"),
        ("{ let Ids { id, .. } = &ids; id > n }", "ids.. n"),
        ("{ let all = ids; all.id > 1 }", "ids"),
        ("match ids { (id, 1) => id > n, _ => false }", "ids.. n"),
        ("match ids { Ids { id, .. } if id > n => true, _ => false }", "ids.. n"),
        ("match (&ids, user.id()) { (Ids { id, .. }, user) => id == user }", "ids.. user"),
        ("match (ids, user) { (id, User { .. }) => id > 1, all => true }", "ids user.."),
        ("{ let x; (x, other) = ids; Ids { id: x, .. } = pair; x > n }", "ids.. pair.. n"),
        ("{ a[n] = m; true }", "n m"),
        ("if let [id, ..] = *ids { id > n } else { false }", "ids.. n"),
        ("matches!(ids, (1, _)) && matches!(id, 1 | 2)", "ids.. id"),
        ("match page { Some(page) => page > id, None => true }", "page id"),
        ("{ #[cfg(unix)] if id > 1 { return false; } true }", ""),
        ("match id { #[cfg_attr(x, y)] 1 => true, _ => false }", ""),
        ("{ let id = params.id; id > 1 }", "params.id"),
    ] {
        let expr = syn::parse_str(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let named = super::read_by(&expr).into_iter().map(|free| {
            let fields = free.fields.iter().map(|field| format!(".{}", field.to_token_stream()));
            let end = if free.is_partial { ".." } else { "" };
            free.ident.to_string() + &fields.collect::<String>() + end
        });
        assert_eq!(named.collect::<Vec<_>>().join(" "), expected, "{expression}");
    }
}

#[test]
fn a_function_is_not_an_operand() {
    use super::Position::{Function, Operand, Passed, Word};
    for (expression, expected) in [
        ("a.is_some() && !b && (c) == &d", vec![Operand; 4]),
        ("a.b && c? && d.await && e as u8 > 1", vec![Operand; 4]),
        ("x.is_some_and(f)", vec![Operand, Function]),
        ("f(x, (y))", vec![Function, Passed, Passed]),
        ("S { x, y: z }", vec![Passed; 2]),
        ("m!(x)", vec![Word]),
        ("x", vec![Passed]),
    ] {
        let expr = syn::parse_str(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        let found: Vec<_> = of(&expr).iter().map(|free| free.position).collect();
        assert_eq!(found, expected, "{expression}");
    }
}
