// #[require_user] #[other] async fn many(a: A, b: B, c: C, d: D, e: E, f: F, g: G) {}

#[doc(hidden)]
enum __auth_1_many {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_many {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
#[allow(clippy::too_many_arguments)]
#[other]
async fn many(
    _: ::auth_runtime::__private::Guarded<
        __auth_1_many,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
    a: A,
    b: B,
    c: C,
    d: D,
    e: E,
    f: F,
    g: G,
) {}
