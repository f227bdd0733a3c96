// #[require_user] #[utoipa::path(get, path = "/x")] #[require_permission("p")] async fn documented(user: User) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_documented(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_documented {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_documented {}
};
#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_2_documented(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_2_documented {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequirePermission,
            condition: __rt::Condition::Permission("p"),
            text: "require_permission(\"p\")",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_2_documented {}
    const _: () = __rt::compatible(
        <__auth_1_documented as __rt::Described>::NEED,
        <__auth_2_documented as __rt::Described>::NEED,
    );
};
#[utoipa::path(get, path = "/x")]
async fn documented(
    _: ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::Guard<
            ::auth_runtime::__private::And<__auth_1_documented, __auth_2_documented>,
            (::auth_runtime::__private::NoSource, ::auth_runtime::__private::NoSource),
            (::auth_runtime::__private::NoSource, ::auth_runtime::__private::NoSource),
        >,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
    user: User,
) {}
