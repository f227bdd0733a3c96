// #[require_org(from = params.org.0.1)] async fn field(Query(params): Query<Params>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_field(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_field {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireOrg,
            text: "require_org(from = params.org.0.1)",
            org: __rt::OrgSource::Argument("params.org.0.1"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<Query<Params>, __rt::NoSource> for __auth_1_field {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(__auth_source: &Query<Params>) -> __rt::OrgRef<'_> {
            let Query(params) = __auth_source;
            __rt::select(&params.org.0.1)
        }
    }
};
async fn field(
    ::auth_runtime::__private::GuardedLast(
        _,
        Query(params),
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_field, Query<Params>>,
        Query<Params>,
    >,
) {}
