//! One attribute as data: the runtime's `Rule`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, PatType, Type};

use super::generics::is_concrete;
use crate::args::Args;
use crate::attribute::Attribute;
use crate::bindings::Source;
use crate::consistency;
use crate::handler::Handler;
use crate::org_source::OrgSource;
use crate::parts::{self, Part};
use crate::syntax::{self, OutsidePath};
use crate::text;
use crate::unrestricted::Unrestricted;
use crate::vocabulary::Vocabulary;

/// The parts of an attribute from which its rule is generated.
pub(super) struct Rule<'a> {
    pub(super) attribute: Attribute,
    pub(super) args: &'a Args,
    pub(super) handler: &'a Handler,
    pub(super) vocabulary: &'a Vocabulary,
    /// The attribute as written.
    pub(super) text: &'a str,
    pub(super) keys: Keys<'a>,
}

/// The keys that read arguments of the handler.
pub(super) struct Keys<'a> {
    pub(super) from: Option<&'a Source<'a>>,
    pub(super) load: Option<&'a Reading<'a>>,
    pub(super) check: Option<&'a Reading<'a>>,
}

/// The expression of a `load` or a `check`, and the arguments that it uses.
pub(super) struct Reading<'a> {
    pub(super) expression: &'a Expr,
    pub(super) sources: Vec<Source<'a>>,
}

impl Rule<'_> {
    /// The runtime's `Rule`. It has the common values, and the fields that few attributes set.
    pub(super) fn emit(&self) -> TokenStream {
        let span = Span::mixed_site();
        let Self { args, text, keys, .. } = self;
        let hierarchy = &self.vocabulary.hierarchy;
        let rt = Ident::new("__rt", span);
        let attribute = Ident::new(self.attribute.variant(), span);
        let always = || quote_spanned!(span=> __rt::Condition::Always);
        let condition = args.condition.as_ref().map_or_else(always, |condition| condition.emit(&rt));
        let load = keys.load.map(Reading::emit).map(|load| quote_spanned!(span=> load: __rt::Some(#load),));
        let check = keys.check.map(Reading::emit).map(|check| quote_spanned!(span=> check: __rt::Some(#check),));
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
        let rule = if args.from.is_none() {
            quote_spanned!(span=> __rt::Rule::new(__rt::Attribute::#attribute, #text, #condition))
        } else {
            let org = self.org();
            quote_spanned!(span=> __rt::Rule::with_org(__rt::Attribute::#attribute, #text, #condition, #org))
        };
        let settings = [load, check, deny, invalid, despite, audit, reason, fresh, unrestricted];
        let settings = settings
            .iter()
            .any(Option::is_some)
            .then(|| quote_spanned!(span=> settings: &__rt::Settings { #(#settings)* ..__rt::Settings::NONE },));
        let few = [takes, fields, hierarchy, role_permissions, settings];
        if few.iter().all(Option::is_none) { rule } else { quote_spanned!(span=> __rt::Rule { #(#few)* ..#rule }) }
    }

    /// The runtime's `OrgSource`; for an argument, with its pattern and type, and with what is read of it.
    fn org(&self) -> TokenStream {
        let span = Span::mixed_site();
        match (&self.args.from, self.keys.from) {
            (None, _) => quote_spanned!(span=> __rt::OrgSource::None),
            (Some(OrgSource::Argument { root, members }), Some(Source { arg, .. })) => {
                let root_name = root.unraw().to_string();
                let name =
                    if members.is_empty() { root_name } else { format!("{root_name}.{}", parts::dotted(members)) };
                let binding = text::of_argument(arg);
                let argument = tell(&arg.ty);
                let part = parts::part(&arg.pat, root, members).unwrap_or(Part::Unknown).emit();
                quote_spanned!(span=>
                    __rt::OrgSource::Argument { name: #name, binding: #binding, argument: #argument, part: #part }
                )
            }
            // The missing argument was reported, and nothing is generated. This would not compile.
            (Some(OrgSource::Argument { .. }), None) => quote_spanned!(span=> __rt::OrgSource::Argument),
            (Some(OrgSource::Path(name)), _) => quote_spanned!(span=> __rt::OrgSource::Path(#name)),
            (Some(OrgSource::Query(name)), _) => quote_spanned!(span=> __rt::OrgSource::Query(#name)),
            (Some(OrgSource::Header(name)), _) => quote_spanned!(span=> __rt::OrgSource::Header(#name)),
            (Some(OrgSource::Active), _) => quote_spanned!(span=> __rt::OrgSource::Active),
        }
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
                let fields = tell_fields(ty);
                quote_spanned!(span=> __rt::Takes { part: __rt::OutsidePath::#part, fields: #fields })
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

impl Reading<'_> {
    /// The runtime's `Expression`.
    fn emit(&self) -> TokenStream {
        let Self { expression, sources } = self;
        let text = text::of(expression.to_token_stream());
        let bindings = sources.iter().map(|source| text::of_argument(source.arg)).collect::<Vec<_>>().join(", ");
        let reads = sources.iter().flat_map(|source| {
            let parts = parts::read_by(expression, source.arg);
            parts.into_iter().map(|(name, part)| read(source.arg, &name, &part))
        });
        quote_spanned!(Span::mixed_site()=>
            __rt::Expression { text: #text, bindings: #bindings, reads: &[#(#reads),*] }
        )
    }
}

/// The runtime's `Read`.
fn read(arg: &PatType, name: &Ident, part: &Part) -> TokenStream {
    let (name, argument, part) = (name.unraw().to_string(), tell(&arg.ty), part.emit());
    quote_spanned!(Span::mixed_site()=> __rt::Read { name: #name, argument: #argument, part: #part })
}

/// The runtime's `Tell` for an argument of this type.
fn tell(ty: &Type) -> TokenStream {
    let span = Span::mixed_site();
    if let Some((OutsidePath::Query, fields)) = syntax::takes(ty) {
        return tell_fields(fields);
    }
    quote_spanned!(span=> __rt::Source::<#ty>::__AUTH_TELL)
}

/// The runtime's `Tell` for a query or a body, by the type of its fields.
fn tell_fields(ty: &Type) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> __rt::Source::<__rt::FieldsOf<#ty>>::__AUTH_TELL)
}
