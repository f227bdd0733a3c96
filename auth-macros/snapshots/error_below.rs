// #[require_org(from = org_id)] #[require_permission] async fn half(Path(org_id): Path<String>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
enum __auth_1s_half {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1s_half {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireOrg,
            "require_org(from = org_id)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "org_id",
                binding: "Path(org_id): Path<String>",
            },
        );
    }
    impl __rt::Policy<(Path<String>,)> for __auth_1s_half {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(
            __auth_slots: &<(Path<String>,) as __rt::Sources>::Slots,
        ) -> __rt::OrgRef<'_> {
            let (__rt::Some(Path(org_id)),) = __auth_slots else {
                return __rt::OrgRef::UNNAMED
            };
            __rt::select(org_id)
        }
        fn reads(__auth_reads: &mut __rt::Reads) {
            __auth_reads
                .add(
                    __rt::Attribute::RequireOrg,
                    __rt::Key::From,
                    &[
                        (
                            "org_id",
                            __rt::Source::<Path<String>>::NEW.__auth_tell(),
                            __rt::Part::All,
                        ),
                    ],
                );
        }
    }
};
::core::compile_error! {
    "`require_permission` needs a permission: write `#[require_permission(\"..\")]`"
}
async fn half(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Path(org_id),),
    ): ::auth_runtime::__private::GuardedWithLast<
        ::auth_runtime::__private::And<
            __auth_1s_half,
            ::auth_runtime::__private::Plain<::auth_runtime::__private::DenyAll>,
        >,
        (Path<String>,),
    >,
) {
    let _ = &org_id;
}
