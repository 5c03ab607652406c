use std::sync::Arc;

use application_kernel::{
    Actor, AuditEntry, Clock, CurrentOperator, Permission, Reply, Store, StoreError, Ticket, once,
};
use domain_kernel::Fact;

use crate::ports::OperationsTx;
use crate::{DeadJobView, DropJob, OperationsError, RetryJob};

/// The jobs that were given up, and what operators decide about them.
pub struct Queue {
    store: Arc<dyn Store<OperationsTx>>,
    clock: Arc<dyn Clock>,
}

impl Queue {
    /// The queue over these ports.
    pub fn new(store: Arc<dyn Store<OperationsTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// A job is tried again, as often as a new one.
    pub async fn retry(&self, cmd: RetryJob) -> Result<Reply<DeadJobView>, OperationsError> {
        self.decide(&cmd.ticket, cmd.job, "job.retry", vec![], || {
            async |tx| Ok(tx.jobs().revive(cmd.job, self.clock.now()).await?)
        })
        .await
    }

    /// A job that was given up is never tried again.
    pub async fn put_aside(&self, cmd: DropJob) -> Result<Reply<DeadJobView>, OperationsError> {
        self.decide(&cmd.ticket, cmd.job, "job.drop", vec![("reason", cmd.reason)], || {
            async |tx| {
                let is_known = tx.dead_jobs().view(cmd.job).await?.is_some();
                let changed = tx.jobs().put_aside(cmd.job, self.clock.now()).await?;
                if is_known && !changed && !tx.dead_jobs().was_dropped(cmd.job).await? {
                    return Err(OperationsError::NotGivenUp);
                }
                Ok(changed)
            }
        })
        .await
    }

    /// One decision about one job. One that is not given up any more answers as it is.
    async fn decide<C>(
        &self,
        ticket: &Ticket<CurrentOperator>,
        job: i64,
        action: &'static str,
        details: Vec<Fact>,
        mut change: impl FnMut() -> C,
    ) -> Result<Reply<DeadJobView>, OperationsError>
    where
        C: AsyncFnOnce(&mut OperationsTx) -> Result<bool, OperationsError>,
    {
        ticket.by.may(Permission::Studio)?;
        once(&*self.store, &*self.clock, ticket, || {
            let (change, mut details) = (change(), details.clone());
            async move |tx: &mut OperationsTx| {
                let changed = change(tx).await?;
                let view = tx.dead_jobs().view(job).await?.ok_or(StoreError::NotFound { table: "jobs" })?;
                if changed {
                    details.insert(0, ("kind", view.kind.clone()));
                    details.insert(1, ("subject", view.subject.clone()));
                    let actor = Some(Actor::Operator(ticket.by.id.clone()));
                    let at = self.clock.now();
                    let entry = AuditEntry { at, actor, action, subject: job.to_string(), details };
                    tx.audit().append(entry).await?;
                }
                Ok(Reply::changed(view))
            }
        })
        .await
    }
}
