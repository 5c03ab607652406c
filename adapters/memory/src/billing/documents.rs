use application_billing::ports::{Documents, ISSUED_ONCE};
use application_billing::{Issued, NamedView, NewDocument, Particulars};
use application_kernel::StoreError;
use async_trait::async_trait;
use domain_billing::{DocumentNumber, Posted};
use domain_kernel::{PaymentId, SessionId, Timestamp, UserId};

use super::missing;
use crate::store::{MemoryTx, State};

impl State {
    /// What was posted about a payment, in order.
    pub(super) fn posted(&self, payment: &PaymentId) -> Vec<Posted> {
        let own =
            |(entry, _): &&(domain_kernel::JournalEntry, Timestamp)| entry.payment.as_ref() == Some(payment);
        self.journal_entries
            .iter()
            .filter(own)
            .map(|(entry, at)| Posted {
                kind: entry.kind,
                source: entry.source.clone(),
                at: *at,
                currency: entry.currency,
                lines: entry.lines().into_iter().map(|(account, minor)| (account.kind, minor)).collect(),
            })
            .collect()
    }

    /// Somebody by their name.
    pub(super) fn named(&self, id: &UserId) -> Option<NamedView> {
        self.users.get(id).map(|user| NamedView { id: id.to_string(), name: user.name.clone() })
    }
}

#[async_trait]
impl Documents for MemoryTx {
    async fn payment_of(&mut self, session: &SessionId) -> Result<Option<PaymentId>, StoreError> {
        let mut payments = self.state.payments.values();
        Ok(payments.find(|payment| payment.session == *session).map(|payment| payment.id.clone()))
    }

    async fn posted(&mut self, payment: &PaymentId) -> Result<Vec<Posted>, StoreError> {
        Ok(self.state.posted(payment))
    }

    async fn issued(&mut self, payment: &PaymentId) -> Result<Vec<Issued>, StoreError> {
        let documents = self.state.issued_documents.iter();
        Ok(documents
            .filter(|(_, (document, _))| document.payment == *payment)
            .map(|(number, (document, _))| Issued {
                kind: document.kind,
                source: document.source.clone(),
                number: *number,
            })
            .collect())
    }

    async fn particulars(&mut self, payment: &PaymentId) -> Result<Particulars, StoreError> {
        let payment = self.state.payments.get(payment).ok_or(missing("payments"))?;
        let session = self.state.sessions.get(&payment.session).ok_or(missing("payments"))?;
        Ok(Particulars {
            session_id: session.id.to_string(),
            student: self.state.named(&session.student).ok_or(missing("payments"))?,
            mentor: self.state.named(&session.mentor).ok_or(missing("payments"))?,
            skill: session.skill_name.clone(),
            plan: self.state.plan(session.plan).map(|plan| plan.title.clone()),
            gateway: payment.gateway.clone(),
            of_minor: None,
        })
    }

    async fn issue(&mut self, document: &NewDocument, now: Timestamp) -> Result<DocumentNumber, StoreError> {
        let issued = &mut self.state.issued_documents;
        let same = |other: &NewDocument| (other.kind, &other.source) == (document.kind, &document.source);
        if issued.values().any(|(other, _)| same(other)) {
            return Err(StoreError::Duplicate { constraint: ISSUED_ONCE.into() });
        }
        let (series, year) = (document.kind.series(), DocumentNumber::year_at(now));
        let last = issued.keys().filter(|number| (number.series, number.year) == (series, year)).max();
        let number = DocumentNumber { series, year, place: last.map_or(1, |last| last.place + 1) };
        issued.insert(number, (document.clone(), now));
        Ok(number)
    }
}
