//! A session at the simulated gateway, which gives back and pays, too, and whose own books are compared with ours.

use std::collections::BTreeMap;

use adapter_gateway::{Habit, Position};
use application_booking::ports::GatewaySimulator;
use application_booking::{Call, Happens, Post, ScriptStep, SessionView};
use domain_kernel::{PaymentId, TimeDelta, hours, minutes};

use super::money::Cast;
use super::stores::Stores;
use super::world::World;

/// A cast at the gateway, and an approved session whose payment was started.
pub struct AtGateway {
    pub cast: Cast,
    pub session: SessionView,
    pub payment: PaymentId,
}

/// Something that happens to the student's first attempt, told at once.
pub fn happens(what: Happens) -> ScriptStep {
    of("1", what, Post::PROMPT)
}

/// Something that happens to that attempt, and how it is told.
pub fn of(attempt: &str, what: Happens, post: Post) -> ScriptStep {
    let (amount_minor, currency) = (None, None);
    ScriptStep::Happens { what, attempt: attempt.into(), after_minutes: 0, amount_minor, currency, post }
}

impl AtGateway {
    /// Where orders go by that habit.
    pub async fn by(stores: Stores, habit: Habit) -> Self {
        let cast = Cast::in_world(World::at_the_gateway(stores, habit)).await;
        let session = cast.booked.request().await;
        cast.booked.approve(&session).await;
        let started = cast.booked.start_payment(&session).await;
        let payment = PaymentId::parse(started.id).unwrap();
        Self { cast, session, payment }
    }

    /// Where the order waits to be told.
    pub async fn over(stores: Stores) -> Self {
        Self::by(stores, Habit::Waits).await
    }

    /// The gateway's order, once we know it.
    pub async fn order(&self) -> Option<String> {
        let seen = self.cast.booked.seen(&self.cast.booked.student, &self.session).await;
        seen.payment.unwrap().order
    }

    /// Tells the gateway what happens, then does what is due.
    pub async fn script(&self, steps: &[ScriptStep]) {
        let order = self.order().await.unwrap();
        self.cast.booked.world.gateway.script(&order, steps).await.unwrap().unwrap();
        self.cast.work().await;
    }

    pub async fn pass(&self, span: TimeDelta) {
        self.cast.booked.world.pass(span).await;
    }

    /// So many hours, in steps: what is due in one of them is done at its end.
    pub async fn pass_hours(&self, count: i64) {
        for begun in (0..count).step_by(6) {
            self.pass(hours((count - begun).min(6))).await;
        }
    }

    /// How many questions about the order the gateway still leaves unanswered.
    pub async fn silences(&self) -> u32 {
        let order = self.order().await.unwrap();
        self.cast.booked.world.gateway.silences(&order, Call::Facts).await.unwrap()
    }

    pub async fn paid(&self) -> String {
        self.cast.payment_of(&self.session).await
    }

    /// A session that was paid for by message.
    pub async fn scheduled(stores: Stores) -> Self {
        let at = Self::over(stores).await;
        at.script(&[happens(Happens::Authorised), happens(Happens::Captured)]).await;
        assert_eq!(at.paid().await, "SUCCESS");
        at
    }

    /// A session of which every meeting took place, and whose hold is over.
    pub async fn payable(stores: Stores) -> Self {
        let at = Self::scheduled(stores).await;
        for item in 1..=8 {
            at.cast.booked.pass_to(&at.session, item, minutes(20)).await;
            at.cast.booked.complete(&at.session, u32::try_from(item).unwrap()).await.unwrap();
        }
        at.pass(hours(73)).await;
        at
    }

    /// What our journal says that the gateway holds of the payment, and what mentors were paid of it.
    pub async fn ours(&self) -> Position {
        let entries = self.cast.booked.world.stores.books.journal(&self.payment).await.unwrap();
        let (mut held, mut paid_out) = (BTreeMap::new(), BTreeMap::new());
        for line in entries.iter().flat_map(|entry| &entry.lines) {
            let (account, currency) = line.account.split_once(':').unwrap();
            match account {
                "gateway_clearing" => *held.entry(currency.to_owned()).or_default() -= line.amount_minor,
                "bank" => *paid_out.entry(currency.to_owned()).or_default() += line.amount_minor,
                _ => {}
            }
        }
        held.retain(|_, minor| *minor != 0);
        paid_out.retain(|_, minor| *minor != 0);
        Position { held, paid_out }
    }

    /// What the gateway's own books say about that.
    pub async fn theirs(&self) -> Position {
        let Some(order) = self.order().await else { return Position::default() };
        self.cast.booked.world.gateway.position(&order).await.unwrap()
    }

    /// The gateway's books and ours say the same, and ours hold every law.
    pub async fn check(&self) {
        assert_eq!(self.ours().await, self.theirs().await, "ours, and the gateway's");
        self.cast.check().await;
    }

    /// In rupees: what the gateway holds, in minor units.
    pub async fn held(&self) -> i64 {
        self.theirs().await.held.get("INR").copied().unwrap_or_default()
    }
}
