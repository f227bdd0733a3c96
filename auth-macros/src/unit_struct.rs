//! Named policies: attributes on a unit struct.
//!
//! Attributes expand one by one, from the top. Each generates its own policy type next to the struct, and adds the
//! type's name to a last attribute of the struct, `policy_of`. The next one removes that attribute, adds its own policy
//! and appends the attribute again. When none of our attributes is left, `policy_of` expands and makes the struct a
//! policy. So the imported names of the attributes do not matter, and neither does a `cfg_attr` that adds one.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Path, Token, Visibility};

use crate::args::Args;
use crate::attribute::Attribute;
use crate::consistency;
use crate::diag::Diag;
use crate::handler::{Handler, RawAttribute};
use crate::held::Held;
use crate::org_source::OrgSource;
use crate::policy::PolicyType;
use crate::stacked::Stacked;
use crate::vocabulary::Vocabulary;

/// The attribute that makes the struct a policy.
const LAST: &str = "policy_of";

/// A struct without fields and generic parameters.
struct UnitStruct {
    attrs: Vec<RawAttribute>,
    vis: Visibility,
    ident: Ident,
}

impl Parse for UnitStruct {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = Vec::new();
        while input.peek(Token![#]) {
            attrs.push(input.parse()?);
        }
        let vis = input.parse()?;
        input.parse::<Token![struct]>()?;
        let ident = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Self { attrs, vis, ident })
    }
}

impl ToTokens for UnitStruct {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, ident } = self;
        quote!(#(#attrs)* #vis struct #ident;).to_tokens(tokens);
    }
}

/// Whether an item is a struct of any kind.
pub(crate) fn is_struct(item: &TokenStream) -> bool {
    let is_outer = |token: &TokenTree| match token {
        // Attributes, `pub` and the parentheses after `pub`. A visibility that a macro passed is in a group.
        TokenTree::Punct(punct) => punct.as_char() == '#',
        TokenTree::Group(_) => true,
        TokenTree::Ident(word) => word == "pub",
        TokenTree::Literal(_) => false,
    };
    let keyword = item.clone().into_iter().find(|token| !is_outer(token));
    matches!(keyword, Some(TokenTree::Ident(word)) if word == "struct")
}

/// Expands one attribute on a struct.
pub(crate) fn expand(
    attribute: Attribute,
    args: &Args,
    item: &TokenStream,
    vocabulary: &Vocabulary,
    diag: &mut Diag,
) -> TokenStream {
    let Ok(mut item) = syn::parse2::<UnitStruct>(item.clone()) else {
        diag.at(
            Span::call_site(),
            "a policy must be a struct without fields or generic parameters: write `pub struct OrgAdmin;`",
        );
        return quote!(#diag #item);
    };
    let module = args.runtime.module();
    let above = item.take_policies();
    let above_is = above.as_ref().map(Stacked::of).unwrap_or_default();
    check(args, diag);
    let own = Stacked::of_attribute(attribute, args.from.is_some(), !diag.is_empty());
    // The policy is generated as for a handler without arguments.
    let handler = match item.as_handler(attribute) {
        Ok(handler) => handler,
        Err(error) => {
            diag.push(error);
            return quote!(#diag #item);
        }
    };
    consistency::check_stacked(above_is, own, args.from_key, diag);
    let name = own.name(above_is.count, &item.ident);
    let span = Span::mixed_site();
    let policy = diag
        .is_empty()
        .then(|| PolicyType::new(attribute, args, &handler, Held::default(), vocabulary, name.clone(), diag));
    let (policy, name) = match policy {
        Some(policy) => (Some(policy.emit(&module)), name.to_token_stream()),
        None => (None, quote_spanned!(span=> #module::DenyAll)),
    };
    let policies = match above {
        Some(above) => quote_spanned!(span=> #module::And<#above, #name>),
        None => name,
    };
    let last = Ident::new(LAST, span);
    let last = quote_spanned!(span=> #[#module::#last(#module, #policies)]);
    let UnitStruct { attrs, vis, ident } = item;
    quote!(#diag #policy #(#attrs)* #last #vis struct #ident;)
}

/// Reports keys that only a handler can have.
fn check(args: &Args, diag: &mut Diag) {
    if let Some(OrgSource::Argument { root, .. }) = &args.from {
        diag.on(
            root,
            "a struct has no arguments: write `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`",
        );
    }
    if let Some(check) = &args.check {
        diag.on(check, "`check` is not allowed on a struct: put it on the handler, whose arguments it can read");
    }
    if let Some(at) = args.load_key {
        diag.at(at, "`load` is not allowed on a struct: put it on the handler that takes the object");
    }
}

/// Makes a struct the policy that its attributes describe.
pub(crate) fn implement(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let read = |input: ParseStream<'_>| {
        let module = input.call(Path::parse_mod_style)?;
        input.parse::<Token![,]>()?;
        Ok((module, input.parse::<TokenStream>()?))
    };
    let (module, policies) = match read.parse2(arguments) {
        Ok(read) => read,
        Err(error) => return error.to_compile_error(),
    };
    let UnitStruct { attrs, vis, ident } = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error(),
    };
    let name = ident.unraw().to_string();
    quote_spanned! {Span::mixed_site()=>
        #(#attrs)*
        // It is used only in types.
        #[allow(dead_code)]
        #vis struct #ident;
        const _: () = {
            use #module as __rt;
            impl __rt::Policy<()> for #ident {
                const NEED: &'static __rt::Need =
                    &__rt::Need::Named { name: #name, need: <#policies as __rt::Policy<()>>::NEED };
            }
            impl __rt::NamedPolicy for #ident {}
        };
    }
}

impl UnitStruct {
    /// Removes the attribute with the policies of the attributes above.
    fn take_policies(&mut self) -> Option<TokenStream> {
        let is_last = |attr: &RawAttribute| {
            let mut path = attr.path.iter().rev();
            path.next().is_some_and(|last| last == LAST) && path.next().is_some_and(|module| module == "__private")
        };
        let index = self.attrs.iter().position(is_last)?;
        let arguments = self.attrs.remove(index).args;
        // After the path of the module and a comma.
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        Some(arguments.into_iter().skip_while(|token| !is_comma(token)).skip(1).collect())
    }

    /// A handler without arguments that is used instead of the struct.
    fn as_handler(&self, attribute: Attribute) -> syn::Result<Handler> {
        let Self { attrs, vis, ident } = self;
        let attrs = attrs.iter().filter(|attr| matches!(attr.name().as_str(), "cfg" | "allow" | "expect"));
        Handler::parse(attribute, quote!(#(#attrs)* #vis async fn #ident() {}))
    }
}
