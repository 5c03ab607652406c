use domain_kernel::{
    DomainEvent, Fact, IllegalTransition, Lifecycle, Money, PaymentId, SessionId, Timestamp,
};

use crate::{FactKind, FactOutcome, GatewayFact, PaymentStatus, PaymentStep};

/// The order for a session's price; a session has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its key, which is also the key under which the gateway makes the order.
    pub id: PaymentId,
    /// What is paid for.
    pub session: SessionId,
    /// How much.
    pub amount: Money,
    /// The gateway that takes it.
    pub gateway: String,
    /// The gateway's key of the order, once it has made it.
    pub order: Option<String>,
    /// The gateway's key of the attempt that brought the money.
    pub captured_by: Option<String>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the money came.
    pub completed_at: Option<Timestamp>,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// What has happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The student wants to pay: the gateway is to make the order.
    Started(PaymentId),
    /// The attempt failed.
    Failed(PaymentId),
    /// Money came that has no session to pay for: it is to go back.
    Unapplied(PaymentId, FactOutcome),
}

/// Why a payment does not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefused {
    /// The status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The gateway's order is another one.
    #[error("the payment has another order")]
    OtherOrder,
}

impl Payment {
    /// A student starts to pay.
    pub fn start(
        id: PaymentId,
        session: SessionId,
        amount: Money,
        gateway: String,
        now: Timestamp,
    ) -> (Self, PaymentEvent) {
        let event = PaymentEvent::Started(id.clone());
        let payment = Self {
            id,
            session,
            amount,
            gateway,
            order: None,
            captured_by: None,
            status: PaymentStatus::Pending,
            created_at: now,
            updated_at: now,
            completed_at: None,
            version: 0,
        };
        (payment, event)
    }

    /// The student tries again after a failure. Nothing changes while an attempt is open.
    pub fn retry(&mut self, now: Timestamp) -> Result<(), PaymentRefused> {
        match self.status {
            PaymentStatus::Pending | PaymentStatus::Processing => Ok(()),
            status => {
                self.become_at(status.on(PaymentStep::Retry)?, now);
                Ok(())
            }
        }
    }

    /// The gateway has made the order. The same order again changes nothing.
    pub fn place(&mut self, order: String, now: Timestamp) -> Result<(), PaymentRefused> {
        match &self.order {
            Some(placed) if *placed == order => Ok(()),
            Some(_) => Err(PaymentRefused::OtherOrder),
            None => {
                self.order = Some(order);
                self.updated_at = now;
                Ok(())
            }
        }
    }

    /// Takes in what the gateway says. `session_waits` tells whether the session is still
    /// APPROVED, so that the money has something to pay for.
    pub fn record(
        &mut self,
        fact: &GatewayFact,
        session_waits: bool,
        now: Timestamp,
    ) -> (FactOutcome, Vec<PaymentEvent>) {
        match fact.kind {
            FactKind::Authorised => (self.follow(PaymentStep::Authorise, now), vec![]),
            FactKind::Failed => match self.follow(PaymentStep::Fail, now) {
                FactOutcome::Applied => (FactOutcome::Applied, vec![PaymentEvent::Failed(self.id.clone())]),
                outcome => (outcome, vec![]),
            },
            FactKind::Captured => {
                let outcome = self.record_capture(fact, session_waits, now);
                let gives_back = !matches!(outcome, FactOutcome::Applied | FactOutcome::Ignored);
                let events = gives_back.then(|| PaymentEvent::Unapplied(self.id.clone(), outcome));
                (outcome, events.into_iter().collect())
            }
        }
    }

    fn record_capture(&mut self, fact: &GatewayFact, session_waits: bool, now: Timestamp) -> FactOutcome {
        if self.captured_by.as_ref() == Some(&fact.attempt) {
            return FactOutcome::Ignored;
        }
        let equal = self.order.as_ref() == Some(&fact.order)
            && self.amount.minor() == fact.amount_minor
            && self.amount.currency().code() == fact.currency;
        if !equal {
            return FactOutcome::Mismatch;
        }
        let step = if session_waits { PaymentStep::Capture } else { PaymentStep::CaptureLate };
        if self.follow(step, now) == FactOutcome::Ignored {
            return FactOutcome::Second;
        }
        self.captured_by = Some(fact.attempt.clone());
        self.completed_at = Some(now);
        if session_waits { FactOutcome::Applied } else { FactOutcome::Late }
    }

    /// Takes the step if the status permits it; a fact that comes late or twice is no error.
    fn follow(&mut self, step: PaymentStep, now: Timestamp) -> FactOutcome {
        match self.status.on(step) {
            Ok(status) => {
                self.become_at(status, now);
                FactOutcome::Applied
            }
            Err(_) => FactOutcome::Ignored,
        }
    }

    fn become_at(&mut self, status: PaymentStatus, now: Timestamp) {
        self.status = status;
        self.updated_at = now;
    }
}

impl DomainEvent for PaymentEvent {
    fn kind(&self) -> &'static str {
        match self {
            Self::Started(_) => "payment_started",
            Self::Failed(_) => "payment_failed",
            Self::Unapplied(..) => "payment_unapplied",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Started(id) | Self::Failed(id) | Self::Unapplied(id, _) => id.to_string(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Started(_) | Self::Failed(_) => vec![],
            Self::Unapplied(_, outcome) => vec![("outcome", outcome.to_string())],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::Currency;

    fn pending() -> Payment {
        let amount = Money::parse(249_900, Currency::parse("INR").unwrap()).unwrap();
        let (id, session) = (PaymentId::parse("p").unwrap(), SessionId::parse("s").unwrap());
        let (mut payment, _) = Payment::start(id, session, amount, "simulated".into(), now());
        payment.place("order".into(), now()).unwrap();
        payment
    }

    fn now() -> Timestamp {
        Timestamp::EPOCH
    }

    fn captured(attempt: &str) -> GatewayFact {
        GatewayFact {
            gateway: "simulated".into(),
            event: format!("event of {attempt}"),
            order: "order".into(),
            attempt: attempt.into(),
            kind: FactKind::Captured,
            amount_minor: 249_900,
            currency: "INR".into(),
        }
    }

    #[test]
    fn a_capture_counts_once() {
        let mut payment = pending();
        assert_eq!(payment.record(&captured("a"), true, now()).0, FactOutcome::Applied);
        let after = payment.clone();
        assert_eq!(payment.record(&captured("a"), true, now()), (FactOutcome::Ignored, vec![]));
        assert_eq!(payment, after);
    }

    #[test]
    fn a_second_capture_leaves_the_payment_and_goes_back() {
        let mut payment = pending();
        payment.record(&captured("a"), true, now());
        let after = payment.clone();
        let (outcome, events) = payment.record(&captured("b"), true, now());
        assert_eq!((outcome, events.len()), (FactOutcome::Second, 1));
        assert_eq!(payment, after);
    }

    #[test]
    fn a_capture_of_another_amount_currency_or_order_leaves_the_payment() {
        for wrong in [
            GatewayFact { amount_minor: 249_899, ..captured("a") },
            GatewayFact { currency: "USD".into(), ..captured("a") },
            GatewayFact { order: "other".into(), ..captured("a") },
        ] {
            let mut payment = pending();
            assert_eq!(payment.record(&wrong, true, now()).0, FactOutcome::Mismatch);
            assert_eq!(payment, pending());
        }
    }

    #[test]
    fn a_capture_without_a_waiting_session_is_late() {
        let mut payment = pending();
        assert_eq!(payment.record(&captured("a"), false, now()).0, FactOutcome::Late);
        assert_eq!(payment.status, PaymentStatus::Success);
    }

    #[test]
    fn a_failure_after_success_is_ignored_and_a_capture_after_failure_counts() {
        let failed = GatewayFact { kind: FactKind::Failed, ..captured("a") };
        let mut payment = pending();
        assert_eq!(payment.record(&failed, true, now()).0, FactOutcome::Applied);
        assert_eq!(payment.record(&captured("b"), true, now()).0, FactOutcome::Applied);
        assert_eq!(payment.record(&failed, true, now()).0, FactOutcome::Ignored);
        assert_eq!(payment.status, PaymentStatus::Success);
    }

    #[test]
    fn a_retry_reopens_a_failed_payment_only() {
        let mut payment = pending();
        assert_eq!(payment.retry(now()), Ok(()));
        payment.record(&GatewayFact { kind: FactKind::Failed, ..captured("a") }, true, now());
        assert_eq!(payment.retry(now()), Ok(()));
        assert_eq!(payment.status, PaymentStatus::Pending);
        payment.record(&captured("b"), true, now());
        assert!(matches!(payment.retry(now()), Err(PaymentRefused::Illegal(_))));
    }
}
