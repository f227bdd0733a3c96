// #[require_org(from = org_id)] #[require_permission] async fn half(Path(org_id): Path<String>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_half(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_half {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireOrg,
            text: "require_org(from = org_id)",
            org: __rt::OrgSource::Argument("org_id"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<Path<String>, __rt::NoSource> for __auth_1_half {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(__auth_source: &Path<String>) -> __rt::OrgRef<'_> {
            let Path(org_id) = __auth_source;
            __rt::select(org_id)
        }
    }
};
::core::compile_error! {
    "`require_permission` needs a permission: write `#[require_permission(\"..\")]`"
}
async fn half(
    ::auth_runtime::__private::GuardedLast(
        _,
        Path(org_id),
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<
            ::auth_runtime::__private::And<
                __auth_1_half,
                ::auth_runtime::__private::DenyAll,
            >,
            (Path<String>, ::auth_runtime::__private::NoSource),
            (::auth_runtime::__private::NoSource, ::auth_runtime::__private::NoSource),
        >,
        Path<String>,
    >,
) {}
