//! Which of the handler's arguments a name means, and whether a guard may extract it first.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, Pat, PatType, Type};

use crate::diag::{Diag, all_of, nearest};
use crate::handler::Handler;
use crate::syntax::{bindings, same, type_args, type_name};
use crate::{free_idents, text};

/// The argument that `root` of `from = root` is bound by.
pub(crate) fn of_from<'h>(root: &Ident, handler: &'h Handler, diag: &mut Diag) -> Option<&'h PatType> {
    let mut binding = handler
        .args()
        .flat_map(|arg| bindings(&arg.pat).into_iter().map(move |name| (name, arg)))
        .filter(|(name, _)| same(name, root));
    let Some((_, arg)) = binding.next() else {
        diag.at(root.span(), unbound(root, handler));
        return None;
    };
    if binding.next().is_some() {
        diag.at(root.span(), format!("`{root}` is bound twice: rename one of the two"));
        return None;
    }
    usable(arg, root, Purpose::From, diag).then_some(arg)
}

/// The arguments whose names the expression of `check` uses, in the handler's order.
pub(crate) fn of_check<'h>(check: &Expr, handler: &'h Handler, diag: &mut Diag) -> Vec<&'h PatType> {
    let used = free_idents::of(check.to_token_stream());
    let mut sources = Vec::new();
    for arg in handler.args() {
        let bound = bindings(&arg.pat);
        let by = used.iter().find(|name| bound.iter().any(|ident| same(ident, name)));
        if let Some(name) = by
            && usable(arg, name, Purpose::Check, diag)
        {
            sources.push(arg);
        }
    }
    sources
}

/// The pattern as it binds behind a reference: what it says about ownership has no meaning there.
pub(crate) fn by_reference(pat: &Pat) -> Pat {
    let mut pat = pat.clone();
    strip(&mut pat);
    pat
}

fn strip(pat: &mut Pat) {
    match pat {
        Pat::Ident(binding) => {
            binding.by_ref = None;
            binding.mutability = None;
            if let Some((_, inner)) = &mut binding.subpat {
                strip(inner);
            }
        }
        Pat::Reference(reference) => {
            let mut inner = (*reference.pat).clone();
            strip(&mut inner);
            *pat = inner;
        }
        Pat::Paren(paren) => strip(&mut paren.pat),
        Pat::Type(typed) => strip(&mut typed.pat),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(strip),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(strip),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(strip),
        Pat::Or(or) => or.cases.iter_mut().for_each(strip),
        Pat::Struct(fields) => fields.fields.iter_mut().for_each(|field| strip(&mut field.pat)),
        _ => {}
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    From,
    Check,
}

/// Reports, at the name in the attribute, an argument that a guard cannot extract before the handler.
fn usable(arg: &PatType, name: &Ident, purpose: Purpose, diag: &mut Diag) -> bool {
    let ty = text::of_type(arg.ty.to_token_stream());
    let conditional = arg.attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"));
    let why = if conditional {
        format!(
            "`{name}` is bound by an argument that is there only under a `cfg`: put the `cfg` on two handlers instead"
        )
    } else if reads_body(&arg.ty) {
        match purpose {
            Purpose::From => format!(
                "`{name}` is bound by `{ty}`, which reads the body: the org id has to come from the path, the query or the headers"
            ),
            Purpose::Check => format!(
                "`{name}` is bound by `{ty}`, which reads the body: `check` runs before any body is read, over the path, the query, the headers and the state"
            ),
        }
    } else if has_impl(arg.ty.to_token_stream()) {
        format!(
            "`{name}` is bound by `{ty}`: a guard has to name the type, write it out or make it a generic parameter"
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

fn unbound(root: &Ident, handler: &Handler) -> String {
    let names: Vec<String> = handler.args().flat_map(|arg| bindings(&arg.pat)).map(ToString::to_string).collect();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let root = root.to_string();
    if matches!(root.as_str(), "path" | "query" | "header") {
        return format!("no argument binds `{root}`: write `{root}(\"..\")` for that part of the request");
    }
    if root == "active" {
        return "no argument binds `active`: write `active()` for the organisation that the token names".to_owned();
    }
    if let Some(near) = nearest(&root, &known) {
        return format!("no argument binds `{root}`: did you mean `{near}`?");
    }
    match known.as_slice() {
        [] => format!("no argument binds `{root}`: add one that does, as `Path({root}): Path<String>`"),
        known => format!("no argument binds `{root}`: bound are {}", all_of(known)),
    }
}
