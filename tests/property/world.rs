//! One payment's world: the domain's own aggregates, and a journal that is nothing but sums.
//!
//! The laws are asked after every step. A seeded fault changes what the world does with what the domain answers, so that
//! a law that nobody could break is found out.

use std::collections::{BTreeMap, BTreeSet};

use domain_billing::{
    AttemptStatus, Dispute, DisputeStep, FactKind, FactOutcome, GatewayFact, Ledger, Payment, PaymentStatus,
    PayoutAttempt, PayoutOutcome, PayoutStatus, Refund, RefundCause, RefundOutcome, RefundSource,
    RefundStatus, Told,
};
use domain_kernel::{
    AccountClass, AccountKind, BasisPoints, Currency, DisputeId, EntryKind, JournalEntry, Lifecycle, Money,
    PaymentId, PayoutAttemptId, RefundId, SessionId, Timestamp, UserId,
};
use domain_mentoring::{SessionStatus, SessionStep};

/// What goes wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// A message of the gateway is taken in as often as it comes.
    CapturesCountTwice,
    /// Half of an entry is lost.
    HalfAnEntry,
    /// The fee is revenue when the money comes, not when it is earned.
    RevenueTooEarly,
    /// A cancellation gives all of it back and forgets that some was earned.
    EarnedIsForgotten,
    /// What a provider says of an old try is taken for the present one.
    StaleAnswersCount,
    /// A refund that was sent is posted as if it had arrived.
    RefundsArriveAtOnce,
    /// Money that has nothing to pay for is kept.
    UnappliedIsKept,
    /// A refund is made twice.
    RefundTwice,
    /// The share is paid without leaving the account of what is payable.
    PaidFromNowhere,
    /// A lost dispute leaves escrow as it is.
    LostDisputesCostNothing,
    /// A clock schedules a session that nobody paid.
    ScheduledUnpaid,
    /// A status changes by an edge that there is not.
    WrongEdge,
}

/// The law that is broken, by name, and how.
pub type Broken = (&'static str, String);

pub struct World {
    pub fault: Fault,
    pub session: SessionStatus,
    pub payment: Option<Payment>,
    pub ledger: Option<Ledger>,
    pub items: u32,
    pub done: u32,
    told: Vec<Told>,
    refunds: Vec<Refund>,
    attempts: Vec<PayoutAttempt>,
    dispute: Option<Dispute>,
    lost: i64,
    given_by_hand: i64,
    posted: BTreeSet<(String, EntryKind, i32)>,
    balances: BTreeMap<AccountKind, i64>,
    unbalanced: Option<String>,
    captured: BTreeMap<String, i64>,
    keys: u32,
    amount: Money,
    fee: BasisPoints,
}

pub enum Refused {
    /// The state does not permit it, which is what states are for.
    No,
}

impl<E: std::error::Error> From<E> for Refused {
    fn from(_: E) -> Self {
        Self::No
    }
}

type Step = Result<(), Refused>;

fn need(holds: bool) -> Step {
    if holds { Ok(()) } else { Err(Refused::No) }
}

const NOW: Timestamp = Timestamp::EPOCH;

impl World {
    pub fn new(fault: Fault, amount: i64, fee: u16, items: u32) -> Self {
        let inr = Currency::parse("INR").unwrap();
        Self {
            fault,
            session: SessionStatus::Pending,
            payment: None,
            ledger: None,
            items,
            done: 0,
            told: vec![],
            refunds: vec![],
            attempts: vec![],
            dispute: None,
            lost: 0,
            given_by_hand: 0,
            posted: BTreeSet::new(),
            balances: BTreeMap::new(),
            unbalanced: None,
            captured: BTreeMap::new(),
            keys: 0,
            amount: Money::parse(amount, inr).unwrap(),
            fee: BasisPoints::parse(fee).unwrap(),
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        self.keys.to_string()
    }

    fn post(&mut self, entries: impl IntoIterator<Item = JournalEntry>) {
        for entry in entries {
            let lines = entry.lines();
            if lines.is_empty() {
                continue;
            }
            let is_new = self.posted.insert((entry.source.clone(), entry.kind, entry.version));
            assert!(
                is_new || self.fault != Fault::None,
                "{:?} of {} is posted twice",
                entry.kind,
                entry.source
            );
            let cut = usize::from(self.fault == Fault::HalfAnEntry && entry.kind == EntryKind::Earn);
            let kept = &lines[cut..];
            if kept.iter().map(|(_, minor)| minor).sum::<i64>() != 0 {
                self.unbalanced = Some(format!("{:?} of {}", entry.kind, entry.source));
            }
            for (account, minor) in kept {
                *self.balances.entry(account.kind).or_default() += minor;
            }
        }
    }

    fn balance(&self, kind: AccountKind) -> i64 {
        self.balances.get(&kind).copied().unwrap_or_default()
    }

    fn split(&mut self) -> Result<&mut Ledger, Refused> {
        self.ledger.as_mut().ok_or(Refused::No)
    }

    // --- the session -----------------------------------------------------------------------------------------------

    pub fn approve(&mut self) -> Step {
        self.session = self.session.on(SessionStep::Approve)?;
        Ok(())
    }

    pub fn reject(&mut self) -> Step {
        self.session = self.session.on(SessionStep::Reject)?;
        Ok(())
    }

    pub fn expire(&mut self) -> Step {
        let under_way =
            self.payment.as_ref().is_some_and(|payment| payment.status == PaymentStatus::Processing);
        need(!under_way)?;
        self.session = match self.session {
            SessionStatus::Pending => self.session.on(SessionStep::Expire)?,
            _ => self.session.on(SessionStep::Lapse)?,
        };
        Ok(())
    }

    pub fn cancel(&mut self) -> Step {
        if self.session == SessionStatus::Pending {
            self.session = self.session.on(SessionStep::Withdraw)?;
            return Ok(());
        }
        let before = self.session;
        let status = self.session.on(SessionStep::Cancel)?;
        if before != SessionStatus::Approved {
            let done = if self.fault == Fault::EarnedIsForgotten { 0 } else { self.done };
            let earned = if before == SessionStatus::Scheduled { done } else { 0 };
            let items = self.items;
            let ledger = self.split()?;
            need(ledger.status == PayoutStatus::Pending && ledger.dispute.is_none())?;
            let back = ledger.unearned(earned, items)?;
            if back.minor() > 0 {
                self.give_back(back, RefundSource::Escrow)?;
            }
        }
        self.session = status;
        self.settle();
        Ok(())
    }

    pub fn schedule(&mut self) -> Step {
        if self.fault == Fault::ScheduledUnpaid && self.session == SessionStatus::Approved {
            self.session = SessionStatus::Scheduled;
            return Ok(());
        }
        self.session = self.session.on(SessionStep::Schedule)?;
        Ok(())
    }

    pub fn complete_item(&mut self) -> Step {
        need(self.session == SessionStatus::Scheduled && self.done < self.items && self.ledger.is_some())?;
        self.done += 1;
        if self.done == self.items {
            self.session = self.session.on(SessionStep::Complete)?;
            self.settle();
        }
        Ok(())
    }

    /// The hold is over at once here: what is earned becomes payable if nothing holds it.
    fn settle(&mut self) {
        if matches!(self.session, SessionStatus::Completed | SessionStatus::Cancelled)
            && let Some(ledger) = &mut self.ledger
        {
            ledger.hold_until(NOW, NOW);
            if let Ok((entry, _)) = ledger.earn(false, NOW) {
                ledger.version += 1;
                self.post([entry]);
            }
        }
    }

    fn give_back(&mut self, amount: Money, source: RefundSource) -> Step {
        let key = self.key();
        let ledger = self.ledger.as_mut().ok_or(Refused::No)?;
        let (payment, attempt) = (ledger.payment.clone(), "g1".to_owned());
        let why = (RefundCause::Operator, source);
        let (refund, _) =
            Refund::request(RefundId::parse(format!("r{key}")).unwrap(), payment, attempt, amount, why, NOW);
        let entry = ledger.refund(&refund, NOW)?;
        ledger.version += 1;
        self.post([entry]);
        if self.fault == Fault::RefundsArriveAtOnce {
            *self.balances.entry(AccountKind::GatewayClearing).or_default() += refund.amount.minor();
            *self.balances.entry(AccountKind::RefundPayable).or_default() -= refund.amount.minor();
        }
        self.refunds.push(refund);
        Ok(())
    }

    // --- the payment -----------------------------------------------------------------------------------------------

    pub fn start_pay(&mut self) -> Step {
        need(self.session == SessionStatus::Approved)?;
        match &mut self.payment {
            None => {
                let (id, session) = (PaymentId::parse("p").unwrap(), SessionId::parse("s").unwrap());
                let (mut payment, _) = Payment::start(id, session, self.amount, "simulated".into(), NOW);
                payment.place("order".into(), NOW).unwrap();
                self.payment = Some(payment);
                Ok(())
            }
            Some(payment) => Ok(payment.retry(NOW)?),
        }
    }

    pub fn tell(&mut self, kind: FactKind, attempt: &str, amount: i64) -> Step {
        let Some(payment) = &mut self.payment else { return Err(Refused::No) };
        let fact = GatewayFact {
            gateway: "simulated".into(),
            event: format!("{attempt}:{kind}"),
            order: "order".into(),
            attempt: attempt.into(),
            kind,
            amount_minor: amount,
            currency: "INR".into(),
        };
        let is_known = self.told.iter().any(|told| told.event == fact.event);
        if is_known && self.fault != Fault::CapturesCountTwice {
            return Ok(());
        }
        let told: &[Told] = if self.fault == Fault::CapturesCountTwice { &[] } else { &self.told };
        let waits = self.session == SessionStatus::Approved;
        let (outcome, _) = payment.record(&fact, told, waits, NOW);
        payment.version += 1;
        self.told.push(Told { event: fact.event.clone(), attempt: attempt.into(), kind, outcome });
        if kind != FactKind::Captured {
            return Ok(());
        }
        let payment = payment.clone();
        match outcome {
            FactOutcome::Applied => {
                self.captured.insert(attempt.into(), amount);
                let (session, mentor) = (payment.session.clone(), UserId::parse("m").unwrap());
                let ledger =
                    Ledger::of_capture(payment.id.clone(), session, mentor, payment.amount, self.fee, NOW);
                let entry = ledger.captured()?;
                if self.fault == Fault::RevenueTooEarly {
                    *self.balances.entry(AccountKind::Escrow).or_default() -= ledger.fee.minor();
                    *self.balances.entry(AccountKind::PlatformRevenue).or_default() += ledger.fee.minor();
                }
                self.ledger = Some(ledger);
                self.post([entry]);
                self.session = self.session.on(SessionStep::Capture)?;
            }
            FactOutcome::Late | FactOutcome::Second | FactOutcome::Mismatch => {
                self.captured.insert(attempt.into(), amount);
                let (amount, arrived) = payment.unapplied(&fact)?;
                let id = RefundId::parse(format!("u{attempt}")).unwrap();
                let why = (RefundCause::Late, RefundSource::Unapplied);
                let (refund, _) = Refund::request(id, payment.id.clone(), attempt.into(), amount, why, NOW);
                if self.fault == Fault::UnappliedIsKept {
                    self.post([arrived]);
                } else {
                    self.post([arrived, refund.unapplied()?]);
                    self.refunds.push(refund);
                }
            }
            FactOutcome::Ignored | FactOutcome::Unreadable => {}
        }
        Ok(())
    }

    fn in_flight(&self) -> Vec<usize> {
        let open = |(_, refund): &(usize, &Refund)| refund.status != RefundStatus::Processed;
        self.refunds.iter().enumerate().filter(open).map(|(place, _)| place).collect()
    }

    /// The gateway answers about the n-th refund on its way.
    pub fn refund_answer(&mut self, n: usize, yes: bool) -> Step {
        let open = self.in_flight();
        need(!open.is_empty())?;
        let place = open[n % open.len()];
        let refund = &mut self.refunds[place];
        if refund.status == RefundStatus::Failed {
            refund.retry(NOW)?;
        }
        need(refund.submit(NOW))?;
        let told = if yes { RefundOutcome::Processed } else { RefundOutcome::Failed { reason: "no".into() } };
        let key = refund.key();
        let settled = refund.settle(&key, &told, NOW)?;
        let again = refund.settle(&key, &told, NOW)?;
        assert!(again.is_none(), "told twice");
        if let Some((Some(entry), _)) = settled {
            if self.fault == Fault::RefundTwice {
                self.post([entry.clone()]);
            }
            self.post([entry]);
            self.follow_totals();
        }
        Ok(())
    }

    fn refunded(&self) -> i64 {
        let back = self.refunds.iter().filter(|refund| refund.status == RefundStatus::Processed);
        back.map(|refund| refund.amount.minor()).sum::<i64>() + self.lost
    }

    fn follow_totals(&mut self) {
        let captured: i64 = self.captured.values().sum();
        let is_whole = self.refunded() == captured && self.in_flight().is_empty();
        if let Some(payment) = &mut self.payment {
            payment.gave_back(is_whole, NOW);
        }
    }

    pub fn operator_refund(&mut self, share: u16) -> Step {
        let is_live = matches!(self.session, SessionStatus::Paid | SessionStatus::Scheduled);
        let ledger = self.split()?;
        let left = ledger.left()?;
        let amount = left.split(BasisPoints::parse(share).unwrap()).0;
        need(amount.minor() > 0 && !(is_live && amount == left))?;
        need(ledger.dispute.is_none())?;
        let held = ledger.hold_if_ready(NOW)?;
        let before = ledger.clone();
        if held.is_some() {
            ledger.version += 1;
        }
        self.post(held);
        if let Err(refused) = self.give_back(amount, RefundSource::Escrow) {
            assert!(before.status != PayoutStatus::Pending, "what is in escrow can go back");
            return Err(refused);
        }
        self.given_by_hand += amount.minor();
        self.settle();
        Ok(())
    }

    pub fn claw_back(&mut self, share: u16) -> Step {
        let ledger = self.split()?;
        let amount = ledger.left()?.split(BasisPoints::parse(share).unwrap()).0;
        need(amount.minor() > 0)?;
        self.give_back(amount, RefundSource::ClawBack)
    }

    // --- the payout ------------------------------------------------------------------------------------------------

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

    // --- the laws --------------------------------------------------------------------------------------------------

    pub fn statuses(&self) -> (SessionStatus, Option<PaymentStatus>, Option<PayoutStatus>) {
        let payment = self.payment.as_ref().map(|payment| payment.status);
        (self.session, payment, self.ledger.as_ref().map(|ledger| ledger.status))
    }

    pub fn broken(&self) -> Result<(), Broken> {
        let law = |holds: bool, name, how: String| if holds { Ok(()) } else { Err((name, how)) };
        let all = &self.balances;
        law(self.unbalanced.is_none(), "entries_balance", format!("{:?}", self.unbalanced))?;
        law(all.values().sum::<i64>() == 0, "trial_balance_is_zero", format!("{all:?}"))?;
        for (kind, balance) in all {
            law(
                !kind.is_never_overdrawn() || *balance >= 0,
                "never_overdrawn",
                format!("{kind}: {balance}"),
            )?;
            let is_expense = kind.class() == AccountClass::Expense;
            law(!is_expense || *balance <= 0, "never_overdrawn", format!("{kind}: {balance}"))?;
        }
        let captured: i64 = self.captured.values().sum();
        law(
            self.refunded() <= captured,
            "refunds_are_covered",
            format!("{} of {captured}", self.refunded()),
        )?;
        let in_flight: i64 = self.in_flight().iter().map(|place| self.refunds[*place].amount.minor()).sum();
        let payable = self.balance(AccountKind::RefundPayable);
        law(payable == in_flight, "refund_payable_agrees", format!("{payable}, not {in_flight}"))?;
        let unapplied = self.balance(AccountKind::Unapplied);
        law(unapplied == 0, "unapplied_is_empty", format!("{unapplied}"))?;
        let open = self.dispute.as_ref().map_or(0, |dispute| dispute.amount.minor());
        let hold = -self.balance(AccountKind::DisputeHold);
        law(hold == open, "disputes_agree", format!("{hold}, not {open}"))?;
        let clearing = -self.balance(AccountKind::GatewayClearing);
        let expected = captured - self.refunded() - open;
        law(clearing == expected, "clearing_agrees", format!("{clearing}, not {expected}"))?;
        if let Some(ledger) = &self.ledger {
            self.ledger_laws(ledger, law)?;
        }
        let is_served =
            matches!(self.session, SessionStatus::Paid | SessionStatus::Scheduled | SessionStatus::Completed);
        law(!is_served || self.ledger.is_some(), "service_was_paid", format!("{:?}", self.session))?;
        if let Some(payment) = &self.payment
            && matches!(payment.status, PaymentStatus::Success | PaymentStatus::Refunded)
        {
            // Final, whatever comes after it.
            let agrees = match payment.status {
                PaymentStatus::Refunded => self.refunded() >= self.amount.minor(),
                _ => self.refunded() < captured || in_flight > 0,
            };
            let how = format!("{}: {} of {captured}, {in_flight} under way", payment.status, self.refunded());
            law(agrees, "payment_status_agrees", how)?;
        }
        Ok(())
    }

    fn ledger_laws(
        &self,
        ledger: &Ledger,
        law: impl Fn(bool, &'static str, String) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        let sum = ledger.refunded.minor() + ledger.fee.minor() + ledger.payout.minor();
        law(ledger.amount.minor() == sum, "split_adds_up", format!("{} is not {sum}", ledger.amount))?;
        let (fee, _) = ledger.net().unwrap().split(ledger.fee_share);
        law(ledger.fee == fee, "split_adds_up", format!("fee {}, not {fee}", ledger.fee))?;
        let [escrow, payable, transit, revenue] = [
            AccountKind::Escrow,
            AccountKind::MentorPayable,
            AccountKind::PayoutInTransit,
            AccountKind::PlatformRevenue,
        ]
        .map(|kind| self.balance(kind));
        let (net, fee, payout) = (ledger.net().unwrap().minor(), ledger.fee.minor(), ledger.payout.minor());
        let expected = match ledger.status {
            PayoutStatus::Pending => (net, 0, 0, 0),
            PayoutStatus::Ready => (0, payout, 0, fee),
            PayoutStatus::Processing => (0, 0, payout, fee),
            PayoutStatus::Released => (0, 0, 0, fee - ledger.clawed_fee.minor()),
        };
        let there = (escrow, payable, transit, revenue);
        law(there == expected, "status_and_account_agree", format!("{}: {there:?}", ledger.status))?;
        let paid: Vec<&PayoutAttempt> =
            self.attempts.iter().filter(|attempt| attempt.status == AttemptStatus::Paid).collect();
        let is_paid = paid.len() == 1 && paid[0].number == ledger.attempts;
        let agrees = paid.len() <= 1 && is_paid == (ledger.status == PayoutStatus::Released);
        law(agrees, "paid_at_most_once", format!("{} after {} paid tries", ledger.status, paid.len()))?;
        let bank = -self.balance(AccountKind::Bank);
        let left = paid.first().map_or(0, |attempt| -attempt.amount.minor());
        law(bank == left, "paid_at_most_once", format!("the bank holds {bank}, not {left}"))?;
        let earned = ledger.amount.portion(self.done, self.items).unwrap().0.minor();
        let gone: i64 = self
            .refunds
            .iter()
            .filter(|refund| refund.source == RefundSource::Escrow)
            .map(|r| r.amount.minor())
            .sum();
        let by_cancelling =
            self.session == SessionStatus::Cancelled && self.given_by_hand == 0 && self.lost == 0;
        law(
            !by_cancelling || gone <= ledger.amount.minor() - earned,
            "what_was_earned_is_kept",
            format!("{gone} went back, {earned} was earned"),
        )
    }
}
