use application_kernel::{AuditEntry, Reply, once, record, transact};
use domain_billing::{Payment, PaymentStatus};
use domain_kernel::PaymentId;
use domain_mentoring::{SessionRefused, Side};

use crate::booking::broken_id;
use crate::ports::OrderRequest;
use crate::{Booking, BookingError, PaymentView, StartPayment};

impl Booking {
    /// The student starts to pay, or tries again after a failure.
    ///
    /// The gateway's order is made after the payment stands, under the payment's key: by this
    /// call if the gateway answers, otherwise by the job that the outbox makes.
    pub async fn start_payment(&self, cmd: StartPayment) -> Result<Reply<PaymentView>, BookingError> {
        let by = &cmd.ticket.by;
        let id = PaymentId::parse(self.ids.text()).map_err(|_| broken_id())?;
        let mut reply = once(&*self.store, &*self.clock, &cmd.ticket, || {
            async |tx| {
                let now = self.clock.now();
                let session = tx.sessions().get(&cmd.session).await?;
                if session.side(&by.id).is_none() {
                    return Err(BookingError::from(SessionRefused::NotAParty));
                }
                let (payment, created) = match tx.payments().of_session(&session.id).await? {
                    // What is paid or under way stands; asking again answers with it.
                    Some(payment) if payment.status != PaymentStatus::Failed => {
                        session.may_see_payment(&by.id)?;
                        return Ok(Reply::changed(PaymentView::seen_by(Side::Student, &payment)));
                    }
                    Some(mut payment) => {
                        session.may_pay(&by.id, now)?;
                        payment.retry(now)?;
                        tx.payments().save(&mut payment).await?;
                        (payment, false)
                    }
                    None => {
                        session.may_pay(&by.id, now)?;
                        let price = session.terms.price;
                        let (payment, event) =
                            Payment::start(id.clone(), session.id.clone(), price, self.gateway.name(), now);
                        tx.payments().add(&payment).await?;
                        tx.outbox().append(&record(&[event])).await?;
                        (payment, true)
                    }
                };
                tx.audit()
                    .append(AuditEntry {
                        at: now,
                        actor: Some(by.id.clone().into()),
                        action: "payment.start",
                        subject: payment.id.to_string(),
                        details: vec![("status", payment.status.to_string())],
                    })
                    .await?;
                let view = PaymentView::seen_by(Side::Student, &payment);
                let path = format!("sessions/{}/payment", session.id);
                Ok(if created { Reply::created(path, view) } else { Reply::changed(view) })
            }
        })
        .await?;
        if reply.view.order.is_none() {
            let placed = match PaymentId::parse(reply.view.id.clone()) {
                Ok(id) => self.place_order(&id).await,
                Err(_) => Err(broken_id().into()),
            };
            match placed {
                Ok(order) => reply.view.order = Some(order),
                Err(error) => tracing::warn!(payment = reply.view.id, %error, "the order is left to the job"),
            }
        }
        Ok(reply)
    }

    /// Makes the gateway's order for a payment and keeps its key. Doing it again changes nothing.
    pub async fn place_order(&self, id: &PaymentId) -> Result<String, BookingError> {
        let payment =
            transact(&*self.store, || async |tx| Ok::<_, BookingError>(tx.payments().get(id).await?)).await?;
        if let Some(order) = payment.order {
            return Ok(order);
        }
        // No lock is held while the gateway thinks.
        let order = self.gateway.order(OrderRequest { payment: id.clone(), amount: payment.amount }).await?;
        transact(&*self.store, || {
            async |tx| {
                let mut payment = tx.payments().get(id).await?;
                if payment.order.is_none() {
                    payment.place(order.clone(), self.clock.now())?;
                    tx.payments().save(&mut payment).await?;
                }
                Ok(order.clone())
            }
        })
        .await
    }
}
