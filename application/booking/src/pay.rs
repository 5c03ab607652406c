use application_kernel::{Answer, Reply, StoreError, once, record, transact};
use domain_billing::{Payment, PaymentStatus};
use domain_kernel::PaymentId;
use domain_mentoring::{SessionRefused, SessionStatus, Side};
use serde_json::Value;

use crate::booking::broken_id;
use crate::ports::OrderRequest;
use crate::record::audited;
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
                let session = tx.sessions().get(&cmd.session).await?;
                let now = self.clock.now();
                if session.side(&by.id).is_none() {
                    return Err(BookingError::from(SessionRefused::NotAParty));
                }
                let (payment, created) = match tx.payments().of_session(&session.id).await? {
                    // What is paid or under way stands, and so does an order that can still be paid; asking
                    // again answers with it.
                    Some(payment) if payment.status != PaymentStatus::Failed => {
                        session.must_be(Side::Student, &by.id)?;
                        if payment.status == PaymentStatus::Pending {
                            session.may_pay(&by.id, now).map_err(as_student)?;
                        }
                        let refunded =
                            tx.payments().ledger(&session.id).await?.map(|ledger| ledger.refunded.into());
                        return Ok(Reply::changed(PaymentView::seen_by(Side::Student, &payment, refunded)));
                    }
                    Some(mut payment) => {
                        session.may_pay(&by.id, now).map_err(as_student)?;
                        payment.retry(now)?;
                        tx.payments().save(&mut payment).await?;
                        (payment, false)
                    }
                    None => {
                        session.may_pay(&by.id, now).map_err(as_student)?;
                        let price = session.terms.price;
                        let (payment, event) =
                            Payment::start(id.clone(), session.id.clone(), price, self.gateway.name(), now);
                        tx.payments().add(&payment).await?;
                        tx.outbox().append(&record(&[event])).await?;
                        (payment, true)
                    }
                };
                let details = vec![("status", payment.status.to_string())];
                let entry = audited(
                    Some(by.id.clone().into()),
                    "payment.start",
                    payment.id.to_string(),
                    details,
                    now,
                );
                tx.audit().append(entry).await?;
                let view = PaymentView::seen_by(Side::Student, &payment, None);
                let path = format!("sessions/{}/payment", session.id);
                Ok(if created { Reply::created(path, view) } else { Reply::changed(view) })
            }
        })
        .await?;
        if let Some(id) = waiting_for_its_order(&reply.answer) {
            match self.place_order(&id).await {
                Ok(Some(order)) => show_order(&mut reply.answer, order),
                Ok(None) => {}
                Err(error) => tracing::warn!(payment = %id, %error, "the order is left to the job"),
            }
        }
        Ok(reply)
    }

    /// Makes the gateway's order for a payment that can still be paid, and keeps its key. Doing it again
    /// changes nothing. Answers the order that the payment has, if it has one.
    pub async fn place_order(&self, id: &PaymentId) -> Result<Option<String>, BookingError> {
        let find = || {
            async |tx: &mut crate::ports::BookingTx| {
                let missing = StoreError::NotFound { table: "payments" };
                Ok::<_, BookingError>(tx.payments().find(id).await?.ok_or(missing)?)
            }
        };
        let payment = transact(&*self.store, find).await?;
        if payment.order.is_some() || payment.status != PaymentStatus::Pending {
            return Ok(payment.order);
        }
        // No lock is held while the gateway thinks.
        let order = self.gateway.order(OrderRequest { payment: id.clone(), amount: payment.amount }).await?;
        transact(&*self.store, || {
            async |tx| {
                // Lock order: session, then payment.
                let session = tx.sessions().get(&payment.session).await?;
                let mut payment = tx.payments().get(id).await?;
                let is_payable =
                    session.status == SessionStatus::Approved && payment.status == PaymentStatus::Pending;
                if payment.order.is_none() && is_payable {
                    let now = self.clock.now();
                    payment.place(order.clone(), now)?;
                    tx.payments().save(&mut payment).await?;
                    self.watch(tx, &payment, &session, now).await?;
                }
                Ok(payment.order)
            }
        })
        .await
    }
}

/// Nobody but the student comes so far that the status refuses.
fn as_student(refused: SessionRefused) -> BookingError {
    BookingError::from(refused).seen_by(Some(Side::Student))
}

/// The payment of an answer that does not name its order yet, as it is or was shown.
fn waiting_for_its_order(answer: &Answer<PaymentView>) -> Option<PaymentId> {
    let id = match answer {
        Answer::New(view) => view.order.is_none().then(|| view.id.clone())?,
        Answer::Replayed(view) => view
            .get("order")
            .is_none_or(Value::is_null)
            .then(|| view.get("id")?.as_str().map(str::to_owned))??,
    };
    PaymentId::parse(id).ok()
}

fn show_order(answer: &mut Answer<PaymentView>, order: String) {
    match answer {
        Answer::New(view) => view.order = Some(order),
        Answer::Replayed(Value::Object(view)) => drop(view.insert("order".to_owned(), order.into())),
        Answer::Replayed(_) => {}
    }
}
