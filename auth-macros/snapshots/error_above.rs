// #[require_org] #[require_permission("p")] async fn half(Path(org_id): Path<String>) {}

::core::compile_error! {
    "`require_org` needs `from = <argument>`: the argument that holds the org id, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")`, `active()`"
}
#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_2_half(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_2_half {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequirePermission,
            condition: __rt::Condition::Permission("p"),
            text: "require_permission(\"p\")",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_2_half {}
    const _: () = __rt::compatible(
        <::auth_runtime::__private::DenyAll as __rt::Described>::NEED,
        <__auth_2_half as __rt::Described>::NEED,
    );
};
async fn half(
    ::auth_runtime::__private::GuardedLast(
        _,
        Path(org_id),
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<
            ::auth_runtime::__private::And<
                ::auth_runtime::__private::DenyAll,
                __auth_2_half,
            >,
            (::auth_runtime::__private::NoSource, ::auth_runtime::__private::NoSource),
            (::auth_runtime::__private::NoSource, ::auth_runtime::__private::NoSource),
        >,
        Path<String>,
    >,
) {}
