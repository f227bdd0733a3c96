// #[require_user] #[other] async fn many(a: A, b: B, c: C, d: D, e: E, f: F, g: G) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_many(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_many {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_many {}
};
#[allow(clippy::too_many_arguments)]
#[other]
async fn many(
    _: ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::Guard<__auth_1_many>,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
    a: A,
    b: B,
    c: C,
    d: D,
    e: E,
    f: F,
    g: G,
) {}
