// #[require_org(from = params.org.0.1)] async fn field(Query(params): Query<Params>) {}

#[doc(hidden)]
enum __auth_1s_field {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    use __rt::Untold as _;
    impl __rt::Attributed for __auth_1s_field {
        const RULE: __rt::Rule = __rt::Rule {
            takes: &[
                __rt::Takes {
                    part: __rt::OutsidePath::Query,
                    fields: __rt::Source::<__rt::FieldsOf<Params>>::__AUTH_TELL,
                },
            ],
            ..__rt::Rule::with_org(
                __rt::Attribute::RequireOrg,
                "require_org(from = params.org.0.1)",
                __rt::Condition::Always,
                __rt::OrgSource::Argument {
                    name: "params.org.0.1",
                    binding: "Query(params): Query<Params>",
                    argument: __rt::Source::<__rt::FieldsOf<Params>>::__AUTH_TELL,
                    part: __rt::Part::Field("org.0.1"),
                },
            )
        };
    }
    impl __rt::Policy<(Query<Params>,)> for __auth_1s_field {
        fn org_of(Query(params): &Query<Params>) -> __rt::OrgRef<'_> {
            __rt::select(&params.org.0.1)
        }
    }
};
async fn field(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Query(params),),
    ): ::auth_runtime::__private::GuardedWithLast<__auth_1s_field, (Query<Params>,)>,
) {
    let _ = &params;
}
