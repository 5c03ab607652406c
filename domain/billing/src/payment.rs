use domain_kernel::{
    Account, AccountKind, Currency, DomainEvent, EntryKind, Fact, IllegalTransition, InvalidMoney,
    JournalEntry, Lifecycle, Money, PaymentId, SessionId, Timestamp,
};

use crate::{FactKind, FactOutcome, GatewayFact, PaymentStatus, PaymentStep, Told};

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
    Unapplied {
        /// The payment whose order it came for.
        payment: PaymentId,
        /// Why it has none: late, second, mismatch or unreadable.
        outcome: FactOutcome,
        /// The gateway's key of the attempt that brought it.
        attempt: String,
        /// How much, in minor units, as the gateway says it.
        amount_minor: i64,
        /// In which currency, as the gateway says it.
        currency: String,
    },
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

    /// Takes in what the gateway says, `told` being all that it said before of this payment, in
    /// order. `session_waits` tells whether the session is still APPROVED, so that the money has
    /// something to pay for.
    ///
    /// An attempt is authorised, fails and is captured once each; what comes late of an attempt that
    /// is over, or of one that is not under way, changes nothing.
    pub fn record(
        &mut self,
        fact: &GatewayFact,
        told: &[Told],
        session_waits: bool,
        now: Timestamp,
    ) -> (FactOutcome, Vec<PaymentEvent>) {
        let was_told = |kind| told.iter().any(|told| told.attempt == fact.attempt && told.kind == kind);
        let is_over = was_told(FactKind::Captured) || was_told(FactKind::Failed);
        let stale = match fact.kind {
            FactKind::Authorised => is_over || was_told(FactKind::Authorised),
            FactKind::Failed => is_over || self.another_is_under_way(fact, told),
            FactKind::Captured => was_told(FactKind::Captured),
        };
        if stale {
            return (FactOutcome::Ignored, vec![]);
        }
        match fact.kind {
            FactKind::Authorised => (self.follow(PaymentStep::Authorise, now), vec![]),
            FactKind::Failed => match self.follow(PaymentStep::Fail, now) {
                FactOutcome::Applied => (FactOutcome::Applied, vec![PaymentEvent::Failed(self.id.clone())]),
                outcome => (outcome, vec![]),
            },
            FactKind::Captured => {
                let outcome = self.record_capture(fact, session_waits, now);
                let gives_back = !matches!(outcome, FactOutcome::Applied | FactOutcome::Ignored);
                let events = gives_back.then(|| PaymentEvent::Unapplied {
                    payment: self.id.clone(),
                    outcome,
                    attempt: fact.attempt.clone(),
                    amount_minor: fact.amount_minor,
                    currency: fact.currency.clone(),
                });
                (outcome, events.into_iter().collect())
            }
        }
    }

    /// Whether the attempt that the student consented to last is another one.
    fn another_is_under_way(&self, fact: &GatewayFact, told: &[Told]) -> bool {
        let consented =
            |told: &&Told| told.kind == FactKind::Authorised && told.outcome == FactOutcome::Applied;
        let under_way =
            told.iter().rev().find(consented).filter(|_| self.status == PaymentStatus::Processing);
        under_way.is_some_and(|under_way| under_way.attempt != fact.attempt)
    }

    fn record_capture(&mut self, fact: &GatewayFact, session_waits: bool, now: Timestamp) -> FactOutcome {
        let equal = self.order.as_ref() == Some(&fact.order)
            && self.amount.minor() == fact.amount_minor
            && self.amount.currency().code() == fact.currency;
        if !equal {
            let is_held = self.unapplied(fact).is_ok_and(|(amount, _)| amount.minor() > 0);
            return if is_held { FactOutcome::Mismatch } else { FactOutcome::Unreadable };
        }
        let step = if session_waits { PaymentStep::Capture } else { PaymentStep::CaptureLate };
        if self.follow(step, now) == FactOutcome::Ignored {
            return FactOutcome::Second;
        }
        self.captured_by = Some(fact.attempt.clone());
        self.completed_at = Some(now);
        if session_waits { FactOutcome::Applied } else { FactOutcome::Late }
    }

    /// Some of it, or with `is_whole` the last of it, has gone back. A payment that never succeeded, whose money had
    /// nothing to pay for, stays as it is.
    pub fn gave_back(&mut self, is_whole: bool, now: Timestamp) {
        self.follow(if is_whole { PaymentStep::RefundWhole } else { PaymentStep::RefundPart }, now);
    }

    /// What is posted for money that has nothing to pay for, and how much it is. An amount or a currency that
    /// we cannot hold is refused.
    pub fn unapplied(&self, fact: &GatewayFact) -> Result<(Money, JournalEntry), InvalidMoney> {
        let amount = Money::parse(fact.amount_minor, Currency::parse(&fact.currency)?)?;
        let source = format!("{}:{}", fact.gateway, fact.attempt);
        let entry =
            JournalEntry::new(EntryKind::CaptureUnapplied, source, 0, Some(&self.id), amount.currency())
                .transfer(
                    Account::of(AccountKind::GatewayClearing),
                    Account::of(AccountKind::Unapplied),
                    amount,
                )?;
        Ok((amount, entry))
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
            Self::Unapplied { .. } => "payment_unapplied",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::Started(id) | Self::Failed(id) | Self::Unapplied { payment: id, .. } => id.to_string(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Started(_) | Self::Failed(_) => vec![],
            Self::Unapplied { payment: _, outcome, attempt, amount_minor, currency } => vec![
                ("outcome", outcome.to_string()),
                ("attempt", attempt.clone()),
                ("amount_minor", amount_minor.to_string()),
                ("currency", currency.clone()),
            ],
        }
    }
}

#[cfg(test)]
#[path = "payment_tests.rs"]
mod tests;
