//! The whole expansion: item and attribute in, guarded item out.

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

use crate::args::{self, Args};
use crate::attribute::Attribute;
use crate::condition::satisfiable;
use crate::consistency;
use crate::diag::Diag;
use crate::guard_position::{self, GuardType, Position};
use crate::handler::Handler;
use crate::policy::PolicyType;
use crate::stacked::Stacked;
use crate::unit_struct;
use crate::vocabulary::{self, Vocabulary};

/// Expands one attribute. What is wrong is reported, and the handler gets a guard that refuses every request.
pub(crate) fn expand(attribute: Attribute, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    // `public` has no names to check, and leaves no user whose roles could be compared.
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
    if unit_struct::is_struct(item) {
        check_satisfiable(&args, &mut diag);
        let expansion = unit_struct::expand(attribute, &args, item, vocabulary, &mut diag);
        return (expansion, diag);
    }
    let mut handler = match Handler::parse(attribute, item.clone()) {
        Ok(handler) => handler,
        Err(error) => {
            diag.push(error);
            return (quote!(#diag #item), diag);
        }
    };
    // From here on the handler is as the user wrote it; nothing changes it until its new guard is put in.
    let above = guard_position::take(&mut handler.sig);
    let above_guard = above.as_ref().map(|(guard, _)| guard);
    let policy = validate(attribute, &args, &handler, above_guard, vocabulary, &mut diag);

    let module = args.runtime.module();
    let own_guard = policy.as_ref().map_or_else(|| GuardType::deny_all(&module), |policy| policy.guard(&module));
    let guard = match above_guard {
        Some(above) => above.and(&own_guard, &module),
        None => own_guard,
    };
    let mut expansion = policy.as_ref().map(|policy| policy.emit(&module)).unwrap_or_default();
    let names = policy.map(|policy| policy.names()).unwrap_or_default();

    let position = above.map_or_else(|| guard_position::choose(&handler), |(_, position)| position);
    diag.to_tokens(&mut expansion);
    allow_eighth_argument(&handler, &position).to_tokens(&mut expansion);
    handler.mark_used(&names);
    guard_position::put(&mut handler, &guard, &position, &module);
    handler.to_tokens(&mut expansion);
    (expansion, diag)
}

/// The policy of an attribute, if there is no error in its arguments (`diag` has those already), in its handler, between the
/// two, or between it and the attributes above. Every error goes to `diag`.
fn validate<'a>(
    attribute: Attribute,
    args: &'a Args,
    handler: &'a Handler,
    above: Option<&GuardType>,
    vocabulary: &'a Vocabulary,
    diag: &mut Diag,
) -> Option<PolicyType<'a>> {
    let faults = handler.faults(attribute);
    let can_be_guarded = faults.is_empty();
    // The attribute above has reported them.
    if above.is_none() {
        diag.append(faults);
    }
    consistency::check(attribute, handler, &args.runtime, diag);
    check_satisfiable(args, diag);
    let above = above.map(|guard| Stacked::of(&guard.policy)).unwrap_or_default();
    let own = Stacked::of_attribute(attribute, args.from.is_some(), !diag.is_empty());
    consistency::check_stacked(above, own, args.from_key, diag);
    let name = own.name(above.count, &handler.sig.ident);
    let policy = PolicyType::new(attribute, args, handler, vocabulary, name, diag);
    (can_be_guarded && diag.is_empty()).then_some(policy)
}

/// Reports a condition that no token could meet.
fn check_satisfiable(args: &Args, diag: &mut Diag) {
    if let Some(condition) = &args.condition
        && !satisfiable(condition)
    {
        diag.on(&args.condition_text, "this condition can never be true: one part contradicts another");
    }
}

/// clippy warns of an eighth argument: ours is none of the user's.
fn allow_eighth_argument(handler: &Handler, position: &Position) -> Option<TokenStream> {
    let crosses = matches!(position, Position::Own(_)) && handler.sig.inputs.len() == 7;
    crosses.then(|| quote_spanned!(Span::mixed_site()=> #[allow(clippy::too_many_arguments)]))
}
