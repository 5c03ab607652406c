use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain_kernel::{TimeDelta, minutes};
use tokio::sync::watch;

use crate::{Clock, JobQueue, LeasedJob, StoreError};

/// Why a job could not be done this time, told by its cause.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct JobFailed(String);

impl JobFailed {
    /// Tells the whole chain of causes.
    pub fn new(error: impl Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Self(text)
    }
}

/// Does one kind of job. A job may come twice (its worker may die after doing it), so doing it
/// again must change nothing.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// Does it.
    async fn handle(&self, job: &LeasedJob) -> Result<(), JobFailed>;
}

/// How a worker goes about it.
#[derive(Debug, Clone, Copy)]
pub struct WorkerPace {
    /// How long an idle worker waits before it looks again.
    pub idle: Duration,
    /// How long a job is taken for; at most 60 seconds. It is extended at half of it.
    pub lease: Duration,
    /// How many jobs are taken at once.
    pub batch: u8,
    /// How often a job is tried before it is given up.
    pub tries: i32,
}

impl Default for WorkerPace {
    fn default() -> Self {
        Self { idle: Duration::from_millis(500), lease: Duration::from_mins(1), batch: 10, tries: 10 }
    }
}

/// Turns outbox events into jobs and does the jobs that are due.
pub struct Worker {
    name: String,
    queue: Arc<dyn JobQueue>,
    clock: Arc<dyn Clock>,
    pace: WorkerPace,
    handlers: BTreeMap<&'static str, Arc<dyn JobHandler>>,
    subscriptions: Vec<(&'static str, &'static str)>,
}

impl Worker {
    /// A worker without handlers; `name` must be unique among those that share the queue.
    pub fn new(name: String, queue: Arc<dyn JobQueue>, clock: Arc<dyn Clock>, pace: WorkerPace) -> Self {
        Self { name, queue, clock, pace, handlers: BTreeMap::new(), subscriptions: Vec::new() }
    }

    /// Lets `handler` do the jobs of that kind.
    #[must_use]
    pub fn handling(mut self, kind: &'static str, handler: Arc<dyn JobHandler>) -> Self {
        self.handlers.insert(kind, handler);
        self
    }

    /// Makes a job of that kind of every such event.
    #[must_use]
    pub fn subscribing(mut self, event: &'static str, job: &'static str) -> Self {
        self.subscriptions.push((event, job));
        self
    }

    /// Works until `stop` turns true; a job that is under way is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let worked = match self.step().await {
                Ok(worked) => worked,
                Err(error) => {
                    tracing::warn!(%error, "the worker could not reach its queue");
                    0
                }
            };
            if worked == 0 {
                // A dropped sender means that the server is gone: stop as well.
                let wait = tokio::time::timeout(self.pace.idle, stop.wait_for(|stop| *stop));
                if let Ok(Err(_)) = wait.await {
                    return;
                }
            }
        }
    }

    /// Does everything that is due, and what that makes due, until nothing is.
    pub async fn drain(&self) -> Result<(), StoreError> {
        while self.step().await? > 0 {}
        Ok(())
    }

    /// One round: dispatches events, then does one batch of jobs. Answers how much there was.
    async fn step(&self) -> Result<usize, StoreError> {
        let dispatched = self.queue.dispatch(&self.subscriptions, self.clock.now()).await?;
        let kinds: Vec<&'static str> = self.handlers.keys().copied().collect();
        let now = self.clock.now();
        let lease_until = now.plus(self.lease());
        let jobs = self.queue.claim(&self.name, &kinds, self.pace.batch.into(), now, lease_until).await?;
        for job in &jobs {
            self.work(job).await?;
        }
        Ok(dispatched + jobs.len())
    }

    async fn work(&self, job: &LeasedJob) -> Result<(), StoreError> {
        let Some(handler) = self.handlers.get(job.kind.as_str()) else { return Ok(()) };
        // A job that kills its worker comes back each time its lease ends, but not for ever.
        if job.attempts > self.pace.tries {
            return self
                .queue
                .fail(&self.name, job.id, "its worker died each time", self.clock.now(), None)
                .await;
        }
        // Jobs of a batch wait for each other, so the lease is renewed before each.
        if !self.queue.extend(&self.name, job.id, self.clock.now().plus(self.lease())).await? {
            return Ok(());
        }
        let outcome = tokio::select! {
            outcome = handler.handle(job) => outcome,
            lost = self.keep(job) => return lost,
        };
        match outcome {
            Ok(()) => self.queue.finish(&self.name, job.id, self.clock.now()).await,
            Err(error) => {
                let retry_at =
                    (job.attempts < self.pace.tries).then(|| self.clock.now().plus(backoff(job.attempts)));
                tracing::warn!(kind = job.kind, subject = job.subject, attempts = job.attempts, %error, gave_up = retry_at.is_none(), "a job failed");
                self.queue.fail(&self.name, job.id, &error.0, self.clock.now(), retry_at).await
            }
        }
    }

    /// Extends the lease at half its time; ends only when the job is no longer this worker's.
    async fn keep(&self, job: &LeasedJob) -> Result<(), StoreError> {
        loop {
            tokio::time::sleep(self.pace.lease / 2).await;
            if !self.queue.extend(&self.name, job.id, self.clock.now().plus(self.lease())).await? {
                tracing::warn!(kind = job.kind, subject = job.subject, "the lease was lost");
                return Ok(());
            }
        }
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.pace.lease).unwrap_or(minutes(1))
    }
}

/// 10 s, 20 s, 40 s … at most an hour.
fn backoff(attempts: i32) -> TimeDelta {
    let doubled = 10_i64.saturating_mul(1 << attempts.clamp(1, 12) >> 1);
    TimeDelta::seconds(doubled.min(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_an_hour() {
        let waits: Vec<i64> = [1, 2, 3, 9, 10, 99].into_iter().map(|n| backoff(n).num_seconds()).collect();
        assert_eq!(waits, [10, 20, 40, 2560, 3600, 3600]);
    }
}
