use domain_kernel::{
    EntryKind, JournalEntry, Money, OperatorId, PaymentId, PayoutAttemptId, Timestamp, UserId, labelled,
};

use crate::{Ledger, PayoutStep};

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

    pub(crate) fn settle(&mut self, told: &PayoutOutcome, now: Timestamp) {
        match told {
            PayoutOutcome::Paid { reference } => {
                self.status = AttemptStatus::Paid;
                self.reference = Some(reference.clone());
            }
            PayoutOutcome::Failed { reason } => {
                self.status = AttemptStatus::Failed;
                self.failure = Some(reason.clone());
            }
            PayoutOutcome::Returned { reason } => {
                self.status = AttemptStatus::Returned;
                self.failure = Some(reason.clone());
            }
        }
        self.settled_at = Some(now);
    }

    pub(crate) fn entry(&self, kind: EntryKind) -> JournalEntry {
        JournalEntry::new(kind, self.id.as_str(), 0, Some(&self.payment), self.amount.currency())
    }
}
