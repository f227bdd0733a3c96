//! One attribute as a type: the data for the runtime's decision, and the access to its sources.

mod generics;
mod rule;
mod settle;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Generics, PatType, Path};

use crate::args::Args;
use crate::attribute::Attribute;
use crate::bindings::{self, Source};
use crate::condition::Condition;
use crate::diag::Diag;
use crate::guard_position::GuardType;
use crate::handler::Handler;
use crate::held::{Group, Held, Slot};
use crate::org_source::OrgSource;
use crate::syntax::{self, loaded_type};
use crate::vocabulary::Vocabulary;
use generics::{phantom_params, used_lifetimes};
use rule::{Keys, Reading, Rule};
use settle::Settle;

/// The policy that one attribute adds to a handler.
pub(crate) struct PolicyType<'a> {
    attribute: Attribute,
    text: String,
    args: &'a Args,
    handler: &'a Handler,
    vocabulary: &'a Vocabulary,
    from: Option<Source<'a>>,
    load: Option<Reading<'a>>,
    check: Option<Reading<'a>>,
    /// The arguments in the guard, including those that this attribute adds.
    held: Held,
    /// The indices of the handler's arguments that this attribute adds.
    moved: Vec<usize>,
    /// The name of the generated type.
    ident: Ident,
}

impl<'a> PolicyType<'a> {
    /// Combines the attribute with its handler, whose first arguments are already in the guard. Errors go to `diag`.
    pub(crate) fn new(
        attribute: Attribute,
        args: &'a Args,
        handler: &'a Handler,
        held: Held,
        vocabulary: &'a Vocabulary,
        ident: Ident,
        diag: &mut Diag,
    ) -> Self {
        let from = match &args.from {
            Some(OrgSource::Argument { root, .. }) => bindings::of_from(root, handler, diag),
            _ => None,
        };
        let own_loaded = handler.args().find(|arg| args.load.is_some() && loaded_type(arg).is_some());
        let mut reading = |expression: &'a Option<Expr>, key, loaded| {
            let expression = expression.as_ref()?;
            Some(Reading { expression, sources: bindings::of_expression(expression, key, handler, loaded, diag) })
        };
        let load = reading(&args.load, "load", None);
        let check = reading(&args.check, "check", held.loaded().or(own_loaded));
        let text = attribute_text(attribute, &args.text);
        let moved = Vec::new();
        let mut policy = Self { attribute, text, args, handler, vocabulary, from, load, check, held, moved, ident };
        policy.hold(own_loaded, diag);
        policy
    }

    /// Adds the arguments that this attribute uses to the guard.
    fn hold(&mut self, loaded: Option<&PatType>, diag: &mut Diag) {
        let known = self.held.arguments().count();
        let mut group = Group::default();
        for (index, arg) in self.handler.args().enumerate().skip(known) {
            if loaded.is_some_and(|loaded| std::ptr::eq(loaded, arg)) {
                group.loaded = Some(arg.clone());
            } else if loaded_type(arg).is_none() && self.sources().any(|source| std::ptr::eq(source.arg, arg)) {
                group.slots.push(Slot::Argument(arg.clone()));
            } else {
                continue;
            }
            self.moved.push(index);
        }
        let span = Span::mixed_site();
        let module = self.args.runtime.module();
        let generics = &self.handler.sig.generics;
        let phantom_params = if generics.params.is_empty() {
            Vec::new()
        } else {
            let (above, added) = (self.held.ty(&module), group.types());
            phantom_params(generics, &quote!(#above, #added), diag)
        };
        if !self.reads() {
            return;
        }
        if !phantom_params.is_empty() {
            group.slots.push(Slot::Silent(quote_spanned!(span=> #module::PhantomParams<(#(#phantom_params,)*)>)));
        } else if group.is_empty() && self.held.is_empty() {
            group.slots.push(Slot::Silent(quote_spanned!(span=> ())));
        }
        if !group.is_empty() {
            self.held.push(group);
        }
    }

    /// The guard with this policy.
    pub(crate) fn guard(&self) -> GuardType {
        let held = if self.reads() { self.held.clone() } else { Held::default() };
        GuardType { policy: self.ident.to_token_stream(), held, reads: self.reads() }
    }

    /// Whether the attribute uses the handler's arguments.
    pub(crate) fn reads(&self) -> bool {
        self.from.is_some() || self.load.is_some() || self.check.is_some()
    }

    /// The indices of the handler's arguments that this attribute adds to the guard.
    pub(crate) fn moved(&self) -> Vec<usize> {
        self.moved.clone()
    }

    fn sources(&self) -> impl Iterator<Item = &Source<'a>> {
        let readings = self.load.iter().chain(&self.check);
        self.from.iter().chain(readings.flat_map(|reading| &reading.sources))
    }

    /// The names of the handler's arguments that the attribute uses. For an argument that has attributes itself, all
    /// its names: in a guard, the argument loses these attributes.
    pub(crate) fn names(&self) -> Vec<Ident> {
        let read = self.sources().flat_map(|source| source.names.iter().copied());
        let args = self.moved.iter().filter_map(|index| self.handler.args().nth(*index));
        let args = args.filter(|arg| !arg.attrs.is_empty());
        read.chain(args.flat_map(|arg| syntax::bindings(&arg.pat))).cloned().collect()
    }

    /// The type and its implementations.
    pub(crate) fn emit(&self, module: &Path) -> TokenStream {
        let span = Span::mixed_site();
        let Self { ident, handler, .. } = self;
        let vis = &handler.vis;
        let cfgs: Vec<_> = handler.attrs.iter().filter(|attr| attr.name() == "cfg").collect();
        // The handler's own types and patterns are repeated below, so its `allow` attributes must apply there too.
        let allowed = handler.attrs.iter().filter(|attr| matches!(attr.name().as_str(), "allow" | "expect"));
        let allowed: Vec<_> = allowed
            .map(|attr| {
                let lints = &attr.args;
                quote_spanned!(span=> #[allow(#lints)])
            })
            .collect();
        let rt = Ident::new("__rt", span);
        let rule = self.rule().emit();
        // The trait of a constant is found only if it is imported.
        let tells = self.reads() || handler.args().any(|arg| syntax::takes(&arg.ty).is_some());
        let untold = tells.then(|| quote_spanned!(span=> use __rt::Untold as _;));
        let tracked = self.vocabulary.tracked(&rt);
        let list = if self.reads() { self.held.ty(module) } else { quote_spanned!(span=> ()) };
        let (from, settle) = (self.from(&list, module), self.settle(&list, module));
        let generics = self.generics(&list);
        let (generics, _, bounds) = generics.split_for_impl();
        let atoms = self.args.condition.iter().flat_map(Condition::atoms);
        let mut proofs = atoms.filter_map(|atom| atom.proof(self.vocabulary, &rt)).peekable();
        let proofs = proofs.peek().is_some().then(|| {
            quote_spanned! {span=>
                #(#cfgs)*
                #(#allowed)*
                const _: () = {
                    use #module as __rt;
                    #(#proofs)*
                };
            }
        });
        quote_spanned! {span=>
            #(#cfgs)*
            #[doc(hidden)]
            #vis enum #ident {}
            #(#cfgs)*
            #(#allowed)*
            impl #generics #module::Policy<#list> for #ident #bounds {
                const RULE: #module::Rule = {
                    use #module as __rt;
                    #untold
                    #tracked
                    #rule
                };
                #from
                #settle
            }
            #proofs
        }
    }

    /// The part of the implementation that reads the organization.
    fn from(&self, list: &TokenStream, module: &Path) -> Option<TokenStream> {
        settle::org(self.from.as_ref()?, self.args.from.as_ref(), &self.held, list, module)
    }

    /// The part of the implementation that evaluates `load` and `check`.
    fn settle(&self, list: &TokenStream, module: &Path) -> Option<TokenStream> {
        let load = self.load.as_ref().map(|load| (load.expression, load.sources.as_slice()));
        let check = self.check.as_ref().map(|check| (check.expression, check.sources.as_slice()));
        Settle { held: &self.held, list, module, load, check, hides: self.hides() }.emit()
    }

    /// The generic parameters of the implementation: those of the list.
    fn generics(&self, list: &TokenStream) -> Generics {
        if self.reads() { used_lifetimes(&self.handler.sig.generics, list) } else { Generics::default() }
    }

    /// The attribute as data.
    fn rule(&self) -> Rule<'_> {
        let Self { attribute, args, handler, vocabulary, text, from, load, check, .. } = self;
        let keys = Keys { from: from.as_ref(), load: load.as_ref(), check: check.as_ref() };
        Rule { attribute: *attribute, args, handler, vocabulary, text, keys }
    }

    /// Whether a `check` that refuses gets the same response as a `load` that finds nothing.
    fn hides(&self) -> bool {
        let reads_loaded = self.check.iter().flat_map(|check| &check.sources).any(|s| loaded_type(s.arg).is_some());
        (self.load.is_some() || reads_loaded) && !self.args.forbidden
    }
}

/// `require_org(from = org_id)`
fn attribute_text(attribute: Attribute, args: &str) -> String {
    let name = attribute.name();
    if args.is_empty() { name.to_owned() } else { format!("{name}({args})") }
}
