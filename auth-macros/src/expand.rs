//! The whole expansion: item and attribute in, guarded item out.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::agree;
use crate::args::{self, Args};
use crate::diag::Diag;
use crate::handler::Handler;
use crate::kind::Kind;
use crate::place::{self, Guard, Place};
use crate::policy::Policy;
use crate::satisfy::satisfiable;
use crate::standing::Standing;
use crate::vocabulary::Vocabulary;

/// Expands one attribute; what it does not understand, it reports, and guards by a policy that
/// admits nobody.
pub(crate) fn expand(kind: Kind, attr: TokenStream, item: &TokenStream) -> TokenStream {
    // Who is public asks for no names, and leaves no user whose roles could be compared.
    let vocabulary = if kind == Kind::Public { Ok(Vocabulary::default()) } else { Vocabulary::load() };
    expand_with(kind, attr, item, &vocabulary).0
}

pub(crate) fn expand_with(
    kind: Kind,
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
    let args = args::parse(attr, kind, vocabulary, &mut diag);
    let mut handler = match Handler::parse(kind, item.clone()) {
        Ok(handler) => handler,
        Err(error) => {
            diag.push(error);
            return (quote!(#diag #item), diag);
        }
    };
    let existing = place::take(&mut handler.sig);
    let faults = handler.faults(kind);
    let sound = faults.is_empty();
    // What is wrong with the function itself, the attribute above has said.
    if existing.is_none() {
        diag.append(faults);
    }
    agree::check(kind, &handler, &args.runtime, &mut diag);
    meetable(&args, &mut diag);

    let above = existing.as_ref().map(|(guard, _)| Standing::of(&guard.policy)).unwrap_or_default();
    let own = Standing::of_attribute(kind, args.from.is_some());
    if diag.is_empty() {
        agree::with_those_above(above, own, &handler, &mut diag);
    }
    let ident = own.name(above.count, &handler.sig.ident);
    let policy = Policy::new(kind, &args, &handler, vocabulary, ident, &mut diag);
    let (before, place) = match existing {
        Some((guard, place)) => (Some(guard), place),
        None => (None, place::choose(&handler)),
    };
    let module = args.runtime.module();
    let (guard, generated) = if sound && diag.is_empty() {
        (combine(before.as_ref(), &policy.guard(&module), &module), policy.emit(&module))
    } else {
        (combine(before.as_ref(), &nobody(&module), &module), TokenStream::new())
    };
    let allow = crossing(&handler, &place);
    place::put(&mut handler, &guard, &place, &module);
    (quote!(#diag #generated #allow #handler), diag)
}

/// Reports a condition that no token could meet.
fn meetable(args: &Args, diag: &mut Diag) {
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

fn nobody(module: &TokenStream) -> Guard {
    let span = Span::mixed_site();
    Guard { policy: quote_spanned!(span=> #module::DenyAll), from: None, check: None }
}

/// Both guards in one, the one above first.
fn combine(above: Option<&Guard>, below: &Guard, module: &TokenStream) -> Guard {
    let Some(above) = above else { return below.clone() };
    let span = Span::mixed_site();
    let (p1, p2) = (&above.policy, &below.policy);
    let both = |above: &Option<TokenStream>, below: &Option<TokenStream>| match (above, below) {
        (None, None) => None,
        (Some(above), None) => Some(quote_spanned!(span=> (#above, ()))),
        (None, Some(below)) => Some(quote_spanned!(span=> ((), #below))),
        (Some(above), Some(below)) => Some(quote_spanned!(span=> (#above, #below))),
    };
    Guard {
        policy: quote_spanned!(span=> #module::And<#p1, #p2>),
        from: both(&above.from, &below.from),
        check: both(&above.check, &below.check),
    }
}

/// Our argument is not the user's eighth, which is where clippy starts to count.
fn crossing(handler: &Handler, place: &Place) -> Option<TokenStream> {
    let crosses = matches!(place, Place::Own(_)) && handler.sig.inputs.len() == 7;
    crosses.then(|| quote_spanned!(Span::mixed_site()=> #[allow(clippy::too_many_arguments)]))
}
