// #[optional_user(check = features::open())] async fn open() {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_open(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_open {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::OptionalUser,
            text: "optional_user(check = features::open())",
            check: __rt::Some("features::open()"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_open {
        #[allow(
            non_shorthand_field_patterns,
            unused_braces,
            unused_mut,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding,
        )]
        async fn check(_: __rt::NoSource) -> __rt::Verdict {
            __rt::IntoVerdict::into_verdict(async move { features::open() }.await)
        }
    }
};
async fn open(
    _: ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_open>,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
) {}
