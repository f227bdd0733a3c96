// #[require_org(from = org_id, load = db.post_in(org.id(), id).await, check = post.is_open())]
// #[require_user(check = post.author == user.id())]
// async fn post(State(db): State<Db>, Path((org_id, id)): Path<(String, u64)>, org: OrgMember, user: User, Loaded(post): Loaded<Post>) {}

#[doc(hidden)]
enum __auth_1s_post {}
impl ::auth_runtime::__private::Policy<
    ::auth_runtime::__private::Load<
        (),
        (State<Db>, Path<(String, u64)>, OrgMember),
        Loaded<Post>,
    >,
> for __auth_1s_post {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            takes_org_member: true,
            settings: &__rt::Settings {
                load: __rt::Some(__rt::Expression {
                    text: "db.post_in(org.id(), id).await",
                    bindings: "State(db): State<Db>, Path((org_id, id)): Path<(String, u64)>, org: OrgMember",
                    reads: &[
                        __rt::Read {
                            name: "db",
                            argument: __rt::Source::<State<Db>>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                        __rt::Read {
                            name: "id",
                            argument: __rt::Source::<Path<(String, u64)>>::__AUTH_TELL,
                            part: __rt::Part::Item(1usize),
                        },
                        __rt::Read {
                            name: "org",
                            argument: __rt::Source::<OrgMember>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                    ],
                }),
                check: __rt::Some(__rt::Expression {
                    text: "post.is_open()",
                    bindings: "Loaded(post): Loaded<Post>",
                    reads: &[
                        __rt::Read {
                            name: "post",
                            argument: __rt::Source::<Loaded<Post>>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                    ],
                }),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::with_org(
                __rt::Attribute::RequireOrg,
                "require_org(from = org_id, load = db.post_in(org.id(), id).await, check = post.is_open())",
                __rt::Condition::Always,
                __rt::OrgSource::Argument {
                    name: "org_id",
                    binding: "Path((org_id, id)): Path<(String, u64)>",
                    argument: __rt::Source::<Path<(String, u64)>>::__AUTH_TELL,
                    part: __rt::Part::Item(0usize),
                },
            )
        }
    };
    const FROM: ::auth_runtime::__private::usize = 1usize;
    const READS_SLOTS: ::auth_runtime::__private::bool = true;
    #[allow(
        non_shorthand_field_patterns,
        unused_parens,
        unused_variables,
        clippy::used_underscore_binding
    )]
    fn org(
        __auth_slots: &'_ <::auth_runtime::__private::Load<
            (),
            (State<Db>, Path<(String, u64)>, OrgMember),
            Loaded<Post>,
        > as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::OrgRef<'_> {
        use ::auth_runtime::__private as __rt;
        let ((), (_, __rt::Some(Path((org_id, _))), _), _) = __auth_slots else {
            return __rt::OrgRef::UNNAMED
        };
        __rt::select(org_id)
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
        __auth_slots: &mut <::auth_runtime::__private::Load<
            (),
            (State<Db>, Path<(String, u64)>, OrgMember),
            Loaded<Post>,
        > as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::Verdict {
        use ::auth_runtime::__private as __rt;
        use __rt::{Lend as _, Own as _};
        let (
            (),
            (__rt::Some(State(db)), __rt::Some(Path((_, id))), __rt::Some(org)),
            _,
        ) = &mut *__auth_slots else { return __rt::Verdict::UNFILLED };
        let mut db = (&&__rt::Pick::new(db)).__auth_pick();
        let mut id = (&&__rt::Pick::new(id)).__auth_pick();
        let mut org = (&&__rt::Pick::new(org)).__auth_pick();
        match __rt::IntoLoaded::<
            Post,
        >::into_loaded(async move { db.post_in(org.id(), id).await }.await) {
            __rt::Ok(__auth_loaded) => __auth_slots.2 = __rt::Some(__auth_loaded),
            __rt::Err(__auth_verdict) => return __auth_verdict,
        }
        let ((), (_, _, _), __rt::Some(Loaded(post))) = &mut *__auth_slots else {
            return __rt::Verdict::UNFILLED
        };
        let mut post = (&&__rt::Pick::new(post)).__auth_pick();
        __rt::IntoVerdict::into_verdict(async move { post.is_open() }.await).hidden()
    }
}
#[doc(hidden)]
enum __auth_2_post {}
impl ::auth_runtime::__private::Policy<
    ::auth_runtime::__private::More<
        ::auth_runtime::__private::Load<
            (),
            (State<Db>, Path<(String, u64)>, OrgMember),
            Loaded<Post>,
        >,
        (User,),
    >,
> for __auth_2_post {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            takes_org_member: true,
            settings: &__rt::Settings {
                check: __rt::Some(__rt::Expression {
                    text: "post.author == user.id()",
                    bindings: "Loaded(post): Loaded<Post>, user: User",
                    reads: &[
                        __rt::Read {
                            name: "post",
                            argument: __rt::Source::<Loaded<Post>>::__AUTH_TELL,
                            part: __rt::Part::Field("author"),
                        },
                        __rt::Read {
                            name: "user",
                            argument: __rt::Source::<User>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                    ],
                }),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::RequireUser,
                "require_user(check = post.author == user.id())",
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
        __auth_slots: &mut <::auth_runtime::__private::More<
            ::auth_runtime::__private::Load<
                (),
                (State<Db>, Path<(String, u64)>, OrgMember),
                Loaded<Post>,
            >,
            (User,),
        > as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::Verdict {
        use ::auth_runtime::__private as __rt;
        use __rt::{Lend as _, Own as _};
        let (((), (_, _, _), __rt::Some(Loaded(post))), (__rt::Some(user),)) = &mut *__auth_slots
        else { return __rt::Verdict::UNFILLED };
        let mut post = (&&__rt::Pick::new(post)).__auth_pick();
        let mut user = (&&__rt::Pick::new(user)).__auth_pick();
        __rt::IntoVerdict::into_verdict(async move { post.author == user.id() }.await)
            .hidden()
    }
}
async fn post(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        ::auth_runtime::__private::More(
            ::auth_runtime::__private::Load(
                (),
                (State(db), Path((org_id, id)), org),
                Loaded(post),
            ),
            (user,),
        ),
    ): ::auth_runtime::__private::GuardedWithLast<
        ::auth_runtime::__private::Then<__auth_1s_post, __auth_2_post>,
        ::auth_runtime::__private::More<
            ::auth_runtime::__private::Load<
                (),
                (State<Db>, Path<(String, u64)>, OrgMember),
                Loaded<Post>,
            >,
            (User,),
        >,
    >,
) {
    let _ = &post;
    let _ = &user;
    let _ = &org_id;
    let _ = &db;
    let _ = &id;
    let _ = &org;
    let _ = &post;
}
