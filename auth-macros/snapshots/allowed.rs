// #[allow(deprecated)] #[require_org(from = id)] #[expect(non_snake_case, reason = "as in the path")]
// async fn old(Path(Old { id, orgName }): Path<Old>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_old(());
#[allow(deprecated)]
#[allow(non_snake_case, reason = "as in the path")]
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_old {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireOrg,
            text: "require_org(from = id)",
            org: __rt::OrgSource::Argument("id"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<Path<Old>, __rt::NoSource> for __auth_1_old {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(__auth_source: &Path<Old>) -> __rt::OrgRef<'_> {
            let Path(Old { id, orgName }) = __auth_source;
            __rt::select(id)
        }
    }
};
#[allow(deprecated)]
#[expect(non_snake_case, reason = "as in the path")]
async fn old(
    ::auth_runtime::__private::GuardedLast(
        _,
        Path(Old { id, orgName }),
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_old, Path<Old>>,
        Path<Old>,
    >,
) {}
