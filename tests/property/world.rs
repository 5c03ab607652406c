//! One payment's world: the domain's own aggregates, and a journal that is nothing but sums.
//!
//! The laws are asked after every step. A seeded fault changes what the world does with what the domain answers, so that
//! a law that nobody could break is found out.

use std::collections::{BTreeMap, BTreeSet};

use domain_billing::{
    Dispute, FactKind, FactOutcome, GatewayFact, Ledger, Payment, PaymentStatus, PayoutAttempt, PayoutStatus,
    Refund, RefundCause, RefundOutcome, RefundSource, RefundStatus, Told,
};
use domain_kernel::{
    AccountKind, BasisPoints, Currency, EntryKind, JournalEntry, Lifecycle, Money, PaymentId, RefundId,
    SessionId, Timestamp, UserId,
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
    pub(super) told: Vec<Told>,
    pub(super) refunds: Vec<Refund>,
    pub(super) attempts: Vec<PayoutAttempt>,
    pub(super) dispute: Option<Dispute>,
    pub(super) lost: i64,
    pub(super) given_by_hand: i64,
    posted: BTreeSet<(String, EntryKind, i32)>,
    pub(super) balances: BTreeMap<AccountKind, i64>,
    pub(super) unbalanced: Option<String>,
    pub(super) captured: BTreeMap<String, i64>,
    keys: u32,
    pub(super) amount: Money,
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

pub(super) type Step = Result<(), Refused>;

pub(super) fn need(holds: bool) -> Step {
    if holds { Ok(()) } else { Err(Refused::No) }
}

pub(super) const NOW: Timestamp = Timestamp::EPOCH;

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

    pub(super) fn key(&mut self) -> String {
        self.keys += 1;
        self.keys.to_string()
    }

    pub(super) fn post(&mut self, entries: impl IntoIterator<Item = JournalEntry>) {
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

    pub(super) fn balance(&self, kind: AccountKind) -> i64 {
        self.balances.get(&kind).copied().unwrap_or_default()
    }

    pub(super) fn split(&mut self) -> Result<&mut Ledger, Refused> {
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
    pub(super) fn settle(&mut self) {
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

    pub(super) fn in_flight(&self) -> Vec<usize> {
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
        need(refund.submit(refund.due_at().max(NOW)))?;
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

    pub(super) fn refunded(&self) -> i64 {
        let back = self.refunds.iter().filter(|refund| refund.status == RefundStatus::Processed);
        back.map(|refund| refund.amount.minor()).sum::<i64>() + self.lost
    }

    pub(super) fn follow_totals(&mut self) {
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
}
