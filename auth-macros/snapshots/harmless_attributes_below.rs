// #[require_user] #[tracing::instrument(skip_all)] #[cfg_attr(docs, doc = "x")] #[must_use] async fn traced(user: User) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_traced(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_traced {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_traced {}
};
#[tracing::instrument(skip_all)]
#[cfg_attr(docs, doc = "x")]
#[must_use]
async fn traced(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_traced>,
        User,
    >,
) {}
