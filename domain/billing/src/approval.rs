use domain_kernel::{ApprovalId, Money, OperatorId, PaymentId, Timestamp, labelled};

labelled! {
    /// What two operators decide together.
    pub enum ApprovalKind {
        /// To pay a mentor a large amount.
        Payout = "payout",
        /// To give back what was paid out.
        ClawBack = "claw_back",
    }
}

labelled! {
    /// Where such a decision stands.
    pub enum ApprovalStatus {
        /// It waits for the second operator.
        Waiting = "WAITING",
        /// It was approved and done.
        Approved = "APPROVED",
        /// It was declined, by whomever.
        Declined = "DECLINED",
        /// What it asked for was done otherwise before anybody decided.
        Lapsed = "LAPSED",
    }
}

/// What one operator asks and another approves. Nothing has moved before that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its key.
    pub id: ApprovalId,
    /// What is asked.
    pub kind: ApprovalKind,
    /// About which payment.
    pub payment: PaymentId,
    /// How much it is about.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub status: ApprovalStatus,
    /// Who asks.
    pub asked_by: OperatorId,
    /// When.
    pub asked_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<OperatorId>,
    /// When.
    pub decided_at: Option<Timestamp>,
}

/// Why it is not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefused {
    /// Whoever asks does not approve.
    #[error("whoever asks for it does not approve it")]
    SameOperator,
    /// It was decided otherwise.
    #[error("it was decided already")]
    Decided,
    /// There is nothing left to decide.
    #[error("what it asked for was done otherwise meanwhile")]
    Lapsed,
}

impl Approval {
    /// An operator asks for it.
    pub fn ask(
        id: ApprovalId,
        kind: ApprovalKind,
        payment: PaymentId,
        amount: Money,
        reason: String,
        asked_by: OperatorId,
        now: Timestamp,
    ) -> Self {
        let status = ApprovalStatus::Waiting;
        Self {
            id,
            kind,
            payment,
            amount,
            reason,
            status,
            asked_by,
            asked_at: now,
            decided_by: None,
            decided_at: None,
        }
    }

    /// Another operator decides: yes or no. Whoever asked may take it back. Answers whether this changed
    /// something: deciding the same again does not.
    pub fn decide(
        &mut self,
        by: &OperatorId,
        approves: bool,
        now: Timestamp,
    ) -> Result<bool, ApprovalRefused> {
        if approves && *by == self.asked_by {
            return Err(ApprovalRefused::SameOperator);
        }
        let wanted = if approves { ApprovalStatus::Approved } else { ApprovalStatus::Declined };
        match self.status {
            ApprovalStatus::Waiting => {
                self.status = wanted;
                self.decided_by = Some(by.clone());
                self.decided_at = Some(now);
                Ok(true)
            }
            ApprovalStatus::Lapsed => Err(ApprovalRefused::Lapsed),
            status if status == wanted => Ok(false),
            _ => Err(ApprovalRefused::Decided),
        }
    }

    /// What waits is done otherwise: nobody has to decide any more.
    pub fn lapse(&mut self, now: Timestamp) {
        if self.status == ApprovalStatus::Waiting {
            self.status = ApprovalStatus::Lapsed;
            self.decided_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::Currency;

    fn asked() -> Approval {
        let amount = Money::parse(5_000_000, Currency::parse("INR").unwrap()).unwrap();
        let (id, payment) = (ApprovalId::parse("a").unwrap(), PaymentId::parse("p").unwrap());
        Approval::ask(
            id,
            ApprovalKind::Payout,
            payment,
            amount,
            "large".into(),
            operator("one"),
            Timestamp::EPOCH,
        )
    }

    fn operator(id: &str) -> OperatorId {
        OperatorId::parse(id).unwrap()
    }

    #[test]
    fn whoever_asks_does_not_approve_but_may_take_it_back() {
        let mut approval = asked();
        let refused = approval.decide(&operator("one"), true, Timestamp::EPOCH);
        assert_eq!(refused, Err(ApprovalRefused::SameOperator));
        assert_eq!(approval.decide(&operator("one"), false, Timestamp::EPOCH), Ok(true));
        assert_eq!(approval.status, ApprovalStatus::Declined);
    }

    #[test]
    fn a_decision_stands() {
        let mut approval = asked();
        assert_eq!(approval.decide(&operator("two"), true, Timestamp::EPOCH), Ok(true));
        assert_eq!(approval.decide(&operator("three"), true, Timestamp::EPOCH), Ok(false));
        assert_eq!(approval.decided_by, Some(operator("two")));
        assert_eq!(approval.decide(&operator("one"), false, Timestamp::EPOCH), Err(ApprovalRefused::Decided));
    }

    #[test]
    fn what_was_done_otherwise_is_decided_by_nobody() {
        let mut approval = asked();
        approval.lapse(Timestamp::EPOCH);
        assert_eq!((approval.status, approval.decided_at), (ApprovalStatus::Lapsed, Some(Timestamp::EPOCH)));
        for approves in [true, false] {
            let refused = approval.decide(&operator("two"), approves, Timestamp::EPOCH);
            assert_eq!(refused, Err(ApprovalRefused::Lapsed));
        }
        assert_eq!(approval.decided_by, None);
        let mut approved = asked();
        approved.decide(&operator("two"), true, Timestamp::EPOCH).unwrap();
        approved.lapse(Timestamp::EPOCH);
        assert_eq!(approved.status, ApprovalStatus::Approved);
    }
}
