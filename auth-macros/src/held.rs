//! The handler's arguments inside its guard: those that `from`, `load` or `check` use.
//!
//! They are a list: each attribute that uses more arguments than the attributes above adds a group. In the guard's
//! type, and in the pattern that takes it apart, the list has the form of the runtime's `Sources`:
//!
//! ```text
//! (A, B)                            the first attribute
//! More<.., (C,)>                    another one that reads more
//! Load<.., (C,), Loaded<T>>         one with a `load`; `..` is `()` if no attribute above reads anything
//! ```

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Pat, PatType, Path, Type};

use crate::syntax::{type_args, type_name};

/// The arguments in a guard, in the order in which it extracts them.
#[derive(Clone, Default)]
pub(crate) struct Held {
    groups: Vec<Group>,
}

/// The arguments that one attribute adds.
#[derive(Clone, Default)]
pub(crate) struct Group {
    pub(crate) slots: Vec<Slot>,
    /// The argument for the value of its `load`.
    pub(crate) loaded: Option<PatType>,
}

/// One argument, or a type that accompanies the arguments.
#[derive(Clone)]
pub(crate) enum Slot {
    Argument(PatType),
    /// Not an argument: a type that holds generic parameters, or that marks a `check` without arguments.
    Silent(TokenStream),
}

impl Held {
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The number of attributes that have added something.
    pub(crate) fn groups(&self) -> usize {
        self.groups.len()
    }

    pub(crate) fn push(&mut self, group: Group) {
        self.groups.push(group);
    }

    /// The handler's arguments in the list.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &PatType> {
        self.groups.iter().flat_map(|group| {
            let slots = group.slots.iter().filter_map(|slot| match slot {
                Slot::Argument(argument) => Some(argument),
                Slot::Silent(_) => None,
            });
            slots.chain(&group.loaded)
        })
    }

    /// The argument for the value of a `load`.
    pub(crate) fn loaded(&self) -> Option<&PatType> {
        self.groups.iter().find_map(|group| group.loaded.as_ref())
    }

    /// The slot number of an argument, as the runtime counts.
    pub(crate) fn number(&self, is_it: impl Fn(&PatType) -> bool) -> Option<usize> {
        let mut slots = self.groups.iter().flat_map(|group| &group.slots);
        slots.position(|slot| matches!(slot, Slot::Argument(argument) if is_it(argument)))
    }

    /// Whether an argument is the first one that the last attribute adds.
    pub(crate) fn is_first(&self, is_it: impl Fn(&PatType) -> bool) -> bool {
        let first = self.groups.last().and_then(|group| group.slots.first());
        matches!(first, Some(Slot::Argument(argument)) if is_it(argument))
    }

    /// The type of the list.
    pub(crate) fn ty(&self, module: &impl ToTokens) -> TokenStream {
        let span = Span::mixed_site();
        let tuple = |group: &Group| {
            let types = group.slots.iter().map(|slot| match slot {
                Slot::Argument(argument) => argument.ty.to_token_stream(),
                Slot::Silent(ty) => ty.clone(),
            });
            quote_spanned!(span=> (#(#types,)*))
        };
        self.fold(&tuple, &|argument: &PatType| argument.ty.to_token_stream(), &|name, parts| {
            let name = Ident::new(name, span);
            quote_spanned!(span=> #module::#name<#(#parts),*>)
        })
    }

    /// The pattern that takes the list apart for the handler.
    pub(crate) fn pattern(&self, module: &Path) -> TokenStream {
        let span = Span::mixed_site();
        let pattern = |argument: &PatType| argument.pat.to_token_stream();
        self.fold(&|group| group.tuple(&pattern), &pattern, &|name, parts| {
            let name = Ident::new(name, span);
            quote_spanned!(span=> #module::#name(#(#parts),*))
        })
    }

    /// The pattern that takes the slots of the list apart. `in_slot` returns the pattern for one slot.
    pub(crate) fn slots(&self, in_slot: &dyn Fn(&PatType) -> TokenStream) -> TokenStream {
        let span = Span::mixed_site();
        let tuple = |group: &Group| group.tuple(in_slot);
        self.fold(&tuple, in_slot, &|_, parts| quote_spanned!(span=> (#(#parts),*)))
    }

    fn fold(
        &self,
        tuple: &dyn Fn(&Group) -> TokenStream,
        loaded: &dyn Fn(&PatType) -> TokenStream,
        join: &dyn Fn(&str, Vec<TokenStream>) -> TokenStream,
    ) -> TokenStream {
        let mut list = None;
        for group in &self.groups {
            let new = tuple(group);
            list = Some(match (list, &group.loaded) {
                (None, None) => new,
                (Some(above), None) => join("More", vec![above, new]),
                (above, Some(argument)) => {
                    let nothing = || quote_spanned!(Span::mixed_site()=> ());
                    join("Load", vec![above.unwrap_or_else(nothing), new, loaded(argument)])
                }
            });
        }
        list.unwrap_or_default()
    }

    /// Parses a list; `None` if the type is not a list. Without a pattern, the arguments have no names.
    pub(crate) fn parse(ty: &Type, pat: Option<&Pat>) -> Option<Self> {
        if let Type::Tuple(tuple) = ty {
            let mut held = Self::default();
            if !tuple.elems.is_empty() {
                held.push(Group::parse(ty, pat)?);
            }
            return Some(held);
        }
        let is_load = match type_name(ty)?.to_string().as_str() {
            "Load" => true,
            "More" => false,
            _ => return None,
        };
        let parts: Vec<Option<&Pat>> = match pat {
            Some(Pat::TupleStruct(tuple)) => tuple.elems.iter().map(Some).collect(),
            _ => vec![None; 3],
        };
        let part = |index: usize| parts.get(index).copied().flatten();
        let types = type_args(ty);
        let mut held = Self::parse(types.first()?, part(0))?;
        let mut group = Group::parse(types.get(1)?, part(1))?;
        if is_load {
            group.loaded = Some(argument(part(2), types.get(2)?));
        }
        held.push(group);
        Some(held)
    }
}

impl Group {
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.loaded.is_none()
    }

    /// The types that it adds, one after another.
    pub(crate) fn types(&self) -> TokenStream {
        let slots = self.slots.iter().map(|slot| match slot {
            Slot::Argument(argument) => argument.ty.to_token_stream(),
            Slot::Silent(ty) => ty.clone(),
        });
        let types = slots.chain(self.loaded.iter().map(|argument| argument.ty.to_token_stream()));
        quote_spanned!(Span::mixed_site()=> #(#types,)*)
    }

    fn tuple(&self, in_slot: &dyn Fn(&PatType) -> TokenStream) -> TokenStream {
        let span = Span::mixed_site();
        let parts = self.slots.iter().map(|slot| match slot {
            Slot::Argument(argument) => in_slot(argument),
            Slot::Silent(_) => quote_spanned!(span=> _),
        });
        quote_spanned!(span=> (#(#parts,)*))
    }

    fn parse(ty: &Type, pat: Option<&Pat>) -> Option<Self> {
        let Type::Tuple(types) = ty else { return None };
        let patterns: Vec<&Pat> = match pat {
            Some(Pat::Tuple(tuple)) => tuple.elems.iter().collect(),
            _ => Vec::new(),
        };
        let slots = types.elems.iter().enumerate().map(|(index, ty)| match patterns.get(index) {
            None | Some(Pat::Wild(_)) => Slot::Silent(ty.to_token_stream()),
            Some(pat) => Slot::Argument(argument(Some(pat), ty)),
        });
        Some(Self { slots: slots.collect(), loaded: None })
    }
}

fn argument(pat: Option<&Pat>, ty: &Type) -> PatType {
    let span = Span::mixed_site();
    let unnamed = || Pat::Verbatim(quote_spanned!(span=> _));
    PatType {
        attrs: Vec::new(),
        pat: Box::new(pat.cloned().unwrap_or_else(unnamed)),
        colon_token: syn::token::Colon(span),
        ty: Box::new(ty.clone()),
    }
}
