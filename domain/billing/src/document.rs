use std::fmt;

use domain_kernel::{
    AccountKind, Currency, Datelike, EntryKind, InvalidMoney, Labelled, Money, Timestamp, Zone, labelled,
};

use crate::{Payment, Refund, RefundSource};

/// Documents are dated, and their years begin and end, by India's calendar.
pub const DOCUMENT_ZONE: Zone = Zone::KOLKATA;

labelled! {
    /// What a document says.
    pub enum DocumentKind {
        /// To the student: money came.
        Receipt = "receipt",
        /// To the student: money of a receipt went back.
        CreditNote = "credit_note",
        /// To the mentor: the platform kept its fee.
        FeeInvoice = "fee_invoice",
        /// To the mentor: the platform gave some of that up.
        FeeCreditNote = "fee_credit_note",
    }
}

labelled! {
    /// What counts a document's number. In this order a unit of work takes them, so that two never wait for each other.
    pub enum Series {
        /// Receipts.
        Receipts = "RCP",
        /// Invoices.
        Invoices = "INV",
        /// Credit notes of both.
        CreditNotes = "CRN",
    }
}

impl DocumentKind {
    /// What counts its number.
    pub fn series(self) -> Series {
        match self {
            Self::Receipt => Series::Receipts,
            Self::FeeInvoice => Series::Invoices,
            Self::CreditNote | Self::FeeCreditNote => Series::CreditNotes,
        }
    }

    /// Whether the student gets it; otherwise the mentor does.
    pub fn is_for_student(self) -> bool {
        matches!(self, Self::Receipt | Self::CreditNote)
    }
}

/// What a document is called: `RCP-2026-000001`. Within a series and a year the numbers begin with 1 and leave none out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentNumber {
    /// What counts it.
    pub series: Series,
    /// The year in which it was issued.
    pub year: i32,
    /// Its place in that year, from 1.
    pub place: i32,
}

/// The text is no document's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number is a series, a year and at least six digits, such as RCP-2026-000001")]
pub struct InvalidNumber;

impl DocumentNumber {
    /// The year to which what is issued then belongs.
    pub fn year_at(issued_at: Timestamp) -> i32 {
        DOCUMENT_ZONE.local(issued_at).0.year()
    }

    /// Reads a number as it is written.
    pub fn parse(text: &str) -> Result<Self, InvalidNumber> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.splitn(3, '-');
        let (Some(series), Some(year), Some(place)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidNumber);
        };
        if !(digits(year) && year.len() == 4 && digits(place) && place.len() >= 6) {
            return Err(InvalidNumber);
        }
        let number = Self {
            series: Series::from_label(series).map_err(|_| InvalidNumber)?,
            year: year.parse().map_err(|_| InvalidNumber)?,
            place: place.parse().map_err(|_| InvalidNumber)?,
        };
        // One number is written in one way only.
        (number.place > 0 && number.to_string() == text).then_some(number).ok_or(InvalidNumber)
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}-{:06}", self.series, self.year, self.place)
    }
}

/// An entry of the journal as it is read back: what it did to each kind of account, in minor units, credits positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Why.
    pub kind: EntryKind,
    /// The row that caused it.
    pub source: String,
    /// When.
    pub at: Timestamp,
    /// The currency of all of it.
    pub currency: Currency,
    /// What it did.
    pub lines: Vec<(AccountKind, i64)>,
}

impl Posted {
    /// How much moved on the accounts of that kind, whichever way.
    pub fn moved(&self, kind: AccountKind) -> Result<Money, InvalidMoney> {
        let minor = self.lines.iter().filter(|(of, _)| *of == kind).map(|(_, minor)| minor).sum::<i64>();
        Money::parse(minor.abs(), self.currency)
    }
}

/// A document that has to be there, because of what was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What it says.
    pub kind: DocumentKind,
    /// What caused it; there is one document of a kind for each.
    pub source: String,
    /// How much it is about, more than nothing.
    pub amount: Money,
    /// What a fee is a part of: what was left of the student's money then, or what of it went back.
    pub of: Option<Money>,
    /// The kind and source of the document that it takes back in part or in whole.
    pub corrects: Option<(DocumentKind, String)>,
    /// When it happened.
    pub at: Timestamp,
}

/// The documents that a payment's entries call for, in the order in which they are issued: a receipt for what came, a
/// credit note for what went back, an invoice when the mentor is paid, a credit note for what of the fee was given up.
/// Receipts less their credit notes are what is left of the money; invoices less theirs are the fee of what was paid out.
pub fn documents_due(
    payment: &Payment,
    posted: &[Posted],
    refunds: &[Refund],
) -> Result<Vec<Due>, InvalidMoney> {
    let mut due = Vec::new();
    // What the platform earned of how much when the share became payable, and the try that paid it out.
    let (mut earned, mut paid) = (None, None);
    for entry in posted {
        let mut add = |kind, amount: Money, of, corrects| {
            if amount.minor() > 0 {
                due.push(Due { kind, source: entry.source.clone(), amount, of, corrects, at: entry.at });
            }
        };
        let revenue = entry.moved(AccountKind::PlatformRevenue)?;
        let invoice = |paid: &Option<String>| paid.clone().map(|source| (DocumentKind::FeeInvoice, source));
        match entry.kind {
            EntryKind::Capture | EntryKind::CaptureUnapplied => {
                add(DocumentKind::Receipt, entry.moved(AccountKind::GatewayClearing)?, None, None);
            }
            EntryKind::RefundProcessed => {
                let refund = refunds.iter().find(|refund| refund.id.as_str() == entry.source);
                let receipt = Some(receipt_of(payment, refund));
                add(DocumentKind::CreditNote, entry.moved(AccountKind::GatewayClearing)?, None, receipt);
            }
            EntryKind::DisputeLost => {
                let (lost, receipt) = (entry.moved(AccountKind::DisputeHold)?, receipt_of(payment, None));
                add(DocumentKind::CreditNote, lost, None, Some(receipt));
                add(DocumentKind::FeeCreditNote, revenue, Some(lost), invoice(&paid));
            }
            EntryKind::ClawBack => {
                let clawed = entry.moved(AccountKind::RefundPayable)?;
                add(DocumentKind::FeeCreditNote, revenue, Some(clawed), invoice(&paid));
            }
            EntryKind::Earn => earned = Some((revenue, entry.moved(AccountKind::Escrow)?)),
            EntryKind::PayoutPaid => {
                paid = Some(entry.source.clone());
                if let Some((fee, of)) = earned {
                    add(DocumentKind::FeeInvoice, fee, Some(of), None);
                }
            }
            EntryKind::PayoutReturned => {
                if let Some((fee, of)) = earned {
                    add(DocumentKind::FeeCreditNote, fee, Some(of), invoice(&paid));
                }
            }
            EntryKind::RefundRequested
            | EntryKind::Unearn
            | EntryKind::PayoutStarted
            | EntryKind::PayoutFailed
            | EntryKind::DisputeOpened
            | EntryKind::DisputeWon
            | EntryKind::Settlement
            | EntryKind::SettlementReversed => {}
        }
    }
    due.sort_by_key(|due| due.kind.series());
    Ok(due)
}

/// The receipt of the money that goes back: what had nothing to pay for has one of its own.
fn receipt_of(payment: &Payment, refund: Option<&Refund>) -> (DocumentKind, String) {
    let source = match refund {
        Some(refund) if refund.source == RefundSource::Unapplied => {
            format!("{}:{}", payment.gateway, refund.attempt)
        }
        _ => payment.id.to_string(),
    };
    (DocumentKind::Receipt, source)
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
