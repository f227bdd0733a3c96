// #[require_org(from = org_id)] #[utoipa::path(get, path = "/x")] #[require_permission("p", check = open(&db))]
// async fn documented(State(db): State<Db>, Path(org_id): Path<String>) {}

#[doc(hidden)]
enum __auth_1s_documented {}
impl ::auth_runtime::__private::Policy<(Path<String>,)> for __auth_1s_documented {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(from = org_id)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "org_id",
                binding: "Path(org_id): Path<String>",
                argument: __rt::Source::<Path<String>>::__AUTH_TELL,
                part: __rt::Part::All,
            },
        )
    };
    fn org_of(Path(org_id): &'_ Path<String>) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(org_id)
    }
}
#[doc(hidden)]
enum __auth_2_documented {}
impl ::auth_runtime::__private::Policy<
    ::auth_runtime::__private::More<(Path<String>,), (State<Db>,)>,
> for __auth_2_documented {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            settings: &__rt::Settings {
                check: __rt::Some(__rt::Expression {
                    text: "open(&db)",
                    bindings: "State(db): State<Db>",
                    reads: &[
                        __rt::Read {
                            name: "db",
                            argument: __rt::Source::<State<Db>>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                    ],
                }),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::RequirePermission,
                "require_permission(\"p\", check = open(&db))",
                __rt::Condition::Permission("p"),
            )
        }
    };
    #[allow(
        non_shorthand_field_patterns,
        unused_braces,
        unused_imports,
        unused_mut,
        unused_parens,
        unused_variables,
        clippy::needless_borrow,
        clippy::used_underscore_binding,
    )]
    async fn settle(
        __auth_slots: &mut <::auth_runtime::__private::More<
            (Path<String>,),
            (State<Db>,),
        > as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::Verdict {
        use ::auth_runtime::__private as __rt;
        use __rt::{Lend as _, Own as _};
        let ((_,), (__rt::Some(State(db)),)) = &mut *__auth_slots else {
            return __rt::Verdict::UNFILLED
        };
        let mut db = (&&__rt::Pick::new(db)).__auth_pick();
        __rt::IntoVerdict::into_verdict(async move { open(&db) }.await)
    }
}
#[utoipa::path(get, path = "/x")]
async fn documented(
    ::auth_runtime::__private::GuardedWith(
        __guard,
        ::auth_runtime::__private::More((Path(org_id),), (State(db),)),
    ): <::auth_runtime::__private::GuardedWith<
        ::auth_runtime::__private::Then<__auth_1s_documented, __auth_2_documented>,
        ::auth_runtime::__private::More<(Path<String>,), (State<Db>,)>,
    > as ::auth_runtime::__private::Hidden>::Guard,
    __shown_0: ::auth_runtime::__private::shown::Path<String>,
    __shown_1: ::auth_runtime::__private::shown::State<Db>,
) {
    let _ = &db;
    let _ = &org_id;
}
