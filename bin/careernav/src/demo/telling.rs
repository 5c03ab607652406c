//! One session of demo people, lived through from its request until now.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use application_billing::{Billing, handle_billing};
use application_booking::ports::BookingTx;
use application_booking::ports::GatewaySimulator;
use application_booking::{
    ApproveSession, Booking, BookingError, CancelSession, CompleteMeeting, RejectSession, ReportNoShow,
    RequestSession, StartPayment, WithdrawSession, handle_booking,
};
use application_kernel::{
    Clock, CurrentUser, Failure, Ids, Keep, Kind, Reply, Store, StoreError, Ticket, Worker, WorkerPace,
    fingerprint, transact,
};
use application_mentoring::{Mentoring, SendMessage};
use domain_billing::FactKind;
use domain_kernel::{Date, PlanId, SessionId, TimeDelta, Timestamp, WallTime, Zone};

use super::past::Past;
use crate::ambient::{PastClock, SystemIds};
use crate::compose::Parts;

/// Why a story is not told.
#[derive(Debug)]
pub(super) enum Untold {
    /// A service refuses: on a database in use a slot may be taken, a mentor suspended, a plan no longer sold.
    Refused(String),
    /// Something we depend on fails.
    Broken(anyhow::Error),
}

impl<F: Failure> From<F> for Untold {
    fn from(failure: F) -> Self {
        match failure.code().kind {
            Kind::Unavailable | Kind::Internal => Self::Broken(failure.into()),
            _ => Self::Refused(failure.to_string()),
        }
    }
}

/// Who meets whom, for what, from when on.
pub(super) struct Casting {
    pub(super) name: &'static str,
    pub(super) student: CurrentUser,
    pub(super) mentor: CurrentUser,
    pub(super) plan: PlanId,
    pub(super) first_date: Date,
    pub(super) time: WallTime,
}

/// A story that is being told.
///
/// It is one transaction, so it is told as a whole or not at all, and nobody sees the middle of it. Its clock begins in the
/// past; timers are worked off at their times, by a worker that knows this story's jobs and no others.
pub(super) struct Telling {
    cast: Casting,
    /// When the first meeting is agreed to begin.
    pub(super) start: Timestamp,
    /// When the story catches up with the present.
    pub(super) now: Timestamp,
    id: SessionId,
    clock: Arc<PastClock>,
    past: Arc<Past>,
    worker: Worker,
    booking: Booking,
    mentoring: Mentoring,
    gateway: Arc<dyn GatewaySimulator>,
    tickets: AtomicU32,
}

/// Names the session by its story, so that it is found again; the other keys are new ones.
struct StoryIds {
    session: SessionId,
    asked: AtomicU32,
}

impl Ids for StoryIds {
    fn text(&self) -> String {
        // A request asks for the session's key before anything else asks for one.
        if self.asked.fetch_add(1, Ordering::Relaxed) == 0 {
            self.session.to_string()
        } else {
            SystemIds.text()
        }
    }

    fn secret(&self) -> String {
        SystemIds.secret()
    }

    fn code(&self) -> String {
        SystemIds.code()
    }
}

/// The key of a story's session: the same in every run.
pub(super) fn session_of(name: &str) -> Result<SessionId, StoreError> {
    let broken = |reason: String| StoreError::Corrupt { table: "sessions", reason };
    let digest = hex::decode(fingerprint(&format!("a demo session: {name}")));
    let digest = digest.map_err(|error| broken(error.to_string()))?;
    let bytes: Option<[u8; 16]> = digest.get(..16).and_then(|half| half.try_into().ok());
    let key = uuid::Builder::from_custom_bytes(bytes.unwrap_or_default()).into_uuid();
    SessionId::parse(key.to_string()).map_err(|error| broken(error.to_string()))
}

impl Telling {
    /// Opens a story at `begins`; nothing if somebody has told it meanwhile.
    pub(super) async fn open(
        parts: &Parts,
        cast: Casting,
        begins: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Self>, Untold> {
        let nowhere = || Untold::Refused("there is no demo mode".to_owned());
        let stage = parts.stage.as_ref().ok_or_else(nowhere)?;
        let id = session_of(cast.name)?;
        let past = Arc::new(Past::within(&*stage.store).await?);
        let clock = Arc::new(PastClock::at(begins));
        let gateway = Arc::new(stage.gateway.at(clock.clone(), past.clone()));
        let ids = Arc::new(StoryIds { session: id.clone(), asked: AtomicU32::new(0) });
        let queries = parts.api.sessions.clone();
        let booking = || {
            Booking::new(
                past.clone(),
                queries.clone(),
                gateway.clone(),
                clock.clone(),
                ids.clone(),
                stage.policy,
            )
        };
        let billing = Billing::new(
            past.clone(),
            gateway.clone(),
            gateway.clone(),
            clock.clone(),
            Arc::new(SystemIds),
            stage.billing_policy,
        );
        let queue = Arc::new(past.aside().clone());
        let worker = Worker::new("demo".to_owned(), queue, clock.clone(), WorkerPace::default());
        let worker = handle_billing(handle_booking(worker, Arc::new(booking())), Arc::new(billing));
        let telling = Self {
            start: Zone::KOLKATA.instant(cast.first_date, cast.time),
            now,
            id,
            worker,
            booking: booking(),
            mentoring: Mentoring::new(past.clone(), clock.clone()),
            gateway,
            clock,
            past,
            cast,
            tickets: AtomicU32::new(0),
        };
        Ok((!telling.is_told().await?).then_some(telling))
    }

    /// Whether the session is there. Whoever else tells it waits for the student until this is over.
    async fn is_told(&self) -> Result<bool, StoreError> {
        let store: &dyn Store<BookingTx> = &*self.past;
        transact(store, || {
            async |tx| {
                tx.sessions().open_requests(&self.cast.student.id).await?;
                // An error would undo this step, and with it let go of the student.
                match tx.sessions().get(&self.id).await {
                    Ok(_) => Ok(true),
                    Err(StoreError::NotFound { table: "sessions" }) => Ok(false),
                    Err(error) => Err(error),
                }
            }
        })
        .await
    }

    /// Lives on until then: what becomes due meanwhile is done when it is due.
    pub(super) async fn until(&self, at: Timestamp) -> Result<(), Untold> {
        loop {
            self.worker.drain().await?;
            let (_, jobs) = self.past.aside().left().await;
            let ahead = jobs.into_iter().map(|job| job.run_at).filter(|due| *due > self.clock.now());
            match ahead.min() {
                Some(due) if due <= at => self.clock.set(due),
                _ => break,
            }
        }
        self.clock.set(at);
        Ok(self.worker.drain().await?)
    }

    /// Lives on for so long.
    pub(super) async fn pass(&self, span: TimeDelta) -> Result<(), Untold> {
        self.until(self.clock.now().plus(span)).await
    }

    /// Time goes by, and no worker does anything.
    pub(super) fn sleep_until(&self, at: Timestamp) {
        self.clock.set(at);
    }

    /// The rest of the story is the present's.
    pub(super) async fn end(self) -> Result<(), Untold> {
        self.until(self.now).await?;
        Ok(self.past.keep().await?)
    }

    pub(super) async fn request(&self, message: &str) -> Result<(), Untold> {
        let Casting { mentor, plan, first_date, time, .. } = &self.cast;
        let (mentor, message) = (mentor.id.clone(), Some(message.to_owned()));
        let ticket = self.student();
        let asked =
            RequestSession { ticket, mentor, plan: *plan, first_date: *first_date, time: *time, message };
        done(self.booking.request(asked).await)
    }

    pub(super) async fn approve(&self) -> Result<(), Untold> {
        let command = ApproveSession { ticket: self.mentor(), session: self.id.clone() };
        done(self.booking.approve(command).await)
    }

    pub(super) async fn reject(&self, reason: &str) -> Result<(), Untold> {
        let (session, reason) = (self.id.clone(), reason.to_owned());
        done(self.booking.reject(RejectSession { ticket: self.mentor(), session, reason }).await)
    }

    pub(super) async fn withdraw(&self) -> Result<(), Untold> {
        let command = WithdrawSession { ticket: self.student(), session: self.id.clone() };
        done(self.booking.withdraw(command).await)
    }

    /// The student goes to the till; the gateway makes the order.
    pub(super) async fn start_payment(&self) -> Result<(), Untold> {
        let command = StartPayment { ticket: self.student().of_money(), session: self.id.clone() };
        done(self.booking.start_payment(command).await)
    }

    /// Something happens to the payment at the gateway, which tells it.
    pub(super) async fn at_the_gateway(&self, kind: FactKind) -> Result<(), Untold> {
        let store: &dyn Store<BookingTx> = &*self.past;
        let payment = transact(store, || async |tx| tx.payments().of_session(&self.id).await).await?;
        let order = payment.and_then(|payment| payment.order).ok_or(BookingError::UnknownOrder)?;
        let fact = self.gateway.fact(&order, "1", kind, None).ok_or(BookingError::UnknownOrder)?;
        self.gateway.keep(&fact).await.map_err(BookingError::from)?;
        self.booking.record_gateway_fact(&fact).await?;
        Ok(())
    }

    /// The mentor says that a meeting has taken place.
    pub(super) async fn complete(&self, item: u32) -> Result<(), Untold> {
        let command = CompleteMeeting { ticket: self.mentor(), session: self.id.clone(), item };
        done(self.booking.complete_meeting(command).await)
    }

    /// The student says that the mentor did not come to a meeting.
    pub(super) async fn report_no_show(&self, item: u32, note: &str) -> Result<(), Untold> {
        let (session, note) = (self.id.clone(), Some(note.to_owned()));
        let command = ReportNoShow { ticket: self.student(), session, item, note };
        done(self.booking.report_no_show(command).await)
    }

    pub(super) async fn cancel(&self, by: Ticket, reason: &str) -> Result<(), Untold> {
        let (session, reason) = (self.id.clone(), Some(reason.to_owned()));
        done(self.booking.cancel(CancelSession { ticket: by, session, reason }).await)
    }

    /// Somebody writes to the other.
    pub(super) async fn say(&self, by: Ticket, text: &str) -> Result<(), Untold> {
        let (session, text) = (self.id.clone(), text.to_owned());
        done(self.mentoring.send_message(SendMessage { ticket: by, session, text }).await)
    }

    /// When a planned meeting begins.
    pub(super) async fn meeting(&self, item: u32) -> Result<Timestamp, Untold> {
        let store: &dyn Store<BookingTx> = &*self.past;
        let meetings = transact(store, || async |tx| tx.sessions().meetings(&self.id).await).await?;
        let found = meetings.into_iter().find(|meeting| meeting.item == item);
        Ok(found.ok_or(BookingError::NoMeeting)?.starts_at)
    }

    pub(super) fn student(&self) -> Ticket {
        self.ticket(&self.cast.student)
    }

    pub(super) fn mentor(&self) -> Ticket {
        self.ticket(&self.cast.mentor)
    }

    fn ticket(&self, by: &CurrentUser) -> Ticket {
        let number = self.tickets.fetch_add(1, Ordering::Relaxed);
        Ticket {
            by: by.clone(),
            method: "POST".to_owned(),
            route: format!("a demo story: {}", self.cast.name),
            key: format!("step-{number}"),
            fingerprint: fingerprint(self.cast.name),
            keep: Keep::Day,
        }
    }
}

fn done<V, F: Failure>(reply: Result<Reply<V>, F>) -> Result<(), Untold> {
    reply?;
    Ok(())
}
