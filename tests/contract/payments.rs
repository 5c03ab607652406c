//! Payments and what gateways said of them.

use application_kernel::{StoreError, transact};
use domain_billing::{
    FactKind, FactOutcome, GatewayFact, Ledger, Payment, Refund, RefundCause, RefundSource, Told,
};
use domain_kernel::{PaymentId, RefundId};
use domain_mentoring::Session;

use super::booking::cast;
use crate::support::people::{inr, now, policy};
use crate::support::stores::Stores;

crate::both_stores! {
    a_payment_is_read_as_it_was_written,
    a_split_is_read_as_it_was_written_and_saved_by_whom_it_belongs_to,
    a_session_has_one_payment,
    a_fact_is_remembered_once,
}

fn payment(key: &str, session: &Session) -> Payment {
    Payment::start(
        PaymentId::parse(key).unwrap(),
        session.id.clone(),
        inr(249_900),
        "simulated".into(),
        now(),
    )
    .0
}

async fn a_payment_is_read_as_it_was_written(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let mut payment = payment("p1", &session);
    transact(&*cast.stores.booking, || async |tx| tx.payments().add(&payment).await).await.unwrap();
    payment.place("order".into(), now()).unwrap();
    payment.record(&fact("e1"), &[], true, now());
    let saved = transact(&*cast.stores.booking, || {
        async |tx| {
            let mut payment = payment.clone();
            tx.payments().save(&mut payment).await?;
            Ok::<_, StoreError>(payment)
        }
    })
    .await
    .unwrap();
    let read = transact(&*cast.stores.booking, || {
        async |tx| {
            let by_key = tx.payments().get(&saved.id).await?;
            let by_session = tx.payments().of_session(&session.id).await?;
            let by_order = tx.payments().by_order("simulated", "order").await?;
            assert_eq!(by_order, Some((saved.id.clone(), session.id.clone())));
            assert_eq!(tx.payments().by_order("other", "order").await?, None);
            assert_eq!(by_session.as_ref(), Some(&by_key));
            Ok::<_, StoreError>(by_key)
        }
    })
    .await
    .unwrap();
    assert_eq!(read, saved);
    let stale =
        transact(&*cast.stores.booking, || async |tx| tx.payments().save(&mut payment.clone()).await).await;
    assert_eq!(stale, Err(StoreError::Conflict));
    let ledger = Ledger::of_capture(
        saved.id.clone(),
        session.id.clone(),
        cast.mentor.clone(),
        saved.amount,
        policy().fee,
        now(),
    );
    transact(&*cast.stores.booking, || async |tx| tx.payments().split(&ledger).await).await.unwrap();
    let again = transact(&*cast.stores.booking, || async |tx| tx.payments().split(&ledger).await).await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "a payment is split once: {again:?}");
}

async fn a_split_is_read_as_it_was_written_and_saved_by_whom_it_belongs_to(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let payment = payment("p1", &session);
    let (fee, mentor) = (policy().fee, cast.mentor.clone());
    let ledger = Ledger::of_capture(payment.id.clone(), session.id.clone(), mentor, inr(249_900), fee, now());
    transact(&*cast.stores.booking, || {
        async |tx| {
            tx.payments().add(&payment).await?;
            assert_eq!(tx.payments().ledger(&session.id).await?, None);
            tx.payments().split(&ledger).await
        }
    })
    .await
    .unwrap();
    let read = async || {
        transact(&*cast.stores.booking, || async |tx| tx.payments().ledger(&session.id).await).await.unwrap()
    };
    assert_eq!(read().await, Some(ledger.clone()));
    let (refund, _) = Refund::request(
        RefundId::parse("r1").unwrap(),
        payment.id.clone(),
        "attempt".into(),
        inr(100_001),
        (RefundCause::Cancelled, RefundSource::Escrow),
        now(),
    );
    let mut changed = ledger.clone();
    changed.refund(&refund, now()).unwrap();
    changed.stop("a look".into(), now()).unwrap();
    changed.hold_until(now(), now());
    let save = async |ledger: &Ledger| {
        transact(&*cast.stores.booking, || {
            async |tx| {
                let mut ledger = ledger.clone();
                tx.payments().save_ledger(&mut ledger).await?;
                Ok::<_, StoreError>(ledger)
            }
        })
        .await
    };
    let saved = save(&changed).await.unwrap();
    assert_eq!((saved.version, read().await), (1, Some(saved.clone())));
    assert_eq!(save(&changed).await, Err(StoreError::Conflict));
    let add =
        async || transact(&*cast.stores.booking, || async |tx| tx.payments().add_refund(&refund).await).await;
    assert_eq!(add().await, Ok(()));
    assert!(matches!(add().await, Err(StoreError::Duplicate { .. })));
}

async fn a_session_has_one_payment(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let add = async |payment: Payment| {
        transact(&*cast.stores.booking, || async |tx| tx.payments().add(&payment).await).await
    };
    add(payment("p1", &session)).await.unwrap();
    let second = add(payment("p2", &session)).await;
    assert_eq!(second, Err(StoreError::Duplicate { constraint: "payments_session_id_key".into() }));
}

fn fact(event: &str) -> GatewayFact {
    GatewayFact {
        gateway: "simulated".into(),
        event: event.into(),
        order: "order".into(),
        attempt: "attempt".into(),
        kind: FactKind::Captured,
        amount_minor: 249_900,
        currency: "INR".into(),
    }
}

async fn a_fact_is_remembered_once(stores: Stores) {
    let cast = cast(stores).await;
    let session = cast.session("s1", "2026-11-30", "10:00");
    cast.add(&session).await.unwrap();
    let payment = payment("p1", &session);
    transact(&*cast.stores.booking, || {
        async |tx| {
            tx.payments().add(&payment).await?;
            assert_eq!(tx.payments().told(&payment.id).await?, []);
            tx.payments().remember(&payment.id, &fact("e1"), FactOutcome::Applied, now()).await?;
            let GatewayFact { event, attempt, kind, .. } = fact("e1");
            let told = Told { event, attempt, kind, outcome: FactOutcome::Applied };
            assert_eq!(tx.payments().told(&payment.id).await?, [told]);
            Ok::<_, StoreError>(())
        }
    })
    .await
    .unwrap();
    let again = transact(&*cast.stores.booking, || {
        async |tx| tx.payments().remember(&payment.id, &fact("e1"), FactOutcome::Applied, now()).await
    })
    .await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
}
