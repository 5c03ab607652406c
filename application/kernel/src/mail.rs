use std::sync::Arc;

use async_trait::async_trait;
use domain_kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{JobFailed, JobHandler, LeasedJob, NewJob};

/// The kind of the job that sends a mail.
pub const SEND_MAIL: &str = "send_mail";

/// A plain-text mail to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// The mail server does not take the mail now.
#[derive(Debug, thiserror::Error)]
#[error("the mail could not be handed over: {reason}")]
pub struct MailerDown {
    /// What the server said.
    pub reason: String,
}

/// Hands mails to whoever delivers them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one over.
    async fn send(&self, mail: Mail) -> Result<(), MailerDown>;
}

/// A mail that was delivered to the development mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StoredMail {
    /// The address.
    #[schema(example = "asha@example.org")]
    pub to: String,
    /// The subject line.
    #[schema(example = "Your CareerNav code")]
    pub subject: String,
    /// The text.
    #[schema(example = "Your code is 12345678.")]
    pub text: String,
    /// When it was delivered.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub at: String,
}

/// The mails that were delivered here instead of sent: demo mode only.
pub trait Mailbox: Send + Sync {
    /// The mails to this address, or to anybody, newest first, at most 100.
    fn read(&self, to: Option<&str>) -> Vec<StoredMail>;
}

/// The job that sends `mail`. `subject` and `version` make sure that a mail goes out once.
pub fn mail_job(subject: String, version: i64, mail: &Mail, now: Timestamp) -> NewJob {
    NewJob { kind: SEND_MAIL, subject, version, run_at: now, payload: serde_json::json!(mail) }
}

/// Sends the mails of [`SEND_MAIL`] jobs.
pub struct MailHandler {
    mailer: Arc<dyn Mailer>,
}

impl MailHandler {
    /// Sends through `mailer`.
    pub fn new(mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer }
    }
}

#[async_trait]
impl JobHandler for MailHandler {
    async fn handle(&self, job: &LeasedJob) -> Result<(), JobFailed> {
        let mail = serde_json::from_value(job.payload.clone()).map_err(JobFailed::new)?;
        self.mailer.send(mail).await.map_err(JobFailed::new)
    }
}
