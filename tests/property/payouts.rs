//! What happens to a share that was earned, and what students' banks want back.

use domain_billing::{Dispute, DisputeStep, PayoutOutcome, PayoutStatus};
use domain_kernel::{BasisPoints, DisputeId, EntryKind, Lifecycle, PayoutAttemptId};
use domain_mentoring::{SessionStatus, SessionStep};

use super::world::{Fault, NOW, Refused, Step, World, need};

impl World {
    pub fn release(&mut self) -> Step {
        if self.fault == Fault::WrongEdge && self.split()?.status == PayoutStatus::Pending {
            self.split()?.status = PayoutStatus::Processing;
            return Ok(());
        }
        let id = PayoutAttemptId::parse(format!("a{}", self.attempts.len() + 1)).unwrap();
        let ledger = self.split()?;
        let (attempt, entry, _) = ledger.release(id, "bank".into(), None, NOW)?;
        ledger.version += 1;
        self.attempts.push(attempt);
        self.post([entry]);
        Ok(())
    }

    /// The provider speaks of the try that is `ago` tries old.
    pub fn payout_answer(&mut self, ago: usize, told: &PayoutOutcome) -> Step {
        need(ago < self.attempts.len())?;
        let place = self.attempts.len() - 1 - ago;
        let Some(ledger) = &mut self.ledger else { return Err(Refused::No) };
        let attempt = &mut self.attempts[place];
        let number = attempt.number;
        if self.fault == Fault::StaleAnswersCount {
            attempt.number = ledger.attempts;
        }
        let settled = ledger.settle(attempt, told, NOW);
        attempt.number = number;
        if let Some((entry, _)) = settled? {
            ledger.version += 1;
            if self.fault == Fault::PaidFromNowhere && entry.kind == EntryKind::PayoutPaid {
                return Ok(());
            }
            self.post([entry]);
        }
        Ok(())
    }

    // --- disputes --------------------------------------------------------------------------------------------------

    pub fn open_dispute(&mut self, share: u16) -> Step {
        let key = self.key();
        need(self.dispute.is_none())?;
        let ledger = self.ledger.as_mut().ok_or(Refused::No)?;
        let amount = ledger.left()?.split(BasisPoints::parse(share).unwrap()).0;
        let id = DisputeId::parse(format!("d{key}")).unwrap();
        let dispute = Dispute::open(id, ledger.payment.clone(), key, amount, NOW);
        let entries = ledger.open_dispute(&dispute, NOW)?;
        ledger.version += 1;
        self.dispute = Some(dispute);
        self.post(entries);
        Ok(())
    }

    pub fn end_dispute(&mut self, step: DisputeStep) -> Step {
        let Some(mut dispute) = self.dispute.take() else { return Err(Refused::No) };
        dispute.decide(step, NOW)?;
        let ledger = self.split()?;
        let (entry, _) = match step {
            DisputeStep::Win => ledger.win_dispute(&dispute, NOW)?,
            DisputeStep::Lose => ledger.lose_dispute(&dispute, NOW)?,
        };
        ledger.version += 1;
        let is_void = ledger.voided_at.is_some();
        if step == DisputeStep::Lose {
            self.lost += dispute.amount.minor();
        }
        if step == DisputeStep::Win || self.fault != Fault::LostDisputesCostNothing {
            self.post([entry]);
        }
        if is_void && matches!(self.session, SessionStatus::Paid | SessionStatus::Scheduled) {
            self.session = self.session.on(SessionStep::Cancel)?;
        }
        self.follow_totals();
        self.settle();
        Ok(())
    }
}
