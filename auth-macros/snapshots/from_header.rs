// #[require_org(from = header("X-Org-Id"))] async fn header() {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_header(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_header {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireOrg,
            text: "require_org(from = header(\"X-Org-Id\"))",
            org: __rt::OrgSource::Header("x-org-id"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_header {}
};
async fn header(
    _: ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_header>,
        ::auth_runtime::__private::DebugHandlerGoesBelow,
    >,
) {}
