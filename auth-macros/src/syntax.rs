//! Reads types and patterns, as far as their tokens show.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{Pat, Type, TypePath, parenthesized};

/// The path of a type, inside parentheses and invisible groups of `macro_rules!`.
pub(crate) fn type_path(ty: &Type) -> Option<&syn::Path> {
    match ty {
        Type::Path(TypePath { path, .. }) => Some(path),
        Type::Group(group) => type_path(&group.elem),
        Type::Paren(paren) => type_path(&paren.elem),
        _ => None,
    }
}

/// The last segment of a type's path.
pub(crate) fn type_name(ty: &Type) -> Option<&Ident> {
    type_path(ty)?.segments.last().map(|segment| &segment.ident)
}

/// The types in the angle brackets of a type's last segment.
pub(crate) fn type_args(ty: &Type) -> Vec<&Type> {
    let Some(last) = type_path(ty).and_then(|path| path.segments.last()) else {
        return Vec::new();
    };
    match &last.arguments {
        syn::PathArguments::AngleBracketed(brackets) => brackets
            .args
            .iter()
            .filter_map(|arg| match arg {
                syn::GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A part of a request that an extractor takes fields from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OutsidePath {
    Query,
    Body,
}

/// The `T` of `Query<T>`, `Json<T>` or `Form<T>`, also inside an `Option` or a `Result`.
pub(crate) fn takes(ty: &Type) -> Option<(OutsidePath, &Type)> {
    let name = type_name(ty)?.to_string();
    match (name.as_str(), type_args(ty).as_slice()) {
        ("Query", [fields]) => Some((OutsidePath::Query, fields)),
        ("Json" | "Form", [fields]) => Some((OutsidePath::Body, fields)),
        ("Option", [inner]) | ("Result", [inner, ..]) => takes(inner),
        _ => None,
    }
}

/// The `T` of an argument `Loaded<T>`.
pub(crate) fn loaded_type(arg: &syn::PatType) -> Option<&Type> {
    let is_loaded = type_name(&arg.ty).is_some_and(|name| name == "Loaded");
    match type_args(&arg.ty).as_slice() {
        [inner] if is_loaded => Some(inner),
        _ => None,
    }
}

/// The names that a pattern binds.
pub(crate) fn bindings(pat: &Pat) -> Vec<&Ident> {
    match pat {
        Pat::Ident(binding) => {
            let inside = binding.subpat.iter().flat_map(|(_, pat)| bindings(pat));
            std::iter::once(&binding.ident).chain(inside).collect()
        }
        Pat::Tuple(tuple) => tuple.elems.iter().flat_map(bindings).collect(),
        Pat::TupleStruct(tuple) => tuple.elems.iter().flat_map(bindings).collect(),
        Pat::Slice(slice) => slice.elems.iter().flat_map(bindings).collect(),
        Pat::Struct(fields) => fields.fields.iter().flat_map(|field| bindings(&field.pat)).collect(),
        Pat::Reference(reference) => bindings(&reference.pat),
        Pat::Paren(paren) => bindings(&paren.pat),
        Pat::Guard(guarded) => bindings(&guarded.pat),
        Pat::Type(typed) => bindings(&typed.pat),
        // Each case of an or-pattern binds the same names.
        Pat::Or(or) => or.cases.first().map(bindings).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The content of the following parentheses.
pub(crate) fn parentheses(input: ParseStream<'_>) -> syn::Result<ParseBuffer<'_>> {
    let content;
    parenthesized!(content in input);
    Ok(content)
}

/// Whether two names are equal, ignoring `r#`.
pub(crate) fn same(a: &Ident, b: &Ident) -> bool {
    a.unraw() == b.unraw()
}
