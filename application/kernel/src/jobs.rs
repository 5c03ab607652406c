use async_trait::async_trait;
use domain_kernel::Timestamp;
use serde_json::Value;

use crate::StoreError;

/// Work for later. A timer is a job too: one with a due time and the version it was set for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What is to be done; it names the handler.
    pub kind: &'static str,
    /// What it is to be done to.
    pub subject: String,
    /// Tells timers of one kind and subject apart, such as the subject's version.
    pub version: i64,
    /// Not before this instant.
    pub run_at: Timestamp,
    /// What the handler needs beyond the subject.
    pub payload: Value,
}

/// A job that this worker has taken and must finish before its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// The queue's own key.
    pub id: i64,
    /// See [`NewJob::kind`].
    pub kind: String,
    /// See [`NewJob::subject`].
    pub subject: String,
    /// See [`NewJob::version`].
    pub version: i64,
    /// See [`NewJob::payload`].
    pub payload: Value,
    /// How often it was begun before.
    pub attempts: i32,
}

/// How much the queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueDepth {
    /// Jobs that are due and not leased.
    pub due: i64,
    /// Jobs that were given up, kept for an operator.
    pub dead: i64,
}

/// The jobs as a unit of work sees them.
#[async_trait]
pub trait Jobs: Send {
    /// Adds a job, unless there is or was one of the same kind, subject and version.
    async fn schedule(&mut self, job: NewJob) -> Result<(), StoreError> {
        self.schedule_all(vec![job]).await
    }
    /// Adds each of these jobs, as [`Self::schedule`] does.
    async fn schedule_all(&mut self, jobs: Vec<NewJob>) -> Result<(), StoreError>;
    /// Lets a job that was given up be tried again from `now` on, as often as a new one. False if
    /// there is no such job, or it was not given up.
    async fn revive(&mut self, job: i64, now: Timestamp) -> Result<bool, StoreError>;
    /// Puts a job that was given up aside for good: it counts as done, and what it held is
    /// forgotten. False as for [`Self::revive`].
    async fn put_aside(&mut self, job: i64, now: Timestamp) -> Result<bool, StoreError>;
}

/// The jobs as a worker sees them. Each call is a unit of work of its own.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Turns events of the outbox into jobs: one for each subscription `(event, job kind)`, none for
    /// an event that is `unheard`. Others are left for a worker that knows them. Answers how many
    /// events were taken.
    async fn dispatch(
        &self,
        subscriptions: &[(&'static str, &'static str)],
        unheard: &[&'static str],
        now: Timestamp,
    ) -> Result<usize, StoreError>;
    /// Takes at most `most` due jobs of these kinds until `lease_until`; nobody else gets them before.
    async fn claim(
        &self,
        worker: &str,
        kinds: &[&'static str],
        most: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Vec<LeasedJob>, StoreError>;
    /// Counts an attempt of a taken job, which begins now, and holds it until `lease_until`. False if
    /// it is no longer this worker's.
    async fn begin(&self, worker: &str, job: i64, lease_until: Timestamp) -> Result<bool, StoreError>;
    /// Holds a taken job for longer. False if it is no longer this worker's.
    async fn extend(&self, worker: &str, job: i64, lease_until: Timestamp) -> Result<bool, StoreError>;
    /// The job is done.
    async fn finish(&self, worker: &str, job: i64, now: Timestamp) -> Result<(), StoreError>;
    /// The job failed: it is tried again at `retry_at`, or given up if there is none.
    async fn fail(
        &self,
        worker: &str,
        job: i64,
        error: &str,
        now: Timestamp,
        retry_at: Option<Timestamp>,
    ) -> Result<(), StoreError>;
    /// How much is waiting.
    async fn depth(&self, now: Timestamp) -> Result<QueueDepth, StoreError>;
}
