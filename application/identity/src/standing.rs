use application_kernel::{
    Actor, AuditEntry, CurrentOperator, Permission, Reply, StoreError, Ticket, once, record,
};
use domain_identity::{Standing, StandingEvent};
use domain_kernel::UserId;

use crate::ports::IdentityTx;
use crate::{ChangeRole, Identity, IdentityError, PersonView, Reinstate, Suspend};

/// What operators decide about people.
impl Identity {
    /// Shuts a person out: no log-in, no token that is still good, and a mentor is neither listed nor bookable. Requests
    /// that wait for a mentor's answer are booking's to reject, when it hears of it.
    pub async fn suspend(&self, cmd: Suspend) -> Result<Reply<PersonView>, IdentityError> {
        let details = vec![("reason", cmd.reason.clone())];
        self.decide(&cmd.ticket, &cmd.person, ("person.suspend", details), || {
            async |_, standing| Ok(standing.suspend(cmd.reason.clone(), self.clock.now()))
        })
        .await
    }

    /// Lets a person in again.
    pub async fn reinstate(&self, cmd: Reinstate) -> Result<Reply<PersonView>, IdentityError> {
        let details = vec![("reason", cmd.reason.clone())];
        self.decide(&cmd.ticket, &cmd.person, ("person.reinstate", details), || {
            async |_, standing| Ok(standing.reinstate())
        })
        .await
    }

    /// Makes a student a mentor or a mentor a student, when nothing binds them to what they are.
    pub async fn change_role(&self, cmd: ChangeRole) -> Result<Reply<PersonView>, IdentityError> {
        let details = vec![("role", cmd.role.to_string()), ("reason", cmd.reason.clone())];
        self.decide(&cmd.ticket, &cmd.person, ("person.change_role", details), || {
            async |tx, standing| {
                let bound = tx.standings().obligations(&cmd.person).await?;
                Ok(standing.change_role(cmd.role, bound)?)
            }
        })
        .await
    }

    /// One decision of one operator about somebody else: reads locked, changes, saves with what belongs to it.
    async fn decide<C>(
        &self,
        ticket: &Ticket<CurrentOperator>,
        person: &UserId,
        (action, details): (&'static str, Vec<domain_kernel::Fact>),
        mut change: impl FnMut() -> C,
    ) -> Result<Reply<PersonView>, IdentityError>
    where
        C: AsyncFnOnce(&mut IdentityTx, &mut Standing) -> Result<Vec<StandingEvent>, IdentityError>,
    {
        ticket.by.may(Permission::Users)?;
        ticket.by.decides_about(person)?;
        once(&*self.store, &*self.clock, ticket, || {
            let (change, details) = (change(), details.clone());
            async move |tx: &mut IdentityTx| {
                let now = self.clock.now();
                let mut standing = tx.standings().get(person).await?;
                let before = standing.token_version;
                let events = change(tx, &mut standing).await?;
                if !events.is_empty() {
                    tx.standings().save(&standing, now).await?;
                    if standing.token_version != before {
                        tx.refresh_tokens().end_all(person, now).await?;
                    }
                    tx.outbox().append(&record(&events)).await?;
                    let actor = Some(Actor::Operator(ticket.by.id.clone()));
                    let subject = person.to_string();
                    tx.audit().append(AuditEntry { at: now, actor, action, subject, details }).await?;
                }
                let view = tx.standings().view(person).await?;
                Ok(Reply::changed(view.ok_or(StoreError::NotFound { table: "users" })?))
            }
        })
        .await
    }
}
