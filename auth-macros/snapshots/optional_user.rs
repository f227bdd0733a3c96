// #[optional_user(invalid = reject)] pub(crate) async fn hello(user: Option<User>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
pub(crate) struct __auth_1_hello(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_hello {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::OptionalUser,
            text: "optional_user(invalid = reject)",
            invalid: __rt::Invalid::Reject,
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_hello {}
};
pub(crate) async fn hello(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_hello>,
        Option<User>,
    >,
) {}
