//! The whole expansion: takes an attribute and an item, and returns the guarded item.

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

use crate::args::{self, Args};
use crate::attribute::Attribute;
use crate::condition::satisfiable;
use crate::consistency;
use crate::diag::Diag;
use crate::guard_position::{self, GuardType, Taken};
use crate::handler::Handler;
use crate::policy::PolicyType;
use crate::stacked::Stacked;
use crate::unit_struct;
use crate::vocabulary::{self, Vocabulary};

/// Expands one attribute. Errors are reported, and the handler then gets a guard that refuses every request.
pub(crate) fn expand(attribute: Attribute, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    // `public` has no names to check, and no user whose roles could be compared.
    let vocabulary = if attribute == Attribute::Public { Ok(Vocabulary::default()) } else { vocabulary::load() };
    expand_with(attribute, arguments, item, &vocabulary).0
}

pub(crate) fn expand_with(
    attribute: Attribute,
    arguments: TokenStream,
    item: &TokenStream,
    vocabulary: &Result<Vocabulary, String>,
) -> (TokenStream, Diag) {
    let mut diag = Diag::default();
    let nothing = Vocabulary::default();
    let vocabulary = vocabulary.as_ref().unwrap_or_else(|fault| {
        diag.at(Span::call_site(), fault);
        &nothing
    });
    let args = args::parse(arguments, attribute, vocabulary, &mut diag);
    let mut handler = match Handler::parse(attribute, item.clone()) {
        Ok(handler) => handler,
        // Few items are structs, so this is asked last.
        Err(_) if unit_struct::is_struct(item) => {
            check_satisfiable(&args, &mut diag);
            let expansion = unit_struct::expand(attribute, &args, item, vocabulary, &mut diag);
            return (expansion, diag);
        }
        Err(error) => {
            diag.push(error);
            return (quote!(#diag #item), diag);
        }
    };
    // From here on, the handler is as the user wrote it, until the new guard is inserted.
    let above = guard_position::take(&mut handler.sig);
    let above_guard = above.as_ref().map(|above| &above.guard);
    let held_above = above_guard.map_or(0, |guard| guard.held.arguments().count());
    let policy = validate(attribute, &args, &handler, above.as_ref(), vocabulary, &mut diag);

    let module = args.runtime.module();
    let own_guard = policy.as_ref().map_or_else(|| GuardType::deny_all(&module), PolicyType::guard);
    let guard = match above_guard {
        Some(above) => above.and(&own_guard, &module),
        None => own_guard,
    };
    let mut expansion = policy.as_ref().map(|policy| policy.emit(&module)).unwrap_or_default();
    let (names, moved) = policy.map(|policy| (policy.names(), policy.moved())).unwrap_or_default();
    let moved: Vec<usize> = (0..held_above).chain(moved).collect();

    let seen = above.as_ref().map_or(0, |above| above.seen);
    let position = above.map_or_else(|| guard_position::choose(&handler), |above| above.position);
    let written = handler.sig.inputs.len();
    handler.mark_used(&names);
    guard_position::put(&mut handler, &guard, &position, &moved, seen, &module);
    diag.to_tokens(&mut expansion);
    allow_eighth_argument(&handler, written).to_tokens(&mut expansion);
    handler.to_tokens(&mut expansion);
    (expansion, diag)
}

/// The policy of an attribute; `None` if there is any error. Errors in the arguments are in `diag` already. This adds
/// the errors in the handler, and those of settings that do not fit each other or the attributes above.
fn validate<'a>(
    attribute: Attribute,
    args: &'a Args,
    handler: &'a Handler,
    above: Option<&Taken>,
    vocabulary: &'a Vocabulary,
    diag: &mut Diag,
) -> Option<PolicyType<'a>> {
    let faults = handler.faults(attribute);
    let can_be_guarded = faults.is_empty();
    // The attribute above has reported these errors.
    if above.is_none() {
        diag.append(faults);
    }
    consistency::check(attribute, handler, &args.runtime, diag);
    consistency::check_names(args.condition.as_ref(), &handler.sig.generics, diag);
    check_satisfiable(args, diag);
    let stacked = above.map(|above| Stacked::of(&above.guard.policy)).unwrap_or_default();
    let held = above.map(|above| above.guard.held.clone()).unwrap_or_default();
    let own = Stacked::of_attribute(attribute, args.from.is_some(), !diag.is_empty());
    consistency::check_stacked(stacked, own, args.from_key, diag);
    let is_load_read = args.load_key.is_none() || args.load.is_some();
    if is_load_read && !stacked.unknown {
        consistency::check_loaded(args.load_key, handler, &held, diag);
    }
    let name = own.name(stacked.count, &handler.sig.ident);
    let policy = PolicyType::new(attribute, args, handler, held, vocabulary, name, diag);
    if above.is_some_and(|above| above.position.is_opaque()) && policy.reads() {
        diag.at(
            Span::call_site(),
            "another macro has replaced the arguments of this handler: put the attributes of `auth_runtime` below it",
        );
    }
    (can_be_guarded && diag.is_empty()).then_some(policy)
}

/// Reports a condition that no token can meet.
fn check_satisfiable(args: &Args, diag: &mut Diag) {
    if let Some(condition) = &args.condition
        && !satisfiable(condition)
    {
        diag.on(&args.condition_text, "this condition can never be true: one part contradicts another");
    }
}

/// clippy warns about eight arguments, but the eighth is ours and not the user's.
fn allow_eighth_argument(handler: &Handler, written: usize) -> Option<TokenStream> {
    let crosses = written <= 7 && handler.sig.inputs.len() > 7;
    crosses.then(|| quote_spanned!(Span::mixed_site()=> #[allow(clippy::too_many_arguments)]))
}
