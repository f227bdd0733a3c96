//! Generates the code with which a policy uses the arguments in its guard: the organization, and the expressions of
//! `load` and `check`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Expr, Lifetime, Pat, PatType, Path};

use crate::bindings::{self, Lent, Source};
use crate::held::Held;
use crate::org_source::OrgSource;
use crate::syntax::{bindings as bound, loaded_type, same};

/// `FROM`, and the function that reads the organization, if an argument has the id.
pub(super) fn org(
    from: &Source<'_>,
    source: Option<&OrgSource>,
    held: &Held,
    list: &TokenStream,
    module: &Path,
) -> Option<TokenStream> {
    let Some(OrgSource::Argument { root, members }) = source else { return None };
    let span = Span::mixed_site();
    let is_source = |arg: &PatType| is_of(from, arg);
    let number = held.number(is_source).filter(|number| *number > 0);
    let number = number.map(|number| quote_spanned!(span=> const FROM: #module::usize = #number;));
    // If the type is not an id, the error of rustc must underline the id.
    let at = span.located_at(root.span());
    let id = match members.as_slice() {
        [] => root.to_token_stream(),
        members => quote_spanned!(at=> &#root #(.#members)*),
    };
    // A plain pattern needs no lint to be switched off. Each would cost rustc time for each handler.
    let allowed = (!is_plain(&from.arg.pat)).then(|| {
        quote_spanned!(span=>
            #[allow(non_shorthand_field_patterns, unused_parens, unused_variables, clippy::used_underscore_binding)]
        )
    });
    let pattern = bindings::lent(&from.arg.pat, &from.names).0;
    if held.is_first(is_source) {
        let ty = from.arg.ty.to_token_stream();
        let (params, lifetime) = borrow(&ty);
        return Some(quote_spanned! {span=>
            #number
            #allowed
            fn org_of #params(#pattern: &#lifetime #ty) -> #module::OrgRef<#lifetime> {
                #module::select(#id)
            }
        });
    }
    let slots = held.slots(&|arg| if is_source(arg) { filled(&pattern) } else { wild() });
    let (params, lifetime) = borrow(list);
    Some(quote_spanned! {span=>
        #number
        const READS_SLOTS: #module::bool = true;
        #allowed
        fn org #params(__auth_slots: &#lifetime <#list as #module::Sources>::Slots) -> #module::OrgRef<#lifetime> {
            use #module as __rt;
            let #slots = __auth_slots else { return __rt::OrgRef::UNNAMED };
            __rt::select(#id)
        }
    })
}

/// The lifetime of a reference to values of these types, and its declaration. It needs a name if the types contain
/// lifetimes.
fn borrow(types: &TokenStream) -> (Option<TokenStream>, Lifetime) {
    let span = Span::mixed_site();
    if !has_lifetimes(types.clone()) {
        return (None, Lifetime::new("'_", span));
    }
    let lifetime = Lifetime::new("'__auth", span);
    (Some(quote_spanned!(span=> <#lifetime>)), lifetime)
}

/// Whether types contain lifetimes, written or not.
fn has_lifetimes(types: TokenStream) -> bool {
    types.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => matches!(punct.as_char(), '\'' | '&'),
        TokenTree::Group(group) => has_lifetimes(group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether a pattern is `name` or `Path(name)`.
fn is_plain(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(binding) => binding.subpat.is_none() && !binding.ident.unraw().to_string().starts_with('_'),
        Pat::TupleStruct(tuple) if tuple.elems.len() == 1 => {
            matches!(tuple.elems.first(), Some(inner @ Pat::Ident(_)) if is_plain(inner))
        }
        _ => false,
    }
}

type Expression<'a> = (&'a Expr, &'a [Source<'a>]);

/// `fn settle`, if there is a `load` or a `check`.
pub(super) struct Settle<'a> {
    pub(super) held: &'a Held,
    /// The type of the list in the guard.
    pub(super) list: &'a TokenStream,
    pub(super) module: &'a Path,
    pub(super) load: Option<Expression<'a>>,
    pub(super) check: Option<Expression<'a>>,
    /// Whether a `check` that refuses gets the same response as a `load` that finds nothing.
    pub(super) hides: bool,
}

impl Settle<'_> {
    pub(super) fn emit(&self) -> Option<TokenStream> {
        let span = Span::mixed_site();
        let Self { list, module, .. } = self;
        let load = self.load.and_then(|load| self.load(load));
        let check = self.check.map(|check| self.check(check));
        if load.is_none() && check.is_none() {
            return None;
        }
        let check = check.unwrap_or_else(|| quote_spanned!(span=> __rt::Verdict::ADMIT));
        Some(quote_spanned! {span=>
            #[allow(
                non_shorthand_field_patterns,
                unused_braces,
                unused_imports,
                unused_mut,
                unused_parens,
                unused_variables,
                clippy::needless_borrow,
                clippy::used_underscore_binding,
            )]
            async fn settle(__auth_slots: &mut <#list as #module::Sources>::Slots) -> #module::Verdict {
                use #module as __rt;
                use __rt::{Lend as _, Own as _};
                #load
                #check
            }
        })
    }

    fn load(&self, (expression, sources): Expression<'_>) -> Option<TokenStream> {
        let span = Span::mixed_site();
        let ty = loaded_type(self.held.loaded()?)?;
        let (lets, answer) = (self.lets(sources), evaluated(expression));
        Some(quote_spanned! {span=>
            #lets
            match __rt::IntoLoaded::<#ty>::into_loaded(#answer) {
                __rt::Ok(__auth_loaded) => __auth_slots.2 = __rt::Some(__auth_loaded),
                __rt::Err(__auth_verdict) => return __auth_verdict,
            }
        })
    }

    fn check(&self, (expression, sources): Expression<'_>) -> TokenStream {
        let span = Span::mixed_site();
        let (lets, answer) = (self.lets(sources), evaluated(expression));
        let hidden = self.hides.then(|| quote_spanned!(span=> .hidden()));
        quote_spanned!(span=> #lets __rt::IntoVerdict::into_verdict(#answer) #hidden)
    }

    /// Binds the names that an expression uses.
    fn lets(&self, sources: &[Source<'_>]) -> Option<TokenStream> {
        if sources.is_empty() {
            return None;
        }
        let span = Span::mixed_site();
        let of = |arg: &PatType| sources.iter().find(|source| is_of(source, arg));
        let slots = self.held.slots(&|arg| match of(arg) {
            Some(source) => filled(&bindings::lent(&arg.pat, &source.names).0),
            None => wild(),
        });
        let lent = sources.iter().flat_map(|source| bindings::lent(&source.arg.pat, &source.names).1);
        let picks = lent.map(|lent| pick(&lent));
        Some(quote_spanned! {span=>
            let #slots = &mut *__auth_slots else { return __rt::Verdict::UNFILLED };
            #(#picks)*
        })
    }
}

/// Binds a name for an expression: to its value, or to a reference if the pattern has `ref`.
fn pick(Lent { name, is_reference, dereferenced }: &Lent) -> TokenStream {
    let span = Span::mixed_site();
    let stars = std::iter::repeat_n(quote_spanned!(span=> *), *dereferenced);
    if *is_reference {
        return quote_spanned!(span=> let #name = &* #(#stars)* #name;);
    }
    quote_spanned!(span=> let mut #name = #(#stars)* (&&__rt::Pick::new(#name)).__auth_pick();)
}

/// The value of an expression, which may use `return` and `?`. If its type is wrong, the error of rustc underlines the
/// expression.
fn evaluated(expression: &Expr) -> TokenStream {
    let at = Span::mixed_site().located_at(expression.span());
    quote_spanned!(at=> async move { #expression }.await)
}

/// Whether a source is this argument. The names of a handler's arguments are unique.
fn is_of(source: &Source<'_>, arg: &PatType) -> bool {
    let is_bound = |name: &&Ident| bound(&arg.pat).into_iter().any(|bound| same(bound, name));
    source.names.iter().any(is_bound)
}

fn filled(pat: &impl ToTokens) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> __rt::Some(#pat))
}

fn wild() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> _)
}
