// #[require_user] pub async fn riding<R: Repo>(State(db): State<Db<R>>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
pub struct __auth_1_riding(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_riding {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl<R: Repo> __rt::Policy<__rt::NoSource, __rt::With<(R,)>> for __auth_1_riding {}
};
pub async fn riding<R: Repo>(
    ::auth_runtime::__private::GuardedLast(
        _,
        State(db),
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<
            __auth_1_riding,
            ::auth_runtime::__private::NoSource,
            ::auth_runtime::__private::With<(R,)>,
        >,
        State<Db<R>>,
    >,
) {}
