use std::sync::Arc;

use application_kernel::{AuditEntry, JobFailed, JobHandler, LeasedJob, Worker, record, transact};
use async_trait::async_trait;
use domain_billing::PaymentStatus;
use domain_kernel::{InvalidId, PaymentId, SessionId, UserId};
use domain_mentoring::{Session, SessionEvent, SessionRefused};

use crate::booking::timer;
use crate::ports::BookingTx;
use crate::{Booking, BookingError};

/// The timer that expires an unanswered request.
pub(crate) const REQUEST_EXPIRY: &str = "session_request_expiry";
/// The timer that lets an unpaid session lapse.
pub(crate) const PAYMENT_DUE: &str = "session_payment_due";
/// The same a little later, for a payment that was under way.
const PAYMENT_GRACE: &str = "session_payment_grace";
/// Plans the meetings of a paid session again.
pub(crate) const PLANNING: &str = "session_planning";
/// Makes the gateway's order for a started payment.
const ORDER: &str = "payment_order";
/// Rejects the requests that wait for a suspended mentor.
const SUSPENSION: &str = "mentor_suspension";

/// Booking's jobs: its timers, and what follows from its events.
pub struct BookingJobs {
    booking: Arc<Booking>,
}

/// Lets the worker do booking's jobs.
#[must_use]
pub fn handle_booking(worker: Worker, booking: Arc<Booking>) -> Worker {
    let handler = Arc::new(BookingJobs { booking });
    [REQUEST_EXPIRY, PAYMENT_DUE, PAYMENT_GRACE, PLANNING, ORDER, SUSPENSION]
        .into_iter()
        .fold(worker, |worker, kind| worker.handling(kind, handler.clone()))
        .subscribing("payment_started", ORDER)
        .subscribing("person_suspended", SUSPENSION)
}

#[async_trait]
impl JobHandler for BookingJobs {
    async fn handle(&self, job: &LeasedJob) -> Result<(), JobFailed> {
        let session = || SessionId::parse(job.subject.clone()).map_err(broken);
        let payment = || PaymentId::parse(job.subject.clone()).map_err(broken);
        match job.kind.as_str() {
            REQUEST_EXPIRY => self.booking.expire_request(&session()?).await.map_err(JobFailed::new),
            PAYMENT_DUE | PAYMENT_GRACE => {
                self.booking.lapse_unpaid(&session()?).await.map_err(JobFailed::new)
            }
            PLANNING => self.booking.plan_meetings(&session()?).await.map_err(JobFailed::new),
            SUSPENSION => {
                let mentor = UserId::parse(job.subject.clone()).map_err(broken)?;
                self.booking.reject_for_suspended_mentor(&mentor).await.map_err(JobFailed::new)
            }
            _ => self.booking.place_order(&payment()?).await.map(|_| ()).map_err(JobFailed::new),
        }
    }
}

fn broken(error: InvalidId) -> JobFailed {
    JobFailed::new(error)
}

impl Booking {
    /// The clock: an unanswered request expires. A timer that is stale or early changes nothing.
    pub async fn expire_request(&self, id: &SessionId) -> Result<(), BookingError> {
        transact(&*self.store, || {
            async |tx| {
                let mut session = tx.sessions().get(id).await?;
                match session.expire(self.clock.now()) {
                    Ok(events) => self.end(tx, &mut session, "session.expire", &events).await,
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
                let now = self.clock.now();
                let mut session = tx.sessions().get(id).await?;
                let payment = tx.payments().of_session(id).await?;
                let under_way = payment.is_some_and(|payment| payment.status == PaymentStatus::Processing);
                match (session.lapse(under_way, now), session.pay_by) {
                    (Ok(events), _) => {
                        tx.sessions().free(id).await?;
                        self.end(tx, &mut session, "session.lapse", &events).await
                    }
                    (Err(SessionRefused::NotDue), Some(due)) if now >= due => {
                        let later = due.plus(session.terms.policy.pay_grace);
                        Ok(tx.jobs().schedule(timer(PAYMENT_GRACE, &session, later)).await?)
                    }
                    (Err(stale), _) => ignore(stale),
                }
            }
        })
        .await
    }

    pub(crate) async fn end(
        &self,
        tx: &mut BookingTx,
        session: &mut Session,
        action: &'static str,
        events: &[SessionEvent],
    ) -> Result<(), BookingError> {
        tx.sessions().save(session).await?;
        tx.outbox().append(&record(events)).await?;
        let entry = AuditEntry {
            at: self.clock.now(),
            actor: None,
            action,
            subject: session.id.to_string(),
            details: vec![("status", session.status.to_string())],
        };
        Ok(tx.audit().append(entry).await?)
    }
}

/// A timer whose moment has passed, or not come, does nothing.
pub(crate) fn ignore(stale: SessionRefused) -> Result<(), BookingError> {
    match stale {
        SessionRefused::Illegal(_) | SessionRefused::NotDue => Ok(()),
        refused => Err(refused.into()),
    }
}
