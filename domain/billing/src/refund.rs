use domain_kernel::{
    Account, AccountKind, DomainEvent, EntryKind, Fact, IllegalTransition, InvalidMoney, JournalEntry,
    Labelled, Lifecycle, Money, OperatorId, PaymentId, RefundId, TimeDelta, Timestamp, hours, labelled,
    minutes,
};

/// How often the gateway is asked before an operator has to look.
const MOST_TRIES: i32 = 5;

/// How long the gateway is left alone after that many refusals.
fn pause(tries: i32) -> TimeDelta {
    match tries {
        1 => minutes(1),
        2 => minutes(10),
        3 => hours(1),
        4 => hours(6),
        // An operator lets it be tried again at once.
        _ => minutes(0),
    }
}

labelled! {
    /// Where money stands that goes back.
    pub enum RefundStatus {
        /// It is to go back.
        Requested = "REQUESTED",
        /// The gateway was asked.
        Submitted = "SUBMITTED",
        /// The gateway says that it went back.
        Processed = "PROCESSED",
        /// The gateway says that it did not.
        Failed = "FAILED",
    }
}

labelled! {
    /// What can happen to it.
    pub enum RefundStep {
        /// The gateway is asked.
        Submit = "submit",
        /// It went back.
        Process = "process",
        /// It did not.
        Fail = "fail",
        /// It is tried again.
        Retry = "retry",
    }
}

labelled! {
    /// Why money goes back.
    pub enum RefundCause {
        /// The session was called off.
        Cancelled = "cancelled",
        /// The mentor did not come to a meeting.
        NoShow = "no_show",
        /// An operator gives it back.
        Operator = "operator",
        /// It came after the session was called off.
        Late = "late",
        /// It came a second time.
        Second = "second",
        /// It came in another amount, currency or for another order.
        Mismatch = "mismatch",
    }
}

labelled! {
    /// Where the money lies that goes back.
    pub enum RefundSource {
        /// In escrow.
        Escrow = "escrow",
        /// Unapplied: it has never paid for anything.
        Unapplied = "unapplied",
        /// With the mentor, who was paid out.
        ClawBack = "claw_back",
    }
}

impl Lifecycle for RefundStatus {
    type Event = RefundStep;
    const INITIAL: &'static [Self] = &[Self::Requested];
    const TRANSITIONS: &'static [(Self, RefundStep, Self)] = &[
        (Self::Requested, RefundStep::Submit, Self::Submitted),
        (Self::Submitted, RefundStep::Process, Self::Processed),
        (Self::Submitted, RefundStep::Fail, Self::Failed),
        (Self::Failed, RefundStep::Retry, Self::Requested),
    ];
}

/// A part of a payment that goes back to the student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its key.
    pub id: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// The gateway's key of the attempt that brought the money, and takes it back.
    pub attempt: String,
    /// How much.
    pub amount: Money,
    /// Why.
    pub cause: RefundCause,
    /// Where it lies.
    pub source: RefundSource,
    /// What an operator gives as the reason.
    pub reason: Option<String>,
    /// The operator who gives it back.
    pub asked_by: Option<OperatorId>,
    /// Where it stands.
    pub status: RefundStatus,
    /// How often the gateway was asked under another key.
    pub tries: i32,
    /// What the gateway last said against it; nothing once it went back.
    pub failure: Option<String>,
    /// When it was found to be due.
    pub requested_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// What a gateway says definitely of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The student has it.
    Processed,
    /// It did not go back.
    Failed {
        /// Why.
        reason: String,
    },
}

impl RefundOutcome {
    /// Where a refund stands of which this is said.
    pub fn status(&self) -> RefundStatus {
        match self {
            Self::Processed => RefundStatus::Processed,
            Self::Failed { .. } => RefundStatus::Failed,
        }
    }
}

impl Refund {
    /// Money is to go back. The event tells whoever asks the gateway.
    pub fn request(
        id: RefundId,
        payment: PaymentId,
        attempt: String,
        amount: Money,
        (cause, source): (RefundCause, RefundSource),
        now: Timestamp,
    ) -> (Self, RefundEvent) {
        let refund = Self {
            id,
            payment,
            attempt,
            amount,
            cause,
            source,
            reason: None,
            asked_by: None,
            status: RefundStatus::Requested,
            tries: 0,
            failure: None,
            requested_at: now,
            updated_at: now,
            version: 0,
        };
        let event = refund.event(RefundHappening::Requested);
        (refund, event)
    }

    /// The key under which the gateway is asked. It is the same until the gateway says no, so that asking
    /// again never gives back twice.
    pub fn key(&self) -> String {
        format!("{}-{}", self.id, self.tries)
    }

    /// What was posted of money that goes back out of escrow, when the journal is caught up with.
    pub(crate) fn caught_up(&self) -> Result<Vec<JournalEntry>, InvalidMoney> {
        let payable = Account::of(AccountKind::RefundPayable);
        let requested = self.entry(EntryKind::RefundRequested).transfer(
            Account::of(AccountKind::Escrow),
            payable.clone(),
            self.amount,
        )?;
        let clearing = Account::of(AccountKind::GatewayClearing);
        let processed = self.entry(EntryKind::RefundProcessed).transfer(payable, clearing, self.amount)?;
        let is_back = self.status == RefundStatus::Processed;
        Ok([Some(requested), is_back.then_some(processed)].into_iter().flatten().collect())
    }

    /// What is posted when money that has nothing to pay for is to go back.
    pub fn unapplied(&self) -> Result<JournalEntry, InvalidMoney> {
        self.entry(EntryKind::RefundRequested).transfer(
            Account::of(AccountKind::Unapplied),
            Account::of(AccountKind::RefundPayable),
            self.amount,
        )
    }

    /// From when on the gateway may be asked: at once, or a while after it refused, a longer one each time.
    pub fn due_at(&self) -> Timestamp {
        match self.status {
            RefundStatus::Requested => self.updated_at.plus(pause(self.tries)),
            _ => self.updated_at,
        }
    }

    /// The gateway is asked. Answers whether that is to be done now: not of what has arrived, not after too many tries,
    /// and not before it is due.
    pub fn submit(&mut self, now: Timestamp) -> bool {
        if now < self.due_at() {
            return false;
        }
        match self.status.on(RefundStep::Submit) {
            Ok(status) => {
                self.tries += 1;
                self.become_at(status, now);
                true
            }
            // It was asked, and nobody knows what came of it: asking again under the same key is safe.
            Err(_) => self.status == RefundStatus::Submitted,
        }
    }

    /// Takes in what the gateway says of the try with that key; what concerns another one, or is known, is
    /// ignored. After a failure it is tried again, up to five times; then it waits for an operator.
    pub fn settle(
        &mut self,
        key: &str,
        told: &RefundOutcome,
        now: Timestamp,
    ) -> Result<Option<(Option<JournalEntry>, RefundEvent)>, InvalidMoney> {
        let step = match told {
            RefundOutcome::Processed => RefundStep::Process,
            RefundOutcome::Failed { .. } => RefundStep::Fail,
        };
        let Ok(status) = self.status.on(step) else { return Ok(None) };
        if key != self.key() {
            return Ok(None);
        }
        self.become_at(status, now);
        let RefundOutcome::Failed { reason } = told else {
            self.failure = None;
            let entry = self.entry(EntryKind::RefundProcessed).transfer(
                Account::of(AccountKind::RefundPayable),
                Account::of(AccountKind::GatewayClearing),
                self.amount,
            )?;
            return Ok(Some((Some(entry), self.event(RefundHappening::Processed))));
        };
        self.failure = Some(reason.clone());
        if self.tries < MOST_TRIES {
            self.status = self.status.on(RefundStep::Retry).unwrap_or(self.status);
            return Ok(Some((None, self.event(RefundHappening::Requested))));
        }
        Ok(Some((None, self.event(RefundHappening::GivenUp))))
    }

    /// An operator lets it be tried again.
    pub fn retry(&mut self, now: Timestamp) -> Result<RefundEvent, IllegalTransition> {
        let status = self.status.on(RefundStep::Retry)?;
        self.become_at(status, now);
        Ok(self.event(RefundHappening::Requested))
    }

    fn become_at(&mut self, status: RefundStatus, now: Timestamp) {
        self.status = status;
        self.updated_at = now;
    }

    fn entry(&self, kind: EntryKind) -> JournalEntry {
        JournalEntry::new(kind, self.id.as_str(), 0, Some(&self.payment), self.amount.currency())
    }

    fn event(&self, what: RefundHappening) -> RefundEvent {
        RefundEvent { what, refund: self.id.clone(), payment: self.payment.clone(), tries: self.tries }
    }
}

labelled! {
    /// What has happened to money that goes back.
    pub enum RefundHappening {
        /// The gateway is to be asked.
        Requested = "refund_requested",
        /// The student has it.
        Processed = "refund_processed",
        /// The gateway refuses: an operator has to look.
        GivenUp = "refund_given_up",
    }
}

/// Something has happened to money that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundEvent {
    what: RefundHappening,
    refund: RefundId,
    payment: PaymentId,
    tries: i32,
}

impl DomainEvent for RefundEvent {
    fn kind(&self) -> &'static str {
        self.what.label()
    }

    fn subject(&self) -> String {
        self.refund.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("payment_id", self.payment.to_string()), ("tries", self.tries.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<RefundStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<RefundStatus>());
    }

    fn requested() -> Refund {
        let amount = Money::parse(100, domain_kernel::Currency::parse("INR").unwrap()).unwrap();
        let (id, payment) = (RefundId::parse("r").unwrap(), PaymentId::parse("p").unwrap());
        let why = (RefundCause::Cancelled, RefundSource::Escrow);
        Refund::request(id, payment, "attempt".into(), amount, why, Timestamp::EPOCH).0
    }

    #[test]
    fn a_refund_is_tried_five_times_each_under_a_key_of_its_own_and_then_waits_for_an_operator() {
        let mut refund = requested();
        let failed = RefundOutcome::Failed { reason: "no".into() };
        let mut keys = std::collections::BTreeSet::new();
        let mut now = Timestamp::EPOCH;
        for (n, pause) in [(1, minutes(0)), (2, minutes(1)), (3, minutes(10)), (4, hours(1)), (5, hours(6))] {
            if n > 1 {
                assert!(!refund.submit(now.plus(pause).minus(minutes(1))), "the gateway is left alone");
            }
            now = now.plus(pause);
            assert!(refund.submit(now));
            assert!(refund.submit(now), "nobody knows what came of it: asked again");
            assert!(keys.insert(refund.key()), "a key of its own");
            let (entry, event) = refund.settle(&refund.key(), &failed, now).unwrap().unwrap();
            assert_eq!(entry, None, "the money stays payable");
            let facts = [("payment_id", "p".to_owned()), ("tries", n.to_string())];
            assert_eq!((event.subject(), event.facts()), ("r".to_owned(), facts.to_vec()));
            assert_eq!(event.kind(), if n < 5 { "refund_requested" } else { "refund_given_up" });
        }
        assert_eq!(refund.status, RefundStatus::Failed);
        assert!(!refund.submit(now));
        refund.retry(now).unwrap();
        assert!(refund.submit(now));
    }

    #[test]
    fn an_answer_counts_once_and_only_for_the_try_that_it_answers() {
        let mut refund = requested();
        refund.submit(Timestamp::EPOCH);
        let failed = RefundOutcome::Failed { reason: "no".into() };
        let first = refund.key();
        refund.settle(&first, &failed, Timestamp::EPOCH).unwrap();
        assert_eq!(refund.failure.as_deref(), Some("no"));
        assert!(refund.submit(refund.due_at()));
        assert_eq!(refund.settle(&first, &RefundOutcome::Processed, Timestamp::EPOCH), Ok(None));
        let key = refund.key();
        assert!(refund.settle(&key, &RefundOutcome::Processed, Timestamp::EPOCH).unwrap().is_some());
        assert_eq!(refund.failure, None, "what was said before is over");
        assert_eq!(refund.settle(&key, &RefundOutcome::Processed, Timestamp::EPOCH), Ok(None));
        assert!(!refund.submit(Timestamp::EPOCH));
    }
}
