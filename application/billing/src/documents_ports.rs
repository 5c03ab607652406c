use application_kernel::{Page, PageRequest, StoreError};
use async_trait::async_trait;
use domain_billing::{DocumentNumber, Posted};
use domain_kernel::{PaymentId, SessionId, Timestamp, UserId};

use crate::{
    DocumentView, EarningView, Issued, Month, NamedView, NewDocument, OwnPaymentView, Particulars,
    StatementLineView,
};

/// The constraint that a second document of one cause violates.
pub const ISSUED_ONCE: &str = "issued_documents_once";

/// Receipts, invoices and credit notes.
#[async_trait]
pub trait Documents: Send {
    /// The session's payment. Locks nothing.
    async fn payment_of(&mut self, session: &SessionId) -> Result<Option<PaymentId>, StoreError>;
    /// What was posted about the payment, in order.
    async fn posted(&mut self, payment: &PaymentId) -> Result<Vec<Posted>, StoreError>;
    /// What was issued about it.
    async fn issued(&mut self, payment: &PaymentId) -> Result<Vec<Issued>, StoreError>;
    /// Who and what it is about, as they are called now.
    async fn particulars(&mut self, payment: &PaymentId) -> Result<Particulars, StoreError>;
    /// Issues a document under the next number of its series and year, which nobody else takes until the unit ends;
    /// undone, the number is free again. `Duplicate(ISSUED_ONCE)` if there is one of that kind and source.
    async fn issue(&mut self, document: &NewDocument, now: Timestamp) -> Result<DocumentNumber, StoreError>;
}

/// By what documents are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentKey {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Its number.
    pub number: DocumentNumber,
}

/// What students and mentors read of their own money. Each is one statement, whose rows are the reader's own; lists
/// begin with the latest.
#[async_trait]
pub trait StatementQueries: Send + Sync {
    /// A student's payments, by key.
    async fn own_payments(
        &self,
        student: &UserId,
        page: &PageRequest<String>,
    ) -> Result<Page<OwnPaymentView, String>, StoreError>;
    /// A mentor's shares, by payment. Those that were taken over are not among them.
    async fn own_earnings(
        &self,
        mentor: &UserId,
        page: &PageRequest<String>,
    ) -> Result<Page<EarningView, String>, StoreError>;
    /// What was issued to somebody, by time and number.
    async fn own_documents(
        &self,
        person: &UserId,
        page: &PageRequest<DocumentKey>,
    ) -> Result<Page<DocumentView, DocumentKey>, StoreError>;
    /// One of them.
    async fn own_document(
        &self,
        person: &UserId,
        number: &DocumentNumber,
    ) -> Result<Option<DocumentView>, StoreError>;
    /// The mentor, and what moved their money in the month, in order: at most one line more than a statement has.
    async fn movements(
        &self,
        mentor: &UserId,
        month: Month,
    ) -> Result<(NamedView, Vec<StatementLineView>), StoreError>;
}
