use application_kernel::{NewJob, record, transact};
use domain_billing::{LedgerRefused, PaymentStatus};
use domain_kernel::{SessionId, Timestamp};
use domain_mentoring::{
    FIRST_REMINDER, Happening, LAST_REMINDER, Meeting, Session, SessionEvent, SessionRefused, SessionStatus,
    Terms,
};

use crate::ports::BookingTx;
use crate::record::audited;
use crate::{Booking, BookingError};

/// The timer that expires an unanswered request.
pub(crate) const REQUEST_EXPIRY: &str = "session_request_expiry";
/// The timer that lets an unpaid session lapse.
pub(crate) const PAYMENT_DUE: &str = "session_payment_due";
/// The same a little later, for a payment that was under way.
pub(crate) const PAYMENT_GRACE: &str = "session_payment_grace";
/// Plans the meetings of a paid session again.
pub(crate) const PLANNING: &str = "session_planning";
/// The timer that begins a meeting's day.
pub(crate) const DAY_BEGINS: &str = "meeting_day_begins";
/// The timer that reminds of a meeting a day ahead.
pub(crate) const FIRST_REMIND: &str = "meeting_reminder_day";
/// The timer that reminds of a meeting an hour ahead.
pub(crate) const LAST_REMIND: &str = "meeting_reminder_hour";
/// The timer that completes a meeting that nobody completed.
pub(crate) const AUTO_COMPLETE: &str = "meeting_auto_complete";
/// The timer that makes the mentor's share payable.
pub(crate) const PAYOUT_HOLD: &str = "payout_hold";

/// A timer of the session. Its time tells it from those of its kind that were set before.
pub(crate) fn session_timer(kind: &'static str, id: &SessionId, run_at: Timestamp) -> NewJob {
    let payload = serde_json::Value::Null;
    NewJob { kind, subject: id.to_string(), version: run_at.micros(), run_at, payload }
}

/// One meeting at one time: what its timers are set for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MeetingTime {
    pub(crate) session: SessionId,
    pub(crate) item: u32,
    /// When the meeting was to begin; a moved one has timers of its own.
    pub(crate) starts_at: i64,
}

/// The timers of a meeting at its present time.
pub(crate) fn meeting_timers(meeting: &Meeting, terms: &Terms) -> Vec<NewJob> {
    let Meeting { session, item, starts_at, ends_at, .. } = meeting;
    [
        (DAY_BEGINS, terms.day_of(*starts_at)),
        (FIRST_REMIND, starts_at.minus(FIRST_REMINDER)),
        (LAST_REMIND, starts_at.minus(LAST_REMINDER)),
        (AUTO_COMPLETE, ends_at.plus(terms.policy.auto_complete_after)),
    ]
    .into_iter()
    .map(|(kind, run_at)| NewJob {
        kind,
        subject: format!("{session}:{item}"),
        version: starts_at.micros(),
        run_at,
        payload: serde_json::Value::Null,
    })
    .collect()
}

impl MeetingTime {
    /// Reads what [`meeting_timers`] wrote.
    pub(crate) fn parse(subject: &str, version: i64) -> Option<Self> {
        let (session, item) = subject.rsplit_once(':')?;
        Some(Self { session: SessionId::parse(session).ok()?, item: item.parse().ok()?, starts_at: version })
    }
}

impl Booking {
    /// The clock: an unanswered request expires. A timer that is stale or early changes nothing.
    pub async fn expire_request(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let mut session = tx.sessions().get(id).await?;
                let now = self.clock.now();
                match session.expire(now) {
                    Ok(events) => self.tick(tx, &mut session, "session.expire", &events, now).await,
                    Err(stale) => ignore(stale),
                }
            }
        })
        .await
    }

    /// The clock: an approved session that nobody paid lapses and frees its slots. While a payment
    /// is under way it waits a little longer.
    pub async fn lapse_unpaid(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let mut session = tx.sessions().get(id).await?;
                let now = self.clock.now();
                let payment = tx.payments().of_session(id).await?;
                let under_way = payment.is_some_and(|payment| payment.status == PaymentStatus::Processing);
                match (session.lapse(under_way, now), session.pay_by) {
                    (Ok(events), _) => {
                        tx.sessions().free(id).await?;
                        self.tick(tx, &mut session, "session.lapse", &events, now).await
                    }
                    (Err(SessionRefused::NotDue), Some(due)) if now >= due => {
                        let later = due.plus(session.terms.policy.pay_grace);
                        Ok(tx.jobs().schedule(session_timer(PAYMENT_GRACE, id, later)).await?)
                    }
                    (Err(stale), _) => ignore(stale),
                }
            }
        })
        .await
    }

    /// The clock: a meeting's day begins.
    pub(crate) async fn begin_day(&self, time: &MeetingTime) -> Result<(), BookingError> {
        self.meeting_tick(time, "meeting.begin_day", Happening::DayBegan, |meeting, session, now| {
            Ok(meeting.begin_day(&session.terms, now)?)
        })
        .await
    }

    /// The clock: the parties are reminded of a meeting.
    pub(crate) async fn remind(&self, time: &MeetingTime, is_last: bool) -> Result<(), BookingError> {
        self.meeting_tick(time, "meeting.remind", Happening::MeetingNears, |meeting, _, now| {
            Ok(meeting.remind(is_last, now))
        })
        .await
    }

    /// The clock: a meeting that nobody completed, and nobody said anything against, has taken place.
    pub(crate) async fn auto_complete(&self, time: &MeetingTime) -> Result<(), BookingError> {
        self.meeting_tick(
            time,
            "meeting.auto_complete",
            Happening::MeetingCompleted,
            |meeting, session, now| Ok(meeting.auto_complete(&session.terms, now)?),
        )
        .await
    }

    /// What a clock does to one meeting of a scheduled session, if it still begins at that time. The
    /// change answers whether there was one; this has then happened.
    async fn meeting_tick(
        &self,
        time: &MeetingTime,
        action: &'static str,
        what: Happening,
        change: impl Fn(&mut Meeting, &Session, Timestamp) -> Result<bool, BookingError> + Send + Sync,
    ) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let mut session = tx.sessions().get(&time.session).await?;
                let now = self.clock.now();
                if session.status != SessionStatus::Scheduled {
                    return Ok(());
                }
                let events = self
                    .with_meeting(tx, &mut session, time.item, now, |meeting, session| {
                        let is_due = meeting.starts_at.micros() == time.starts_at;
                        let changed = is_due && change(meeting, session, now)?;
                        Ok(changed.then(|| session.event(what).with("starts_at", &meeting.starts_at)))
                    })
                    .await?;
                if events.is_empty() {
                    return Ok(());
                }
                if session.status != SessionStatus::Scheduled {
                    tx.sessions().save(&mut session).await?;
                }
                self.record(tx, None, action, &session, &events, now).await
            }
        })
        .await
    }

    /// The clock: the hold on the mentor's share of an ended session is over.
    pub(crate) async fn end_hold(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let session = tx.sessions().get(id).await?;
                let now = self.clock.now();
                let Some(mut ledger) = tx.payments().ledger(&session.id).await? else { return Ok(()) };
                let meetings = tx.sessions().meetings(&session.id).await?;
                let is_blocked = meetings.iter().any(Meeting::is_reported);
                match ledger.earn(is_blocked, now) {
                    Ok((posted, event)) => {
                        tx.payments().save_ledger(&mut ledger).await?;
                        tx.outbox().append(&record(&[event])).await?;
                        let subject = ledger.payment.to_string();
                        let entry = audited(None, "payout.ready", subject, vec![], now);
                        tx.audit().append(entry).await?;
                        Ok(tx.journal().post(&[posted], now).await?)
                    }
                    Err(LedgerRefused::Illegal(_) | LedgerRefused::Held | LedgerRefused::Nothing) => Ok(()),
                    Err(refused) => Err(refused.into()),
                }
            }
        })
        .await
    }

    pub(crate) async fn tick(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        action: &'static str,
        events: &[SessionEvent],
        now: Timestamp,
    ) -> Result<(), BookingError> {
        tx.sessions().save(session).await?;
        self.record(tx, None, action, session, events, now).await
    }
}

/// A timer whose moment has passed, or not come, does nothing.
pub(crate) fn ignore(stale: SessionRefused) -> Result<(), BookingError> {
    match stale {
        SessionRefused::Illegal(_) | SessionRefused::NotDue => Ok(()),
        refused => Err(refused.into()),
    }
}
