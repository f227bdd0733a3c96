// #[require_org(from = params.org.0.1)] async fn field(Query(params): Query<Params>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
enum __auth_1s_field {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1s_field {
        const RULE: __rt::Rule = __rt::Rule {
            takes: &[
                __rt::Takes {
                    part: __rt::OutsidePath::Query,
                    fields: || {
                        __rt::Source::<__rt::FieldsOf<Params>>::NEW
                            .__auth_tell()
                            .fields()
                    },
                },
            ],
            ..__rt::Rule::new(
                __rt::Attribute::RequireOrg,
                "require_org(from = params.org.0.1)",
                __rt::Condition::Always,
                __rt::OrgSource::Argument {
                    name: "params.org.0.1",
                    binding: "Query(params): Query<Params>",
                },
            )
        };
    }
    impl __rt::Policy<(Query<Params>,)> for __auth_1s_field {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(
            __auth_slots: &<(Query<Params>,) as __rt::Sources>::Slots,
        ) -> __rt::OrgRef<'_> {
            let (__rt::Some(Query(params)),) = __auth_slots else {
                return __rt::OrgRef::UNNAMED
            };
            __rt::select(&params.org.0.1)
        }
        fn reads(__auth_reads: &mut __rt::Reads) {
            __auth_reads
                .add(
                    __rt::Attribute::RequireOrg,
                    __rt::Key::From,
                    &[
                        (
                            "params",
                            __rt::Argument::Query(
                                __rt::Source::<__rt::FieldsOf<Params>>::NEW
                                    .__auth_tell()
                                    .fields(),
                            ),
                            __rt::Part::Field("org"),
                        ),
                    ],
                );
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
