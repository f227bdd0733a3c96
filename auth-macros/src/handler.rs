//! The function under an attribute: its signature is parsed, its body is not.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::visit::Visit;
use syn::{FnArg, PatType, Safety, Signature, Token, Visibility};

use crate::attribute::Attribute;
use crate::diag::Diag;

/// A function whose body is not parsed.
pub(crate) struct Handler {
    pub(crate) attrs: Vec<RawAttribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    body: TokenTree,
}

/// An attribute of the function, as raw tokens.
#[derive(Clone)]
pub(crate) struct RawAttribute {
    /// The segments of its path.
    pub(crate) path: Vec<Ident>,
    /// The tokens in its parentheses.
    pub(crate) args: TokenStream,
    pound: Token![#],
    brackets: TokenTree,
}

impl Handler {
    /// Parses an item. If it is not a function, returns the error.
    pub(crate) fn parse(attribute: Attribute, item: TokenStream) -> Result<Self, syn::Error> {
        let name = attribute.name();
        let other = |found: &str| {
            let message = format!("`{name}` works only on an `async fn`, not on {found}");
            syn::Error::new(Span::call_site(), message)
        };
        let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
        // Removed before syn parses the function, so that a long body costs no time.
        let body = tokens.pop_if(|last| is_block(last));
        let (attrs, vis, sig) = match Self::read.parse2(tokens.into_iter().collect()) {
            Ok(read) => read,
            Err(error) => {
                let message = format!("`{name}` cannot read this function: {error}");
                return Err(other_item(item).map_or_else(|| syn::Error::new(error.span(), message), other));
            }
        };
        let body = body.ok_or_else(|| other("a declaration without a body"))?;
        Ok(Self { attrs, vis, sig, body })
    }

    fn read(input: ParseStream<'_>) -> syn::Result<(Vec<RawAttribute>, Visibility, Signature)> {
        let mut attrs = Vec::new();
        while input.peek(Token![#]) {
            attrs.push(input.parse()?);
        }
        let read = (attrs, input.parse()?, input.parse()?);
        // The end of a declaration without a body.
        input.parse::<Option<Token![;]>>()?;
        Ok(read)
    }

    /// The reasons why the function cannot be a guarded handler.
    pub(crate) fn faults(&self, attribute: Attribute) -> Diag {
        let mut diag = Diag::default();
        let name = attribute.name();
        let sig = &self.sig;
        let not_free = format!("`{name}` works only on free functions: move the handler out of the `impl`");
        if let Some(receiver) = sig.receiver() {
            diag.on(receiver, not_free);
        } else if let Some(ident) = self_type(sig) {
            diag.on(ident, not_free);
        }
        if let Some(constness) = sig.constness {
            diag.on(constness, "a handler cannot be a `const fn`: make it `async fn`");
        } else if sig.asyncness.is_none() {
            diag.on(sig.fn_token, "a handler must be asynchronous: make it `async fn`");
        }
        if let Safety::Unsafe(token) = &sig.safety {
            diag.on(token, "a handler cannot be `unsafe`: remove `unsafe`");
        }
        if let Some(abi) = &sig.abi {
            diag.on(abi, "a handler cannot be `extern`: remove `extern`");
        }
        if let Some(variadic) = &sig.variadic {
            diag.on(variadic, "a handler cannot be variadic: remove `...`");
        }
        diag
    }

    /// Inserts a statement at the start of the body that uses these arguments, so that rustc does not warn about an
    /// argument that only an attribute uses.
    ///
    /// The statement takes references, so nothing is moved, no `mut` becomes unused, and nothing is dropped.
    pub(crate) fn mark_used(&mut self, names: &[Ident]) {
        // rustc does not warn about unused names that begin with `_`.
        let names = names.iter().filter(|name| !name.to_string().starts_with('_'));
        let names: Vec<&Ident> = names.collect();
        if !names.is_empty() {
            let statement = quote_spanned!(Span::mixed_site()=> #(let _ = &#names;)*);
            self.body = begin_with(&self.body, &statement);
        }
    }

    /// The arguments without a receiver.
    pub(crate) fn args(&self) -> impl Iterator<Item = &PatType> {
        self.sig.inputs.iter().filter_map(|arg| match arg {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        })
    }
}

impl ToTokens for Handler {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body, .. } = self;
        for attr in attrs {
            attr.to_tokens(tokens);
        }
        vis.to_tokens(tokens);
        sig.to_tokens(tokens);
        body.to_tokens(tokens);
    }
}

impl Parse for RawAttribute {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let pound: Token![#] = input.parse()?;
        let brackets: TokenTree = input.parse()?;
        let inside = match &brackets {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => group.stream(),
            other => return Err(syn::Error::new(other.span(), "expected `[`")),
        };
        let mut path = Vec::new();
        let mut args = TokenStream::new();
        for token in inside {
            match token {
                TokenTree::Ident(ident) => path.push(ident),
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                TokenTree::Group(group) => {
                    args = group.stream();
                    break;
                }
                // `= value` ends the path.
                _ => break,
            }
        }
        Ok(Self { path, args, pound, brackets })
    }
}

impl ToTokens for RawAttribute {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.pound.to_tokens(tokens);
        self.brackets.to_tokens(tokens);
    }
}

impl RawAttribute {
    /// The attributes inside a `cfg_attr`.
    pub(crate) fn conditional(&self) -> Vec<Self> {
        let mut parts = vec![TokenStream::new()];
        for token in self.args.clone() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(TokenStream::new()),
                token => {
                    if let Some(part) = parts.last_mut() {
                        part.extend([token]);
                    }
                }
            }
        }
        parts
            .into_iter()
            .skip(1)
            .filter(|part| !part.is_empty())
            .filter_map(|part| syn::parse2(quote!(#[#part])).ok())
            .collect()
    }

    /// The name after an import.
    pub(crate) fn name(&self) -> String {
        self.path.last().map(ToString::to_string).unwrap_or_default()
    }
}

/// Whether a token is a block, including one that a `macro_rules!` passes.
fn is_block(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let mut inside = group.stream().into_iter();
            inside.next().is_some_and(|token| is_block(&token)) && inside.next().is_none()
        }
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

/// Inserts a statement at the start of a block, after the inner attributes.
fn begin_with(block: &TokenTree, statement: &TokenStream) -> TokenTree {
    let TokenTree::Group(group) = block else { return block.clone() };
    let stream = if group.delimiter() == Delimiter::None {
        group.stream().into_iter().map(|inner| begin_with(&inner, statement)).collect()
    } else {
        insert_after_attributes(group.stream(), statement)
    };
    let mut marked = Group::new(group.delimiter(), stream);
    marked.set_span(group.span());
    marked.into()
}

/// Inserts a statement after the inner attributes.
fn insert_after_attributes(block: TokenStream, statement: &TokenStream) -> TokenStream {
    let is_pound = |token: TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '#');
    if !block.clone().into_iter().next().is_some_and(is_pound) {
        // As a whole, because a block may be long.
        return [statement.clone(), block].into_iter().collect();
    }
    let inside: Vec<TokenTree> = block.into_iter().collect();
    let attributes = inside.chunks(3).take_while(|tokens| is_inner_attribute(tokens)).count();
    let (attributes, rest) = inside.split_at(attributes * 3);
    attributes.iter().cloned().chain(statement.clone()).chain(rest.iter().cloned()).collect()
}

/// `#![..]`
fn is_inner_attribute(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(pound), TokenTree::Punct(bang), TokenTree::Group(_)]
        if pound.as_char() == '#' && bang.as_char() == '!')
}

/// `Self` in the types of a signature.
fn self_type(signature: &Signature) -> Option<&Ident> {
    struct Finder<'a>(Option<&'a Ident>);
    impl<'a> Visit<'a> for Finder<'a> {
        fn visit_ident(&mut self, ident: &'a Ident) {
            if self.0.is_none() && ident == "Self" {
                self.0 = Some(ident);
            }
        }
    }
    let mut finder = Finder(None);
    finder.visit_signature(signature);
    finder.0
}

/// What another kind of item is called.
fn other_item(item: TokenStream) -> Option<&'static str> {
    item.into_iter().find_map(|token| match token {
        TokenTree::Punct(punct) if punct.as_char() == '|' => Some("a closure"),
        TokenTree::Ident(word) => match word.to_string().as_str() {
            "enum" => Some("an enum"),
            "union" => Some("a union"),
            "trait" => Some("a trait"),
            "impl" => Some("an `impl`: move each handler out of it and put the attribute there"),
            "mod" => Some("a module: put the attribute on each handler in it"),
            "use" => Some("an import"),
            "const" => Some("a constant"),
            "static" => Some("a static"),
            "type" => Some("a type alias"),
            "extern" => Some("an `extern` block"),
            "let" => Some("a variable"),
            "move" => Some("a closure"),
            "macro_rules" => Some("a macro: put the attribute on the function inside the macro"),
            _ => None,
        },
        _ => None,
    })
}
