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
    unheard: Vec<&'static str>,
}

impl Worker {
    /// A worker without handlers; `name` must be unique among those that share the queue.
    pub fn new(name: String, queue: Arc<dyn JobQueue>, clock: Arc<dyn Clock>, pace: WorkerPace) -> Self {
        Self {
            name,
            queue,
            clock,
            pace,
            handlers: BTreeMap::new(),
            subscriptions: Vec::new(),
            unheard: Vec::new(),
        }
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

    /// Knows that nothing follows from these events. Events that a worker does not know are left for
    /// one that does: it may be newer.
    #[must_use]
    pub fn ignoring(mut self, events: &[&'static str]) -> Self {
        self.unheard.extend(events);
        self
    }

    /// Works until `stop` turns true; a job that is under way is finished first, and what else was
    /// taken comes back when its lease ends.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let worked = match self.step(&|| *stop.borrow()).await {
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
        while self.step(&|| false).await? > 0 {}
        Ok(())
    }

    /// One round: dispatches events, then does one batch of jobs. Answers how much there was.
    async fn step(&self, stopping: &(dyn Fn() -> bool + Sync)) -> Result<usize, StoreError> {
        let dispatched = self.queue.dispatch(&self.subscriptions, &self.unheard, self.clock.now()).await?;
        let kinds: Vec<&'static str> = self.handlers.keys().copied().collect();
        let now = self.clock.now();
        let lease_until = now.plus(self.lease());
        let jobs = self.queue.claim(&self.name, &kinds, self.pace.batch.into(), now, lease_until).await?;
        for job in &jobs {
            if stopping() {
                break;
            }
            self.work(job).await?;
        }
        Ok(dispatched + jobs.len())
    }

    async fn work(&self, job: &LeasedJob) -> Result<(), StoreError> {
        let Some(handler) = self.handlers.get(job.kind.as_str()) else { return Ok(()) };
        // A job that kills its worker comes back each time its lease ends, but not for ever.
        if job.attempts >= self.pace.tries {
            return self
                .queue
                .fail(&self.name, job.id, "its worker died each time", self.clock.now(), None)
                .await;
        }
        // Jobs of a batch wait for each other, so the lease begins anew with each.
        if !self.queue.begin(&self.name, job.id, self.clock.now().plus(self.lease())).await? {
            return Ok(());
        }
        #[cfg(feature = "fault")]
        crate::fault::reached("claimed_job");
        let attempt = job.attempts + 1;
        let outcome = tokio::select! {
            outcome = handler.handle(job) => outcome,
            () = self.keep(job) => return Ok(()),
        };
        match outcome {
            Ok(()) => self.queue.finish(&self.name, job.id, self.clock.now()).await,
            Err(error) => {
                let retry_at = (attempt < self.pace.tries).then(|| self.clock.now().plus(backoff(attempt)));
                tracing::warn!(kind = job.kind, subject = job.subject, attempt, %error, gave_up = retry_at.is_none(), "a job failed");
                self.queue.fail(&self.name, job.id, &error.0, self.clock.now(), retry_at).await
            }
        }
    }

    /// Extends the lease at half its time; ends only when the job is no longer this worker's. A queue
    /// that does not answer is asked again: what the job does stands or falls with its own unit.
    async fn keep(&self, job: &LeasedJob) {
        loop {
            tokio::time::sleep(self.pace.lease / 2).await;
            match self.queue.extend(&self.name, job.id, self.clock.now().plus(self.lease())).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(kind = job.kind, subject = job.subject, "the lease was lost");
                    return;
                }
                Err(error) => {
                    tracing::warn!(kind = job.kind, subject = job.subject, %error, "the lease was not extended");
                }
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
