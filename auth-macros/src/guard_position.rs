//! The position of the guard among the handler's arguments, and how to find an existing guard.

#[cfg(test)]
mod tests;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{FnArg, Pat, PatType, Path, Signature, Type};

use crate::attribute::Attribute;
use crate::handler::{Handler, RawAttribute};
use crate::held::Held;
use crate::syntax::{type_args, type_name, type_path};

/// The parts of a handler's guard argument.
#[derive(Clone)]
pub(crate) struct GuardType {
    pub(crate) policy: TokenStream,
    /// The arguments in the guard.
    pub(crate) held: Held,
    /// Whether the policy was generated for arguments in a guard.
    pub(crate) reads: bool,
}

impl GuardType {
    /// The guard for an attribute with an error.
    pub(crate) fn deny_all(module: &Path) -> Self {
        let policy = quote_spanned!(Span::mixed_site()=> #module::DenyAll);
        Self { policy, held: Held::default(), reads: false }
    }

    /// Both guards combined, this one first. If the guard below has arguments, they begin with all arguments of this
    /// guard.
    pub(crate) fn and(&self, below: &Self, module: &Path) -> Self {
        let span = Span::mixed_site();
        let (first, second) = (&self.policy, &below.policy);
        let policy = match (self.reads, below.reads) {
            (true, false) => quote_spanned!(span=> #module::And<#first, #module::Plain<#second>>),
            (false, true) => quote_spanned!(span=> #module::And<#module::Plain<#first>, #second>),
            (true, true) if below.held.groups() > self.held.groups() => {
                quote_spanned!(span=> #module::Then<#first, #second>)
            }
            (true, true) | (false, false) => quote_spanned!(span=> #module::And<#first, #second>),
        };
        let held = if below.reads { &below.held } else { &self.held };
        Self { policy, held: held.clone(), reads: self.reads || below.reads }
    }
}

/// The runtime's type for a guard in its own argument. If an attribute above calls the handler with its original
/// arguments, rustc prints this name, which says what to move.
const MARKER: &str = "OnlyRoutersCallThisSoDebugHandlerGoesBelow";

/// The runtime's types for a guard paired with an argument: the first if more arguments follow, the second for the last
/// argument. They are also the patterns that take the pair apart.
const PAIRS: [&str; 2] = ["Guarded", "GuardedLast"];

/// Like [`PAIRS`], for a guard that contains arguments and is not paired.
const HOLDERS: [&str; 2] = ["GuardedWith", "GuardedWithLast"];

/// Extractors that other attribute macros look for. Those macros stand below ours and read the types of the handler's
/// arguments.
const SHOWN: [&str; 3] = ["Path", "Query", "State"];

/// The position of a guard argument.
pub(crate) enum Position {
    /// A separate argument, before the argument with this index.
    Own(usize),
    /// Paired with the argument with this index, which keeps the number of arguments.
    Paired(usize),
    /// Like `Paired`, if another macro has replaced the pattern by a name. The name must be kept.
    Opaque(usize, Box<Pat>),
    /// The first argument, which contains other arguments. If another macro has seen the guard, the value lists the
    /// names of all arguments that were put into the signature.
    Holder(Vec<Ident>),
    /// Like `Holder`, if another macro has replaced the pattern by a name.
    OpaqueHolder(Box<Pat>),
}

impl Position {
    /// Whether another macro has hidden the names of the arguments in the guard.
    pub(crate) fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque(..) | Self::OpaqueHolder(_))
    }
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

/// A guard from an attribute above.
pub(crate) struct Taken {
    pub(crate) guard: GuardType,
    pub(crate) position: Position,
    /// The number of arguments that an attribute macro in between has seen. It may have generated a call with that
    /// many.
    pub(crate) seen: usize,
}

/// Removes the guard from a signature, which is then as the user wrote it, except that the arguments in the guard come
/// first.
pub(crate) fn take(sig: &mut Signature) -> Option<Taken> {
    let written = sig.inputs.len();
    let (guard, position, is_seen) = take_holder(sig).or_else(|| take_beside(sig))?;
    Some(Taken { guard, position, seen: if is_seen { written } else { 0 } })
}

/// Removes a guard that is paired with another argument or alone.
fn take_beside(sig: &mut Signature) -> Option<(GuardType, Position, bool)> {
    let (index, (guard, rest)) = sig.inputs.iter().enumerate().find_map(|(index, arg)| match arg {
        FnArg::Typed(arg) => found_in(arg).map(|found| (index, found)),
        FnArg::Receiver(_) => None,
    })?;
    let rest = rest.filter(|rest| !is_private(rest, MARKER));
    let guard = GuardType { policy: guard, held: Held::default(), reads: false };
    let inputs = std::mem::take(&mut sig.inputs);
    let mut position = Position::Own(index);
    for (at, arg) in inputs.into_iter().enumerate() {
        match (&rest, arg) {
            (None, _) if at == index => {}
            (Some(rest), FnArg::Typed(mut arg)) if at == index => {
                let (kept, inner) = open(&arg.pat, &PAIRS);
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
    let is_seen = matches!(position, Position::Own(_));
    Some((guard, position, is_seen))
}

/// Removes a guard that contains arguments.
fn take_holder(sig: &mut Signature) -> Option<(GuardType, Position, bool)> {
    let (index, guard, position, is_named) = sig.inputs.iter().enumerate().find_map(|(index, arg)| {
        let FnArg::Typed(arg) = arg else { return None };
        let ty = revealed(&arg.ty);
        if !HOLDERS.iter().any(|holder| is_private(ty, holder)) {
            return None;
        }
        let args = type_args(ty);
        let (kept, inner) = open(&arg.pat, &HOLDERS);
        let held = Held::parse(args.get(1)?, kept.is_none().then_some(&inner))?;
        let guard = GuardType { policy: args.first()?.to_token_stream(), held, reads: true };
        let is_named = !std::ptr::eq(ty, arg.ty.as_ref());
        let names =
            if is_named { names_in(&arg.pat).into_iter().chain(shown_names(sig)).collect() } else { Vec::new() };
        let position = kept.map_or(Position::Holder(names), |pat| Position::OpaqueHolder(Box::new(pat)));
        Some((index, guard, position, is_named))
    })?;
    let others = std::mem::take(&mut sig.inputs).into_iter().enumerate().filter(|(at, arg)| {
        let is_shown = |arg: &PatType| type_path(&arg.ty).is_some_and(is_shown);
        *at != index && !matches!(arg, FnArg::Typed(arg) if is_shown(arg))
    });
    let held = guard.held.arguments().cloned().map(FnArg::Typed);
    sig.inputs = held.chain(others.map(|(_, arg)| arg)).collect();
    Some((guard, position, is_named))
}

/// Inserts a guard of this type into a signature. `moved` are the indices of the arguments that it contains. `seen` is
/// the required number of arguments.
pub(crate) fn put(
    handler: &mut Handler,
    guard: &GuardType,
    position: &Position,
    moved: &[usize],
    seen: usize,
    module: &Path,
) {
    if guard.held.is_empty() {
        put_beside(handler, guard, position, module);
    } else {
        put_holder(handler, guard, position, moved, seen, module);
    }
}

fn typed(pat: Pat, ty: TokenStream) -> FnArg {
    FnArg::Typed(PatType {
        attrs: Vec::new(),
        pat: Box::new(pat),
        colon_token: syn::token::Colon(Span::mixed_site()),
        ty: Box::new(Type::Verbatim(ty)),
    })
}

fn put_holder(
    handler: &mut Handler,
    guard: &GuardType,
    position: &Position,
    moved: &[usize],
    seen: usize,
    module: &Path,
) {
    let span = Span::mixed_site();
    let names = if let Position::Holder(names) = position { names.as_slice() } else { &[] };
    let is_named = !names.is_empty() || !handler.attrs.iter().all(is_harmless);
    let name = |index: usize, new: &str| {
        names.get(index).cloned().unwrap_or_else(|| Ident::new(new, Span::call_site())).into_token_stream()
    };
    let inputs = std::mem::take(&mut handler.sig.inputs).into_iter().enumerate();
    let others: Vec<FnArg> = inputs.filter(|(index, _)| !moved.contains(index)).map(|(_, arg)| arg).collect();
    let is_last = others.is_empty() && !is_named && seen <= 1;
    let holder = Ident::new(if is_last { "GuardedWithLast" } else { "GuardedWith" }, span);
    let (policy, list, pattern) = (&guard.policy, guard.held.ty(module), guard.held.pattern(module));
    let ty = quote_spanned!(span=> #module::#holder<#policy, #list>);
    let (ty, own) = if is_named {
        // `utoipa::path` does not accept `_` here, and `instrument` reads each name.
        (quote_spanned!(span=> <#ty as #module::Hidden>::Guard), name(0, "__guard"))
    } else {
        (ty, quote_spanned!(span=> _))
    };
    let pat = match position {
        Position::OpaqueHolder(pat) => (**pat).clone(),
        _ => Pat::Verbatim(quote_spanned!(span=> #module::#holder(#own, #pattern))),
    };
    let shown = if is_named { shown(&guard.held, module) } else { Vec::new() };
    let shown = shown
        .into_iter()
        .enumerate()
        .map(|(index, ty)| typed(Pat::Verbatim(name(index + 1, &format!("__shown_{index}"))), ty));
    let mut inputs: Vec<FnArg> = std::iter::once(typed(pat, ty)).chain(shown).collect();
    while inputs.len() + others.len() < seen {
        let nothing = quote_spanned!(span=> #module::shown::Nothing);
        inputs.push(typed(Pat::Verbatim(quote_spanned!(span=> _)), nothing));
    }
    handler.sig.inputs = inputs.into_iter().chain(others).collect();
}

/// The types that replace axum's extractors in the signature, if the guard contains these.
fn shown(held: &Held, module: &Path) -> Vec<TokenStream> {
    let span = Span::mixed_site();
    let shown = held.arguments().filter_map(|argument| {
        let name = type_name(&argument.ty).filter(|name| SHOWN.iter().any(|shown| *name == shown))?;
        let name = Ident::new(&name.to_string(), span);
        match type_args(&argument.ty).as_slice() {
            [inner] => Some(quote_spanned!(span=> #module::shown::#name<#inner>)),
            _ => None,
        }
    });
    shown.collect()
}

/// The name that a pattern gives to the guard itself.
fn names_in(pat: &Pat) -> Option<Ident> {
    match pat {
        Pat::TupleStruct(tuple) => match tuple.elems.first() {
            Some(Pat::Ident(binding)) => Some(binding.ident.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The names of the arguments that replace such extractors.
fn shown_names(sig: &Signature) -> Vec<Ident> {
    let names = sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) if type_path(&arg.ty).is_some_and(is_shown) => match &*arg.pat {
            Pat::Ident(binding) => Some(binding.ident.clone()),
            _ => None,
        },
        _ => None,
    });
    names.collect()
}

fn is_shown(path: &Path) -> bool {
    let mut segments = path.segments.iter().rev().skip(1).map(|segment| &segment.ident);
    segments.next().is_some_and(|module| module == "shown") && segments.next().is_some_and(|outer| outer == "__private")
}

fn put_beside(handler: &mut Handler, guard: &GuardType, position: &Position, module: &Path) {
    let span = Span::mixed_site();
    let sig = &mut handler.sig;
    let last = match position {
        Position::Paired(_) | Position::Opaque(..) => sig.inputs.len() == 1,
        // An attribute macro below might add arguments.
        _ => sig.inputs.is_empty() && handler.attrs.iter().all(is_harmless),
    };
    let pair = Ident::new(if last { "GuardedLast" } else { "Guarded" }, span);
    let policy = &guard.policy;
    let paired = |ty: TokenStream| Box::new(Type::Verbatim(quote_spanned!(span=> #module::#pair<#policy, #ty>)));
    let (index, opaque) = match position {
        Position::Paired(index) => (*index, None),
        Position::Opaque(index, pat) => (*index, Some(pat.clone())),
        Position::Own(_) | Position::Holder(_) | Position::OpaqueHolder(_) => {
            let marker = Ident::new(MARKER, span);
            let arg = PatType {
                attrs: Vec::new(),
                pat: Box::new(Pat::Verbatim(quote_spanned!(span=> _))),
                colon_token: syn::token::Colon(span),
                ty: paired(quote_spanned!(span=> #module::#marker)),
            };
            let index = if let Position::Own(index) = position { *index } else { 0 };
            return sig.inputs.insert(index.min(sig.inputs.len()), FnArg::Typed(arg));
        }
    };
    if let Some(FnArg::Typed(arg)) = sig.inputs.iter_mut().nth(index) {
        let pat = &arg.pat;
        arg.pat = opaque.unwrap_or_else(|| Box::new(Pat::Verbatim(quote_spanned!(span=> #module::#pair(_, #pat)))));
        arg.ty = paired(arg.ty.to_token_stream());
    }
}

/// The policy of the guard in an argument, and the type that it is paired with.
fn found_in(arg: &PatType) -> Option<(TokenStream, Option<Type>)> {
    let is_pair = PAIRS.iter().any(|pair| is_private(&arg.ty, pair));
    if !is_pair && !is_private(&arg.ty, "Guard") {
        return None;
    }
    let mut args = type_args(&arg.ty).into_iter();
    let policy = args.next()?.to_token_stream();
    let rest = if is_pair { Some(args.next()?.clone()) } else { None };
    Some((policy, rest))
}

/// The type inside the runtime's `Hidden`.
fn revealed(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => revealed(&group.elem),
        Type::Path(path) if path.path.segments.len() > 2 => path.qself.as_ref().map_or(ty, |hidden| &hidden.ty),
        ty => ty,
    }
}

fn is_private(ty: &Type, item: &str) -> bool {
    let Some(path) = type_path(ty) else {
        return false;
    };
    let mut segments = path.segments.iter().rev().map(|segment| &segment.ident);
    segments.next().is_some_and(|last| last == item) && segments.next().is_some_and(|module| module == "__private")
}

/// Takes the pattern of the second half out of the pattern of a pair. Returns the rest of the pattern, if there is any,
/// and the pattern that was taken out.
fn open(pat: &Pat, pairs: &[&str]) -> (Option<Pat>, Pat) {
    if let Pat::TupleStruct(tuple) = pat
        && tuple.path.segments.last().is_some_and(|last| pairs.iter().any(|pair| last.ident == pair))
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
