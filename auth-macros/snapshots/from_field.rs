// #[require_org(from = params.org.0.1)] async fn field(Query(params): Query<Params>) {}

#[doc(hidden)]
enum __auth_1s_field {}
impl ::auth_runtime::__private::Policy<(Query<Params>,)> for __auth_1s_field {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
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
        }
    };
    fn org_of(
        Query(params): &'_ Query<Params>,
    ) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(&params.org.0.1)
    }
}
async fn field(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Query(params),),
    ): ::auth_runtime::__private::GuardedWithLast<__auth_1s_field, (Query<Params>,)>,
) {
    let _ = &params;
}
