//! The queue as workers see it.

use application_kernel::{JobQueue, LeasedJob, NewJob, QueueDepth, Recorded, StoreError};
use async_trait::async_trait;
use domain_kernel::Timestamp;
use serde_json::{Map, Value};

use crate::platform::next;
use crate::store::{MemoryStore, State};

/// At most so many events are dispatched at once.
const BATCH: usize = 100;

/// An event on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    recorded: Recorded,
    is_dispatched: bool,
}

/// A job with its lease. It stays when it is over: another like it must never be added.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) new: NewJob,
    pub(crate) attempts: i32,
    lease: Option<(String, Timestamp)>,
    end: Option<End>,
    pub(crate) last_error: Option<String>,
    /// When it was given up.
    pub(crate) dead_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Finished,
    Dead,
}

impl Event {
    pub(crate) fn waiting(recorded: Recorded) -> Self {
        Self { recorded, is_dispatched: false }
    }
}

impl Job {
    /// Whether it is still to be done.
    pub(crate) fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// A job that was given up is tried again; false if it was not given up.
    pub(crate) fn revive(&mut self, now: Timestamp) -> bool {
        let is_dead = self.end == Some(End::Dead);
        if is_dead {
            (self.end, self.dead_at) = (None, None);
            (self.attempts, self.lease, self.new.run_at) = (0, None, now);
        }
        is_dead
    }

    /// A job that was given up counts as done; false if it was not given up.
    pub(crate) fn put_aside(&mut self) -> bool {
        let is_dead = self.end == Some(End::Dead);
        if is_dead {
            (self.end, self.dead_at, self.new.payload) = (Some(End::Finished), None, Value::Null);
        }
        is_dead
    }

    fn is_waiting(&self, now: Timestamp) -> bool {
        let is_free = self.lease.as_ref().is_none_or(|(_, until)| *until <= now);
        self.end.is_none() && self.new.run_at <= now && is_free
    }

    fn is_with(&self, worker: &str) -> bool {
        self.end.is_none() && self.lease.as_ref().is_some_and(|(holder, _)| holder == worker)
    }
}

impl State {
    /// Adds a job, unless there is or was one of the same kind, subject and version.
    pub(crate) fn schedule(&mut self, job: NewJob) {
        let same = |old: &Job| {
            (old.new.kind, &old.new.subject, old.new.version) == (job.kind, &job.subject, job.version)
        };
        if !self.jobs.values().any(same) {
            let id = next(self.jobs.keys().next_back().copied());
            self.jobs.insert(
                id,
                Job { new: job, attempts: 0, lease: None, end: None, last_error: None, dead_at: None },
            );
        }
    }

    /// The job, if this worker holds it.
    fn held(&mut self, worker: &str, job: i64) -> Option<&mut Job> {
        self.jobs.get_mut(&job).filter(|job| job.is_with(worker))
    }
}

impl MemoryStore {
    /// What is still to be done: events that were not dispatched, and jobs that are not over.
    pub async fn left(&self) -> (Vec<Recorded>, Vec<NewJob>) {
        let state = self.state().await;
        let waiting = state.outbox.values().filter(|event| !event.is_dispatched);
        let open = state.jobs.values().filter(|job| job.is_open());
        (waiting.map(|event| event.recorded.clone()).collect(), open.map(|job| job.new.clone()).collect())
    }
}

#[async_trait]
impl JobQueue for MemoryStore {
    async fn dispatch(
        &self,
        subscriptions: &[(&'static str, &'static str)],
        unheard: &[&'static str],
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut state = self.state().await;
        let knows = |kind| unheard.contains(&kind) || subscriptions.iter().any(|(event, _)| *event == kind);
        let taken: Vec<(i64, Recorded)> = state
            .outbox
            .iter_mut()
            .filter(|(_, event)| !event.is_dispatched && knows(event.recorded.kind))
            .take(BATCH)
            .map(|(id, event)| {
                event.is_dispatched = true;
                (*id, event.recorded.clone())
            })
            .collect();
        for (id, event) in &taken {
            for (_, kind) in subscriptions.iter().filter(|(wanted, _)| *wanted == event.kind) {
                let facts =
                    event.facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
                state.schedule(NewJob {
                    kind,
                    subject: event.subject.clone(),
                    version: *id,
                    run_at: now,
                    payload: Value::Object(facts.collect::<Map<_, _>>()),
                });
            }
        }
        Ok(taken.len())
    }

    async fn claim(
        &self,
        worker: &str,
        kinds: &[&'static str],
        most: i64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        let mut state = self.state().await;
        let mut due: Vec<(Timestamp, i64)> = state
            .jobs
            .iter()
            .filter(|(_, job)| kinds.contains(&job.new.kind) && job.is_waiting(now))
            .map(|(id, job)| (job.new.run_at, *id))
            .collect();
        due.sort_unstable();
        due.truncate(usize::try_from(most).unwrap_or(0));
        let mut claimed = Vec::with_capacity(due.len());
        for (_, id) in due {
            if let Some(job) = state.jobs.get_mut(&id) {
                job.lease = Some((worker.to_owned(), lease_until));
                let NewJob { kind, subject, version, run_at: _, payload } = job.new.clone();
                let kind = kind.to_owned();
                claimed.push(LeasedJob { id, kind, subject, version, payload, attempts: job.attempts });
            }
        }
        claimed.sort_by_key(|job| job.id);
        Ok(claimed)
    }

    async fn begin(&self, worker: &str, job: i64, lease_until: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state().await;
        let held = state.held(worker, job);
        let begun = held.map(|job| {
            job.lease = Some((worker.to_owned(), lease_until));
            job.attempts += 1;
        });
        Ok(begun.is_some())
    }

    async fn extend(&self, worker: &str, job: i64, lease_until: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state().await;
        let held = state.held(worker, job);
        Ok(held.map(|job| job.lease = Some((worker.to_owned(), lease_until))).is_some())
    }

    async fn finish(&self, worker: &str, job: i64, _: Timestamp) -> Result<(), StoreError> {
        if let Some(job) = self.state().await.held(worker, job) {
            (job.lease, job.end, job.last_error) = (None, Some(End::Finished), None);
        }
        Ok(())
    }

    async fn fail(
        &self,
        worker: &str,
        job: i64,
        error: &str,
        now: Timestamp,
        retry_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        if let Some(job) = self.state().await.held(worker, job) {
            (job.lease, job.last_error) = (None, Some(error.to_owned()));
            if let Some(at) = retry_at {
                job.new.run_at = at;
            } else {
                (job.end, job.dead_at) = (Some(End::Dead), Some(now));
            }
        }
        Ok(())
    }

    async fn depth(&self, now: Timestamp) -> Result<QueueDepth, StoreError> {
        let state = self.state().await;
        let count = |wanted: &dyn Fn(&Job) -> bool| {
            i64::try_from(state.jobs.values().filter(|job| wanted(job)).count()).unwrap_or(i64::MAX)
        };
        Ok(QueueDepth {
            due: count(&|job| job.is_waiting(now)),
            dead: count(&|job| job.end == Some(End::Dead)),
        })
    }
}
