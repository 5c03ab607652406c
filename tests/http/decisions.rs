//! What operators have to decide about, made for a test.

use application_kernel::{NewJob, transact};
use domain_billing::{Approval, ApprovalKind, BY_HAND, Refund, RefundCause, RefundSource};
use domain_kernel::{ApprovalId, PaymentId, PayoutAttemptId, RefundId, minutes};
use serde_json::Value;

use crate::support::server::Served;
use crate::support::staff::Staff;

/// What is there for operators to decide about: a refund, a try to pay and what waits for approval, all called so.
pub const MONEY: &str = "m1";

/// What operators decide about.
pub async fn money(served: &Served, payment: &str) {
    let world = &served.world;
    let (now, payment) = (world.now(), PaymentId::parse(payment).unwrap());
    let asks = Staff::join(world, "asks", &[]).await.caller(world).await.id;
    transact(&*world.stores.billing, || {
        async |tx| {
            let mut ledger = tx.books().ledger(&payment).await?;
            let (cause, source) = (RefundCause::Operator, RefundSource::Escrow);
            let id = RefundId::parse(MONEY).unwrap();
            let of = payment.clone();
            let (refund, _) = Refund::request(id, of, "1".into(), ledger.fee, (cause, source), now);
            tx.refunds().add(&refund).await?;
            ledger.hold_until(now, now);
            ledger.earn(false, now).unwrap();
            let id = PayoutAttemptId::parse(MONEY).unwrap();
            let (attempt, ..) = ledger.release(id, BY_HAND.into(), None, now).unwrap();
            tx.payouts().add(&attempt).await?;
            let (id, kind) = (ApprovalId::parse(MONEY).unwrap(), ApprovalKind::Payout);
            let (of, why) = (payment.clone(), "because".to_owned());
            let approval = Approval::ask(id, kind, of, ledger.payout, why, asks.clone(), now);
            tx.payouts().ask(&approval).await
        }
    })
    .await
    .unwrap();
}

/// A job that was given up.
pub async fn dead_job(served: &Served) -> i64 {
    let world = &served.world;
    let now = world.now();
    let job = NewJob { kind: "broken", subject: "s".into(), version: 1, run_at: now, payload: Value::Null };
    transact(&*world.stores.booking, || async |tx| tx.jobs().schedule(job.clone()).await).await.unwrap();
    let taken = world.stores.jobs.claim("w", &["broken"], 1, now, now.plus(minutes(1))).await.unwrap();
    world.stores.jobs.fail("w", taken[0].id, "no luck", now, None).await.unwrap();
    taken[0].id
}
