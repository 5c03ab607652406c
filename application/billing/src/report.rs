use application_kernel::{MoneyView, labels};
use domain_kernel::{AccountClass, AccountKind, EntryKind, Labelled};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a gateway paid us out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettlementView {
    /// The report's key.
    #[schema(example = "setl_2026_12_07")]
    pub reference: String,
    /// What the gateway no longer holds for us, its fee included.
    pub amount: MoneyView,
    /// What it kept of that.
    pub fee: MoneyView,
    /// When it was found to be a mistake, and posted the other way round.
    #[schema(format = DateTime, example = "2026-12-08T04:30:00Z")]
    pub reversed_at: Option<String>,
    /// What was wrong.
    #[schema(example = "A digit too many.")]
    pub reversal_reason: Option<String>,
}

/// What an entry does to one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// The account.
    #[schema(example = "escrow:INR")]
    pub account: String,
    /// In minor units: credits are positive, debits negative.
    #[schema(example = 249_900)]
    pub amount_minor: i64,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    /// Its key; later ones have greater ones.
    #[schema(example = 17)]
    pub id: i64,
    /// Why money moved.
    #[schema(schema_with = labels::<EntryKind>)]
    pub kind: String,
    /// The row that caused it.
    #[schema(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub source: String,
    /// When it was posted.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    pub posted_at: String,
    /// What it does; the amounts add up to nothing.
    pub lines: Vec<LineView>,
}

/// An account and what lies on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BalanceView {
    /// The account.
    #[schema(example = "escrow:INR")]
    pub account: String,
    /// What it is for.
    #[schema(schema_with = labels::<AccountKind>)]
    pub kind: String,
    /// On which side of the balance sheet it stands.
    #[schema(schema_with = labels::<AccountClass>)]
    pub class: String,
    /// The mentor whose it is.
    #[schema(example = "mentor_001")]
    pub owner_id: Option<String>,
    /// ISO 4217.
    #[schema(example = "INR")]
    pub currency: String,
    /// In minor units, positive on the side on which accounts of its class stand.
    #[schema(example = 249_900)]
    pub balance_minor: i64,
}

impl BalanceView {
    /// An account with a balance whose credits are positive.
    pub fn of(
        account: String,
        kind: AccountKind,
        owner_id: Option<String>,
        currency: String,
        credits: i64,
    ) -> Self {
        let class = kind.class();
        let is_debit = matches!(class, AccountClass::Asset | AccountClass::Expense);
        Self {
            account,
            kind: kind.label().to_owned(),
            class: class.label().to_owned(),
            owner_id,
            currency,
            balance_minor: if is_debit { -credits } else { credits },
        }
    }
}

/// A payment that is older than the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackfillView {
    /// The payment.
    pub payment_id: String,
    /// What was captured.
    pub amount: MoneyView,
    /// Where the mentor's share lies.
    pub status: String,
    /// The kinds of the entries that the journal lacks, in order.
    pub entries: Vec<String>,
}

/// Something of the books that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    /// The law that is broken.
    #[schema(example = "status_and_account_agree")]
    pub law: String,
    /// The row that breaks it.
    #[schema(example = "payments 01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    pub row: String,
    /// What is there and what should be.
    #[schema(example = "escrow holds 0, the share in escrow is 249900")]
    pub detail: String,
}
