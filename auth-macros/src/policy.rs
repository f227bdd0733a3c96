//! One attribute as a type: the data for the runtime's decision, and the access to its sources.

mod generics;
mod settle;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, Member, PatType, Path, Type};

use crate::args::Args;
use crate::attribute::Attribute;
use crate::bindings::{self, Source};
use crate::condition::Condition;
use crate::consistency;
use crate::diag::Diag;
use crate::guard_position::GuardType;
use crate::handler::Handler;
use crate::held::{Group, Held, Slot};
use crate::org_source::OrgSource;
use crate::parts::{self, Part};
use crate::syntax::{self, OutsidePath, loaded_type};
use crate::text;
use crate::unrestricted::Unrestricted;
use crate::vocabulary::Vocabulary;
use generics::{is_concrete, phantom_params, used_lifetimes};
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

/// The expression of a `load` or a `check`, and the arguments that it uses.
struct Reading<'a> {
    expression: &'a Expr,
    sources: Vec<Source<'a>>,
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
        let module = self.args.runtime.module();
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
        let (above, added) = (self.held.ty(&module), group.types());
        let types = quote!(#above, #added);
        let phantom_params = phantom_params(&self.handler.sig.generics, &types, diag);
        if !self.reads() {
            return;
        }
        let span = Span::mixed_site();
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
        let allowed = allowed.map(|attr| {
            let lints = &attr.args;
            quote_spanned!(span=> #[allow(#lints)])
        });
        let rt = Ident::new("__rt", span);
        let rule = self.rule();
        let policy = self.reads().then(|| self.policy(&rt));
        let atoms = self.args.condition.iter().flat_map(Condition::atoms);
        let proofs = atoms.filter_map(|atom| atom.proof(self.vocabulary, &rt));
        let tracked = self.vocabulary.tracked(&rt);
        quote_spanned! {span=>
            #(#cfgs)*
            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            #vis enum #ident {}
            #(#cfgs)*
            #(#allowed)*
            const _: () = {
                use #module as __rt;
                impl __rt::Attributed for #ident {
                    const RULE: __rt::Rule = #rule;
                }
                #policy
                #(#proofs)*
                #tracked
            };
        }
    }

    /// The implementation of the runtime's `Policy`.
    fn policy(&self, rt: &Ident) -> TokenStream {
        let span = Span::mixed_site();
        let Self { ident, handler, held, .. } = self;
        let list = held.ty(rt);
        let from = self.from.as_ref().map(|from| settle::org(from, self.args.from.as_ref(), held, &list));
        let load = self.load.as_ref().map(|load| (load.expression, load.sources.as_slice()));
        let check = self.check.as_ref().map(|check| (check.expression, check.sources.as_slice()));
        let settle = Settle { held, list: &list, load, check, hides: self.hides() }.emit();
        let reads = self.reads_of_each();
        let generics = used_lifetimes(&handler.sig.generics, &list);
        let (generics, _, bounds) = generics.split_for_impl();
        quote_spanned! {span=>
            impl #generics __rt::Policy<#list> for #ident #bounds {
                #from
                #settle
                #reads
            }
        }
    }

    /// `fn reads`: what `from`, `load` and `check` read. A router compares it with the parameters of its path.
    fn reads_of_each(&self) -> TokenStream {
        let span = Span::mixed_site();
        let attribute = Ident::new(self.attribute.variant(), span);
        let add = |key: &str, reads: &[TokenStream]| {
            let key = Ident::new(key, span);
            quote_spanned!(span=> __auth_reads.add(__rt::Attribute::#attribute, __rt::Key::#key, &[#(#reads),*]);)
        };
        let read = |arg: &PatType, name: &Ident, part: &Part| {
            let (ty, name, part) = (&arg.ty, name.unraw().to_string(), part.emit());
            let argument = if let Some((OutsidePath::Query, fields)) = syntax::takes(ty) {
                let fields = fields_of(fields);
                quote_spanned!(span=> __rt::Argument::Query(#fields))
            } else {
                quote_spanned!(span=> __rt::Source::<#ty>::NEW.__auth_tell())
            };
            quote_spanned!(span=> (#name, #argument, #part))
        };
        let from = self.from.iter().filter_map(|from| match &self.args.from {
            Some(OrgSource::Argument { root, members }) => {
                let part = parts::part(&from.arg.pat, root, members).unwrap_or(Part::All);
                Some(add("From", &[read(from.arg, root, &part)]))
            }
            _ => None,
        });
        let readings = [("Load", &self.load), ("Check", &self.check)];
        let readings = readings.into_iter().filter_map(|(key, reading)| Some((key, reading.as_ref()?)));
        let readings = readings.map(|(key, Reading { expression, sources })| {
            let reads = sources.iter().flat_map(|source| {
                let parts = parts::read_by(expression, source.arg);
                parts.into_iter().map(|(name, part)| read(source.arg, &name, &part))
            });
            add(key, &reads.collect::<Vec<_>>())
        });
        quote_spanned! {span=>
            fn reads(__auth_reads: &mut __rt::Reads) {
                #(#from)*
                #(#readings)*
            }
        }
    }

    /// Whether a `check` that refuses gets the same response as a `load` that finds nothing.
    fn hides(&self) -> bool {
        let reads_loaded = self.check.iter().flat_map(|check| &check.sources).any(|s| loaded_type(s.arg).is_some());
        (self.load.is_some() || reads_loaded) && !self.args.forbidden
    }

    /// The attribute as data: the common values, and the fields that few attributes set.
    fn rule(&self) -> TokenStream {
        let span = Span::mixed_site();
        let Self { args, text, .. } = self;
        let hierarchy = &self.vocabulary.hierarchy;
        let rt = Ident::new("__rt", span);
        let attribute = Ident::new(self.attribute.variant(), span);
        let always = || quote_spanned!(span=> __rt::Condition::Always);
        let condition = args.condition.as_ref().map_or_else(always, |condition| condition.emit(&rt));
        let org = org_source(args.from.as_ref(), self.from.as_ref().map(|source| source.arg));
        let [load, check] = [("load", &self.load), ("check", &self.check)].map(|(key, reading)| {
            let Reading { expression, sources } = reading.as_ref()?;
            let text = text::of(expression.to_token_stream());
            let bindings = sources.iter().map(|source| text::of_argument(source.arg)).collect::<Vec<_>>().join(", ");
            let key = Ident::new(key, span);
            Some(quote_spanned!(span=>
                #key: __rt::Some(__rt::Expression { text: #text, bindings: #bindings }),
            ))
        });
        let deny = args.not_found.then(|| quote_spanned!(span=> deny: __rt::Deny::NotFound,));
        let invalid = args.reject.then(|| quote_spanned!(span=> invalid: __rt::Invalid::Reject,));
        let despite = args.despite_router.then(|| quote_spanned!(span=> despite_router: true,));
        let audit = args.audit.then(|| quote_spanned!(span=> audit: true,));
        let reason = args.reason.as_ref().map(|reason| quote_spanned!(span=> reason: __rt::Some(#reason),));
        let unrestricted = args
            .unrestricted
            .iter()
            .map(|Unrestricted { parameter, reason }| quote_spanned!(span=> (#parameter, #reason)));
        let unrestricted =
            (!args.unrestricted.is_empty()).then(|| quote_spanned!(span=> unrestricted: &[#(#unrestricted),*],));
        let takes = consistency::org_member(self.handler).map(|_| quote_spanned!(span=> takes_org_member: true,));
        let fields = self.takes();
        let fresh = args.fresh.map(|seconds| {
            let ms = u64::from(seconds) * 1000;
            quote_spanned!(span=> fresh: __rt::Some(#ms),)
        });
        let role_permissions = self.role_permissions();
        let hierarchy = (!hierarchy.is_empty()).then(|| quote_spanned!(span=> hierarchy: &[#(#hierarchy),*],));
        let rule = quote_spanned! {span=>
            __rt::Rule::new(__rt::Attribute::#attribute, #text, #condition, __rt::OrgSource::#org)
        };
        let few = [
            load,
            check,
            deny,
            invalid,
            despite,
            audit,
            reason,
            takes,
            fields,
            fresh,
            hierarchy,
            role_permissions,
            unrestricted,
        ];
        if few.iter().all(Option::is_none) { rule } else { quote_spanned!(span=> __rt::Rule { #(#few)* ..#rule }) }
    }

    /// What the handler takes from the query and the body, as far as its types show.
    fn takes(&self) -> Option<TokenStream> {
        let span = Span::mixed_site();
        let generics = &self.handler.sig.generics;
        let args = self.handler.args().filter(|arg| arg.attrs.is_empty());
        let takes = args.filter_map(|arg| syntax::takes(&arg.ty)).filter(|(_, ty)| is_concrete(ty, generics));
        let takes: Vec<_> = takes
            .map(|(part, ty)| {
                let part = Ident::new(if part == OutsidePath::Query { "Query" } else { "Body" }, span);
                let fields = fields_of(ty);
                quote_spanned!(span=> __rt::Takes {
                    part: __rt::OutsidePath::#part,
                    fields: || #fields,
                })
            })
            .collect();
        (!takes.is_empty()).then(|| quote_spanned!(span=> takes: &[#(#takes),*],))
    }

    /// The permissions of roles in `auth.toml`, if the attribute selects an organization: only memberships use them.
    fn role_permissions(&self) -> Option<TokenStream> {
        let rows = &self.vocabulary.role_permissions;
        if rows.is_empty() || self.args.from.is_none() {
            return None;
        }
        let rows = rows.iter().map(|(role, allows)| quote_spanned!(Span::mixed_site()=> (#role, &[#(#allows),*])));
        Some(quote_spanned!(Span::mixed_site()=> role_permissions: &[#(#rows),*],))
    }
}

/// The names of the fields of a type, if serde knows them.
fn fields_of(ty: &Type) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> __rt::Source::<__rt::FieldsOf<#ty>>::NEW.__auth_tell().fields())
}

/// `require_org(from = org_id)`
fn attribute_text(attribute: Attribute, args: &str) -> String {
    let name = attribute.name();
    if args.is_empty() { name.to_owned() } else { format!("{name}({args})") }
}

/// A variant of the runtime's `OrgSource`; for an argument, with its pattern and type.
fn org_source(from: Option<&OrgSource>, arg: Option<&PatType>) -> TokenStream {
    let span = Span::mixed_site();
    let Some(from) = from else { return quote_spanned!(span=> None) };
    match from {
        OrgSource::Argument { root, members } => {
            let mut text = root.unraw().to_string();
            for member in members {
                text.push('.');
                match member {
                    Member::Named(field) => text.push_str(&field.unraw().to_string()),
                    Member::Unnamed(index) => text.push_str(&index.index.to_string()),
                }
            }
            let binding = arg.map(text::of_argument);
            quote_spanned!(span=> Argument { name: #text, binding: #binding })
        }
        OrgSource::Path(name) => quote_spanned!(span=> Path(#name)),
        OrgSource::Query(name) => quote_spanned!(span=> Query(#name)),
        OrgSource::Header(name) => quote_spanned!(span=> Header(#name)),
        OrgSource::Active => quote_spanned!(span=> Active),
    }
}
