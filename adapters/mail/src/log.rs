use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use application_kernel::{Clock, Mail, Mailbox, Mailer, MailerDown, StoredMail};
use async_trait::async_trait;

/// How many mails the mailbox keeps; older ones are forgotten.
const KEPT: usize = 1000;

/// Writes that a mail was sent to the log (without its text, which may hold a code), and keeps the
/// newest in memory for `/dev/mailbox`.
pub struct LogMailer {
    clock: Arc<dyn Clock>,
    kept: Mutex<VecDeque<StoredMail>>,
}

impl LogMailer {
    /// An empty mailbox.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::new(VecDeque::new()) }
    }
}

#[async_trait]
impl Mailer for LogMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailerDown> {
        let Mail { to, subject, text } = mail;
        tracing::info!(to, subject, "a mail was delivered to the development mailbox");
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(StoredMail { to, subject, text, at: self.clock.now().to_string() });
        kept.truncate(KEPT);
        Ok(())
    }
}

impl Mailbox for LogMailer {
    fn read(&self, to: Option<&str>) -> Vec<StoredMail> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().filter(|mail| to.is_none_or(|to| mail.to == to)).take(100).cloned().collect()
    }
}
