//! The whole expansion: item and attribute in, guarded item out.

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::args::{self, Args};
use crate::attribute::Attribute;
use crate::condition::satisfiable;
use crate::consistency;
use crate::diag::Diag;
use crate::guard_position::{self, GuardType, Position};
use crate::handler::Handler;
use crate::policy::PolicyType;
use crate::stacked::Stacked;
use crate::vocabulary::Vocabulary;

/// Expands one attribute; what it does not understand, it reports, and guards by a policy that
/// admits nobody.
pub(crate) fn expand(attribute: Attribute, attr: TokenStream, item: &TokenStream) -> TokenStream {
    // Who is public asks for no names, and leaves no user whose roles could be compared.
    let vocabulary = if attribute == Attribute::Public { Ok(Vocabulary::default()) } else { Vocabulary::load() };
    expand_with(attribute, attr, item, &vocabulary).0
}

pub(crate) fn expand_with(
    attribute: Attribute,
    attr: TokenStream,
    item: &TokenStream,
    vocabulary: &Result<Vocabulary, String>,
) -> (TokenStream, Diag) {
    let mut diag = Diag::default();
    let nothing = Vocabulary::default();
    let vocabulary = vocabulary.as_ref().unwrap_or_else(|fault| {
        diag.at(Span::call_site(), fault);
        &nothing
    });
    let args = args::parse(attr, attribute, vocabulary, &mut diag);
    let mut handler = match Handler::parse(attribute, item.clone()) {
        Ok(handler) => handler,
        Err(error) => {
            diag.push(error);
            return (quote!(#diag #item), diag);
        }
    };
    let existing = guard_position::take(&mut handler.sig);
    let faults = handler.faults(attribute);
    let sound = faults.is_empty();
    // What is wrong with the function itself, the attribute above has said.
    if existing.is_none() {
        diag.append(faults);
    }
    consistency::check(attribute, &handler, &args.runtime, &mut diag);
    check_satisfiable(&args, &mut diag);

    let above = existing.as_ref().map(|(guard, _)| Stacked::of(&guard.policy)).unwrap_or_default();
    let own = Stacked::of_attribute(attribute, args.from.is_some());
    if diag.is_empty() {
        consistency::check_stacked(above, own, &handler, &mut diag);
    }
    let ident = own.name(above.count, &handler.sig.ident);
    let policy = PolicyType::new(attribute, &args, &handler, vocabulary, ident, &mut diag);
    let (before, position) = match existing {
        Some((guard, position)) => (Some(guard), position),
        None => (None, guard_position::choose(&handler)),
    };
    let module = args.runtime.module();
    let (guard, generated) = if sound && diag.is_empty() {
        (combine(before.as_ref(), &policy.guard(&module), &module), policy.emit(&module))
    } else {
        (combine(before.as_ref(), &deny_all(&module), &module), TokenStream::new())
    };
    let allow = allow_eighth_argument(&handler, &position);
    guard_position::put(&mut handler, &guard, &position, &module);
    (quote!(#diag #generated #allow #handler), diag)
}

/// Reports a condition that no token could meet.
fn check_satisfiable(args: &Args, diag: &mut Diag) {
    if let Some(condition) = &args.condition
        && diag.is_empty()
        && !satisfiable(condition)
    {
        diag.on(
            &args.condition_text,
            "nobody can meet this condition, whatever the token says: one part contradicts another",
        );
    }
}

fn deny_all(module: &TokenStream) -> GuardType {
    let span = Span::mixed_site();
    GuardType { policy: quote_spanned!(span=> #module::DenyAll), from: None, check: None }
}

/// Both guards in one, the one above first.
fn combine(above: Option<&GuardType>, below: &GuardType, module: &TokenStream) -> GuardType {
    let Some(above) = above else { return below.clone() };
    let span = Span::mixed_site();
    let (p1, p2) = (&above.policy, &below.policy);
    let both = |above: &Option<TokenStream>, below: &Option<TokenStream>| match (above, below) {
        (None, None) => None,
        (Some(above), None) => Some(quote_spanned!(span=> (#above, ()))),
        (None, Some(below)) => Some(quote_spanned!(span=> ((), #below))),
        (Some(above), Some(below)) => Some(quote_spanned!(span=> (#above, #below))),
    };
    GuardType {
        policy: quote_spanned!(span=> #module::And<#p1, #p2>),
        from: both(&above.from, &below.from),
        check: both(&above.check, &below.check),
    }
}

/// Our argument is not the user's eighth, which is where clippy starts to count.
fn allow_eighth_argument(handler: &Handler, position: &Position) -> Option<TokenStream> {
    let crosses = matches!(position, Position::Own(_)) && handler.sig.inputs.len() == 7;
    crosses.then(|| quote_spanned!(Span::mixed_site()=> #[allow(clippy::too_many_arguments)]))
}
