use std::sync::Arc;

use application_kernel::{
    Clock, JobFailed, JobHandler, LeasedJob, Mail, Store, StoreError, Worker, mail_job, transact,
};
use async_trait::async_trait;
use domain_kernel::SessionId;

use crate::ports::{BookingQueries, BookingTx, NoticeFacts};

/// Each event that is mailed about, with the job that does it.
const NOTICES: &[(&str, &str)] = &[
    ("session_requested", "notice_requested"),
    ("session_approved", "notice_approved"),
    ("session_rejected", "notice_rejected"),
    ("session_expired", "notice_expired"),
    ("session_lapsed", "notice_lapsed"),
    ("session_scheduled", "notice_scheduled"),
];

/// Mails the parties about what happened to their session.
pub struct Notices {
    store: Arc<dyn Store<BookingTx>>,
    queries: Arc<dyn BookingQueries>,
    clock: Arc<dyn Clock>,
}

/// Lets the worker mail the parties of sessions.
#[must_use]
pub fn mail_notices(
    worker: Worker,
    store: Arc<dyn Store<BookingTx>>,
    queries: Arc<dyn BookingQueries>,
    clock: Arc<dyn Clock>,
) -> Worker {
    let handler = Arc::new(Notices { store, queries, clock });
    NOTICES
        .iter()
        .fold(worker, |worker, (event, job)| worker.handling(job, handler.clone()).subscribing(event, job))
}

#[async_trait]
impl JobHandler for Notices {
    async fn handle(&self, job: &LeasedJob) -> Result<(), JobFailed> {
        let id = SessionId::parse(job.subject.clone()).map_err(JobFailed::new)?;
        let Some(facts) = self.queries.notice(&id).await.map_err(JobFailed::new)? else { return Ok(()) };
        let mails = mails(&job.kind, &facts);
        transact(&*self.store, || {
            async |tx| {
                for mail in &mails {
                    let subject = format!("{}:{id}:{}", job.kind, mail.to);
                    tx.jobs().schedule(mail_job(subject, job.version, mail, self.clock.now())).await?;
                }
                Ok::<_, StoreError>(())
            }
        })
        .await
        .map_err(JobFailed::new)
    }
}

/// Who is told what.
fn mails(kind: &str, facts: &NoticeFacts) -> Vec<Mail> {
    let NoticeFacts { student, mentor, session } = facts;
    let skill = &session.skill_name;
    let (date, time) = (session.terms.first_date, session.terms.time);
    let when = format!("{date} {time} ({})", session.terms.zone);
    let to = |(name, address): &(String, String), subject: String, text: String| Mail {
        to: address.clone(),
        subject,
        text: format!("Hello {name},\n\n{text}\n\nCareerNav"),
    };
    match kind {
        "notice_requested" => vec![to(
            mentor,
            format!("A request for {skill}"),
            format!(
                "A student asks you for {skill}, from {when} on. Please answer before {}.",
                session.expires_at
            ),
        )],
        "notice_approved" => vec![to(
            student,
            format!("{} will teach you {skill}", mentor.0),
            format!(
                "Your request for {skill} from {when} on is approved. Please pay {} before {}.",
                session.terms.price,
                session.pay_by.unwrap_or(session.expires_at)
            ),
        )],
        "notice_rejected" => vec![to(
            student,
            format!("Your request for {skill} was declined"),
            format!("The mentor declined: {}", session.reason.as_deref().unwrap_or("no reason was given")),
        )],
        "notice_expired" => vec![to(
            student,
            format!("Your request for {skill} has expired"),
            "The mentor did not answer in time. You can ask again, or ask another mentor.".into(),
        )],
        "notice_lapsed" => [student, mentor]
            .into_iter()
            .map(|party| {
                to(
                    party,
                    format!("{skill} was called off"),
                    "It was not paid in time, so its meetings are free again.".into(),
                )
            })
            .collect(),
        "notice_scheduled" => [student, mentor]
            .into_iter()
            .map(|party| {
                to(
                    party,
                    format!("{skill} begins on {date}"),
                    format!("It is paid. The {} meetings begin on {when}.", session.terms.items()),
                )
            })
            .collect(),
        _ => vec![],
    }
}
