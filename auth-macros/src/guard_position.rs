//! The position of the guard among the handler's arguments, and how to find an existing guard.

#[cfg(test)]
mod tests;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{FnArg, Pat, PatType, Path, Signature, Type};

use crate::attribute::Attribute;
use crate::handler::{Handler, RawAttribute};
use crate::syntax::{type_args, type_path};

/// The parts of a handler's guard argument.
#[derive(Clone, Debug)]
pub(crate) struct GuardType {
    pub(crate) policy: TokenStream,
    /// The source of `from`; `None` means `()`, like in the runtime.
    pub(crate) from: Option<TokenStream>,
    /// The source of `check`; `None` means `()`, too.
    pub(crate) check: Option<TokenStream>,
}

impl GuardType {
    /// The guard for an attribute with an error.
    pub(crate) fn deny_all(module: &Path) -> Self {
        Self { policy: quote_spanned!(Span::mixed_site()=> #module::DenyAll), from: None, check: None }
    }

    /// Both guards combined, this one first.
    pub(crate) fn and(&self, below: &Self, module: &Path) -> Self {
        let span = Span::mixed_site();
        let both = |above: &Option<TokenStream>, below: &Option<TokenStream>| match (above, below) {
            (None, None) => None,
            (Some(above), None) => Some(quote_spanned!(span=> (#above, ()))),
            (None, Some(below)) => Some(quote_spanned!(span=> ((), #below))),
            (Some(above), Some(below)) => Some(quote_spanned!(span=> (#above, #below))),
        };
        let (first, second) = (&self.policy, &below.policy);
        Self {
            policy: quote_spanned!(span=> #module::And<#first, #second>),
            from: both(&self.from, &below.from),
            check: both(&self.check, &below.check),
        }
    }
}

/// The runtime's type for a guard in its own argument. If an attribute above calls the handler with its original
/// arguments, rustc prints this name, which says what to move.
const MARKER: &str = "OnlyRoutersCallThisSoDebugHandlerGoesBelow";

/// The runtime's types for a guard paired with an argument; they are also the patterns that take the pair apart: one if
/// more arguments follow, and one for the last argument.
const PAIRS: [&str; 2] = ["Guarded", "GuardedLast"];

/// The position of a guard argument.
pub(crate) enum Position {
    /// A separate argument, before the argument with this index.
    Own(usize),
    /// Paired with the argument with this index, which keeps the number of arguments.
    Paired(usize),
    /// The same, if another macro has replaced the pattern by a name, which must be kept.
    Opaque(usize, Box<Pat>),
}

/// Chooses the position on a handler without a guard.
///
/// An attribute macro below sees the arguments after our change, and some macros read their patterns. So it gets a
/// separate argument without a meaningful pattern. An attribute macro above has seen the original number of arguments,
/// and may have generated a call with that many. A wrong guess moves the guard or fails to compile. It never removes
/// the guard.
pub(crate) fn choose(handler: &Handler) -> Position {
    let first = handler.sig.inputs.first();
    match first {
        Some(FnArg::Typed(arg)) if arg.attrs.is_empty() && handler.attrs.iter().all(is_harmless) => Position::Paired(0),
        Some(FnArg::Receiver(_)) => Position::Own(1),
        _ => Position::Own(0),
    }
}

/// Removes the guard from a signature, which is then as the user wrote it.
pub(crate) fn take(sig: &mut Signature) -> Option<(GuardType, Position)> {
    let (index, (guard, rest)) = sig.inputs.iter().enumerate().find_map(|(index, arg)| match arg {
        FnArg::Typed(arg) => found_in(arg).map(|found| (index, found)),
        FnArg::Receiver(_) => None,
    })?;
    let rest = rest.filter(|rest| !is_private(rest, MARKER));
    let inputs = std::mem::take(&mut sig.inputs);
    let mut position = Position::Own(index);
    for (at, arg) in inputs.into_iter().enumerate() {
        match (&rest, arg) {
            (None, _) if at == index => {}
            (Some(rest), FnArg::Typed(mut arg)) if at == index => {
                let (kept, inner) = open(&arg.pat);
                position = match kept {
                    Some(pat) => Position::Opaque(index, Box::new(pat)),
                    None => Position::Paired(index),
                };
                *arg.pat = inner;
                *arg.ty = rest.clone();
                sig.inputs.push(FnArg::Typed(arg));
            }
            (_, arg) => sig.inputs.push(arg),
        }
    }
    Some((guard, position))
}

/// Inserts a guard of this type into a signature.
pub(crate) fn put(handler: &mut Handler, guard: &GuardType, position: &Position, module: &Path) {
    let span = Span::mixed_site();
    let sig = &mut handler.sig;
    let last = match position {
        // An attribute macro below might add arguments.
        Position::Own(_) => sig.inputs.is_empty() && handler.attrs.iter().all(is_harmless),
        Position::Paired(_) | Position::Opaque(..) => sig.inputs.len() == 1,
    };
    let pair = Ident::new(if last { "GuardedLast" } else { "Guarded" }, span);
    let GuardType { policy, from, check } = guard;
    let sources = match (from, check) {
        (None, None) => None,
        (Some(from), None) => Some(quote_spanned!(span=> , #from)),
        (None, Some(check)) => Some(quote_spanned!(span=> , (), #check)),
        (Some(from), Some(check)) => Some(quote_spanned!(span=> , #from, #check)),
    };
    let paired =
        |ty: TokenStream| Box::new(Type::Verbatim(quote_spanned!(span=> #module::#pair<#policy, #ty #sources>)));
    let (index, opaque) = match position {
        Position::Own(index) => {
            let marker = Ident::new(MARKER, span);
            let arg = PatType {
                attrs: Vec::new(),
                pat: Box::new(Pat::Verbatim(quote_spanned!(span=> _))),
                colon_token: syn::token::Colon(span),
                ty: paired(quote_spanned!(span=> #module::#marker)),
            };
            let index = (*index).min(sig.inputs.len());
            return sig.inputs.insert(index, FnArg::Typed(arg));
        }
        Position::Paired(index) => (*index, None),
        Position::Opaque(index, pat) => (*index, Some(pat.clone())),
    };
    if let Some(FnArg::Typed(arg)) = sig.inputs.iter_mut().nth(index) {
        let pat = &arg.pat;
        arg.pat = opaque.unwrap_or_else(|| Box::new(Pat::Verbatim(quote_spanned!(span=> #module::#pair(_, #pat)))));
        arg.ty = paired(arg.ty.to_token_stream());
    }
}

/// The guard in an argument, and the type that it is paired with.
fn found_in(arg: &PatType) -> Option<(GuardType, Option<Type>)> {
    let is_pair = PAIRS.iter().any(|pair| is_private(&arg.ty, pair));
    if !is_pair && !is_private(&arg.ty, "Guard") {
        return None;
    }
    let mut args = type_args(&arg.ty).into_iter();
    let policy = args.next()?.to_token_stream();
    let rest = if is_pair { Some(args.next()?.clone()) } else { None };
    let mut source = || args.next().filter(|ty| !is_nothing(ty)).map(ToTokens::to_token_stream);
    Some((GuardType { policy, from: source(), check: source() }, rest))
}

/// Whether a type is `()`, which means no source.
fn is_nothing(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn is_private(ty: &Type, item: &str) -> bool {
    let Some(path) = type_path(ty) else {
        return false;
    };
    let mut segments = path.segments.iter().rev().map(|segment| &segment.ident);
    segments.next().is_some_and(|last| last == item) && segments.next().is_some_and(|module| module == "__private")
}

/// The inner pattern of a pair for its second half, and the whole pattern without it.
fn open(pat: &Pat) -> (Option<Pat>, Pat) {
    if let Pat::TupleStruct(tuple) = pat
        && tuple.path.segments.last().is_some_and(|last| PAIRS.iter().any(|pair| last.ident == pair))
        && let (2, Some(inner)) = (tuple.elems.len(), tuple.elems.last())
    {
        return (None, inner.clone());
    }
    let nothing =
        Pat::Wild(syn::PatWild { attrs: Vec::new(), underscore_token: syn::token::Underscore(Span::mixed_site()) });
    (Some(pat.clone()), nothing)
}

/// Whether an attribute below does not change the arguments.
fn is_harmless(attr: &RawAttribute) -> bool {
    const INERT: [&str; 24] = [
        "allow",
        "automatically_derived",
        "cfg",
        "clippy",
        "cold",
        "coverage",
        "deny",
        "deprecated",
        "diagnostic",
        "doc",
        "expect",
        "export_name",
        "forbid",
        "inline",
        "link_section",
        "must_use",
        "no_mangle",
        "optimize",
        "rustfmt",
        "rust_analyzer",
        "target_feature",
        "track_caller",
        "unsafe",
        "warn",
    ];
    let Some(first) = attr.path.first().map(ToString::to_string) else {
        return false;
    };
    let name = attr.name();
    if name == "cfg_attr" {
        return attr.conditional().iter().all(is_harmless);
    }
    // `instrument` reads patterns of any depth, and accepts a tuple.
    INERT.contains(&first.as_str()) || name == "instrument" || Attribute::from_name(&name).is_some()
}
