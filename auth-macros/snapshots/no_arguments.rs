// #[require_user] pub async fn ping() -> &'static str { "pong" }

#[doc(hidden)]
#[allow(non_camel_case_types)]
pub struct __auth_1_ping(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_ping {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_ping {}
};
pub async fn ping(
    _: ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_ping>,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
) -> &'static str {
    "pong"
}
