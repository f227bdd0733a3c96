// #[public(reason = "probe")] async fn health() {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_health(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_health {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::Public,
            text: "public(reason = \"probe\")",
            reason: __rt::Some("probe"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_health {}
};
async fn health(
    _: ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_health>,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
) {}
