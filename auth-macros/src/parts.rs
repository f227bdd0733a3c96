//! The part of an extractor's value that an expression reads: all of it, an item of a tuple, or a field.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;
use syn::{Expr, Member, Pat, PatType};

use crate::free_idents;
use crate::syntax::{bindings, same};

/// A part of the value `T` that an argument extracts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    All,
    /// By position, from 0.
    Item(usize),
    /// By position from the end, from 0.
    ItemFromEnd(usize),
    /// A field, or a field of it: `user.org`.
    Field(String),
    /// Some part.
    Unknown,
}

impl Part {
    pub(crate) fn emit(&self) -> TokenStream {
        let span = Span::mixed_site();
        match self {
            Self::All => quote_spanned!(span=> __rt::Part::All),
            Self::Item(index) => quote_spanned!(span=> __rt::Part::Item(#index)),
            Self::ItemFromEnd(index) => quote_spanned!(span=> __rt::Part::ItemFromEnd(#index)),
            Self::Unknown => quote_spanned!(span=> __rt::Part::Unknown),
            Self::Field(name) => quote_spanned!(span=> __rt::Part::Field(#name)),
        }
    }
}

/// The parts of an argument that an expression certainly reads, by name.
pub(crate) fn read_by(expression: &Expr, arg: &PatType) -> Vec<(Ident, Part)> {
    let mut read = Vec::new();
    for free in free_idents::read_by(expression) {
        if !bindings(&arg.pat).into_iter().any(|bound| same(bound, &free.ident)) {
            continue;
        }
        let known = part(&arg.pat, &free.ident, &free.fields).filter(|_| !free.is_partial);
        let part = known.unwrap_or(Part::Unknown);
        if !read.iter().any(|(name, known)| same(name, &free.ident) && *known == part) {
            read.push((free.ident, part));
        }
    }
    read
}

/// The part of the extracted value that a name in the pattern binds. If the name binds the whole value, the part is the
/// first of these fields.
pub(crate) fn part(pat: &Pat, name: &Ident, fields: &[Member]) -> Option<Part> {
    match pat {
        Pat::Paren(paren) => part(&paren.pat, name, fields),
        Pat::Type(typed) => part(&typed.pat, name, fields),
        // `Path(inner)`
        Pat::TupleStruct(extractor) if extractor.elems.len() == 1 => {
            extractor.elems.iter().find_map(|inner| inside(inner, name, fields))
        }
        // `Path { 0: inner }`
        Pat::Struct(extractor) if extractor.fields.iter().any(|field| matches!(field.member, Member::Unnamed(_))) => {
            extractor.fields.iter().find_map(|field| match &field.member {
                Member::Unnamed(index) if index.index == 0 => inside(&field.pat, name, fields),
                _ => None,
            })
        }
        // The name binds the extractor itself. Its value is the field `0`, and it derefs to the value.
        Pat::Ident(binding) if same(&binding.ident, name) => match fields {
            [Member::Unnamed(index), rest @ ..] if index.index == 0 => first(rest),
            fields => first(fields),
        },
        Pat::Ident(binding) => binding.subpat.as_ref().and_then(|(_, inner)| part(inner, name, fields)),
        pat => inside(pat, name, fields),
    }
}

/// Like [`part`], for the pattern of the extracted value itself.
fn inside(pat: &Pat, name: &Ident, fields: &[Member]) -> Option<Part> {
    let holds = |pat: &Pat| bindings(pat).into_iter().any(|bound| same(bound, name));
    match pat {
        Pat::Paren(paren) => inside(&paren.pat, name, fields),
        Pat::Type(typed) => inside(&typed.pat, name, fields),
        Pat::Reference(reference) => inside(&reference.pat, name, fields),
        Pat::Ident(binding) if same(&binding.ident, name) => first(fields),
        Pat::Ident(binding) => binding.subpat.as_ref().and_then(|(_, inner)| inside(inner, name, fields)),
        Pat::Struct(pat) => {
            let field = pat.fields.iter().find(|field| holds(&field.pat))?;
            Some(of_member(&field.member))
        }
        Pat::Tuple(tuple) => item(tuple.elems.iter(), holds),
        // Serde looks through a newtype, so positions inside it are those of the parameters.
        Pat::TupleStruct(tuple) if tuple.elems.len() == 1 => match tuple.elems.first() {
            Some(inner) => inside(inner, name, fields),
            None => None,
        },
        Pat::TupleStruct(tuple) => item(tuple.elems.iter(), holds),
        Pat::Slice(slice) => item(slice.elems.iter(), holds),
        Pat::Or(or) => {
            let mut cases = or.cases.iter().map(|case| inside(case, name, fields));
            let first = cases.next()??;
            // Which case matches is not known.
            cases.all(|part| part.as_ref() == Some(&first)).then_some(first)
        }
        // No other pattern is known to read a certain part.
        _ => None,
    }
}

/// The item of a tuple that binds a name. `..` can replace some of the other items.
fn item<'p>(items: impl ExactSizeIterator<Item = &'p Pat>, holds: impl Fn(&Pat) -> bool) -> Option<Part> {
    let count = items.len();
    let mut has_rest = false;
    for (index, pat) in items.enumerate() {
        if matches!(pat, Pat::Rest(_)) {
            has_rest = true;
        } else if holds(pat) {
            return Some(if has_rest { Part::ItemFromEnd(count - 1 - index) } else { Part::Item(index) });
        }
    }
    None
}

/// The part that a chain of fields reads. Whether a number is an item or the inside of a newtype is not known if another
/// member follows it.
fn first(fields: &[Member]) -> Option<Part> {
    match fields {
        [] => Some(Part::All),
        [Member::Unnamed(_), _, ..] => None,
        [member @ Member::Unnamed(_)] => Some(of_member(member)),
        chain => Some(Part::Field(dotted(chain))),
    }
}

fn of_member(member: &Member) -> Part {
    match member {
        Member::Named(name) => Part::Field(name.unraw().to_string()),
        Member::Unnamed(index) => Part::Item(index.index as usize),
    }
}

/// `user.org`
pub(crate) fn dotted(members: &[Member]) -> String {
    let names = members.iter().map(|member| match member {
        Member::Named(field) => field.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    });
    names.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use syn::FnArg;

    use super::{Part, read_by};

    #[test]
    fn parts_are_found() {
        use Part::{All, Item, ItemFromEnd, Unknown};
        let field = |name: &str| Part::Field(name.to_owned());
        for (arg, expression, expected) in [
            ("Path(id): Path<u64>", "f(id)", vec![All]),
            ("Path((org, id)): Path<(String, u64)>", "f(id)", vec![Item(1)]),
            ("Path((.., id, _)): Path<(String, u64, u8)>", "f(id)", vec![ItemFromEnd(1)]),
            ("Path((Org(org), id)): Path<(Org, u64)>", "f(org, &id)", vec![Item(0), Item(1)]),
            ("Path(Ids { org, file: id, .. }): Path<Ids>", "f(id)", vec![field("file")]),
            ("Path(Ids { r#type, .. }): Path<Ids>", "r#type > 1", vec![field("type")]),
            ("Path(Ids((org, id))): Path<Ids>", "f(id)", vec![Item(1)]),
            ("Path(Id(id)): Path<Id>", "f(id)", vec![All]),
            ("Path(Ids(ids)): Path<Ids>", "f(ids.1)", vec![Item(1)]),
            ("Path(ids): Path<Ids>", "{ let Ids { org, .. } = ids; f(org) }", vec![Unknown]),
            ("Path(ids): Path<Ids>", "f(ids.0.1)", vec![Unknown]),
            ("whole @ Path((org, id)): Path<(u8, u8)>", "f(id)", vec![Item(1)]),
            ("Path { 0: (org, id) }: Path<(u8, u8)>", "f(id)", vec![Item(1)]),
            ("Path([_, id]): Path<[String; 2]>", "f(id)", vec![Item(1)]),
            ("Path([.., id, _]): Path<[String; 3]>", "f(id)", vec![ItemFromEnd(1)]),
            ("Path([id, ..] | [_, id]): Path<[String; 2]>", "f(id)", vec![Unknown]),
            ("Path((id, 0) | (id, 1)): Path<(u64, u8)>", "f(id)", vec![Item(0)]),
            ("Path(ids): Path<Ids>", "ids.file == 1 && g(&ids.org)", vec![field("file"), field("org")]),
            ("Path(ids): Path<Ids>", "f(&ids)", vec![All]),
            ("Path(ids): Path<Ids>", "ids.are_known()", vec![All]),
            ("ids: Path<Ids>", "f(ids.0.file, ids.org)", vec![field("file"), field("org")]),
            ("pair: Path<(u8, u8)>", "f(pair.0.1) && g(pair.1) && h(pair.0)", vec![Item(1), All]),
            (
                "Path(ref whole @ Ids { ref file, .. }): Path<Ids>",
                "f(file, whole.org)",
                vec![field("file"), field("org")],
            ),
            ("tenant: Tenant", "f(tenant.user.org, tenant.user.name.0)", vec![field("user.org"), field("user.name.0")]),
            ("tenant: Tenant", "tenant.may(1)", vec![All]),
            ("Path(id): Path<u64>", "seen!(id)", vec![]),
            ("Path(id): Path<u64>", "user.is_some()", vec![]),
        ] {
            let FnArg::Typed(parsed) = syn::parse_str(arg).expect(arg) else { unreachable!() };
            let read = read_by(&syn::parse_str(expression).expect(expression), &parsed);
            assert_eq!(read.into_iter().map(|(_, part)| part).collect::<Vec<_>>(), expected, "{arg}: {expression}");
        }
    }
}
