//! Checks that the attribute, the handler's arguments and the other attributes fit together.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{GenericParam, Generics, PatType, Type};

use crate::attribute::Attribute;
use crate::condition::{Condition, Name};
use crate::diag::Diag;
use crate::handler::{Handler, RawAttribute};
use crate::held::Held;
use crate::runtime_path::RuntimePath;
use crate::stacked::Stacked;
use crate::syntax::{loaded_type, same, type_args, type_name, type_path};
use crate::text;

/// Reports arguments of the handler that do not fit the attribute.
pub(crate) fn check(attribute: Attribute, handler: &Handler, runtime: &RuntimePath, diag: &mut Diag) {
    if !reported_below(attribute, handler) {
        for arg in handler.args() {
            argument(attribute, arg, runtime, diag);
        }
    }
}

/// Reports contradictions with the attributes above, even if they are imported under other names.
pub(crate) fn check_stacked(above: Stacked, own: Stacked, from_key: Option<Span>, diag: &mut Diag) {
    let both = above.and(own);
    // If an attribute failed to expand, its kind is unknown, and its own error is enough.
    if both.unknown {
        return;
    }
    let attribute = Span::call_site();
    if above.count > 0 && both.public {
        diag.at(attribute, "`public` cannot be combined with another attribute: remove one");
    } else if both.optional && both.required {
        diag.at(
            attribute,
            "`optional_user` allows requests without a user, but another attribute here does not: remove one",
        );
    } else if above.selects && own.selects {
        diag.at(
            from_key.unwrap_or(attribute),
            "two attributes select an organization: keep `from = ..` on one of them",
        );
    }
}

/// Reports a name in a condition that begins with a generic parameter of the handler. A rule is the same for every type.
pub(crate) fn check_names(condition: Option<&Condition>, generics: &Generics, diag: &mut Diag) {
    if generics.params.is_empty() {
        return;
    }
    let atoms = condition.map(Condition::atoms).unwrap_or_default();
    for name in atoms.iter().flat_map(|atom| atom.name.iter().chain(&atom.value)) {
        let Name::Const(path) = name else { continue };
        let Some(first) = path.segments.first().filter(|_| path.leading_colon.is_none()) else { continue };
        // One segment is a value. Otherwise the first one is a type or a module.
        let is_value = path.segments.len() == 1;
        let is_first = |param: &GenericParam| match param {
            GenericParam::Type(param) => !is_value && same(&param.ident, &first.ident),
            GenericParam::Const(param) => is_value && same(&param.ident, &first.ident),
            GenericParam::Lifetime(_) => false,
        };
        if generics.params.iter().any(is_first) {
            let param = first.ident.unraw();
            diag.on(path, format!("`{param}` is a generic parameter of this handler: use a const of a module"));
        }
    }
}

/// Reports a `load` without an argument for its value, and an argument without a `load`.
pub(crate) fn check_loaded(load_key: Option<Span>, handler: &Handler, held: &Held, diag: &mut Diag) {
    let loaded: Vec<&PatType> = handler.args().filter(|arg| loaded_type(arg).is_some()).collect();
    match (load_key, loaded.as_slice()) {
        (Some(key), _) if held.loaded().is_some() => {
            diag.at(key, "two attributes have a `load`: keep one, and load two objects as a tuple");
        }
        (Some(key), []) => {
            diag.at(key, "`load` needs an argument for its value: add `Loaded(object): Loaded<..>` to the handler");
        }
        (_, [_, second, ..]) => {
            diag.on(&second.ty, "a handler can have only one `Loaded` argument: load two objects as a tuple");
        }
        // An attribute below may load it.
        (None, [loaded]) if held.loaded().is_none() && attributes_below(&handler.attrs).is_empty() => {
            let ty = text::of_type(loaded.ty.to_token_stream());
            diag.on(&loaded.ty, format!("the handler takes `{ty}`, but no attribute loads it: add `load = ..`"));
        }
        _ => {}
    }
}

/// The argument that needs the membership in the selected organization.
pub(crate) fn org_member(handler: &Handler) -> Option<&Type> {
    handler.args().map(|arg| &*arg.ty).find(|ty| type_name(ty).is_some_and(|name| name == "OrgMember"))
}

/// Our attributes that are still to expand, including those in a `cfg_attr`.
fn attributes_below(attrs: &[RawAttribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .flat_map(|attr| {
            if attr.name() == "cfg_attr" {
                attributes_below(&attr.conditional())
            } else {
                Attribute::from_name(&attr.name()).into_iter().collect()
            }
        })
        .collect()
}

/// Whether an attribute below will report the same error about the arguments.
fn reported_below(attribute: Attribute, handler: &Handler) -> bool {
    attributes_below(&handler.attrs)
        .into_iter()
        .any(|below| below == attribute || below.requires() && attribute.requires())
}

fn argument(attribute: Attribute, arg: &PatType, runtime: &RuntimePath, diag: &mut Diag) {
    let ty = &*arg.ty;
    let name = attribute.name();
    if is_ours(ty, "Require", runtime) && !type_args(ty).is_empty() {
        diag.on(
            ty,
            "a handler can have only one guard: remove this attribute, or put its policy on a struct and write `Require<(A, B)>`",
        );
    }
    match attribute {
        Attribute::Public if carries_identity(ty, runtime) => diag.on(
            ty,
            format!(
                "a `public` handler has no `{}`: use `optional_user` or `require_user`, or remove this argument",
                text::of_type(ty.to_token_stream())
            ),
        ),
        Attribute::OptionalUser if is_ours(ty, "User", runtime) => {
            diag.on(ty, "under `optional_user` there may be no user: take `Option<User>`");
        }
        Attribute::RequireUser | Attribute::RequireOrg | Attribute::RequirePermission
            if is_optional_user(ty, runtime) =>
        {
            diag.on(ty, format!("take `User`: under `{name}` there is always a user"));
        }
        _ => {}
    }
}

fn carries_identity(ty: &Type, runtime: &RuntimePath) -> bool {
    is_optional_user(ty, runtime)
        || ["User", "OrgMember", "Verified"]
            .iter()
            .any(|name| is_ours(ty, name, runtime))
        // A type without arguments is the user's own `Claims`.
        || is_ours(ty, "Claims", runtime) && !type_args(ty).is_empty()
}

fn is_optional_user(ty: &Type, runtime: &RuntimePath) -> bool {
    type_name(ty).is_some_and(|name| name == "Option")
        && matches!(type_args(ty).as_slice(), [inner] if is_ours(inner, "User", runtime))
}

/// Whether the path of a type names this type of the runtime. The path is only the name (imported), or it begins with
/// the runtime's name.
fn is_ours(ty: &Type, name: &str, runtime: &RuntimePath) -> bool {
    let Some(path) = type_path(ty) else {
        return false;
    };
    let mut segments = path.segments.iter().rev();
    let last = segments.next().is_some_and(|last| last.ident == name);
    last && segments.next_back().is_none_or(|first| runtime.is_named(&first.ident))
}
