use domain_kernel::{
    DisputeId, EntryKind, IllegalTransition, JournalEntry, Lifecycle, Money, PaymentId, Timestamp, labelled,
};

labelled! {
    /// Where a dispute stands.
    pub enum DisputeStatus {
        /// The gateway withholds the money.
        Open = "OPEN",
        /// It gave it back to us.
        Won = "WON",
        /// The student has it.
        Lost = "LOST",
    }
}

labelled! {
    /// How a dispute ends.
    pub enum DisputeStep {
        /// In our favour.
        Win = "win",
        /// In the student's.
        Lose = "lose",
    }
}

impl Lifecycle for DisputeStatus {
    type Event = DisputeStep;
    const INITIAL: &'static [Self] = &[Self::Open];
    const TRANSITIONS: &'static [(Self, DisputeStep, Self)] =
        &[(Self::Open, DisputeStep::Win, Self::Won), (Self::Open, DisputeStep::Lose, Self::Lost)];
}

/// A student's bank wants a payment back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Its key.
    pub id: DisputeId,
    /// The payment that it is about.
    pub payment: PaymentId,
    /// The gateway's key of it.
    pub gateway_key: String,
    /// How much is withheld.
    pub amount: Money,
    /// Where it stands.
    pub status: DisputeStatus,
    /// When we heard of it.
    pub opened_at: Timestamp,
    /// When it ended.
    pub decided_at: Option<Timestamp>,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

impl Dispute {
    /// A gateway tells of a dispute.
    pub fn open(
        id: DisputeId,
        payment: PaymentId,
        gateway_key: String,
        amount: Money,
        now: Timestamp,
    ) -> Self {
        let status = DisputeStatus::Open;
        Self { id, payment, gateway_key, amount, status, opened_at: now, decided_at: None, version: 0 }
    }

    /// It has ended.
    pub fn decide(&mut self, step: DisputeStep, now: Timestamp) -> Result<(), IllegalTransition> {
        self.status = self.status.on(step)?;
        self.decided_at = Some(now);
        Ok(())
    }

    pub(crate) fn entry(&self, kind: EntryKind) -> JournalEntry {
        JournalEntry::new(kind, self.id.as_str(), 0, Some(&self.payment), self.amount.currency())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<DisputeStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<DisputeStatus>());
    }
}
