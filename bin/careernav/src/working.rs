use std::sync::Arc;
use std::time::Duration;

use application_kernel::Worker;
use tokio::sync::watch;

/// Between a worker's death and the next one's beginning, so that one that cannot live does not fill the log.
const PAUSE: Duration = Duration::from_secs(1);

/// Does jobs until it is told to stop. A job that panics ends its worker and nobody else's work: its lease runs out, and
/// after so many tries it is given up, while a new worker does the others.
pub(crate) async fn work(worker: Arc<Worker>, mut stopped: watch::Receiver<bool>) {
    loop {
        let (worker, told) = (worker.clone(), stopped.clone());
        let Err(error) = tokio::spawn(async move { worker.run(told).await }).await else { return };
        tracing::error!(%error, "the worker died and begins anew");
        if tokio::time::timeout(PAUSE, stopped.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use adapter_memory::MemoryStore;
    use application_booking::ports::BookingTx;
    use application_kernel::{
        Clock, JobFailed, JobHandler, LeasedJob, NewJob, Store, StoreError, WorkerPace, transact,
    };
    use async_trait::async_trait;
    use domain_kernel::minutes;
    use tokio::sync::mpsc;

    use super::*;
    use crate::ambient::SystemClock;

    /// Panics at one job and tells of the others.
    struct Fragile(mpsc::UnboundedSender<String>);

    #[async_trait]
    impl JobHandler for Fragile {
        async fn handle(&self, job: &LeasedJob) -> Result<(), JobFailed> {
            assert_ne!(job.subject, "deadly");
            self.0.send(job.subject.clone()).unwrap();
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_job_that_panics_does_not_keep_the_others_from_being_done() {
        let store = Arc::new(MemoryStore::new());
        let booking: Arc<dyn Store<BookingTx>> = store.clone();
        for (subject, ago) in [("deadly", 2), ("harmless", 1)] {
            let run_at = SystemClock.now().minus(minutes(ago));
            let payload = serde_json::Value::Null;
            let job = NewJob { kind: "try", subject: subject.to_owned(), version: 1, run_at, payload };
            let scheduled: Result<(), StoreError> =
                transact(&*booking, || async |tx| tx.jobs().schedule(job.clone()).await).await;
            scheduled.unwrap();
        }
        let (sender, mut done) = mpsc::unbounded_channel();
        // One at a time, so that the one does not hold the other's lease, too.
        let pace = WorkerPace { batch: 1, ..WorkerPace::default() };
        let worker = Worker::new("worker".to_owned(), store, Arc::new(SystemClock), pace);
        let worker = Arc::new(worker.handling("try", Arc::new(Fragile(sender))));
        let (stop, stopped) = watch::channel(false);
        let working = tokio::spawn(work(worker, stopped));
        assert_eq!(done.recv().await.as_deref(), Some("harmless"));
        stop.send(true).unwrap();
        working.await.unwrap();
    }
}
