use std::sync::Arc;

use application_kernel::{Clock, Ids, Reply, Store, StoreError, Ticket, Viewer, once};
use domain_kernel::{Date, Role, SessionId, Timestamp, WallTime};
use domain_mentoring::{
    Canceller, Circumstances, Policy, RequestRefused, Session, SessionEvent, SessionRefused, SessionRequest,
    Terms,
};

use crate::ports::{BookingQueries, BookingTx, ONE_LIVE_SESSION, Offer, PaymentGateway, SLOTS_OVERLAP};
use crate::timers::{PAYMENT_DUE, REQUEST_EXPIRY, session_timer};
use crate::{
    ApproveSession, AskDates, BookingError, DatesView, ItemView, RejectSession, RequestSession, SessionView,
    WithdrawSession,
};

/// What students and mentors do with sessions, and what clocks, gateways and operators do to them.
///
/// Until the approval it is here. Paying is in `pay.rs`, `fact.rs` and `reconcile.rs`, planning in `plan.rs`, what
/// happens to planned meetings in `meetings.rs`, `moves.rs` and `no_shows.rs`, ends and what they cost
/// in `ending.rs`, clocks in `timers.rs`.
pub struct Booking {
    pub(crate) store: Arc<dyn Store<BookingTx>>,
    pub(crate) queries: Arc<dyn BookingQueries>,
    pub(crate) gateway: Arc<dyn PaymentGateway>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) policy: Policy,
}

impl Booking {
    /// Booking over these ports; `policy` is copied onto every session that is requested.
    pub fn new(
        store: Arc<dyn Store<BookingTx>>,
        queries: Arc<dyn BookingQueries>,
        gateway: Arc<dyn PaymentGateway>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        policy: Policy,
    ) -> Self {
        Self { store, queries, gateway, clock, ids, policy }
    }

    /// On which dates the plan would meet. Reads only.
    pub async fn dates(&self, ask: AskDates) -> Result<DatesView, BookingError> {
        let offer =
            self.queries.offer(&ask.mentor, ask.plan).await?.ok_or(RequestRefused::PlanUnavailable)?;
        if !offer.mentor_may_teach {
            return Err(RequestRefused::NotVerified.into());
        }
        let terms = self.terms(&offer, ask.first_date, ask.time);
        domain_mentoring::meeting_days(terms.first_date, terms.weeks, terms.per_week, terms.offered)
            .map_err(RequestRefused::from)?;
        let items = terms
            .slots_from(terms.first_date)
            .iter()
            .map(|slot| ItemView::agreed(slot, terms.zone))
            .collect();
        Ok(DatesView { zone: terms.zone.to_string(), price: terms.price.into(), items })
    }

    /// A student asks for a plan of meetings.
    pub async fn request(&self, cmd: RequestSession) -> Result<Reply<SessionView>, BookingError> {
        let by = &cmd.ticket.by;
        if by.role != Role::Student {
            return Err(BookingError::StudentsOnly);
        }
        let id = SessionId::parse(self.ids.text()).map_err(|_| broken_id())?;
        once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx| {
                // The student is locked first: two requests at once cannot both be the fifth.
                let open_requests = tx.sessions().open_requests(&by.id).await?;
                let now = self.clock.now();
                let offer =
                    tx.offers().find(&cmd.mentor, cmd.plan).await?.ok_or(RequestRefused::PlanUnavailable)?;
                let course = offer.course.ok_or(RequestRefused::PlanUnavailable)?;
                let skill_slug = offer.plan.skill_slug.clone();
                let given = Circumstances {
                    plan_is_active: offer.plan.is_active,
                    mentor_may_teach: offer.mentor_may_teach,
                    has_live_session: tx.sessions().has_live(&by.id, &cmd.mentor, &skill_slug).await?,
                    open_requests,
                };
                let terms = self.terms(&offer, cmd.first_date, cmd.time);
                let asked = SessionRequest {
                    id: id.clone(),
                    student: by.id.clone(),
                    mentor: cmd.mentor.clone(),
                    course,
                    plan: offer.plan.id,
                    plan_key: offer.plan.key,
                    skill_name: offer.plan.skill_name,
                    skill_slug,
                    message: cmd.message.clone(),
                    terms,
                };
                let (session, event) = Session::request(asked, given, now)?;
                tx.sessions().add(&session).await.map_err(live_session)?;
                tx.jobs().schedule(session_timer(REQUEST_EXPIRY, &session.id, session.expires_at)).await?;
                self.record(tx, Some(by.id.clone().into()), "session.request", &session, &[event], now)
                    .await?;
                let view = tx.sessions().view(&id, &Viewer { user: by.id.clone(), now }).await?;
                Ok(Reply::created(format!("sessions/{id}"), view))
            }
        })
        .await
    }

    /// The mentor says yes: the slots of all meetings are held for both parties.
    pub async fn approve(&self, cmd: ApproveSession) -> Result<Reply<SessionView>, BookingError> {
        self.change(&cmd.ticket, &cmd.session, "session.approve", || {
            async |tx, session, now| {
                let events = session.approve(&cmd.ticket.by.id, now)?;
                if let (false, Some(pay_by)) = (events.is_empty(), session.pay_by) {
                    tx.sessions().hold(session, &session.slots()).await.map_err(slot_taken)?;
                    tx.jobs().schedule(session_timer(PAYMENT_DUE, &session.id, pay_by)).await?;
                }
                Ok(events)
            }
        })
        .await
    }

    /// The mentor says no, and why.
    pub async fn reject(&self, cmd: RejectSession) -> Result<Reply<SessionView>, BookingError> {
        self.change(&cmd.ticket, &cmd.session, "session.reject", || {
            async |_, session, now| Ok(session.reject(&cmd.ticket.by.id, cmd.reason.clone(), now)?)
        })
        .await
    }

    /// The student takes back a request that was not answered.
    pub async fn withdraw(&self, cmd: WithdrawSession) -> Result<Reply<SessionView>, BookingError> {
        let by = Canceller::Party(cmd.ticket.by.id.clone());
        self.change(&cmd.ticket, &cmd.session, "session.withdraw", || {
            async |_, session, now| Ok(session.withdraw(&by, now)?)
        })
        .await
    }

    /// One party's change of one session: reads it locked, changes it, saves it with what belongs
    /// to the change. A change that stands already answers with the session as it is.
    ///
    /// What "now" is is asked once, when the session is locked: who waited for the lock is not early.
    pub(crate) async fn change<C>(
        &self,
        ticket: &Ticket,
        id: &SessionId,
        action: &'static str,
        mut change: impl FnMut() -> C,
    ) -> Result<Reply<SessionView>, BookingError>
    where
        C: AsyncFnOnce(&mut BookingTx, &mut Session, Timestamp) -> Result<Vec<SessionEvent>, BookingError>,
    {
        once(&*self.store, &*self.clock, ticket, || {
            let change = change();
            async move |tx: &mut BookingTx| {
                let mut session = tx.sessions().get(id).await?;
                let side = session.side(&ticket.by.id);
                if side.is_none() {
                    return Err(BookingError::from(SessionRefused::NotAParty));
                }
                let now = self.clock.now();
                let changed = change(tx, &mut session, now).await;
                let events = changed.map_err(|refused| refused.seen_by(side))?;
                if !events.is_empty() {
                    tx.sessions().save(&mut session).await?;
                    self.record(tx, Some(ticket.by.id.clone().into()), action, &session, &events, now)
                        .await?;
                }
                let viewer = Viewer { user: ticket.by.id.clone(), now };
                Ok(Reply::changed(tx.sessions().view(id, &viewer).await?))
            }
        })
        .await
    }

    /// What would be agreed on this offer now.
    fn terms(&self, offer: &Offer, first_date: Date, time: WallTime) -> Terms {
        let minutes = u32::try_from(self.policy.item.num_minutes()).unwrap_or(u32::MAX);
        Terms {
            price: offer.plan.price,
            policy: self.policy,
            zone: offer.zone,
            first_date,
            time,
            offered: offer.availability.weekdays_at(time, minutes),
            weeks: offer.plan.rhythm.weeks,
            per_week: offer.plan.rhythm.per_week,
        }
    }
}

/// The identifiers' source made something that is none.
pub(crate) fn broken_id() -> StoreError {
    StoreError::Corrupt { table: "sessions", reason: "a new identifier is none".into() }
}

pub(crate) fn slot_taken(error: StoreError) -> BookingError {
    match error {
        StoreError::Duplicate { constraint } if constraint == SLOTS_OVERLAP => BookingError::SlotTaken,
        error => error.into(),
    }
}

fn live_session(error: StoreError) -> BookingError {
    match error {
        StoreError::Duplicate { constraint } if constraint == ONE_LIVE_SESSION => {
            RequestRefused::LiveSession.into()
        }
        error => error.into(),
    }
}
