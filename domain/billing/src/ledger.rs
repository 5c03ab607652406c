use domain_kernel::{
    Account, AccountKind, BasisPoints, DisputeId, DomainEvent, EntryKind, Fact, IllegalTransition,
    InvalidMoney, JournalEntry, Labelled, Lifecycle, Money, PaymentId, PayoutAttemptId, SessionId, Timestamp,
    UserId, labelled,
};

use crate::{PayoutStatus, PayoutStep, Refund, RefundSource, WaitsFor};

/// What becomes of a captured payment: what goes back, the platform's fee, the mentor's share, and
/// where that lies. A payment has one. Always: amount = refunded + fee + payout.
///
/// Each change answers with the journal entries that belong to it; they are posted in the same unit of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The payment.
    pub payment: PaymentId,
    /// What was paid for.
    pub session: SessionId,
    /// Who teaches.
    pub mentor: UserId,
    /// What was captured.
    pub amount: Money,
    /// The platform's share, as agreed.
    pub fee_share: BasisPoints,
    /// What goes back to the student, whether it has arrived or not, without what was clawed back.
    pub refunded: Money,
    /// What the platform keeps: floor((amount − refunded) × basis points / 10 000).
    pub fee: Money,
    /// The rest.
    pub payout: Money,
    /// What goes back although the mentor was paid out.
    pub clawed: Money,
    /// What of that the platform bears, at most its fee; the mentor owes the rest.
    pub clawed_fee: Money,
    /// Where the mentor's share lies.
    pub status: PayoutStatus,
    /// Until when it is held; nothing while the session goes on.
    pub hold_until: Option<Timestamp>,
    /// Why an operator holds it, if one does.
    pub held: Option<String>,
    /// The dispute that is open.
    pub dispute: Option<DisputeId>,
    /// How often the mentor was to be paid; the last of these is the one that counts.
    pub attempts: i32,
    /// When the mentor was paid.
    pub released_at: Option<Timestamp>,
    /// When all of it was refunded, so that nothing is ever paid out.
    pub voided_at: Option<Timestamp>,
    /// When the money came.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with every change that is saved.
    pub version: i32,
}

/// Why the mentor's share does not move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerRefused {
    /// Its status does not permit it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// An amount left its range.
    #[error(transparent)]
    Money(#[from] InvalidMoney),
    /// The hold is not over, an operator holds it, or a no-show is not decided.
    #[error("the share is still held")]
    Held,
    /// It was to be released, and is still in escrow.
    #[error("the share is not payable yet: {0}")]
    NotPayable(WaitsFor),
    /// Nothing is left to pay out or to give back.
    #[error("nothing is left of it")]
    Nothing,
    /// More than what is left.
    #[error("only {0} is left of it")]
    TooMuch(Money),
    /// A dispute is open.
    #[error("a dispute about the payment is open")]
    Disputed,
    /// The mentor is being paid.
    #[error("the mentor's share is being paid out")]
    InFlight,
    /// The mentor was paid: it can only be clawed back.
    #[error("the mentor's share was paid out")]
    PaidOut,
    /// Some of what was paid was clawed back: the mentor owes it, and the share cannot become payable again.
    #[error("some of what was paid was clawed back")]
    ClawedBack,
}

impl Ledger {
    /// Splits a captured payment.
    pub fn of_capture(
        payment: PaymentId,
        session: SessionId,
        mentor: UserId,
        amount: Money,
        fee_share: BasisPoints,
        now: Timestamp,
    ) -> Self {
        let (fee, payout) = amount.split(fee_share);
        let nothing = Money::zero(amount.currency());
        Self {
            payment,
            session,
            mentor,
            amount,
            fee_share,
            refunded: nothing,
            fee,
            payout,
            clawed: nothing,
            clawed_fee: nothing,
            status: PayoutStatus::Pending,
            hold_until: None,
            held: None,
            dispute: None,
            attempts: 0,
            released_at: None,
            voided_at: None,
            created_at: now,
            updated_at: now,
            version: 0,
        }
    }

    /// What is posted when the money comes.
    pub fn captured(&self) -> Result<JournalEntry, InvalidMoney> {
        let (clearing, escrow) =
            (Account::of(AccountKind::GatewayClearing), Account::of(AccountKind::Escrow));
        self.entry(EntryKind::Capture).transfer(clearing, escrow, self.amount)
    }

    /// What is not refunded.
    pub fn net(&self) -> Result<Money, InvalidMoney> {
        self.fee.plus(self.payout)
    }

    /// What could still go back.
    pub fn left(&self) -> Result<Money, InvalidMoney> {
        self.net()?.minus(self.clawed)
    }

    /// What goes back when the session is called off after `earned` of `items` meetings:
    /// amount − floor(amount × earned / items) − what goes back already, at least nothing.
    pub fn unearned(&self, earned: u32, items: u32) -> Result<Money, InvalidMoney> {
        let (kept, _) = self.amount.portion(earned.min(items), items)?;
        let owed = self.amount.minus(kept)?;
        Ok(owed.minus(self.refunded).unwrap_or(Money::zero(self.amount.currency())))
    }

    /// What goes back for one more meeting to which the mentor did not come, `before` having been
    /// refunded so already: floor(amount × (before + 1) / items) − floor(amount × before / items), at
    /// most what is left.
    pub fn share_of_one(&self, before: u32, items: u32) -> Result<Money, InvalidMoney> {
        let (less, _) = self.amount.portion(before, items)?;
        let (more, _) = self.amount.portion(before + 1, items)?;
        Ok(more.minus(less)?.min(self.net()?))
    }

    /// Gives some of it back: out of escrow while the mentor's share is there, otherwise as a claw-back.
    pub fn refund(&mut self, refund: &Refund, now: Timestamp) -> Result<JournalEntry, LedgerRefused> {
        if self.dispute.is_some() {
            return Err(LedgerRefused::Disputed);
        }
        let left = self.left()?;
        if refund.amount > left {
            return Err(LedgerRefused::TooMuch(left));
        }
        let payable = Account::of(AccountKind::RefundPayable);
        let entry = |kind| {
            JournalEntry::new(kind, refund.id.as_str(), 0, Some(&self.payment), self.amount.currency())
        };
        let posted = match (&refund.source, self.status) {
            (RefundSource::ClawBack, PayoutStatus::Released) => {
                let (fee, share) = self.bear(refund.amount)?;
                let entry = entry(EntryKind::ClawBack)
                    .transfer(Account::of(AccountKind::PlatformRevenue), payable.clone(), fee)?
                    .transfer(self.mentors(AccountKind::MentorReceivable), payable, share)?;
                self.claw(refund.amount, fee)?;
                entry
            }
            (RefundSource::Escrow, PayoutStatus::Pending) => {
                let entry = entry(EntryKind::RefundRequested).transfer(
                    Account::of(AccountKind::Escrow),
                    payable,
                    refund.amount,
                )?;
                self.reduce(refund.amount, now)?;
                entry
            }
            (_, PayoutStatus::Processing) => return Err(LedgerRefused::InFlight),
            (_, PayoutStatus::Released) => return Err(LedgerRefused::PaidOut),
            // What has to come first: to a payable share a hold, to a claw-back the payout.
            (RefundSource::ClawBack, status) => {
                return Err(status.on(PayoutStep::Return).err().map_or(LedgerRefused::Nothing, Into::into));
            }
            (_, status) => {
                return Err(status.on(PayoutStep::Earn).err().map_or(LedgerRefused::Nothing, Into::into));
            }
        };
        self.updated_at = now;
        Ok(posted)
    }

    /// The session has ended: the share is held until then.
    pub fn hold_until(&mut self, until: Timestamp, now: Timestamp) {
        self.hold_until = Some(until);
        self.updated_at = now;
    }

    /// The hold is over: the share becomes payable. `is_blocked` tells of a no-show that is not
    /// decided.
    pub fn earn(
        &mut self,
        is_blocked: bool,
        now: Timestamp,
    ) -> Result<(JournalEntry, LedgerEvent), LedgerRefused> {
        let status = self.status.on(PayoutStep::Earn)?;
        if self.net()?.minor() == 0 {
            return Err(LedgerRefused::Nothing);
        }
        let is_held = self.held.is_some() || self.dispute.is_some();
        if is_blocked || is_held || self.hold_until.is_none_or(|until| now < until) {
            return Err(LedgerRefused::Held);
        }
        let escrow = Account::of(AccountKind::Escrow);
        let entry = self
            .entry(EntryKind::Earn)
            .transfer(escrow.clone(), self.mentors(AccountKind::MentorPayable), self.payout)?
            .transfer(escrow, Account::of(AccountKind::PlatformRevenue), self.fee)?;
        self.become_at(status, now);
        Ok((entry, self.event(LedgerHappening::Ready)))
    }

    /// A payable share is held again, for a refund, a dispute or an operator.
    pub fn hold(&mut self, now: Timestamp) -> Result<JournalEntry, LedgerRefused> {
        let status = self.status.on(PayoutStep::Hold)?;
        let escrow = Account::of(AccountKind::Escrow);
        let entry = self
            .entry(EntryKind::Unearn)
            .transfer(self.mentors(AccountKind::MentorPayable), escrow.clone(), self.payout)?
            .transfer(Account::of(AccountKind::PlatformRevenue), escrow, self.fee)?;
        self.become_at(status, now);
        Ok(entry)
    }

    /// Holds a payable share, so that it can be refunded; nothing if it is not payable.
    pub fn hold_if_ready(&mut self, now: Timestamp) -> Result<Option<JournalEntry>, LedgerRefused> {
        (self.status == PayoutStatus::Ready).then(|| self.hold(now)).transpose()
    }

    /// An operator holds the share, whether it is payable yet or not.
    pub fn stop(&mut self, reason: String, now: Timestamp) -> Result<Option<JournalEntry>, LedgerRefused> {
        match self.status {
            PayoutStatus::Processing => return Err(LedgerRefused::InFlight),
            PayoutStatus::Released => return Err(LedgerRefused::PaidOut),
            PayoutStatus::Pending | PayoutStatus::Ready => {}
        }
        let entry = self.hold_if_ready(now)?;
        self.held = Some(reason);
        self.updated_at = now;
        Ok(entry)
    }

    /// An operator holds it no longer: what it waits for otherwise decides. Nothing changes if none did.
    pub fn resume(&mut self, now: Timestamp) -> Option<LedgerEvent> {
        self.held.take()?;
        self.updated_at = now;
        Some(self.event(LedgerHappening::Freed))
    }

    /// What has happened if nothing is left of the money.
    pub fn emptied(&self) -> Result<Option<LedgerEvent>, InvalidMoney> {
        Ok((self.left()?.minor() == 0).then(|| self.event(LedgerHappening::Voided)))
    }

    /// What held the share a moment ago is over.
    pub fn freed(&self) -> LedgerEvent {
        self.event(LedgerHappening::Freed)
    }

    /// How much of an amount that was paid out the platform bears: its share, at most what is left of its
    /// fee. The mentor owes the rest.
    pub(crate) fn bear(&self, amount: Money) -> Result<(Money, Money), InvalidMoney> {
        let fee = amount.split(self.fee_share).0.min(self.fee.minus(self.clawed_fee)?);
        Ok((fee, amount.minus(fee)?))
    }

    pub(crate) fn claw(&mut self, amount: Money, fee: Money) -> Result<(), InvalidMoney> {
        self.clawed = self.clawed.plus(amount)?;
        self.clawed_fee = self.clawed_fee.plus(fee)?;
        Ok(())
    }

    /// Less is left in escrow: the fee and the mentor's share are split anew.
    pub(crate) fn reduce(&mut self, amount: Money, now: Timestamp) -> Result<(), InvalidMoney> {
        let net = self.net()?.minus(amount)?;
        self.refunded = self.refunded.plus(amount)?;
        (self.fee, self.payout) = net.split(self.fee_share);
        if net.minor() == 0 {
            self.voided_at = Some(now);
        }
        Ok(())
    }

    pub(crate) fn become_at(&mut self, status: PayoutStatus, now: Timestamp) {
        self.status = status;
        self.updated_at = now;
    }

    pub(crate) fn entry(&self, kind: EntryKind) -> JournalEntry {
        JournalEntry::new(
            kind,
            self.payment.as_str(),
            self.version,
            Some(&self.payment),
            self.amount.currency(),
        )
    }

    pub(crate) fn mentors(&self, kind: AccountKind) -> Account {
        Account::of_mentor(kind, &self.mentor)
    }

    /// What has happened to a try to pay it out.
    pub(crate) fn event_of(&self, what: LedgerHappening, attempt: &PayoutAttemptId) -> LedgerEvent {
        LedgerEvent { subject: attempt.to_string(), ..self.event(what) }
    }

    pub(crate) fn event(&self, what: LedgerHappening) -> LedgerEvent {
        let subject = match what {
            LedgerHappening::Freed | LedgerHappening::Voided => self.session.to_string(),
            _ => self.payment.to_string(),
        };
        LedgerEvent { what, subject, mentor: self.mentor.clone(), payment: self.payment.clone() }
    }
}

labelled! {
    /// What has happened to the mentor's share.
    pub enum LedgerHappening {
        /// It has become payable.
        Ready = "payout_ready",
        /// Something that held it is over; its subject is the session.
        Freed = "payout_freed",
        /// Nothing is left of the money, whatever the session stands at; its subject is the session.
        Voided = "payment_voided",
        /// It is to be paid; its subject is the attempt.
        PayoutStarted = "payout_started",
        /// It was paid.
        PayoutPaid = "payout_paid",
        /// It could not be paid.
        PayoutFailed = "payout_failed",
        /// The bank sent it back.
        PayoutReturned = "payout_returned",
    }
}

/// Something has happened to the mentor's share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEvent {
    what: LedgerHappening,
    subject: String,
    mentor: UserId,
    payment: PaymentId,
}

impl DomainEvent for LedgerEvent {
    fn kind(&self) -> &'static str {
        self.what.label()
    }

    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("mentor_id", self.mentor.to_string()), ("payment_id", self.payment.to_string())]
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
