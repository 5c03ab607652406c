//! Whoever asks a gateway dies after it did what it was asked for, before that is recorded: the next one asks again under
//! the same key, and it is done once.

use std::sync::Arc;

use adapter_gateway::{Habit, SimulatedGateway};
use application_billing::Billing;
use application_billing::ports::{PayoutOrder, PayoutProvider, ProviderDown, RefundGateway, RefundOrder};
use application_booking::ports::{GatewayDown, OrderRequest, PaymentGateway};
use application_booking::{Booking, Happens, StartPayment};
use async_trait::async_trait;
use domain_billing::{GatewayFact, PayoutOutcome, RefundOutcome};
use domain_kernel::{PaymentId, PayoutAttemptId, RefundId, minutes};
use tokio::sync::Notify;

use crate::both_stores;
use crate::support::booked::id;
use crate::support::gateway::{AtGateway, happens};
use crate::support::ids::OwnIds;
use crate::support::money::Cast;
use crate::support::people::policy;
use crate::support::stores::Stores;
use crate::support::world::{BILLING, World, ticket};

both_stores! {
    an_order_is_made_once,
    money_goes_back_once,
    a_mentor_is_paid_once,
}

/// A gateway that does what it is asked for, and at whose answer whoever asked dies.
struct Deadly {
    gateway: Arc<SimulatedGateway>,
    done: Arc<Notify>,
}

impl Deadly {
    async fn die<T>(&self) -> T {
        self.done.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl PaymentGateway for Deadly {
    fn name(&self) -> String {
        PaymentGateway::name(&*self.gateway)
    }

    async fn order(&self, request: OrderRequest) -> Result<String, GatewayDown> {
        self.gateway.order(request).await.unwrap();
        self.die().await
    }

    async fn facts(&self, order: &str) -> Result<Vec<GatewayFact>, GatewayDown> {
        self.gateway.facts(order).await
    }
}

#[async_trait]
impl RefundGateway for Deadly {
    async fn refund(&self, order: RefundOrder) -> Result<Option<RefundOutcome>, ProviderDown> {
        self.gateway.refund(order).await.unwrap();
        self.die().await
    }
}

#[async_trait]
impl PayoutProvider for Deadly {
    fn name(&self) -> String {
        PayoutProvider::name(&*self.gateway)
    }

    async fn pay(&self, order: PayoutOrder) -> Result<Option<PayoutOutcome>, ProviderDown> {
        self.gateway.pay(order).await.unwrap();
        self.die().await
    }

    fn is_told(&self) -> bool {
        false
    }
}

/// A process over the same store and the same gateway that dies.
struct Dying {
    booking: Booking,
    billing: Billing,
    done: Arc<Notify>,
}

impl Dying {
    fn beside(cast: &Cast) -> Self {
        let world = &cast.booked.world;
        let done = Arc::new(Notify::new());
        let deadly = Arc::new(Deadly { gateway: world.gateway.clone(), done: done.clone() });
        let (stores, ids) = (&world.stores, Arc::new(OwnIds::default()));
        let booking = Booking::new(
            stores.booking.clone(),
            stores.sessions.clone(),
            deadly.clone(),
            world.clock.clone(),
            ids.clone(),
            policy(),
        );
        let billing =
            Billing::new(stores.billing.clone(), deadly.clone(), deadly, world.clock.clone(), ids, BILLING);
        Self { booking, billing, done }
    }

    /// Lets it work until the gateway has done it, and no further.
    async fn dies_in(&self, work: impl Future) {
        tokio::select! {
            _ = work => panic!("it came back"),
            () = self.done.notified() => {}
        }
    }
}

async fn an_order_is_made_once(stores: Stores) {
    let cast = Cast::in_world(World::at_the_gateway(stores, Habit::Waits)).await;
    let booked = &cast.booked;
    let session = booked.request().await;
    booked.approve(&session).await;
    let dying = Dying::beside(&cast);
    let command = StartPayment { ticket: ticket(&booked.student), session: id(&session) };
    dying.dies_in(dying.booking.start_payment(command)).await;
    let started = booked.seen(&booked.student, &session).await.payment.unwrap();
    assert_eq!(started.order, None, "the gateway has made it, and we do not know");
    let payment = PaymentId::parse(started.id).unwrap();
    let at = AtGateway { cast, session, payment };
    at.pass(minutes(1)).await;
    assert!(at.order().await.is_some());
    at.script(&[happens(Happens::Captured)]).await;
    assert_eq!((at.paid().await.as_str(), at.held().await), ("SUCCESS", 249_900));
    at.check().await;
}

async fn money_goes_back_once(stores: Stores) {
    let at = AtGateway::scheduled(stores).await;
    at.cast.booked.cancel(&at.cast.booked.mentor, &at.session).await.unwrap();
    let refund = at.cast.refunds(&at.payment).await.remove(0);
    let refund = RefundId::parse(refund.id).unwrap();
    let dying = Dying::beside(&at.cast);
    dying.dies_in(dying.billing.send_refund(&refund)).await;
    assert_eq!(at.cast.refunds(&at.payment).await[0].status, "SUBMITTED");
    assert_eq!(at.held().await, 0, "the gateway has given it back");
    at.cast.work().await;
    let after = at.cast.refunds(&at.payment).await.remove(0);
    assert_eq!((after.status.as_str(), after.tries), ("PROCESSED", 1), "asked again under the same key");
    at.check().await;
}

async fn a_mentor_is_paid_once(stores: Stores) {
    let at = AtGateway::payable(stores).await;
    let attempt = at.cast.release(&at.payment).await.unwrap().payout.last_attempt.unwrap();
    let attempt = PayoutAttemptId::parse(attempt.id).unwrap();
    let dying = Dying::beside(&at.cast);
    dying.dies_in(dying.billing.send_payout(&attempt)).await;
    assert_eq!(at.cast.payout(&at.payment).await.status, "PROCESSING");
    at.cast.work().await;
    assert_eq!(at.cast.payout(&at.payment).await.status, "RELEASED");
    assert_eq!(at.theirs().await.paid_out.values().sum::<i64>(), 212_415);
    at.check().await;
}
