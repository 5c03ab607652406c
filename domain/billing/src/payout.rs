use domain_kernel::{
    Account, AccountKind, EntryKind, InvalidMoney, JournalEntry, Lifecycle, Money, OperatorId, PaymentId,
    PayoutAttemptId, Timestamp, UserId, labelled,
};

use crate::{
    Ledger, LedgerEvent, LedgerHappening, LedgerRefused, PayoutStatus, PayoutStep, Refund, RefundSource,
};

/// What tries are made by that an operator makes from the bank's own pages.
pub const BY_HAND: &str = "manual";

labelled! {
    /// Where a try to pay a mentor stands.
    pub enum AttemptStatus {
        /// The provider was asked, or is to be.
        Submitted = "SUBMITTED",
        /// The money has arrived.
        Paid = "PAID",
        /// It has not left.
        Failed = "FAILED",
        /// The bank has sent it back.
        Returned = "RETURNED",
    }
}

/// A try to pay a mentor. Its key is the key under which the provider is asked, so that asking again never
/// pays twice; after a definite failure another try has another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutAttempt {
    /// Its key.
    pub id: PayoutAttemptId,
    /// Whose share it pays.
    pub payment: PaymentId,
    /// Who is paid.
    pub mentor: UserId,
    /// How many tries there were with it; only the last one counts.
    pub number: i32,
    /// How much.
    pub amount: Money,
    /// What pays, such as `manual`.
    pub adapter: String,
    /// Where it stands.
    pub status: AttemptStatus,
    /// The provider's, or the bank's, reference.
    pub reference: Option<String>,
    /// Why it failed or came back.
    pub failure: Option<String>,
    /// Who released it; nobody for the daily batch.
    pub started_by: Option<OperatorId>,
    /// When it was released.
    pub started_at: Timestamp,
    /// When the provider last said something definite.
    pub settled_at: Option<Timestamp>,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// What a provider says definitely of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutOutcome {
    /// It has arrived.
    Paid {
        /// The provider's reference, 1 to 100 characters.
        reference: String,
    },
    /// It has not left.
    Failed {
        /// Why.
        reason: String,
    },
    /// It has come back from the mentor's bank.
    Returned {
        /// Why.
        reason: String,
    },
}

impl PayoutOutcome {
    /// Where a try stands of which this is said.
    pub fn status(&self) -> AttemptStatus {
        match self {
            Self::Paid { .. } => AttemptStatus::Paid,
            Self::Failed { .. } => AttemptStatus::Failed,
            Self::Returned { .. } => AttemptStatus::Returned,
        }
    }

    /// What this does to the share.
    pub fn step(&self) -> PayoutStep {
        match self {
            Self::Paid { .. } => PayoutStep::Pay,
            Self::Failed { .. } => PayoutStep::Fail,
            Self::Returned { .. } => PayoutStep::Return,
        }
    }
}

impl PayoutAttempt {
    pub(crate) fn start(
        id: PayoutAttemptId,
        ledger: &Ledger,
        adapter: String,
        started_by: Option<OperatorId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            payment: ledger.payment.clone(),
            mentor: ledger.mentor.clone(),
            number: ledger.attempts,
            amount: ledger.payout,
            adapter,
            status: AttemptStatus::Submitted,
            reference: None,
            failure: None,
            started_by,
            started_at: now,
            settled_at: None,
            version: 0,
        }
    }

    /// A try of which only the outcome is known: the money has arrived at `paid_at`, or is on its way.
    pub(crate) fn found(
        id: PayoutAttemptId,
        ledger: &Ledger,
        paid_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let is_paid = ledger.status == PayoutStatus::Released;
        Self {
            status: if is_paid { AttemptStatus::Paid } else { AttemptStatus::Submitted },
            settled_at: is_paid.then_some(paid_at.unwrap_or(now)),
            ..Self::start(id, ledger, BY_HAND.to_owned(), None, paid_at.unwrap_or(now))
        }
    }

    pub(crate) fn settle(&mut self, told: &PayoutOutcome, now: Timestamp) {
        self.status = told.status();
        match told {
            PayoutOutcome::Paid { reference } => self.reference = Some(reference.clone()),
            PayoutOutcome::Failed { reason } | PayoutOutcome::Returned { reason } => {
                self.failure = Some(reason.clone());
            }
        }
        self.settled_at = Some(now);
    }

    pub(crate) fn entry(&self, kind: EntryKind) -> JournalEntry {
        JournalEntry::new(kind, self.id.as_str(), 0, Some(&self.payment), self.amount.currency())
    }
}

impl Ledger {
    /// The payable share is on its way to the mentor.
    pub fn release(
        &mut self,
        id: PayoutAttemptId,
        adapter: String,
        started_by: Option<OperatorId>,
        now: Timestamp,
    ) -> Result<(PayoutAttempt, JournalEntry, LedgerEvent), LedgerRefused> {
        if self.payout.minor() == 0 {
            return Err(LedgerRefused::Nothing);
        }
        match self.status {
            PayoutStatus::Pending => return Err(LedgerRefused::NotPayable(self.waits_for(now))),
            PayoutStatus::Processing => return Err(LedgerRefused::InFlight),
            PayoutStatus::Released => return Err(LedgerRefused::PaidOut),
            PayoutStatus::Ready => {}
        }
        let status = self.status.on(PayoutStep::Release)?;
        self.attempts += 1;
        let attempt = PayoutAttempt::start(id, self, adapter, started_by, now);
        let entry = attempt.entry(EntryKind::PayoutStarted).transfer(
            self.mentors(AccountKind::MentorPayable),
            self.mentors(AccountKind::PayoutInTransit),
            self.payout,
        )?;
        self.become_at(status, now);
        let event = self.event_of(LedgerHappening::PayoutStarted, &attempt.id);
        Ok((attempt, entry, event))
    }

    /// Takes in what the provider says of a payout. What concerns an older attempt, or says what is known,
    /// is ignored.
    pub fn settle(
        &mut self,
        attempt: &mut PayoutAttempt,
        told: &PayoutOutcome,
        now: Timestamp,
    ) -> Result<Option<(JournalEntry, LedgerEvent)>, LedgerRefused> {
        let step = told.step();
        let Ok(status) = self.status.on(step) else { return Ok(None) };
        if attempt.number != self.attempts || attempt.payment != self.payment {
            return Ok(None);
        }
        let (payable, transit) =
            (self.mentors(AccountKind::MentorPayable), self.mentors(AccountKind::PayoutInTransit));
        let bank = Account::of(AccountKind::Bank);
        let (kind, from, to, what) = match told {
            PayoutOutcome::Paid { .. } => (EntryKind::PayoutPaid, transit, bank, LedgerHappening::PayoutPaid),
            PayoutOutcome::Failed { .. } => {
                (EntryKind::PayoutFailed, transit, payable, LedgerHappening::PayoutFailed)
            }
            PayoutOutcome::Returned { .. } => {
                // The mentor owes what was clawed back: a payable share beside that debt would pay it out twice.
                if self.dispute.is_some() {
                    return Err(LedgerRefused::Disputed);
                }
                if self.clawed.minor() > 0 {
                    return Err(LedgerRefused::ClawedBack);
                }
                (EntryKind::PayoutReturned, bank, payable, LedgerHappening::PayoutReturned)
            }
        };
        let entry = attempt.entry(kind).transfer(from, to, attempt.amount)?;
        attempt.settle(told, now);
        self.become_at(status, now);
        self.released_at = (status == PayoutStatus::Released).then_some(now);
        Ok(Some((entry, self.event(what))))
    }

    /// What the journal lacks of a split that is older than it: from the capture to where the share lies now. A share
    /// that has left escrow without a known try gets one, under the key `id`, which was made by hand.
    pub fn catch_up(
        &mut self,
        refunds: &[Refund],
        known: Option<&PayoutAttempt>,
        id: PayoutAttemptId,
        now: Timestamp,
    ) -> Result<(Vec<JournalEntry>, Option<PayoutAttempt>), InvalidMoney> {
        let mut entries = vec![self.captured()?];
        for refund in refunds.iter().filter(|refund| refund.source == RefundSource::Escrow) {
            entries.extend(refund.caught_up()?);
        }
        let (escrow, transit) =
            (Account::of(AccountKind::Escrow), self.mentors(AccountKind::PayoutInTransit));
        let payable = self.mentors(AccountKind::MentorPayable);
        if self.status != PayoutStatus::Pending {
            let earned = self
                .entry(EntryKind::Earn)
                .transfer(escrow.clone(), payable.clone(), self.payout)?
                .transfer(escrow, Account::of(AccountKind::PlatformRevenue), self.fee)?;
            entries.push(earned);
        }
        if !matches!(self.status, PayoutStatus::Processing | PayoutStatus::Released) {
            return Ok((entries, None));
        }
        let made = known.is_none().then(|| {
            self.attempts += 1;
            PayoutAttempt::found(id, self, self.released_at, now)
        });
        if let Some(attempt) = made.as_ref().or(known) {
            entries.push(attempt.entry(EntryKind::PayoutStarted).transfer(
                payable,
                transit.clone(),
                self.payout,
            )?);
            if self.status == PayoutStatus::Released {
                let bank = Account::of(AccountKind::Bank);
                entries.push(attempt.entry(EntryKind::PayoutPaid).transfer(transit, bank, self.payout)?);
            }
        }
        Ok((entries, made))
    }
}
