use std::sync::Arc;

use application_kernel::{
    Clock, JobFailed, JobHandler, LeasedJob, Mail, NewJob, Store, StoreError, Worker, mail_job, transact,
};
use async_trait::async_trait;
use domain_kernel::{Labelled, SessionId};
use domain_mentoring::Side;
use serde_json::Value;

use crate::ports::{BookingQueries, BookingTx, NoticeFacts};

/// Each event that is mailed about, with the job that does it.
const NOTICES: &[(&str, &str)] = &[
    ("session_requested", "notice_requested"),
    ("session_approved", "notice_approved"),
    ("session_rejected", "notice_rejected"),
    ("session_expired", "notice_expired"),
    ("session_lapsed", "notice_lapsed"),
    ("session_paid", "notice_paid"),
    ("session_scheduled", "notice_scheduled"),
    ("session_withdrawn", "notice_withdrawn"),
    ("session_cancelled", "notice_cancelled"),
    ("session_completed", "notice_completed"),
    ("meeting_nears", "notice_meeting_nears"),
    ("meeting_move_proposed", "notice_move_proposed"),
    ("meeting_move_declined", "notice_move_declined"),
    ("meeting_moved", "notice_moved"),
    ("no_show_reported", "notice_no_show_reported"),
    ("no_show_decided", "notice_no_show_decided"),
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
        let mails = mails(&job.kind, &facts, &job.payload).into_iter().map(|(side, subject, text)| {
            let (name, address) = if side == Side::Student { &facts.student } else { &facts.mentor };
            let text = format!("Hello {name},\n\n{text}\n\nCareerNav");
            let mail = Mail { to: address.clone(), subject, text };
            mail_job(format!("{}:{id}:{side}", job.kind), job.version, &mail, self.clock.now())
        });
        let mails: Vec<NewJob> = mails.collect();
        transact(&*self.store, || async |tx| tx.jobs().schedule_all(mails.clone()).await)
            .await
            .map_err(|error: StoreError| JobFailed::new(error))
    }
}

/// Who is told what: side, subject line, text. `happened` holds the facts of the event.
fn mails(kind: &str, facts: &NoticeFacts, happened: &Value) -> Vec<(Side, String, String)> {
    use Side::{Mentor, Student};
    let session = &facts.session;
    let skill = &session.skill_name;
    let zone = session.terms.zone;
    let when = format!("{} {} ({zone})", session.terms.first_date, session.terms.time);
    let reason = session.reason.as_deref().unwrap_or("no reason was given");
    let said = |name: &str| happened.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind {
        "notice_requested" => vec![(
            Mentor,
            format!("A request for {skill}"),
            format!(
                "A student asks you for {skill}, from {when} on. Please answer before {}.",
                session.expires_at
            ),
        )],
        "notice_approved" => vec![(
            Student,
            format!("{} will teach you {skill}", facts.mentor.0),
            format!(
                "Your request for {skill} from {when} on is approved. Please pay {} before {}.",
                session.terms.price,
                session.pay_by.unwrap_or(session.expires_at)
            ),
        )],
        "notice_rejected" => vec![(
            Student,
            format!("Your request for {skill} was declined"),
            format!("The mentor declined: {reason}"),
        )],
        "notice_withdrawn" => vec![(
            Mentor,
            format!("The request for {skill} was taken back"),
            format!("The request for {skill} from {when} on needs no answer any more."),
        )],
        "notice_expired" => vec![(
            Student,
            format!("Your request for {skill} has expired"),
            "The mentor did not answer in time. You can ask again, or ask another mentor.".into(),
        )],
        "notice_lapsed" => both(
            format!("{skill} was called off"),
            "It was not paid in time, so its meetings are free again.".into(),
        ),
        "notice_cancelled" => both(
            format!("{skill} was called off"),
            format!(
                "{skill} was called off by the {}: {reason}. Meetings that have not taken place are cancelled; money \
                 that was paid for them goes back.",
                said("by")
            ),
        ),
        "notice_paid" => vec![(
            Student,
            format!("Your payment for {skill}"),
            format!("We have received {} for {skill}. Thank you.", session.terms.price),
        )],
        "notice_scheduled" => both(
            format!("{skill} begins on {}", session.terms.first_date),
            format!("It is paid. The {} meetings begin on {when}.", session.terms.items()),
        ),
        "notice_completed" => both(
            format!("{skill} is complete"),
            "All meetings have taken place. We would like to hear how it went.".into(),
        ),
        _ => meeting_mails(kind, skill, &said),
    }
}

/// The same of what happened to one meeting.
fn meeting_mails(kind: &str, skill: &str, said: &dyn Fn(&str) -> String) -> Vec<(Side, String, String)> {
    let item = said("item");
    // Who did it knows.
    let other = |subject: String, text: String| {
        both(subject, text).into_iter().filter(|(side, _, _)| side.label() != said("by")).collect()
    };
    match kind {
        "notice_meeting_nears" => both(
            format!("{skill}: a meeting is near"),
            format!("Meeting {} of {skill} begins at {} (UTC).", said("item"), said("starts_at")),
        ),
        "notice_move_proposed" => other(
            format!("{skill}: another time is proposed"),
            format!("Another time is proposed for meeting {item} of {skill}. Please answer."),
        ),
        "notice_move_declined" => other(
            format!("{skill}: the other time was declined"),
            format!("Meeting {item} of {skill} takes place as it was planned."),
        ),
        "notice_moved" => both(
            format!("{skill}: a meeting was moved"),
            format!("Meeting {} of {skill} now begins at {} (UTC).", said("item"), said("starts_at")),
        ),
        "notice_no_show_reported" => vec![(
            Side::Mentor,
            format!("{skill}: a meeting is said not to have taken place"),
            format!("The student says that you did not come to meeting {}. We look into it.", said("item")),
        )],
        "notice_no_show_decided" => {
            let found = if said("upheld") == "true" {
                "did not take place; the student gets its price back"
            } else {
                "has taken place"
            };
            both(
                format!("{skill}: your report was looked into"),
                format!("We found that meeting {} of {skill} {found}.", said("item")),
            )
        }
        _ => vec![],
    }
}

fn both(subject: String, text: String) -> Vec<(Side, String, String)> {
    vec![(Side::Student, subject.clone(), text.clone()), (Side::Mentor, subject, text)]
}
