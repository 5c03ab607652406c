//! What an operator's log-out, and a refresh token that comes twice, put an end to.

use application_identity::Suspend;
use application_kernel::{CurrentOperator, CurrentUser, MeansCode, Permission};
use application_operations::ports::OperatorAccess;
use domain_kernel::{Role, minutes};

use crate::support::staff::Staff;
use crate::support::stores::Stores;
use crate::support::world::{World, ticket};

crate::both_stores! {
    logging_out_and_reuse_end_the_access_tokens_too,
}

fn code<T: std::fmt::Debug, E: MeansCode>(outcome: Result<T, E>) -> &'static str {
    outcome.expect_err("refused").code().name
}

fn suspension(by: &CurrentOperator, person: &CurrentUser) -> Suspend {
    Suspend { ticket: ticket(by), person: person.id.clone(), reason: "Asked for money.".into() }
}

async fn logging_out_and_reuse_end_the_access_tokens_too(stores: Stores) {
    let world = World::over(stores);
    let person = world.sign_up("asha", Role::Student).await;
    let staff = Staff::join(&world, "ops", &[Permission::Users]).await;
    let log_in = async || {
        world.pass(minutes(1)).await;
        let pair = world.operators.log_in(staff.with_code(&staff.code(&world))).await.unwrap();
        (OperatorAccess::verify(&*world.tokens, &pair.access_token, world.now()).unwrap(), pair.refresh_token)
    };
    let (here, refresh) = log_in().await;
    let (elsewhere, other) = log_in().await;
    world.operators.log_out(&refresh).await.unwrap();
    for caller in [&here, &elsewhere] {
        assert_eq!(code(world.identity.suspend(suspension(caller, &person)).await), "token_revoked");
    }
    assert_eq!(
        code(world.operators.refresh(&other).await),
        "operator_refresh_invalid",
        "every log-in is over"
    );
    let (caller, refresh) = log_in().await;
    let next = world.operators.refresh(&refresh).await.unwrap();
    let next = OperatorAccess::verify(&*world.tokens, &next.access_token, world.now()).unwrap();
    assert_eq!(code(world.operators.refresh(&refresh).await), "operator_refresh_reused");
    for caller in [&caller, &next] {
        assert_eq!(code(world.identity.suspend(suspension(caller, &person)).await), "token_revoked");
    }
    let (caller, _) = log_in().await;
    assert!(world.identity.suspend(suspension(&caller, &person)).await.is_ok());
}
