// #[require_user] async fn loose(#[allow(unused)] user: User) {}

#[doc(hidden)]
enum __auth_1_loose {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1_loose {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
            __rt::OrgSource::None,
        );
    }
};
async fn loose(
    _: ::auth_runtime::__private::Guarded<
        __auth_1_loose,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
    #[allow(unused)]
    user: User,
) {}
