// #[require_org(from = r#type)] async fn r#match(Path(r#type): Path<String>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
enum __auth_1s_match {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1s_match {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireOrg,
            "require_org(from = r#type)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "type",
                binding: "Path(r#type): Path<String>",
            },
        );
    }
    impl __rt::Policy<(Path<String>,)> for __auth_1s_match {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(
            __auth_slots: &<(Path<String>,) as __rt::Sources>::Slots,
        ) -> __rt::OrgRef<'_> {
            let (__rt::Some(Path(r#type)),) = __auth_slots else {
                return __rt::OrgRef::UNNAMED
            };
            __rt::select(r#type)
        }
        fn reads(__auth_reads: &mut __rt::Reads) {
            __auth_reads
                .add(
                    __rt::Attribute::RequireOrg,
                    __rt::Key::From,
                    &[
                        (
                            "type",
                            __rt::Source::<Path<String>>::NEW.__auth_tell(),
                            __rt::Part::All,
                        ),
                    ],
                );
        }
    }
};
async fn r#match(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Path(r#type),),
    ): ::auth_runtime::__private::GuardedWithLast<__auth_1s_match, (Path<String>,)>,
) {
    let _ = &r#type;
}
