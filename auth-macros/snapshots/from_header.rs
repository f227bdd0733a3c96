// #[require_org(from = header("X-Org-Id"))] async fn header() {}

#[doc(hidden)]
enum __auth_1s_header {}
impl ::auth_runtime::__private::Policy<()> for __auth_1s_header {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(from = header(\"X-Org-Id\"))",
            __rt::Condition::Always,
            __rt::OrgSource::Header("x-org-id"),
        )
    };
}
async fn header(
    _: ::auth_runtime::__private::GuardedLast<
        __auth_1s_header,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
) {}
