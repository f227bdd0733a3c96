// #[require_permission("p", from = active())] async fn active() {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_active(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_active {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequirePermission,
            condition: __rt::Condition::Permission("p"),
            text: "require_permission(\"p\", from = active())",
            org: __rt::OrgSource::Active,
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_active {}
};
async fn active(
    _: ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_active>,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
) {}
