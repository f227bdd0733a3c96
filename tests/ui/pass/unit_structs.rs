// Attributes make policies of unit structs: under other names, in a `cfg_attr`, beside derives, in functions and macros.
use auth_runtime::routing::get;
use auth_runtime::{require_org, require_permission as asks, require_user, GuardedRouter, NamedPolicy, Require, Requirement};

#[require_org(role >= "Admin", from = path("org_id"))]
#[derive(Clone, Debug)]
#[cfg_attr(all(), asks("can_bill"))]
#[asks("can_pay")]
/// Who may pay.
struct Payer;

macro_rules! policy {
    ($name:ident, $scope:literal) => {
        #[require_user(scope($scope))]
        pub(crate) struct $name;
    };
}

policy!(Reader, "read");

fn mount<P: Requirement>() -> GuardedRouter {
    GuardedRouter::new().route("/{org_id}", get(|_: Require<P>| async {}))
}

fn named<P: NamedPolicy>() -> GuardedRouter {
    GuardedRouter::new().guarded_service::<P>("/s", axum::routing::any(|| async {}))
}

fn main() {
    #[require_user]
    struct Inner;

    let table = mount::<Payer>().table().to_string();
    for part in ["Payer (", "role >= \"Admin\"", "can_bill", "can_pay"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(mount::<(Payer, Reader)>().build().is_ok());
    assert!(named::<Inner>().build().is_ok());
    assert!(mount::<Payer>().require::<Reader>().build().is_ok());
}
