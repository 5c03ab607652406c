use domain_kernel::{
    Account, AccountKind, DisputeId, EntryKind, IllegalTransition, JournalEntry, Lifecycle, Money, PaymentId,
    Timestamp, labelled,
};

use crate::{Ledger, LedgerEvent, LedgerHappening, LedgerRefused, PayoutStatus};

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

impl Ledger {
    /// The gateway withholds money because of a dispute. A payable share is held.
    pub fn open_dispute(
        &mut self,
        dispute: &Dispute,
        now: Timestamp,
    ) -> Result<Vec<JournalEntry>, LedgerRefused> {
        if self.dispute.is_some() {
            return Err(LedgerRefused::Disputed);
        }
        if self.status == PayoutStatus::Processing {
            return Err(LedgerRefused::InFlight);
        }
        let left = self.left()?;
        if dispute.amount > left || dispute.amount.minor() == 0 {
            return Err(LedgerRefused::TooMuch(left));
        }
        let mut entries: Vec<JournalEntry> = self.hold_if_ready(now)?.into_iter().collect();
        let entry = dispute.entry(EntryKind::DisputeOpened).transfer(
            Account::of(AccountKind::DisputeHold),
            Account::of(AccountKind::GatewayClearing),
            dispute.amount,
        )?;
        entries.push(entry);
        self.dispute = Some(dispute.id.clone());
        self.updated_at = now;
        Ok(entries)
    }

    /// The gateway gives the money back: what the share waits for otherwise decides.
    pub fn win_dispute(
        &mut self,
        dispute: &Dispute,
        now: Timestamp,
    ) -> Result<(JournalEntry, LedgerEvent), LedgerRefused> {
        let entry = dispute.entry(EntryKind::DisputeWon).transfer(
            Account::of(AccountKind::GatewayClearing),
            Account::of(AccountKind::DisputeHold),
            dispute.amount,
        )?;
        self.dispute = None;
        self.updated_at = now;
        Ok((entry, self.event(LedgerHappening::Freed)))
    }

    /// The student keeps the money: it comes from escrow, or if the mentor was paid out from the fee and
    /// the mentor.
    pub fn lose_dispute(
        &mut self,
        dispute: &Dispute,
        now: Timestamp,
    ) -> Result<(JournalEntry, LedgerEvent), LedgerRefused> {
        let hold = Account::of(AccountKind::DisputeHold);
        let entry = dispute.entry(EntryKind::DisputeLost);
        let posted = if self.status == PayoutStatus::Pending {
            let posted = entry.transfer(Account::of(AccountKind::Escrow), hold, dispute.amount)?;
            self.reduce(dispute.amount, now)?;
            posted
        } else {
            let (fee, share) = self.bear(dispute.amount)?;
            let posted = entry
                .transfer(Account::of(AccountKind::PlatformRevenue), hold.clone(), fee)?
                .transfer(self.mentors(AccountKind::MentorReceivable), hold, share)?;
            self.claw(dispute.amount, fee)?;
            posted
        };
        self.dispute = None;
        self.updated_at = now;
        let event = self.emptied()?.unwrap_or(self.event(LedgerHappening::Freed));
        Ok((posted, event))
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

    #[test]
    fn a_dispute_ends_once() {
        let amount = Money::parse(1, domain_kernel::Currency::parse("INR").unwrap()).unwrap();
        let (id, payment) = (DisputeId::parse("d").unwrap(), PaymentId::parse("p").unwrap());
        let mut dispute = Dispute::open(id, payment, "key".into(), amount, Timestamp::EPOCH);
        dispute.decide(DisputeStep::Win, Timestamp::EPOCH).unwrap();
        assert_eq!((dispute.status, dispute.decided_at), (DisputeStatus::Won, Some(Timestamp::EPOCH)));
        assert!(dispute.decide(DisputeStep::Lose, Timestamp::EPOCH).is_err());
    }
}
