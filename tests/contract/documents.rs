//! What billing's stores keep of receipts, invoices and statements, on both technologies.

use application_billing::ports::{BillingTx, DocumentKey, ISSUED_ONCE};
use application_billing::{DocumentView, Issued, NewDocument};
use application_kernel::{PageRequest, PageSize, StoreError, UnitOfWork};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use domain_billing::{DocumentKind, DocumentNumber};
use domain_kernel::{AccountKind, EntryKind, PaymentId, Timestamp, UserId, days};

use crate::both_stores;
use crate::support::booked::Booked;
use crate::support::people::{inr, now};
use crate::support::stores::Stores;

both_stores! {
    a_document_is_read_as_it_was_issued_by_whom_it_was_issued_to,
    numbers_follow_one_another_in_each_series_and_year,
    a_number_that_was_not_kept_is_taken_by_the_next,
    a_cause_has_one_document_of_a_kind,
    documents_are_listed_from_the_latest_on,
    what_was_posted_is_read_back_in_order,
}

/// A paid session's payment, of which nothing was issued yet.
struct Cast {
    booked: Booked,
    payment: PaymentId,
}

impl Cast {
    async fn over(stores: Stores) -> Self {
        let booked = Booked::over(stores).await;
        let session = booked.scheduled().await;
        let payment = booked.ledger(&session).await.payment;
        Self { booked, payment }
    }

    /// A unit of work that is kept, unless it is told otherwise.
    async fn with<R>(
        &self,
        is_kept: bool,
        work: impl AsyncFn(&mut BillingTx) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let mut tx = self.booked.world.stores.billing.begin().await?;
        let outcome = work(&mut tx).await;
        if is_kept && outcome.is_ok() {
            tx.end().commit().await?;
        } else {
            tx.end().rollback().await;
        }
        outcome
    }

    async fn document(&self, kind: DocumentKind, source: &str) -> NewDocument {
        let found = self.with(true, async |tx| tx.documents().particulars(&self.payment).await).await;
        let booked = &self.booked;
        let person = if kind.is_for_student() { &booked.student.id } else { &booked.mentor.id };
        NewDocument {
            kind,
            source: source.into(),
            payment: self.payment.clone(),
            person: person.clone(),
            amount: inr(249_900),
            corrects: None,
            particulars: found.unwrap(),
            occurred_at: now(),
        }
    }

    async fn issue(&self, document: &NewDocument, at: Timestamp) -> Result<DocumentNumber, StoreError> {
        self.with(true, async |tx| tx.documents().issue(document, at).await).await
    }

    async fn listed(
        &self,
        by: &UserId,
        after: Option<DocumentKey>,
    ) -> (Vec<DocumentView>, Option<DocumentKey>) {
        let page = PageRequest { size: PageSize::parse(2).unwrap(), after };
        let found = self.booked.world.stores.statements.own_documents(by, &page).await.unwrap();
        (found.items, found.next)
    }
}

async fn a_document_is_read_as_it_was_issued_by_whom_it_was_issued_to(stores: Stores) {
    let cast = Cast::over(stores).await;
    let receipt = cast.document(DocumentKind::Receipt, "one").await;
    assert_eq!(receipt.particulars.student.name, "asha Person");
    assert_eq!(receipt.particulars.skill, "Java Programming");
    let number = cast.issue(&receipt, now()).await.unwrap();
    let mut note = cast.document(DocumentKind::CreditNote, "two").await;
    note.corrects = Some(number);
    note.particulars.of_minor = Some(7);
    let corrected = cast.issue(&note, now()).await.unwrap();
    let view = DocumentView::of(&note, &corrected, now());
    assert_eq!(view.corrects.as_deref(), Some("RCP-2026-000001"));
    let read = async |by: &UserId, number| {
        cast.booked.world.stores.statements.own_document(by, &number).await.unwrap()
    };
    let (student, mentor) = (&cast.booked.student.id, &cast.booked.mentor.id);
    assert_eq!(read(student, corrected).await, Some(view));
    assert_eq!(read(student, number).await, Some(DocumentView::of(&receipt, &number, now())));
    assert_eq!(read(mentor, number).await, None, "it was issued to another");
    assert_eq!(read(student, DocumentNumber { place: 9, ..number }).await, None);
    let mut issued = cast.with(true, async |tx| tx.documents().issued(&cast.payment).await).await.unwrap();
    issued.sort_by_key(|issued| issued.source.clone());
    let of = |document: &NewDocument, number| Issued {
        kind: document.kind,
        source: document.source.clone(),
        number,
    };
    assert_eq!(issued, [of(&receipt, number), of(&note, corrected)]);
}

async fn numbers_follow_one_another_in_each_series_and_year(stores: Stores) {
    let cast = Cast::over(stores).await;
    let next_year = now().plus(days(40));
    let mut numbers = Vec::new();
    for (kind, source, at) in [
        (DocumentKind::Receipt, "1", now()),
        (DocumentKind::Receipt, "2", now()),
        (DocumentKind::FeeInvoice, "1", now()),
        (DocumentKind::CreditNote, "1", now()),
        (DocumentKind::FeeCreditNote, "1", now()),
        (DocumentKind::Receipt, "3", next_year),
        (DocumentKind::Receipt, "4", next_year),
        (DocumentKind::Receipt, "5", now()),
    ] {
        let document = cast.document(kind, source).await;
        numbers.push(cast.issue(&document, at).await.unwrap().to_string());
    }
    let expected = [
        "RCP-2026-000001",
        "RCP-2026-000002",
        "INV-2026-000001",
        "CRN-2026-000001",
        "CRN-2026-000002",
        "RCP-2027-000001",
        "RCP-2027-000002",
        "RCP-2026-000003",
    ];
    assert_eq!(numbers, expected);
}

async fn a_number_that_was_not_kept_is_taken_by_the_next(stores: Stores) {
    let cast = Cast::over(stores).await;
    let (first, second) =
        (cast.document(DocumentKind::Receipt, "1").await, cast.document(DocumentKind::Receipt, "2").await);
    let issue = async |document: &NewDocument, is_kept| {
        let issued = cast.with(is_kept, async |tx| tx.documents().issue(document, now()).await).await;
        issued.unwrap().place
    };
    assert_eq!((issue(&first, false).await, issue(&first, false).await), (1, 1));
    assert_eq!(
        (issue(&second, true).await, issue(&first, false).await, issue(&first, true).await),
        (1, 2, 2)
    );
}

async fn a_cause_has_one_document_of_a_kind(stores: Stores) {
    let cast = Cast::over(stores).await;
    let receipt = cast.document(DocumentKind::Receipt, "1").await;
    cast.issue(&receipt, now()).await.unwrap();
    let again = cast.issue(&receipt, now()).await;
    assert_eq!(again, Err(StoreError::Duplicate { constraint: ISSUED_ONCE.into() }));
    let next = cast.document(DocumentKind::Receipt, "2").await;
    assert_eq!(cast.issue(&next, now()).await.unwrap().place, 2, "what was refused takes no number");
    let note = cast.document(DocumentKind::CreditNote, "1").await;
    assert!(cast.issue(&note, now()).await.is_ok());
}

async fn documents_are_listed_from_the_latest_on(stores: Stores) {
    let cast = Cast::over(stores).await;
    for (source, at) in [("1", now()), ("2", now()), ("3", now().plus(days(1)))] {
        let document = cast.document(DocumentKind::Receipt, source).await;
        cast.issue(&document, at).await.unwrap();
    }
    let numbers = |items: &[DocumentView]| items.iter().map(|item| item.number.clone()).collect::<Vec<_>>();
    let student = &cast.booked.student.id;
    let (items, next) = cast.listed(student, None).await;
    assert_eq!(numbers(&items), ["RCP-2026-000003", "RCP-2026-000002"]);
    let (items, next) = cast.listed(student, next).await;
    assert_eq!((numbers(&items), next), (vec!["RCP-2026-000001".to_owned()], None));
    assert_eq!(cast.listed(&cast.booked.mentor.id, None).await, (vec![], None));
}

async fn what_was_posted_is_read_back_in_order(stores: Stores) {
    let cast = Cast::over(stores).await;
    let payment = cast.payment.clone();
    let posted = cast.with(true, async |tx| tx.documents().posted(&payment).await).await.unwrap();
    assert_eq!(posted.len(), 1);
    assert_eq!((posted[0].kind, posted[0].source.as_str()), (EntryKind::Capture, payment.as_str()));
    assert_eq!(posted[0].moved(AccountKind::Escrow), Ok(inr(249_900)));
    let mut lines = posted[0].lines.clone();
    lines.sort();
    assert_eq!(lines, [(AccountKind::GatewayClearing, -249_900), (AccountKind::Escrow, 249_900)]);
    let particulars = cast.document(DocumentKind::Receipt, "1").await.particulars;
    let session = domain_kernel::SessionId::parse(particulars.session_id).unwrap();
    let found = cast.with(true, async |tx| tx.documents().payment_of(&session).await).await;
    assert_eq!(found, Ok(Some(payment)));
    let nobody = domain_kernel::SessionId::parse("nobody").unwrap();
    assert_eq!(cast.with(true, async |tx| tx.documents().payment_of(&nobody).await).await, Ok(None));
}

#[tokio::test]
async fn the_database_itself_keeps_documents_and_the_order_of_their_numbers() {
    let stores = Stores::postgres().await;
    let url = stores.url.clone().unwrap();
    let cast = Cast::over(stores).await;
    let receipt = cast.document(DocumentKind::Receipt, "1").await;
    cast.issue(&receipt, now()).await.unwrap();
    let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
    for (refused, by) in [
        ("UPDATE issued_documents SET amount_minor = 1", "never changed"),
        ("DELETE FROM issued_documents", "never changed"),
        ("TRUNCATE issued_documents", "never changed"),
        ("DELETE FROM document_series", "never changed"),
        ("UPDATE document_series SET next = next + 2", "follow one another"),
        ("UPDATE document_series SET next = 1", "follow one another"),
        ("UPDATE document_series SET series = 'XXX', next = next + 1", "follow one another"),
        ("INSERT INTO document_series VALUES ('XXX', 2026, 7)", "follow one another"),
    ] {
        let said = conn.batch_execute(refused).await.unwrap_err().to_string();
        assert!(said.contains(by), "{refused}: {said}");
    }
}
