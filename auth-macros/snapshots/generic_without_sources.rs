// #[require_user] pub async fn riding<R: Repo>(State(db): State<Db<R>>) {}

#[doc(hidden)]
pub enum __auth_1_riding {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1_riding {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
            __rt::OrgSource::None,
        );
    }
};
pub async fn riding<R: Repo>(
    ::auth_runtime::__private::GuardedLast(
        _,
        State(db),
    ): ::auth_runtime::__private::GuardedLast<__auth_1_riding, State<Db<R>>>,
) {}
