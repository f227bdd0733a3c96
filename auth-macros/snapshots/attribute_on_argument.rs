// #[require_user] async fn loose(#[allow(unused)] user: User) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_loose(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_loose {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_loose {}
};
async fn loose(
    _: ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::Guard<__auth_1_loose>,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
    #[allow(unused)]
    user: User,
) {}
