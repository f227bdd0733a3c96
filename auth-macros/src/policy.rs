//! One attribute as a type: the data that the runtime decides by, and how it gets at its sources.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Expr, GenericParam, Generics, Member, PatType, Path};

use crate::args::Args;
use crate::attribute::Attribute;
use crate::bindings::{self, Source};
use crate::condition::Condition;
use crate::consistency;
use crate::diag::Diag;
use crate::guard_position::GuardType;
use crate::handler::Handler;
use crate::org_source::OrgSource;
use crate::text;
use crate::vocabulary::Vocabulary;

/// The policy that one attribute adds to a handler.
pub(crate) struct PolicyType<'a> {
    attribute: Attribute,
    text: String,
    args: &'a Args,
    handler: &'a Handler,
    vocabulary: &'a Vocabulary,
    from: Option<Source<'a>>,
    check: Option<(&'a Expr, Vec<Source<'a>>)>,
    /// The handler's type and const parameters that no source holds fast.
    phantom_params: Vec<TokenStream>,
    /// The name of its type.
    ident: Ident,
}

impl<'a> PolicyType<'a> {
    /// Ties the attribute to its handler; every fault goes to `diag`.
    pub(crate) fn new(
        attribute: Attribute,
        args: &'a Args,
        handler: &'a Handler,
        vocabulary: &'a Vocabulary,
        ident: Ident,
        diag: &mut Diag,
    ) -> Self {
        let from = match &args.from {
            Some(OrgSource::Argument { root, .. }) => bindings::of_from(root, handler, diag),
            _ => None,
        };
        let check = args.check.as_ref().map(|check| (check, bindings::of_check(check, handler, diag)));
        let sources = from.iter().chain(check.iter().flat_map(|(_, sources)| sources));
        let types = sources.map(|source| source.arg.ty.to_token_stream()).collect();
        Self {
            attribute,
            text: attribute_text(attribute, &args.text),
            args,
            handler,
            vocabulary,
            from,
            phantom_params: phantom_params(&handler.sig.generics, &types, diag),
            check,
            ident,
        }
    }

    /// The guard that asks for this policy.
    pub(crate) fn guard(&self, module: &Path) -> GuardType {
        GuardType {
            policy: self.ident.to_token_stream(),
            from: self.source_of_from(),
            check: self.source_of_check(module),
        }
    }

    /// The type of the source of `from`; none is `()`.
    fn source_of_from(&self) -> Option<TokenStream> {
        let ty = &self.from.as_ref()?.arg.ty;
        Some(if self.may_be_nothing() { quote_spanned!(Span::mixed_site()=> (#ty,)) } else { ty.to_token_stream() })
    }

    /// Whether rustc would have to assume that the type of the source of `from` may be `()`, for which every attribute
    /// is a policy already.
    fn may_be_nothing(&self) -> bool {
        self.handler.sig.generics.type_params().next().is_some()
    }

    /// The type of the source of `check`, with the parameters that ride in it; `rt` is the path
    /// of the runtime's module.
    fn source_of_check(&self, rt: &impl ToTokens) -> Option<TokenStream> {
        let span = Span::mixed_site();
        let phantom_params = &self.phantom_params;
        let with =
            (!phantom_params.is_empty()).then(|| quote_spanned!(span=> #rt::PhantomParams<(#(#phantom_params,)*)>));
        let types = self.check_sources().map(|arg| &arg.ty);
        let own = self.check_sources().next().map(|_| quote_spanned!(span=> (#(#types,)*)));
        match (with, own) {
            (Some(with), Some(own)) => Some(quote_spanned!(span=> (#with, #own))),
            (None, None) => self.check.as_ref().map(|_| quote_spanned!(span=> ((),))),
            (with, own) => with.or(own),
        }
    }

    fn check_sources(&self) -> impl Iterator<Item = &'a PatType> {
        self.check.iter().flat_map(|(_, sources)| sources.iter().map(|source| source.arg))
    }

    /// The names of the handler's arguments that the attribute reads.
    pub(crate) fn names(&self) -> Vec<Ident> {
        let sources = self.from.iter().chain(self.check.iter().flat_map(|(_, sources)| sources));
        sources.flat_map(|source| &source.names).map(|name| (*name).clone()).collect()
    }

    /// The pattern that goes with [`Self::source_of_check`].
    fn check_pattern(&self) -> TokenStream {
        let span = Span::mixed_site();
        let pats = self.check_sources().map(|arg| &arg.pat);
        let own = self.check_sources().next().map(|_| quote_spanned!(span=> (#(#pats,)*)));
        match (self.phantom_params.is_empty(), own) {
            (_, None) => quote_spanned!(span=> _),
            (true, Some(own)) => own,
            (false, Some(own)) => quote_spanned!(span=> (_, #own)),
        }
    }

    /// The type and its implementations.
    pub(crate) fn emit(&self, module: &Path) -> TokenStream {
        let span = Span::mixed_site();
        let Self { ident, handler, .. } = self;
        let vis = &handler.vis;
        let cfgs: Vec<_> = handler.attrs.iter().filter(|attr| attr.name() == "cfg").collect();
        // The handler's own types and patterns stand below once more: what it allows there, it allows here.
        let allowed = handler.attrs.iter().filter(|attr| matches!(attr.name().as_str(), "allow" | "expect"));
        let allowed = allowed.map(|attr| {
            let lints = &attr.args;
            quote_spanned!(span=> #[allow(#lints)])
        });
        let rt = Ident::new("__rt", span);
        let rule = self.rule();
        let policy = self.policy();
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

    /// The implementation of the runtime's `Policy`, where the attribute asks for something of the handler's arguments.
    fn policy(&self) -> Option<TokenStream> {
        let (org, check) = (self.org(), self.check());
        let span = Span::mixed_site();
        let Self { ident, handler, .. } = self;
        let nothing = || quote_spanned!(span=> ());
        let from_type = self.source_of_from();
        let check_type = self.source_of_check(&Ident::new("__rt", span));
        if from_type.is_none() && check_type.is_none() {
            return None;
        }
        let (from_type, check_type) = (from_type.unwrap_or_else(nothing), check_type.unwrap_or_else(nothing));
        // Located at the id, so that the error of a source that may change its answer underlines it.
        let at = match &self.args.from {
            Some(OrgSource::Argument { root, .. }) => span.located_at(root.span()),
            _ => span,
        };
        let policy = quote_spanned!(at=> __rt::Policy<#from_type, #check_type>);
        let generics = used_lifetimes(&handler.sig.generics, &quote!(#from_type #check_type));
        let (generics, _, bounds) = generics.split_for_impl();
        Some(quote_spanned! {span=>
            impl #generics #policy for #ident #bounds {
                #org
                #check
            }
        })
    }

    /// The attribute as data: what every attribute says, and the fields that few set.
    fn rule(&self) -> TokenStream {
        let span = Span::mixed_site();
        let Self { args, text, .. } = self;
        let hierarchy = &self.vocabulary.hierarchy;
        let rt = Ident::new("__rt", span);
        let attribute = Ident::new(self.attribute.variant(), span);
        let always = || quote_spanned!(span=> __rt::Condition::Always);
        let condition = args.condition.as_ref().map_or_else(always, |condition| condition.emit(&rt));
        let org = org_source(args.from.as_ref(), self.from.as_ref().map(|source| source.arg));
        let check = self.check.as_ref().map(|(check, sources)| {
            let expression = text::of(check.to_token_stream());
            let bindings = sources.iter().map(|source| text::of_argument(source.arg)).collect::<Vec<_>>().join(", ");
            quote_spanned!(span=>
                check: __rt::Some(__rt::Check { expression: #expression, bindings: #bindings }),
            )
        });
        let deny = args.not_found.then(|| quote_spanned!(span=> deny: __rt::Deny::NotFound,));
        let invalid = args.reject.then(|| quote_spanned!(span=> invalid: __rt::Invalid::Reject,));
        let reason = args.reason.as_ref().map(|reason| quote_spanned!(span=> reason: __rt::Some(#reason),));
        let takes = consistency::org_member(self.handler).map(|_| quote_spanned!(span=> takes_org_member: true,));
        let fresh = args.fresh.map(|seconds| {
            let ms = u64::from(seconds) * 1000;
            quote_spanned!(span=> fresh: __rt::Some(#ms),)
        });
        let role_permissions = self.role_permissions();
        let hierarchy = (!hierarchy.is_empty()).then(|| quote_spanned!(span=> hierarchy: &[#(#hierarchy),*],));
        let rule = quote_spanned! {span=>
            __rt::Rule::new(__rt::Attribute::#attribute, #text, #condition, __rt::OrgSource::#org)
        };
        let few = [check, deny, invalid, reason, takes, fresh, hierarchy, role_permissions];
        if few.iter().all(Option::is_none) { rule } else { quote_spanned!(span=> __rt::Rule { #(#few)* ..#rule }) }
    }

    /// What roles allow, if the attribute selects an organization: only a membership is read by it.
    fn role_permissions(&self) -> Option<TokenStream> {
        let rows = &self.vocabulary.role_permissions;
        if rows.is_empty() || self.args.from.is_none() {
            return None;
        }
        let rows = rows.iter().map(|(role, allows)| quote_spanned!(Span::mixed_site()=> (#role, &[#(#allows),*])));
        Some(quote_spanned!(Span::mixed_site()=> role_permissions: &[#(#rows),*],))
    }

    /// `fn org`, where an argument holds the id.
    fn org(&self) -> Option<TokenStream> {
        let (Some(from), Some(OrgSource::Argument { root, members })) = (&self.from, &self.args.from) else {
            return None;
        };
        let span = Span::mixed_site();
        let source = self.source_of_from()?;
        let pat = bindings::by_reference(&from.arg.pat);
        let pat = if self.may_be_nothing() { quote_spanned!(span=> (#pat,)) } else { pat.to_token_stream() };
        // Located at the id, so that the error of a type that is none underlines the id.
        let at = span.located_at(root.span());
        let id = match members.as_slice() {
            [] => root.to_token_stream(),
            members => quote_spanned!(at=> &#root #(.#members)*),
        };
        Some(quote_spanned! {span=>
            #[allow(non_shorthand_field_patterns, unused_parens, unused_variables, clippy::used_underscore_binding)]
            fn org(__auth_source: &#source) -> __rt::OrgRef<'_> {
                let #pat = __auth_source;
                __rt::select(#id)
            }
        })
    }

    /// `fn check`, where there is one.
    fn check(&self) -> Option<TokenStream> {
        let (check, _) = self.check.as_ref()?;
        let span = Span::mixed_site();
        // Located at the expression, so that the error of a type that is no answer underlines it.
        let at = span.located_at(check.span());
        let answer = quote_spanned!(at=> async move { #check }.await);
        let pat = self.check_pattern();
        let ty = self.source_of_check(&Ident::new("__rt", span))?;
        Some(quote_spanned! {span=>
            #[allow(
                non_shorthand_field_patterns,
                unused_braces,
                unused_mut,
                unused_parens,
                unused_variables,
                clippy::used_underscore_binding,
            )]
            async fn check(#pat: #ty) -> __rt::Verdict {
                __rt::IntoVerdict::into_verdict(#answer)
            }
        })
    }
}

/// `require_org(from = org_id)`
fn attribute_text(attribute: Attribute, args: &str) -> String {
    let name = attribute.name();
    if args.is_empty() { name.to_owned() } else { format!("{name}({args})") }
}

/// A variant of the runtime's `OrgSource`; an argument with its pattern and type.
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

/// The type and const parameters that the types of the sources do not determine.
fn phantom_params(generics: &Generics, sources: &TokenStream, diag: &mut Diag) -> Vec<TokenStream> {
    let mut phantom_params = Vec::new();
    for param in &generics.params {
        match param {
            GenericParam::Type(param) if !determines(sources, &param.ident) => {
                phantom_params.push(param.ident.to_token_stream());
            }
            GenericParam::Const(param) if !determines(sources, &param.ident) => {
                let ident = &param.ident;
                if param.ty.to_token_stream().to_string() == "usize" {
                    phantom_params.push(quote_spanned!(Span::mixed_site()=> [(); #ident]));
                } else {
                    diag.on(
                        &param.ty,
                        "a const parameter of a guarded handler must be `usize`: change its type, or use a type parameter",
                    );
                }
            }
            _ => {}
        }
    }
    phantom_params
}

/// Whether a parameter stands in a type as itself: `R::Id` would not tell what `R` is.
fn determines(types: &TokenStream, param: &Ident) -> bool {
    let tokens: Vec<TokenTree> = types.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) if ident == param => {
            let projected = match tokens.get(index + 1) {
                Some(TokenTree::Punct(punct)) => punct.as_char() == ':',
                Some(TokenTree::Ident(ident)) => ident == "as",
                _ => false,
            };
            !projected
        }
        TokenTree::Group(group) => determines(&group.stream(), param),
        _ => false,
    })
}

/// The handler's generics, less the lifetimes that neither a source nor a bound names.
fn used_lifetimes(generics: &Generics, sources: &TokenStream) -> Generics {
    let bounds = generics.type_params().map(|param| &param.bounds);
    let clause = &generics.where_clause;
    let lifetimes = generics.lifetimes().map(|param| &param.bounds);
    let named = lifetimes_in(quote!(#sources #(#bounds)* #clause #(#lifetimes)*));
    let mut generics = generics.clone();
    generics.params = generics
        .params
        .into_iter()
        .filter(|param| match param {
            GenericParam::Lifetime(param) => named.contains(&param.lifetime.ident.to_string()),
            _ => true,
        })
        .collect();
    generics
}

fn lifetimes_in(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut quoted = false;
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) if quoted => found.push(ident.to_string()),
            TokenTree::Group(group) => found.extend(lifetimes_in(group.stream())),
            _ => {}
        }
        quoted = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
    }
    found
}
