// #[require_user] #[tracing::instrument(skip_all)] #[cfg_attr(docs, doc = "x")] #[must_use] async fn traced(user: User) {}

#[doc(hidden)]
enum __auth_1_traced {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_traced {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
#[tracing::instrument(skip_all)]
#[cfg_attr(docs, doc = "x")]
#[must_use]
async fn traced(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<__auth_1_traced, User>,
) {}
