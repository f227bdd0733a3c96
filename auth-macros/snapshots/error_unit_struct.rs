// #[require_user(check = true)] #[require_user] struct Wrong;

::core::compile_error! {
    "`check` is not allowed on a struct: put it on the handler, whose arguments it can read"
}
#[doc(hidden)]
enum __auth_2_Wrong {}
impl ::auth_runtime::__private::Policy<()> for __auth_2_Wrong {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
#[allow(dead_code)]
struct Wrong;
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Policy<()> for Wrong {
        const NEED: &'static __rt::Need = &__rt::Need::Named {
            name: "Wrong",
            need: <::auth_runtime::__private::And<
                ::auth_runtime::__private::DenyAll,
                __auth_2_Wrong,
            > as __rt::Policy<()>>::NEED,
        };
    }
    impl __rt::NamedPolicy for Wrong {}
};
