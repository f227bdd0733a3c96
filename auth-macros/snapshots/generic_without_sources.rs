// #[require_user] pub async fn riding<R: Repo>(State(db): State<Db<R>>) {}

#[doc(hidden)]
pub enum __auth_1_riding {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_riding {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
pub async fn riding<R: Repo>(
    ::auth_runtime::__private::GuardedLast(
        _,
        State(db),
    ): ::auth_runtime::__private::GuardedLast<__auth_1_riding, State<Db<R>>>,
) {}
