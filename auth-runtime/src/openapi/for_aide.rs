//! Guards, and the arguments that they provide, in documents of `aide`.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response, SchemaObject, SecurityRequirement};

use super::{problem, words};
use crate::extract::Claims;
use crate::guard::{
    Guard, Guarded, GuardedLast, GuardedWith, GuardedWithLast, Load, Loaded, More,
    OnlyRoutersCallThisSoDebugHandlerGoesBelow, PhantomParams, Policy as GuardPolicy, Require, Requirement, Sources,
};
use crate::id::OrgMember;
use crate::policy::Need;
use crate::routing::policy::Policy;
use crate::user::User;
use crate::verifier::Verified;

type Answers = Vec<(Option<u16>, Response)>;

impl OperationInput for User {}
impl OperationInput for OrgMember {}
impl OperationInput for Verified {}
impl<T> OperationInput for Claims<T> {}
impl<T> OperationInput for Loaded<T> {}
// What generated code adds to the arguments.
impl OperationInput for OnlyRoutersCallThisSoDebugHandlerGoesBelow {}
impl<T: ?Sized> OperationInput for PhantomParams<T> {}

impl<P: GuardPolicy<()>> OperationInput for Guard<P> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe(operation, P::NEED);
    }

    fn inferred_early_responses(_: &mut GenContext, _: &mut Operation) -> Answers {
        answers(P::NEED)
    }
}

impl<P: Requirement> OperationInput for Require<P> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe(operation, P::NEED);
    }

    fn inferred_early_responses(_: &mut GenContext, _: &mut Operation) -> Answers {
        answers(P::NEED)
    }
}

/// A pair, or more: each part describes itself.
macro_rules! parts {
    ($($name:ident<$($part:ident),+> as $inner:ty;)+) => {
        $(
            impl<$($part),+> OperationInput for $name<$($part),+>
            where
                $inner: OperationInput,
            {
                fn operation_input(context: &mut GenContext, operation: &mut Operation) {
                    <$inner>::operation_input(context, operation);
                }

                fn inferred_early_responses(context: &mut GenContext, operation: &mut Operation) -> Answers {
                    <$inner>::inferred_early_responses(context, operation)
                }
            }
        )+
    };
}

parts! {
    Guarded<P, T> as (Guard<P>, T);
    GuardedLast<P, T> as (Guard<P>, T);
    More<A, N> as (A, N);
    Load<A, N, L> as (A, N, L);
}

/// A guard with arguments.
macro_rules! holder {
    ($($name:ident)+) => {
        $(
            impl<P: GuardPolicy<S>, S: Sources + OperationInput> OperationInput for $name<P, S> {
                fn operation_input(context: &mut GenContext, operation: &mut Operation) {
                    describe(operation, P::NEED);
                    S::operation_input(context, operation);
                }

                fn inferred_early_responses(context: &mut GenContext, operation: &mut Operation) -> Answers {
                    let mut answers = answers(P::NEED);
                    answers.extend(S::inferred_early_responses(context, operation));
                    answers
                }
            }
        )+
    };
}

holder!(GuardedWith GuardedWithLast);

fn describe(operation: &mut Operation, need: &'static Need) {
    let policy = Policy::of_needs(need.each_policy());
    operation.description = Some(words::described(operation.description.take(), &policy));
    if policy.is_public() {
        return;
    }
    if policy.admits_anonymous() {
        operation.security.push(SecurityRequirement::default());
    }
    let mut bearer = SecurityRequirement::default();
    bearer.insert("bearer".to_owned(), words::scopes(&policy));
    operation.security.push(bearer);
}

fn answers(need: &'static Need) -> Answers {
    let policy = Policy::of_needs(need.each_policy());
    // A handler does not know the router that it is mounted in, nor the router's verifier.
    let refusals = words::refusals(&policy, None).into_iter();
    refusals.map(|(status, description)| (Some(status), response(description))).collect()
}

fn response(description: &str) -> Response {
    let schema = problem::schema().map(|json_schema| SchemaObject { json_schema, example: None, external_docs: None });
    let media = MediaType { schema, ..MediaType::default() };
    let mut response = Response { description: description.to_owned(), ..Response::default() };
    response.content.insert(problem::CONTENT_TYPE.to_owned(), media);
    response
}
