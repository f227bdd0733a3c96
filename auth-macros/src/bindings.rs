//! Finds the handler's argument that binds a name, and checks that a guard can extract it.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Pat, PatType, Type};

use crate::diag::{Diag, all_of, nearest};
use crate::free_idents::{self, Position};
use crate::handler::Handler;
use crate::syntax::{bindings, loaded_type, same, type_args, type_name};
use crate::text;

/// An argument that a guard extracts, and the names in its pattern that the attribute uses.
pub(crate) struct Source<'h> {
    pub(crate) arg: &'h PatType,
    pub(crate) names: Vec<&'h Ident>,
}

/// The argument that binds `root` of `from = root`.
pub(crate) fn of_from<'h>(root: &Ident, handler: &'h Handler, diag: &mut Diag) -> Option<Source<'h>> {
    let mut binding = handler
        .args()
        .flat_map(|arg| bindings(&arg.pat).into_iter().map(move |name| (name, arg)))
        .filter(|(name, _)| same(name, root));
    let Some((name, arg)) = binding.next() else {
        let word = root.to_string();
        let message = match word.as_str() {
            "path" | "query" | "header" => {
                format!("no argument named `{word}`: write `{word}(\"..\")` for that part of the request")
            }
            "active" => format!("no argument named `{word}`: write `active()` for the token's active organization"),
            _ => unbound(root, handler),
        };
        diag.at(root.span(), message);
        return None;
    };
    if binding.next().is_some() {
        diag.at(root.span(), format!("two arguments are named `{root}`: rename one"));
        return None;
    }
    usable(arg, root, Purpose::From, diag).then(|| Source { arg, names: vec![name] })
}

/// The arguments that an expression uses, in the handler's order. `loaded` is the argument that a `load` has set before
/// the expression is evaluated.
pub(crate) fn of_expression<'h>(
    expression: &Expr,
    key: &'static str,
    handler: &'h Handler,
    loaded: Option<&PatType>,
    diag: &mut Diag,
) -> Vec<Source<'h>> {
    let used = free_idents::of(expression);
    let mut sources = Vec::new();
    for arg in handler.args() {
        let bound = bindings(&arg.pat);
        let is_bound = |ident: &Ident| bound.iter().any(|name| same(name, ident));
        // Before the `load`, its value has no name. So `title` in `load = title(id)` is a function.
        let is_unset = loaded.is_none() && loaded_type(arg).is_some();
        let is_item = |free: &free_idents::FreeIdent| is_unset && free.position == Position::Function;
        let Some(first) = used.iter().find(|free| is_bound(&free.ident) && !is_item(free)) else { continue };
        let is_usable = if loaded_type(arg).is_some() {
            !is_unset || not_loaded(&first.ident, key, diag)
        } else {
            usable(arg, &first.ident, Purpose::Expression(key), diag)
        };
        if is_usable {
            let is_used = |name: &&Ident| used.iter().any(|free| same(name, &free.ident));
            sources.push(Source { arg, names: bound.into_iter().filter(is_used).collect() });
        }
    }
    report_unbound(&used, handler, diag);
    sources
}

/// Reports the use of an argument that no `load` has set yet.
fn not_loaded(name: &Ident, key: &str, diag: &mut Diag) -> bool {
    let message = if key == "load" {
        format!("`{name}` does not exist before `load` has run: use the arguments that identify the object")
    } else {
        format!("`{name}` is not loaded yet: put this `check` on the attribute with `load`, or below that attribute")
    };
    diag.at(name.span(), message);
    false
}

/// Reports names that no argument binds and that can only be arguments. A name that could also be an item is left to
/// rustc.
fn report_unbound(used: &[free_idents::FreeIdent], handler: &Handler, diag: &mut Diag) {
    let known: Vec<String> = names(handler).map(ToString::to_string).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut reported: Vec<&Ident> = Vec::new();
    for free in used {
        let ident = &free.ident;
        let word = ident.to_string();
        let is_meant = match free.position {
            Position::Operand => true,
            Position::Passed => word.len() > 2 && nearest(&word, &known).is_some(),
            Position::Function | Position::Word => false,
        };
        let is_known = names(handler).chain(reported.iter().copied()).any(|name| same(name, ident));
        if is_meant && !is_known && !word.contains(char::is_uppercase) {
            diag.at(ident.span(), unbound(ident, handler));
            reported.push(ident);
        }
    }
}

/// A name that a pattern binds when it is matched against a reference.
pub(crate) struct Lent {
    pub(crate) name: Ident,
    /// Whether the pattern has `ref`, so that the name is a reference.
    pub(crate) is_reference: bool,
    /// How many references the pattern removes.
    pub(crate) dereferenced: usize,
}

/// Reduces a pattern to these names, so that it can be matched against a reference. Removes `ref` and `mut`, which are
/// not allowed there. Returns the pattern and its names.
pub(crate) fn lent(pat: &Pat, names: &[&Ident]) -> (Pat, Vec<Lent>) {
    let mut pat = pat.clone();
    let mut lent = Vec::new();
    strip(&mut pat, names, 0, &mut lent);
    // Each case of an or-pattern binds the same names.
    let mut seen: Vec<Ident> = Vec::new();
    lent.retain(|lent: &Lent| {
        let is_new = !seen.iter().any(|seen| same(seen, &lent.name));
        seen.push(lent.name.clone());
        is_new
    });
    (pat, lent)
}

fn strip(pat: &mut Pat, names: &[&Ident], dereferenced: usize, lent: &mut Vec<Lent>) {
    let mut each = |pat: &mut Pat| strip(pat, names, dereferenced, lent);
    match pat {
        Pat::Ident(binding) => {
            let is_read = names.iter().any(|name| same(name, &binding.ident));
            let is_reference = binding.by_ref.take().is_some() && binding.mutability.take().is_none();
            binding.mutability = None;
            if let Some((_, inner)) = &mut binding.subpat {
                each(inner);
            }
            let inner = binding.subpat.take().map(|(at, inner)| (at, *inner));
            let is_inner_read = inner.as_ref().is_some_and(|(_, inner)| !bindings(inner).is_empty());
            let name = binding.ident.clone();
            match (is_read, inner) {
                (true, Some((at, inner))) if is_inner_read => binding.subpat = Some((at, Box::new(inner))),
                (true, _) => {}
                (false, Some((_, inner))) => *pat = inner,
                (false, None) => *pat = wild(),
            }
            if is_read {
                lent.push(Lent { name, is_reference, dereferenced });
            }
        }
        Pat::Reference(reference) => {
            let mut inner = (*reference.pat).clone();
            strip(&mut inner, names, dereferenced + 1, lent);
            *pat = inner;
        }
        Pat::Paren(paren) => each(&mut paren.pat),
        Pat::Type(typed) => each(&mut typed.pat),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(each),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(each),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(each),
        Pat::Or(or) => or.cases.iter_mut().for_each(each),
        Pat::Struct(fields) => fields.fields.iter_mut().for_each(|field| {
            // `{ org }` means `{ org: org }`.
            field.colon_token.get_or_insert_with(|| syn::token::Colon(Span::mixed_site()));
            each(&mut field.pat);
        }),
        _ => {}
    }
}

fn wild() -> Pat {
    Pat::Wild(syn::PatWild { attrs: Vec::new(), underscore_token: syn::token::Underscore(Span::mixed_site()) })
}

#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    From,
    /// `load` or `check`.
    Expression(&'static str),
}

/// Reports an argument that a guard cannot extract, at the name in the attribute.
fn usable(arg: &PatType, name: &Ident, purpose: Purpose, diag: &mut Diag) -> bool {
    let ty = text::of_type(arg.ty.to_token_stream());
    let conditional = arg.attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"));
    let why = if conditional {
        format!("`{name}` exists only under a `cfg`: write two handlers, each with its own `cfg`")
    } else if reads_body(&arg.ty) {
        let found = format!("`{name}` comes from `{ty}`, which reads the body");
        match purpose {
            Purpose::From => format!("{found}: take the organization id from the path, the query or a header"),
            Purpose::Expression(key) => {
                format!(
                    "{found}: `{key}` runs before that, and can use only the path, the query, the headers and the state"
                )
            }
        }
    } else if loaded_type(arg).is_some() {
        format!("`{name}` comes from a `load`, which runs after the organization is known: use another argument")
    } else if has_impl(arg.ty.to_token_stream()) {
        format!(
            "`{name}` has the type `{ty}`, which a guard cannot name: write the type out, or make it a type parameter"
        )
    } else {
        return true;
    };
    diag.at(name.span(), why);
    false
}

/// Whether a type is a known extractor of the request's body.
fn reads_body(ty: &Type) -> bool {
    const BODIES: [&str; 15] = [
        "Body",
        "Bytes",
        "BytesMut",
        "Cbor",
        "Form",
        "Html",
        "Json",
        "JsonLines",
        "MsgPack",
        "Multipart",
        "Protobuf",
        "RawForm",
        "Request",
        "String",
        "TypedMultipart",
    ];
    let Some(name) = type_name(ty).map(ToString::to_string) else {
        return false;
    };
    match name.as_str() {
        "Option" | "Result" => type_args(ty).first().is_some_and(|inner| reads_body(inner)),
        name => BODIES.contains(&name),
    }
}

fn has_impl(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}

fn unbound(name: &Ident, handler: &Handler) -> String {
    let known: Vec<String> = names(handler).map(ToString::to_string).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match (nearest(&name.to_string(), &known), known.as_slice()) {
        (Some(near), _) => format!("no argument named `{name}`: did you mean `{near}`?"),
        (None, []) => format!("no argument named `{name}`: add one, for example `Path({name}): Path<String>`"),
        (None, known) => format!("no argument named `{name}`; available: {}", all_of(known)),
    }
}

/// The names that the handler's arguments bind.
fn names(handler: &Handler) -> impl Iterator<Item = &Ident> {
    handler.args().flat_map(|arg| bindings(&arg.pat))
}
