// #[require_org(from = id, check = db.open(id))]
// async fn generic<'a, R, T: 'static, const N: usize>(State(db): State<Db<R>>, Path(id): Path<R::Id>) -> [T; N]
// where R: Repo {}

#[doc(hidden)]
enum __auth_1s_generic {}
impl<
    R,
    T: 'static,
    const N: usize,
> ::auth_runtime::__private::Policy<
    (State<Db<R>>, Path<R::Id>, ::auth_runtime::__private::PhantomParams<(T, [(); N])>),
> for __auth_1s_generic
where
    R: Repo,
{
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            settings: &__rt::Settings {
                check: __rt::Some(__rt::Expression {
                    text: "db.open(id)",
                    bindings: "State(db): State<Db<R>>, Path(id): Path<R::Id>",
                    reads: &[
                        __rt::Read {
                            name: "db",
                            argument: __rt::Source::<State<Db<R>>>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                        __rt::Read {
                            name: "id",
                            argument: __rt::Source::<Path<R::Id>>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                    ],
                }),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::with_org(
                __rt::Attribute::RequireOrg,
                "require_org(from = id, check = db.open(id))",
                __rt::Condition::Always,
                __rt::OrgSource::Argument {
                    name: "id",
                    binding: "Path(id): Path<R::Id>",
                    argument: __rt::Source::<Path<R::Id>>::__AUTH_TELL,
                    part: __rt::Part::All,
                },
            )
        }
    };
    const FROM: ::auth_runtime::__private::usize = 1usize;
    const READS_SLOTS: ::auth_runtime::__private::bool = true;
    fn org(
        __auth_slots: &'_ <(
            State<Db<R>>,
            Path<R::Id>,
            ::auth_runtime::__private::PhantomParams<(T, [(); N])>,
        ) as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::OrgRef<'_> {
        use ::auth_runtime::__private as __rt;
        let (_, __rt::Some(Path(id)), _) = __auth_slots else {
            return __rt::OrgRef::UNNAMED
        };
        __rt::select(id)
    }
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
        __auth_slots: &mut <(
            State<Db<R>>,
            Path<R::Id>,
            ::auth_runtime::__private::PhantomParams<(T, [(); N])>,
        ) as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::Verdict {
        use ::auth_runtime::__private as __rt;
        use __rt::{Lend as _, Own as _};
        let (__rt::Some(State(db)), __rt::Some(Path(id)), _) = &mut *__auth_slots else {
            return __rt::Verdict::UNFILLED
        };
        let mut db = (&&__rt::Pick::new(db)).__auth_pick();
        let mut id = (&&__rt::Pick::new(id)).__auth_pick();
        __rt::IntoVerdict::into_verdict(async move { db.open(id) }.await)
    }
}
async fn generic<'a, R, T: 'static, const N: usize>(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (State(db), Path(id), _),
    ): ::auth_runtime::__private::GuardedWithLast<
        __auth_1s_generic,
        (
            State<Db<R>>,
            Path<R::Id>,
            ::auth_runtime::__private::PhantomParams<(T, [(); N])>,
        ),
    >,
) -> [T; N]
where
    R: Repo,
{
    let _ = &id;
    let _ = &db;
    let _ = &id;
}
