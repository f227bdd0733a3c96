// #[require_user(check = owns_post(&db, &user, id).await)]
// async fn update(State(db): State<Db>, mut user: User, Path(id): Path<Uuid>, Json(post): Json<Post>) {}

#[doc(hidden)]
enum __auth_1_update {}
impl ::auth_runtime::__private::Policy<(State<Db>, User, Path<Uuid>)>
for __auth_1_update {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            takes: &[
                __rt::Takes {
                    part: __rt::OutsidePath::Body,
                    fields: __rt::Source::<__rt::FieldsOf<Post>>::__AUTH_TELL,
                },
            ],
            settings: &__rt::Settings {
                check: __rt::Some(__rt::Expression {
                    text: "owns_post(&db, &user, id).await",
                    bindings: "State(db): State<Db>, mut user: User, Path(id): Path<Uuid>",
                    reads: &[
                        __rt::Read {
                            name: "db",
                            argument: __rt::Source::<State<Db>>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                        __rt::Read {
                            name: "user",
                            argument: __rt::Source::<User>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                        __rt::Read {
                            name: "id",
                            argument: __rt::Source::<Path<Uuid>>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                    ],
                }),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::RequireUser,
                "require_user(check = owns_post(&db, &user, id).await)",
                __rt::Condition::Always,
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
        __auth_slots: &mut <(
            State<Db>,
            User,
            Path<Uuid>,
        ) as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::Verdict {
        use ::auth_runtime::__private as __rt;
        use __rt::{Lend as _, Own as _};
        let (__rt::Some(State(db)), __rt::Some(user), __rt::Some(Path(id))) = &mut *__auth_slots
        else { return __rt::Verdict::UNFILLED };
        let mut db = (&&__rt::Pick::new(db)).__auth_pick();
        let mut user = (&&__rt::Pick::new(user)).__auth_pick();
        let mut id = (&&__rt::Pick::new(id)).__auth_pick();
        __rt::IntoVerdict::into_verdict(
            async move { owns_post(&db, &user, id).await }.await,
        )
    }
}
async fn update(
    ::auth_runtime::__private::GuardedWith(
        _,
        (State(db), mut user, Path(id)),
    ): ::auth_runtime::__private::GuardedWith<
        __auth_1_update,
        (State<Db>, User, Path<Uuid>),
    >,
    Json(post): Json<Post>,
) {
    let _ = &db;
    let _ = &user;
    let _ = &id;
}
