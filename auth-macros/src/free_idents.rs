//! Which of some names an expression uses.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};

/// The identifiers that stand where a local variable would be meant: in expression position, or
/// anywhere inside a macro call, whose grammar is its own.
///
/// A name that the expression binds itself is among them: too many names only bind an argument
/// that nothing reads, too few would not compile.
pub(crate) fn of(expression: TokenStream) -> Vec<Ident> {
    let mut found = Vec::new();
    scan(expression, false, &mut found);
    found
}

fn scan(tokens: TokenStream, in_macro: bool, found: &mut Vec<Ident>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let before = |steps| index.checked_sub(steps).and_then(|at| tokens.get(at));
        let after = |steps| tokens.get(index + steps);
        match token {
            TokenTree::Group(group) => {
                let called = is(before(1), '!') && matches!(before(2), Some(TokenTree::Ident(_)));
                scan(group.stream(), in_macro || called, found);
            }
            TokenTree::Ident(ident) => {
                // `.field` and `.method()`, but not the end of a range.
                let member = is(before(1), '.') && !is_joint(before(2), '.');
                let path = is_joint(before(2), ':') || is_joint(after(1), ':');
                let lifetime = is(before(1), '\'');
                // `field: value`, `label: loop`.
                let label = is(after(1), ':');
                let called = is(after(1), '!') && matches!(after(2), Some(TokenTree::Group(_)));
                if in_macro || !(member || path || lifetime || label || called) {
                    found.push(ident.clone());
                }
            }
            TokenTree::Literal(literal) if in_macro => captured(&literal.to_string(), found, token),
            _ => {}
        }
    }
}

/// The names that a format string captures: `"{user} {id:?}"`.
fn captured(literal: &str, found: &mut Vec<Ident>, token: &TokenTree) {
    for part in literal.split('{').skip(1) {
        let end = part.find(['}', ':']).unwrap_or_default();
        let name = part.get(..end).unwrap_or_default().trim_end();
        if syn::parse_str::<Ident>(name).is_ok() {
            found.push(Ident::new(name, token.span()));
        }
    }
}

fn is(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_joint(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct))
        if punct.as_char() == character && punct.spacing() == Spacing::Joint)
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::expand::tests::tokens;

    #[test]
    fn expression_position() {
        for (expression, expected) in [
            ("owns(&db, &user, id).await", "owns db user id"),
            ("user.id() == post.author", "user post"),
            ("users::find(id)", "id"),
            ("Filter { user, org: id }", "Filter user id"),
            ("(0..limit).contains(&n)", "limit n"),
            ("0 .. limit", "limit"),
            ("'user: loop { break 'user x }", "loop break x"),
            ("matches!(user.kind, Kind::Admin if id > 1)", "user kind Kind Admin if id"),
            ("user != other", "user other"),
            ("r#type == 1", "r#type"),
            ("log!(\"{user} {id:?} {{not}} {0}\")", "user id not"),
            ("say(\"{user}\")", "say"),
            ("a ? b", "a b"),
        ] {
            let found: Vec<String> = of(tokens(expression)).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), expected, "{expression}");
        }
    }
}
