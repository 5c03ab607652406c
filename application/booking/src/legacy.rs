//! Sessions that were taken over from the former system: giving one its terms.

mod money;
mod rows;
mod to_come;
mod view;

use application_kernel::{StoreError, UnitOfWork, transact};
use domain_billing::{FactKind, FactOutcome, GatewayFact, Ledger, Payment, PaymentStatus, PayoutStatus};
use domain_kernel::{JournalEntry, PayoutAttemptId, SessionId, Timestamp};
use domain_mentoring::{Meeting, Session, SessionStatus, TakenOver, Terms};

use self::money::{payment, sold, split_share};
use self::to_come::{timers_to_come, to_hold};
use crate::booking::{broken_id, slot_taken};
use crate::ports::BookingTx;
use crate::record::audited;
use crate::timers::{PAYOUT_HOLD, session_timer};
use crate::{Booking, BookingError};

pub use self::rows::{TakenOverLedger, TakenOverPlan, TakenOverRows};
pub use self::view::{EnrolledView, Enrolling, TakenOverView, TimerView};

/// What a session is given: everything but what the stores find out.
struct Given {
    session: Session,
    meetings: Vec<Meeting>,
    payment: Option<Payment>,
    ledger: Option<Ledger>,
}

impl Booking {
    /// Gives a session that was taken over its terms, its holds and its timers, so that it is one of
    /// ours; or tells everything that speaks against it. `only_try` takes all of it back again.
    pub async fn enrol(&self, id: &SessionId, only_try: bool) -> Result<Enrolling, BookingError> {
        transact(&*self.store, || {
            async |tx| {
                match tx.sessions().get(id).await {
                    Ok(_) => return Ok(Enrolling::EnrolledBefore),
                    Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
                let missing = StoreError::NotFound { table: "sessions" };
                let rows = tx.sessions().taken_over(id).await?.ok_or(missing)?;
                let now = self.clock.now();
                let given = match self.given(tx, &rows, now).await? {
                    Ok(given) => given,
                    Err(reasons) => return Ok(Enrolling::Refused { reasons }),
                };
                if !only_try {
                    return self.take_in(tx, &rows.session, given, now).await;
                }
                tx.platform().savepoint().await?;
                let tried = self.take_in(tx, &rows.session, given, now).await?;
                tx.platform().restore().await?;
                Ok(tried)
            }
        })
        .await
    }

    /// What the session would be given, or every reason why it cannot be.
    async fn given(
        &self,
        tx: &mut BookingTx,
        rows: &TakenOverRows,
        now: Timestamp,
    ) -> Result<Result<Given, Vec<String>>, BookingError> {
        let mut reasons = Vec::new();
        if !rows.has_course {
            reasons.push(format!("there is no course for the skill {:?}", rows.session.skill_name));
        }
        if let Some(live) = rows.live.as_ref().filter(|_| rows.session.status.is_live()) {
            reasons.push(format!("session {live} of the same student, mentor and skill is live"));
        }
        let plan = sold(rows, &mut reasons);
        let payment = payment(rows, &self.gateway.name(), &mut reasons);
        let split = match payment {
            Some(payment) if payment.status == PaymentStatus::Success => {
                tx.payments().taken_over_split(payment).await?
            }
            _ => None,
        };
        let fee = split_share(rows, payment, split.as_ref(), self.policy.fee, &mut reasons);
        let Some((plan, rhythm)) = plan else { return Ok(Err(reasons)) };
        let begins_at = rows.session.begins_at();
        let (first_date, time) = rows.zone.local(begins_at);
        let minutes = u32::try_from(self.policy.item.num_minutes()).unwrap_or(u32::MAX);
        let mut policy = self.policy;
        policy.fee = fee.unwrap_or(policy.fee);
        let terms = Terms {
            price: payment.map_or(plan.price, |payment| payment.amount),
            policy,
            zone: rows.zone,
            first_date,
            time,
            // What the parties agreed on was offered, whatever the mentor offers now.
            offered: rows.availability.weekdays_at(time, minutes).with(rows.zone.weekday(begins_at)),
            weeks: rhythm.weeks,
            per_week: rhythm.per_week,
        };
        let (session, meetings) = match rows.session.enrolled(plan.id, terms, now) {
            Ok(enrolled) => enrolled,
            Err(wrong) => {
                reasons.extend(wrong.iter().map(ToString::to_string));
                return Ok(Err(reasons));
            }
        };
        for other in tx.sessions().in_the_way(&session, &to_hold(&session, &meetings, now)).await? {
            reasons.push(format!("session {other} holds hours of its student or its mentor that overlap"));
        }
        if !reasons.is_empty() {
            return Ok(Err(reasons));
        }
        let ledger = payment.zip(split).map(|(payment, split)| {
            let whole = Ledger::of_capture(
                payment.id.clone(),
                session.id.clone(),
                session.mentor.clone(),
                payment.amount,
                policy.fee,
                split.created_at.unwrap_or(now),
            );
            Ledger {
                fee: split.fee.unwrap_or(whole.fee),
                payout: split.payout.unwrap_or(whole.payout),
                refunded: split.refunded,
                status: split.status,
                released_at: split.released_at,
                updated_at: now,
                version: split.version,
                ..whole
            }
        });
        let payment = payment.cloned();
        Ok(Ok(Given { session, meetings, payment, ledger }))
    }

    /// Writes down what stands beside the money, as if it had come by us; answers what the journal lacks of it.
    async fn take_in_money(
        &self,
        tx: &mut BookingTx,
        payment: &Payment,
        ledger: &mut Ledger,
        now: Timestamp,
    ) -> Result<Vec<JournalEntry>, BookingError> {
        let id = PayoutAttemptId::parse(self.ids.text()).map_err(|_| broken_id())?;
        let (entries, made) = ledger.catch_up(&[], None, id, now)?;
        tx.payments().take_in_split(ledger, made.as_ref()).await?;
        if !tx.payments().told(&payment.id).await?.iter().any(|told| told.kind == FactKind::Captured) {
            let (fact, at) = (GatewayFact::taken_over(payment), payment.completed_at.unwrap_or(now));
            tx.payments().remember(&payment.id, &fact, FactOutcome::Applied, at).await?;
        }
        Ok(entries)
    }

    /// Writes all of it down.
    async fn take_in(
        &self,
        tx: &mut BookingTx,
        found: &TakenOver,
        given: Given,
        now: Timestamp,
    ) -> Result<Enrolling, BookingError> {
        let Given { mut session, mut meetings, payment, mut ledger } = given;
        tx.sessions().take_in(&session, &meetings).await?;
        tx.sessions().save(&mut session).await?;
        // Where the clock time said otherwise than the instant, the instant counts from now on.
        let corrected = |meeting: &&mut Meeting| {
            let said = found.meetings.iter().find(|said| said.id == meeting.id);
            said.is_some_and(|said| said.time != meeting.wall_time.with_seconds())
        };
        let mut wrong: Vec<Meeting> =
            meetings.iter_mut().filter(corrected).map(|meeting| meeting.clone()).collect();
        if !wrong.is_empty() {
            tx.sessions().save_meetings(&mut wrong, now).await?;
        }
        let held = to_hold(&session, &meetings, now);
        if !held.is_empty() {
            tx.sessions().hold(&session, &held).await.map_err(slot_taken)?;
        }
        let mut timers = timers_to_come(&session, &meetings, now);
        let mut posted = Vec::new();
        if let (Some(payment), Some(ledger)) = (&payment, &mut ledger) {
            posted = self.take_in_money(tx, payment, ledger, now).await?;
            if session.status == SessionStatus::Completed && ledger.status == PayoutStatus::Pending {
                let until = now.plus(session.terms.policy.payout_hold);
                ledger.hold_until(until, now);
                timers.push(session_timer(PAYOUT_HOLD, &session.id, until));
            }
            tx.payments().save_ledger(ledger).await?;
        }
        tx.jobs().schedule_all(timers.clone()).await?;
        let (_, before) = tx.sessions().enrolment(&session).await?;
        self.recalculate_course(tx, &session, now).await?;
        let (facts, _) = tx.sessions().enrolment(&session).await?;
        let details = vec![
            ("status", session.status.to_string()),
            ("price", session.terms.price.to_string()),
            ("zone", session.terms.zone.to_string()),
            ("first_date", session.terms.first_date.to_string()),
            ("items", session.terms.items().to_string()),
        ];
        tx.audit().append(audited(None, "session.enrol", session.id.to_string(), details, now)).await?;
        tx.journal().post(&posted, now).await?;
        Ok(Enrolling::Enrolled(Box::new(EnrolledView {
            id: session.id.to_string(),
            status: session.status.to_string(),
            price: session.terms.price.to_string(),
            fee_basis_points: session.terms.policy.fee.get(),
            zone: session.terms.zone.to_string(),
            first_date: session.terms.first_date.to_string(),
            time: session.terms.time.to_string(),
            item_minutes: session.terms.policy.item.num_minutes(),
            items: session.terms.items(),
            held: held.len(),
            timers: timers.iter().map(TimerView::of).collect(),
            split: ledger.map(|ledger| {
                let Ledger { fee, payout, status, .. } = ledger;
                format!("{payout} for the mentor ({status}), {fee} for the platform")
            }),
            course: (before.map(|status| status.to_string()), facts.status().to_string()),
        })))
    }
}
