use application_kernel::{MoneyView, StoreError, labels, transact};
use domain_billing::{DocumentKind, DocumentNumber, Due, documents_due};
use domain_kernel::{Labelled, Money, PaymentId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ports::BillingTx;
use crate::{Billing, BillingError};

/// Somebody as they were called at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedView {
    /// Whose name it is.
    #[schema(example = "mentor_001")]
    pub id: String,
    /// The name.
    #[schema(example = "Ravi Kumar")]
    pub name: String,
}

/// What a document says besides its amount, as it was when it was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// What was paid for.
    pub session_id: String,
    /// Who learns.
    pub student: NamedView,
    /// Who teaches.
    pub mentor: NamedView,
    /// What is taught.
    pub skill: String,
    /// The plan's title.
    pub plan: Option<String>,
    /// What took the money.
    pub gateway: String,
    /// What a fee is a part of, in minor units.
    pub of_minor: Option<i64>,
}

/// A document that is to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// What it says.
    pub kind: DocumentKind,
    /// What caused it.
    pub source: String,
    /// Of which payment.
    pub payment: PaymentId,
    /// To whom.
    pub person: UserId,
    /// How much it is about.
    pub amount: Money,
    /// Which one it takes back in part or in whole.
    pub corrects: Option<DocumentNumber>,
    /// The rest.
    pub particulars: Particulars,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// A document that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// What it says.
    pub kind: DocumentKind,
    /// What caused it.
    pub source: String,
    /// What it is called.
    pub number: DocumentNumber,
}

/// A receipt, an invoice or a credit note. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentView {
    /// What it is called: series, year, and a place in these that leaves none out.
    #[schema(example = "RCP-2026-000001")]
    pub number: String,
    /// What it says.
    #[schema(schema_with = labels::<DocumentKind>)]
    pub kind: String,
    /// When it was issued.
    #[schema(format = DateTime, example = "2026-11-25T04:31:00Z")]
    pub issued_at: String,
    /// When what it says happened.
    #[schema(format = DateTime, example = "2026-11-25T04:30:00Z")]
    pub occurred_at: String,
    /// The payment that it is about.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub payment_id: String,
    /// What was paid for.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a1")]
    pub session_id: String,
    /// Who learns, to whom receipts and their credit notes are issued.
    pub student: NamedView,
    /// Who teaches, to whom invoices of fees and their credit notes are issued.
    pub mentor: NamedView,
    /// What is taught.
    #[schema(example = "Java Programming")]
    pub skill: String,
    /// The plan's title.
    #[schema(example = "Standard")]
    pub plan: Option<String>,
    /// What took the money.
    #[schema(example = "simulated")]
    pub gateway: String,
    /// How much it is about.
    pub amount: MoneyView,
    /// What a fee is a part of.
    pub of: Option<MoneyView>,
    /// The document that it takes back in part or in whole.
    #[schema(example = "RCP-2026-000001")]
    pub corrects: Option<String>,
}

impl DocumentView {
    /// A document as the one to whom it was issued sees it.
    pub fn of(document: &NewDocument, number: &DocumentNumber, issued_at: Timestamp) -> Self {
        let NewDocument { kind, source: _, payment, person: _, amount, corrects, particulars, occurred_at } =
            document.clone();
        let Particulars { session_id, student, mentor, skill, plan, gateway, of_minor } = particulars;
        let amount = MoneyView::from(amount);
        let currency = amount.currency.clone();
        Self {
            number: number.to_string(),
            kind: kind.label().to_owned(),
            issued_at: issued_at.to_string(),
            occurred_at: occurred_at.to_string(),
            payment_id: payment.to_string(),
            session_id,
            student,
            mentor,
            skill,
            plan,
            gateway,
            amount,
            of: of_minor.map(|minor| MoneyView { minor, currency }),
            corrects: corrects.map(|number| number.to_string()),
        }
    }
}

impl Billing {
    /// Issues what a session's payment calls for.
    pub(crate) async fn issue_of_session(&self, session: &SessionId) -> Result<(), BillingError> {
        let payment = transact(&*self.store, || {
            async |tx: &mut BillingTx| Ok::<_, BillingError>(tx.documents().payment_of(session).await?)
        })
        .await?;
        match payment {
            Some(payment) => self.issue_documents(&payment).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Issues the documents that a payment's entries call for and that are not there yet: all of them, or none. Doing it
    /// again issues nothing twice. Answers the new ones' numbers.
    pub async fn issue_documents(&self, payment: &PaymentId) -> Result<Vec<DocumentNumber>, BillingError> {
        transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                // The lock on the payment keeps two who issue of it one after the other.
                let paid = tx.books().payment(payment).await?;
                let posted = tx.documents().posted(payment).await?;
                let refunds = tx.refunds().of_payment(payment).await?;
                let mut issued = tx.documents().issued(payment).await?;
                let is_new = |due: &Due| {
                    !issued.iter().any(|known| (known.kind, &known.source) == (due.kind, &due.source))
                };
                let due: Vec<Due> =
                    documents_due(&paid, &posted, &refunds)?.into_iter().filter(is_new).collect();
                if due.is_empty() {
                    return Ok(vec![]);
                }
                let particulars = tx.documents().particulars(payment).await?;
                let mut numbers = Vec::with_capacity(due.len());
                for due in due {
                    let document = document(payment, &particulars, due, &issued)?;
                    let number = tx.documents().issue(&document, self.clock.now()).await?;
                    issued.push(Issued { kind: document.kind, source: document.source, number });
                    numbers.push(number);
                }
                Ok(numbers)
            }
        })
        .await
    }
}

fn document(
    payment: &PaymentId,
    particulars: &Particulars,
    due: Due,
    issued: &[Issued],
) -> Result<NewDocument, BillingError> {
    let Due { kind, source, amount, of, corrects, at } = due;
    let person = if kind.is_for_student() { &particulars.student } else { &particulars.mentor };
    let broken =
        |_| StoreError::Corrupt { table: "sessions", reason: format!("{payment}: a party has no key") };
    let number_of = |(kind, source): (DocumentKind, String)| {
        issued.iter().find(|known| known.kind == kind && known.source == source).map(|known| known.number)
    };
    Ok(NewDocument {
        kind,
        source,
        payment: payment.clone(),
        person: UserId::parse(person.id.clone()).map_err(broken)?,
        amount,
        corrects: corrects.and_then(number_of),
        particulars: Particulars { of_minor: of.map(Money::minor), ..particulars.clone() },
        occurred_at: at,
    })
}
